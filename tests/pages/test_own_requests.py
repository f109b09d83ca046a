from __future__ import annotations

import pytest

from placet.domain.requests import RequestStatus, Verdict
from tests.pages.browser import Browser
from tests.pages.conftest import Browse, MakeApp
from tests.pages.shop import Shop


def status(shop: Shop, request: str) -> RequestStatus:
    return shop.marketplace.requests.get(shop.person("gov"), request).request.status


def test_ones_requests_are_listed_with_their_state_and_access(shop: Shop, browse: Browse) -> None:
    asked, quick = shop.ask("ann"), shop.ask("ann", shop.quick)
    shop.ask("anna")
    page = browse("ann").get("/placet/requests")
    links = {row.one("a").attributes["href"]: row.text for row in page.tree.one("tbody").all("tr")}
    assert set(links) == {f"/placet/requests/{asked}", f"/placet/requests/{quick}"}
    assert "pending" in links[f"/placet/requests/{asked}"]
    assert "approved active from" in links[f"/placet/requests/{quick}"]


def test_ones_requests_are_shown_by_state(shop: Shop, browse: Browse) -> None:
    shop.ask("ann")
    shop.ask("ann", shop.quick)
    page = browse("ann").get("/placet/requests?status=pending")
    assert [one.one("a").text for one in page.tree.one("tbody").all("tr")] == ["Both product"]
    assert page.form("/requests").fields["status"] == "pending"
    assert "nothing here" in browse("ann").get("/placet/requests?status=denied").main
    assert "choose one of pending" in browse("ann").get("/placet/requests?status=nonsense", 422).main


def test_a_long_list_goes_on_on_the_next_page(make_app: MakeApp) -> None:
    app = make_app(page_size=1)
    shop = Shop(app.extensions["placet"].marketplace)
    asked = {shop.ask("ann"), shop.ask("ann", shop.quick)}
    ann = Browser(app.test_client(), "ann")
    first = ann.get("/placet/requests")
    second = ann.get(first.tree.one(class_="onward").one("a").attributes["href"])
    shown = {page.tree.one("tbody").one("a").attributes["href"].rsplit("/")[-1] for page in (first, second)}
    assert shown == asked


@pytest.mark.requirement("N1", clause="what is missing and who can give it")
def test_a_pending_request_says_what_is_missing_and_who_can_give_it(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann")
    shop.marketplace.requests.determine(shop.person("sam"), asked, verdict=Verdict.APPROVE, reason="Good purpose")
    page = browse("ann").get(f"/placet/requests/{asked}")
    rows = [row.text for row in page.tree.one("tbody").all("tr")]
    assert rows == ["group finance met Sam Steward (sam)", "group privacy missing could be given by Sue Steward (sue)"]
    assert "Every one of these has to approve" in page.main
    assert "Sam Steward approved with no end given, 2026-03-02 09:30 UTC Good purpose" in page.main


def test_a_request_that_nobody_can_decide_says_so(shop: Shop, browse: Browse) -> None:
    shop.marketplace.people.import_people(shop.person("gov"), "id,name,active\nsue,Sue Steward,no\n")
    asked = shop.ask("ann")
    page = browse("ann").get(f"/placet/requests/{asked}")
    assert "Nobody can decide this request at the moment" in page.main
    assert "nobody can give it now" in page.main


def test_a_decided_request_shows_the_reasons(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann")
    shop.marketplace.requests.determine(shop.person("sue"), asked, verdict=Verdict.DENY, reason="No contract")
    page = browse("ann").get(f"/placet/requests/{asked}")
    assert "Both product denied" in page.main
    assert "Sue Steward denied, 2026-03-02 09:30 UTC No contract" in page.main
    assert "Take it back" not in page.main


def test_a_request_for_someone_else_says_for_whom_and_they_may_take_it_back(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("sam", shop.both, beneficiary="anna")
    anna = browse("anna")
    page = anna.get(f"/placet/requests/{asked}")
    assert "Sam Steward asked 2026-03-02 09:30 UTC for Anna Berg" in page.main
    assert "Both product canceled" in anna.follow(anna.send(page.form("/cancel"))).main
    assert status(shop, asked) is RequestStatus.CANCELED


def test_a_requester_takes_a_request_back_with_a_reason(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann")
    ann = browse("ann")
    page = ann.follow(ann.send(ann.get(f"/placet/requests/{asked}").form("/cancel"), reason="Not needed"))
    assert "Both product canceled" in page.main
    assert status(shop, asked) is RequestStatus.CANCELED
    assert "reason" not in {one.attributes.get("name") for one in page.tree.all("textarea")}


def test_a_request_decided_meanwhile_is_not_taken_back(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann")
    ann = browse("ann")
    form = ann.get(f"/placet/requests/{asked}").form("/cancel")
    shop.marketplace.requests.determine(shop.person("sue"), asked, verdict=Verdict.DENY, reason="No contract")
    page = ann.refused(ann.send(form, reason="Not needed"), 409)
    assert "a decided request never changes its verdict" in page.main
    assert status(shop, asked) is RequestStatus.DENIED


def test_a_steward_can_not_take_it_back(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann")
    sam = browse("sam")
    assert "Take it back" not in sam.get(f"/placet/requests/{asked}").main
    form = browse("sam").get(f"/placet/review/{asked}").form("/review/" + asked)
    form.action = f"/placet/requests/{asked}/cancel"
    sam.refused(sam.send(form, reason="I say so"), 403)
    assert status(shop, asked) is RequestStatus.PENDING


def test_a_request_that_is_not_for_ones_eyes_is_not_found(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann")
    for address in (f"/placet/requests/{asked}", f"/placet/review/{asked}", "/placet/requests/none"):
        assert "Not found" in browse("anna").get(address, 404).main
