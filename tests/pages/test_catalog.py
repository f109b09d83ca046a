from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from placet.domain.clock import SetClock
from placet.domain.requests import BeneficiaryKind, Verdict, Whom
from placet.domain.terms import Duration, Term, Unit
from placet.service.people_file import PeopleFile, PlatformLogin
from tests.pages.browser import Browser, Page
from tests.pages.conftest import Browse, MakeApp, host_at
from tests.pages.shop import Shop


def titles(page: Page) -> list[str]:
    return [heading.text for heading in page.tree.one("main").all("h2")]


def test_the_catalog_lists_what_is_in_sight(shop: Shop, browse: Browse) -> None:
    assert titles(browse("ann").get("/placet/")) == ["Both product", "Orders product", "Quick product"]
    assert "Hidden product" in titles(browse("out").get("/placet/"))


def test_the_catalog_is_searched_by_words_and_by_domain(shop: Shop, browse: Browse) -> None:
    ann = browse("ann")
    assert titles(ann.get("/placet/?search=order")) == ["Orders product"]
    assert titles(ann.get("/placet/?domain=web")) == ["Quick product"]
    assert titles(ann.get("/placet/?search=order&domain=sales")) == ["Orders product"]
    found = ann.get("/placet/?search=order&domain=web")
    assert titles(found) == []
    assert "Nothing was found" in found.main


def test_the_search_stays_filled_in(shop: Shop, browse: Browse) -> None:
    sent = browse("ann").get("/placet/?search=order&domain=sales").form("/placet/")
    assert sent.method == "get"
    assert sent.fields.to_dict() == {
        "search": "order",
        "domain": "sales",
        "tag": "",
        "target": "",
        "standing": "",
    }


@pytest.mark.requirement("P4", clause="catalog")
def test_the_catalog_is_filtered_by_tag_platform_and_what_one_has(shop: Shop, browse: Browse) -> None:
    shop.ask("ann")
    shop.ask("ann", shop.quick)
    ann = browse("ann")
    assert titles(ann.get("/placet/?tag=PII")) == ["Both product", "Orders product", "Quick product"]
    assert titles(ann.get("/placet/?tag=Finance&target=warehouse")) == ["Both product", "Orders product"]
    assert titles(ann.get("/placet/?target=lake")) == []
    assert titles(ann.get("/placet/?standing=have")) == ["Quick product"]
    assert titles(ann.get("/placet/?standing=asked")) == ["Both product"]
    assert titles(ann.get("/placet/?standing=neither")) == ["Orders product"]
    assert ann.get("/placet/?standing=neither").form("/placet/").fields["standing"] == "neither"
    assert "nobody stands" in ann.get("/placet/?standing=none", 422).main


def test_an_empty_catalog_says_so(tmp_path: Path, clock: SetClock) -> None:
    app = host_at(tmp_path / "empty.db", clock)
    assert "no data product here yet" in Browser(app.test_client(), "new").get("/placet/").main


def test_a_long_catalog_goes_on_on_the_next_page(make_app: MakeApp) -> None:
    ann = Browser(make_app(page_size=2).test_client(), "ann")
    first = ann.get("/placet/?search=product")
    assert titles(first) == ["Both product", "Orders product"]
    onward = first.tree.one(class_="onward").one("a").attributes["href"]
    assert titles(ann.get(onward)) == ["Quick product"]


def test_the_catalog_shows_what_one_has_and_asks_for(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann")
    shop.ask("ann", shop.quick)
    page = browse("ann").get("/placet/")
    both, orders, quick = page.tree.one(class_="cards").all("li", class_="card")
    assert both.one("div").one("a").attributes["href"] == f"/placet/requests/{asked}"
    assert "You have no access" in orders.text
    assert "active from 2026-03-02 09:30 UTC with no end" in quick.text


@pytest.mark.requirement("E4", clause="shown until confirmed")
def test_access_that_no_platform_has_confirmed_is_shown_as_not_yet_in_effect(shop: Shop, browse: Browse) -> None:
    shop.ask("ann", shop.quick)
    for address in ("/placet/", f"/placet/products/{shop.quick}", "/placet/requests"):
        assert "active from 2026-03-02 09:30 UTC with no end not yet in effect" in browse("ann").get(address).main


def test_a_groups_access_says_for_how_many_of_it_a_platform_has_no_login_yet(shop: Shop, browse: Browse) -> None:
    analysts = Whom("analysts", BeneficiaryKind.GROUP)
    request = shop.marketplace.requests.submit(shop.person("ann"), shop.quick, whom=analysts)
    shop.marketplace.people.load("gov", PeopleFile((), logins=(PlatformLogin("ann", "warehouse", "ann"),)))
    said = "1 of the group can't use it yet: a data platform has no login of theirs"
    assert said in browse("ann").get(f"/placet/requests/{request.id}").main
    shop.marketplace.people.load("gov", PeopleFile((), logins=(PlatformLogin("anna", "warehouse", "anna"),)))
    assert "can't use it yet" not in browse("ann").get(f"/placet/requests/{request.id}").main


def test_a_suspended_product_is_marked_and_can_not_be_asked_for(shop: Shop, browse: Browse) -> None:
    shop.marketplace.products.suspend(shop.person("gov"), shop.both)
    assert "Sales suspended Both product" in browse("ann").get("/placet/").main
    page = browse("ann").get(f"/placet/products/{shop.both}")
    assert "Both product suspended" in page.main
    assert "Request access" not in page.main
    assert "nobody can ask for it" in browse("ann").get(f"/placet/products/{shop.both}/request-access").main


def test_a_product_shows_its_details_sources_and_who_decides(shop: Shop, browse: Browse) -> None:
    page = browse("ann").get(f"/placet/products/{shop.orders}")
    for part in (
        "All about orders.",
        "Expert Max",
        "Longest access 90 days",
        "Visible to everyone",
        "one of: group finance, manage-data-products in",
        "Data use agreement Rules of use, version 1",
        "shop.orders in warehouse, 2 columns",
        "customer text PII.Name",
    ):
        assert part in page.main
    links = [link.attributes["href"] for link in page.tree.one("main").all("a")]
    assert "https://docs.example/orders" in links
    assert f"/placet/products/{shop.orders}/request-access" in links


def test_a_product_says_when_all_have_to_agree_or_nobody_is_asked(shop: Shop, browse: Browse) -> None:
    assert "all of: group finance, group privacy" in browse("ann").get(f"/placet/products/{shop.both}").main
    quick = browse("ann").get(f"/placet/products/{shop.quick}").main
    assert "approved at once: It is public anyway." in quick


def test_members_and_requests_are_shown_to_those_who_may_see_them(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann", shop.quick)
    address = f"/placet/products/{shop.quick}"
    assert "Members" not in titles(browse("anna").get(address))
    assert "Requests you may read" not in titles(browse("anna").get(address))
    page = browse("gov").get(address)
    assert {"Members", "Requests you may read"} <= set(titles(page))
    links = [link.attributes["href"] for link in page.tree.one("main").all("a")]
    grant = shop.marketplace.grants.list(shop.person("gov"), product=shop.quick).items[0].grant.id
    assert {f"/placet/review/{asked}", f"/placet/grants/{grant}/revoke"} <= set(links)


@pytest.mark.requirement("P4", clause="members tab")
def test_members_and_requests_have_pages_of_their_own(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann", shop.quick)
    address = f"/placet/products/{shop.quick}"
    members = browse("gov").get(f"{address}/members")
    assert "Ann Lee active from 2026-03-02 09:30 UTC with no end" in members.main
    assert f"/placet/review/{asked}" in [link.attributes["href"] for link in members.tree.one("main").all("a")]
    assert "Not allowed" in browse("ann").get(f"{address}/members", 403).main
    assert "Ann Lee Ann Lee 2026-03-02 09:30 UTC approved" in browse("gov").get(f"{address}/requests").main
    assert "nothing here" in browse("anna").get(f"{address}/requests").main


def test_a_source_says_how_one_stands_to_it(shop: Shop, browse: Browse) -> None:
    assert "An approval would give you access." in browse("ann").get(f"/placet/products/{shop.quick}").main
    shop.ask("ann", shop.quick)
    assert "You have access, by Quick product." in browse("ann").get(f"/placet/products/{shop.quick}").main


def test_who_has_access_until_an_end_is_asked_to_renew(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann")
    month = Term(duration=Duration(1, Unit.MONTHS))
    for steward in ("sam", "sue"):
        person = shop.person(steward)
        shop.marketplace.requests.determine(person, asked, verdict=Verdict.APPROVE, reason="fine", term=month)
    page = browse("ann").get(f"/placet/products/{shop.both}")
    assert "active from 2026-03-02 09:30 UTC until 2026-04-02 09:30 UTC" in page.main
    assert "Ask to renew it" in page.main
    assert "asks to renew it" in browse("ann").get(f"/placet/products/{shop.both}/request-access").main


def test_access_through_a_group_is_nothing_to_renew_and_gives_way_to_ones_own(shop: Shop, browse: Browse) -> None:
    ann, page, analysts = browse("ann"), f"/placet/products/{shop.both}", Whom("analysts", BeneficiaryKind.GROUP)
    for whom in (None, analysts):
        month = Term(duration=Duration(1, Unit.MONTHS))
        asked = shop.marketplace.requests.submit(shop.person("ann"), shop.both, whom=whom)
        for steward in ("sam", "sue"):
            person = shop.person(steward)
            shop.marketplace.requests.determine(person, asked.id, verdict=Verdict.APPROVE, reason="fine", term=month)
    assert "through the group" not in ann.get(f"{page}/request-access").main
    assert "asks to renew it" in ann.get(f"{page}/request-access").main
    anna = browse("anna")
    assert "Request access" in anna.get(page).main
    assert "Through the group analysts" in anna.get(page).main
    form = anna.get(f"{page}/request-access").main
    assert "through the group analysts" in form
    assert "access of your own" in form
    assert "renew" not in form


@pytest.mark.parametrize("id", ["none", "hidden", quote("<b>", safe="")])
def test_a_product_out_of_sight_is_not_found(shop: Shop, browse: Browse, id: str) -> None:
    for address in (f"/placet/products/{id}", f"/placet/products/{id}/request-access"):
        page = browse("ann").get(address, 404)
        assert "Not found" in page.main
        assert page.tree.one("nav")
