from __future__ import annotations

from placet.domain.clock import SetClock
from placet.domain.requests import Verdict
from tests.pages.conftest import Browse
from tests.pages.shop import Shop


def count(browse: Browse, person: str) -> str:
    counts = [one.text for one in browse(person).get("/placet/").tree.all(class_="count")]
    return counts[0] if counts else ""


def test_a_notification_leads_to_what_it_is_about_and_is_marked_as_read(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann")
    sam = browse("sam")
    assert count(browse, "sam") == "1 unread"
    page = sam.get("/placet/notifications")
    notice = page.tree.one(class_="unread")
    assert "ann asks for access to Both product." in notice.text
    assert notice.one("a").attributes["href"] == f"/placet/review/{asked}"
    page = sam.follow(sam.send(page.form("/read")))
    assert not list(page.tree.all(class_="unread"))
    assert "ann asks for access" in page.main
    assert count(browse, "sam") == ""


def test_the_requester_is_led_to_the_request(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann")
    shop.marketplace.requests.determine(shop.person("sue"), asked, verdict=Verdict.DENY, reason="no")
    links = [
        one.one("a").attributes["href"]
        for one in browse("ann").get("/placet/notifications").tree.all("li", class_="card")
    ]
    assert set(links) == {f"/placet/requests/{asked}"}


def test_managers_are_led_to_a_published_product(shop: Shop, browse: Browse) -> None:
    links = [link.attributes["href"] for link in browse("max").get("/placet/notifications").tree.one("main").all("a")]
    assert f"/placet/products/{shop.orders}" in links


def test_nobody_marks_the_notification_of_another_as_read(shop: Shop, browse: Browse) -> None:
    shop.ask("ann")
    theirs = browse("sam").get("/placet/notifications").form("/read")
    anna = browse("anna")
    own = anna.get("/placet/products/quick/request-access").form("/request-access")
    assert anna.post(theirs.action, own.fields).status_code == 404
    assert count(browse, "sam") == "1 unread"


def test_who_was_told_nothing_yet_reads_so(shop: Shop, browse: Browse) -> None:
    assert "not been told anything" in browse("out").get("/placet/notifications").main


def test_a_steward_is_led_from_a_reminder_to_the_review(shop: Shop, browse: Browse, clock: SetClock) -> None:
    asked = shop.ask("ann")
    clock.advance(days=1)
    assert shop.marketplace.work.sweep().reminded == 1
    notices = browse("sam").get("/placet/notifications").tree.all("li", class_="card")
    [reminder] = [one for one in notices if "still waits" in one.text]
    assert reminder.one("a").attributes["href"] == f"/placet/review/{asked}"
