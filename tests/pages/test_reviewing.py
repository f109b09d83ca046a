from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from werkzeug.test import TestResponse

from placet.domain.clock import SetClock
from placet.domain.errors import EngineDisagreement
from placet.domain.requests import AccessRequest, RequestStatus, Verdict, Whom
from placet.domain.terms import Duration, Term, Unit
from placet.workflow.known import Known
from placet.workflow.rulebook import Outcome, Rulebook
from tests.pages.browser import Browser, Element, Page
from tests.pages.conftest import Browse
from tests.pages.shop import Shop

ANSWERS = {"why": "Forecasts", "tool": "SQL", "export": False, "long": "2 weeks"}


def request(shop: Shop, id: str) -> AccessRequest:
    return shop.marketplace.requests.get(shop.person("gov"), id).request


def ask_for_orders(shop: Shop, person: str = "ann") -> str:
    """A request that Sam or Max decides; the product gives 90 days at most."""
    made = shop.marketplace.requests.submit(shop.person(person), "orders", answers=ANSWERS, accepts_agreement=True)
    return made.id


def determine(browser: Browser, asked: str, **values: str) -> TestResponse:
    """Open the review, fill in its form and send it."""
    return browser.send(browser.get(f"/placet/review/{asked}").form(f"/review/{asked}"), **values)


def test_the_inbox_lists_what_waits_for_the_steward_the_oldest_first(
    shop: Shop, browse: Browse, clock: SetClock
) -> None:
    first = ask_for_orders(shop)
    clock.advance(hours=1)
    second = shop.ask("anna")
    page = browse("sam").get("/placet/inbox")
    links = [row.one("a").attributes["href"] for row in page.tree.one("tbody").all("tr")]
    assert links == [f"/placet/review/{first}", f"/placet/review/{second}"]
    assert "Nothing waits for you" in browse("anna").get("/placet/inbox").main


def test_what_one_has_determined_leaves_the_inbox(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann")
    sam = browse("sam")
    sam.follow(determine(sam, asked, decision="approve", reason="fine"))
    assert "Nothing waits for you" in sam.get("/placet/inbox").main
    assert "1 determination" in browse("sue").get("/placet/inbox").main


def test_an_approval_decides_under_any(shop: Shop, browse: Browse) -> None:
    asked = ask_for_orders(shop)
    sam = browse("sam")
    page = sam.follow(determine(sam, asked, decision="approve", reason="A good purpose"))
    assert "Orders product for Ann Lee approved" in page.main
    assert "You approved with no end given, 2026-03-02 09:30 UTC" in page.main
    assert "active from 2026-03-02 09:30 UTC until 2026-05-31 09:30 UTC" in page.main
    (made,) = request(shop, asked).determinations
    assert (made.steward, made.verdict, made.reason) == ("sam", Verdict.APPROVE, "A good purpose")


def test_a_denial_needs_its_reason_and_decides(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann")
    sam = browse("sam")
    page = sam.refused(determine(sam, asked, decision="deny", reason="  "), 422)
    assert page.tree.one(id="reason-wrong").text
    assert request(shop, asked).status is RequestStatus.PENDING
    page = sam.follow(sam.send(page.form(f"/review/{asked}"), reason="No contract"))
    assert "Both product for Ann Lee denied" in page.main
    assert request(shop, asked).determinations[0].term == Term()


@pytest.mark.parametrize(
    ("choice", "term"),
    [
        ({"decision": "for", "amount": "2", "unit": "months"}, Term(duration=Duration(2, Unit.MONTHS))),
        ({"decision": "asked"}, Term(duration=Duration(2, Unit.WEEKS))),
        ({"decision": "day", "day": "2026-03-31"}, Term(end=datetime(2026, 4, 1, tzinfo=UTC))),
        (
            {"decision": "day", "day": "2026-03-31", "zone": "Asia/Tokyo"},
            Term(end=datetime(2026, 3, 31, 15, tzinfo=UTC)),
        ),
        (
            {"decision": "instant", "instant": "2026-03-10T12:30", "zone": "Europe/Berlin"},
            Term(end=datetime(2026, 3, 10, 11, 30, tzinfo=UTC)),
        ),
        (
            {"decision": "instant", "instant": "2026-04-10T12:30", "zone": "Europe/Berlin"},
            Term(end=datetime(2026, 4, 10, 10, 30, tzinfo=UTC)),
        ),
        (
            {"decision": "instant", "instant": "2026-03-10T12:30Z", "zone": "Asia/Tokyo"},
            Term(end=datetime(2026, 3, 10, 12, 30, tzinfo=UTC)),
        ),
    ],
)
@pytest.mark.requirement("R7", clause="end shown in UTC")
def test_an_approval_ends_where_the_steward_said(
    shop: Shop, browse: Browse, choice: dict[str, str], term: Term
) -> None:
    asked = ask_for_orders(shop)
    sam = browse("sam")
    page = sam.follow(determine(sam, asked, **choice, reason="fine"))
    assert request(shop, asked).determinations[0].term == term
    end = term.ends_at(datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
    assert end
    assert f"until {end:%Y-%m-%d %H:%M} UTC" in page.main


UNCLEAR = [
    ({"decision": "approve", "amount": "3"}, "choose that, or clear its field"),
    ({"decision": "approve", "day": "2026-03-31"}, "choose that, or clear its field"),
    ({"decision": "deny", "instant": "2026-03-31T12:00"}, "choose that, or clear its field"),
    ({"decision": "day", "day": "2026-03-31", "amount": "3"}, "choose that, or clear its field"),
    ({"decision": "asked", "day": "2026-03-31"}, "choose that, or clear its field"),
    ({"decision": "for"}, "fill in the field below it"),
    ({"decision": "day", "day": " "}, "fill in the field below it"),
    ({"decision": "instant"}, "fill in the field below it"),
    ({"decision": ""}, "choose whether you approve"),
    ({"decision": "permanent"}, "choose whether you approve"),
    ({"decision": "for", "amount": "many"}, "is no duration"),
    ({"decision": "for", "amount": "0"}, "is not possible"),
    ({"decision": "for", "amount": "3", "unit": "moons"}, "is no duration"),
    ({"decision": "for", "amount": "9999", "unit": "years"}, "reaches past the calendar"),
    ({"decision": "for", "amount": "91"}, "for 90 days at most"),
    ({"decision": "day", "day": "2026-06-01"}, "for 90 days at most"),
    ({"decision": "day", "day": "31.3.2026"}, "is no date"),
    ({"decision": "day", "day": "2026-03-31", "zone": "Mars/Olympus"}, "is no date we can use"),
    ({"decision": "day", "day": "2026-03-01"}, "is not after the start"),
    ({"decision": "day", "day": "9999-12-31"}, "is no date we can use"),
    ({"decision": "instant", "instant": "soon"}, "is no instant"),
    ({"decision": "instant", "instant": "2026-03-10T12:00", "zone": "../../etc"}, "is no instant"),
    ({"decision": "instant", "instant": "2026-03-10T12:00", "zone": ""}, "is no instant"),
    ({"decision": "instant", "instant": "2026-03-02T09:30"}, "is not after the start"),
]


@pytest.mark.parametrize(("values", "told"), UNCLEAR)
def test_what_can_not_be_meant_is_refused_with_all_input_kept(
    shop: Shop, browse: Browse, values: dict[str, str], told: str
) -> None:
    asked = ask_for_orders(shop)
    sam = browse("sam")
    page = sam.refused(determine(sam, asked, **values, reason="My <reason>"), 422)
    assert told in page.tree.one(id="decision-wrong").text
    kept = page.form(f"/review/{asked}").fields
    for name, value in (values | {"reason": "My <reason>"}).items():
        fits = name != "decision" or value in ("approve", "asked", "for", "day", "instant", "deny")
        listed = name not in ("unit", "zone") or value in ("years", "days")
        assert not fits or not listed or kept[name] == value
    assert request(shop, asked).determinations == ()


def test_a_duration_that_nobody_asked_for_is_no_choice(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann")
    sam = browse("sam")
    assert not list(sam.get(f"/placet/review/{asked}").tree.all("input", value="asked"))
    sam.refused(determine(sam, asked, decision="asked", reason="fine"), 422)
    assert request(shop, asked).determinations == ()


@pytest.mark.requirement("R7", clause="shown before deciding")
def test_the_maximum_and_the_end_it_gives_are_shown_before_deciding(shop: Shop, browse: Browse) -> None:
    page = browse("sam").get(f"/placet/review/{ask_for_orders(shop)}")
    assert "ends 2026-05-31 09:30 UTC if decided now: the data product gives 90 days at most" in page.main
    assert "An end after 2026-05-31 09:30 UTC is refused" in page.main
    without = browse("sam").get(f"/placet/review/{shop.ask('ann')}")
    assert "with no end: the data product sets no maximum" in without.main


@pytest.mark.requirement("R10", clause="answers and agreement")
def test_the_review_shows_the_answers_and_the_agreement_with_its_text(shop: Shop, browse: Browse) -> None:
    page = browse("sam").get(f"/placet/review/{ask_for_orders(shop)}")
    assert "What will you use it for? Forecasts Which tool? SQL Will you export it? no" in page.main
    assert "“Rules of use”, version 1, was accepted 2026-03-02 09:30 UTC." in page.main
    assert page.tree.one("details").one("h3").text == "Rules"
    assert page.tree.one("details").one("strong").text == "not"


def test_the_review_says_on_whose_behalf_the_agreement_was_accepted(shop: Shop, browse: Browse) -> None:
    made = shop.marketplace.requests.submit(
        shop.person("sue"), "orders", whom=Whom("ann"), answers=ANSWERS, accepts_agreement=True
    )
    page = browse("sam").get(f"/placet/review/{made.id}")
    assert "on behalf of ann" in page.main


def test_the_review_shows_who_asks_for_whom_with_groups_and_attributes(shop: Shop, browse: Browse) -> None:
    page = browse("sue").get(f"/placet/review/{shop.ask('sam', beneficiary='ann')}")
    asks, gets = page.tree.one(class_="pair").all("section")
    same = "The same when the request was submitted."
    assert asks.text == f"Asks Sam Steward sam Groups finance {same}"
    assert gets.text == f"Gets the access Ann Lee ann, ann@example.org Groups analysts country DE, NL {same}"


@pytest.mark.requirement("R10", clause="who asks")
def test_the_review_marks_what_the_parties_hold_otherwise_than_at_submission(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("sam", beneficiary="ann")
    with shop.marketplace.context.store.writing() as session:
        ann = session.people.direct("ann")
        assert ann
        session.people.save(replace(ann, groups=frozenset({"visitors"})))
    _, gets = browse("sue").get(f"/placet/review/{asked}").tree.one(class_="pair").all("section")
    assert "Changed since the request was submitted" in gets.text
    assert "group analysts: held then, not any more" in gets.text
    assert "group visitors: not held then, held now" in gets.text


@pytest.mark.requirement("R10", clause="determinations so far")
def test_the_review_shows_the_determinations_so_far_with_their_reasons(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann")
    month = Term(duration=Duration(1, Unit.MONTHS))
    shop.marketplace.requests.determine(
        shop.person("sam"), asked, verdict=Verdict.APPROVE, reason="Good purpose", term=month
    )
    page = browse("sue").get(f"/placet/review/{asked}")
    section = next(one for one in page.tree.all("section") if "Determinations so far" in one.text)
    assert "Sam Steward approved for 1 month, 2026-03-02 09:30 UTC Good purpose" in section.text


@pytest.mark.requirement("R10", clause="what is missing")
def test_the_review_shows_what_is_missing_and_who_could_give_it(shop: Shop, browse: Browse) -> None:
    page = browse("sue").get(f"/placet/review/{shop.ask('ann')}")
    section = next(one for one in page.tree.all("section") if one.text.startswith("What is missing"))
    assert "group privacy missing could be given by Sue Steward (sue)" in section.text
    assert "group finance missing could be given by Sam Steward (sam)" in section.text


@pytest.mark.requirement("R10", clause="precedents")
def test_the_review_shows_the_last_five_approvals_and_denials(shop: Shop, browse: Browse, clock: SetClock) -> None:
    people = [f"p{number}" for number in range(14)]
    rows = "".join(f"{id},Person {id}\n" for id in people)
    shop.marketplace.people.import_people(shop.person("gov"), f"id,name\n{rows}")
    for number, id in enumerate(people[:12]):
        clock.advance(days=1)
        verdict = Verdict.DENY if number % 2 else Verdict.APPROVE
        asked = ask_for_orders(shop, id)
        shop.marketplace.requests.determine(shop.person("sam"), asked, verdict=verdict, reason=f"because of {id}")
    page = browse("sam").get(f"/placet/review/{ask_for_orders(shop, 'p13')}")
    approvals, denials = rows_of(page, "Last approvals"), rows_of(page, "Last denials")
    assert [row.one("th").text for row in approvals] == [f"Person p{n}" for n in (10, 8, 6, 4, 2)]
    assert [row.one("th").text for row in denials] == [f"Person p{n}" for n in (11, 9, 7, 5, 3)]
    assert approvals[0].text == (
        "Person p10 2026-03-13 09:30 UTC Sam Steward approved with no end given, 2026-03-13 09:30 UTC because of p10"
    )
    assert "denied, 2026-03-14 09:30 UTC because of p11" in denials[0].text


@pytest.mark.requirement("N1", clause="why one can't decide")
def test_who_can_not_decide_is_told_why(shop: Shop, browse: Browse) -> None:
    asked = ask_for_orders(shop)
    page = browse("ann").get(f"/placet/review/{asked}")
    assert "Why you can't decide" in page.main
    assert "ann made this request" in page.main
    assert not [one for one in page.tree.all("form") if one.attributes["action"].endswith(f"/review/{asked}")]
    governor = browse("gov").get(f"/placet/review/{asked}")
    assert "Nothing makes gov a steward of this request" in governor.main


def test_who_is_no_steward_can_not_decide_by_a_form_of_their_own_making(shop: Shop, browse: Browse) -> None:
    asked = ask_for_orders(shop)
    for person in ("ann", "gov"):
        browser = browse(person)
        form = browser.get("/placet/products/quick/request-access").form("/request-access")
        sent = form.fields
        sent.update({"decision": "approve", "reason": "I say so"})
        page = browser.refused(browser.post(f"/placet/review/{asked}", sent), 403)
        assert "can't determine this request" in page.main
    assert request(shop, asked).status is RequestStatus.PENDING
    anna = browse("anna")
    sent = anna.get("/placet/products/quick/request-access").form("/request-access").fields
    assert anna.post(f"/placet/review/{asked}", sent).status_code == 404


@pytest.mark.requirement("R3", clause="late determination")
def test_a_late_determination_is_refused_and_shows_who_was_faster(shop: Shop, browse: Browse) -> None:
    asked = ask_for_orders(shop)
    sam = browse("sam")
    form = sam.get(f"/placet/review/{asked}").form(f"/review/{asked}")
    shop.marketplace.requests.determine(shop.person("max"), asked, verdict=Verdict.DENY, reason="First")
    page = sam.refused(sam.send(form, decision="approve", reason="Second"), 409)
    assert "a decided request never changes its verdict" in page.main
    assert "Max Manager denied" in page.main
    assert len(request(shop, asked).determinations) == 1


def test_a_second_determination_is_refused(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann")
    sam = browse("sam")
    form = sam.get(f"/placet/review/{asked}").form(f"/review/{asked}")
    sam.follow(sam.send(form, decision="approve", reason="First"))
    page = sam.refused(sam.send(form, decision="deny", reason="Second"), 409)
    assert "You have determined it" in page.main
    assert len(request(shop, asked).determinations) == 1


def test_without_a_verdict_of_the_rules_the_page_comes_back_and_nothing_has_changed(
    shop: Shop, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask_for_orders(shop)
    sam = browse("sam")
    form = sam.get(f"/placet/review/{asked}").form(f"/review/{asked}")
    real = Rulebook.verdict

    def differ(rules: Rulebook, known: Known) -> Outcome:
        if known.request.determinations:
            raise EngineDisagreement("the engines differ: nothing was decided")
        return real(rules, known)

    monkeypatch.setattr(Rulebook, "verdict", differ)
    page = sam.refused(sam.send(form, decision="approve", reason="A good purpose"), 503)
    assert "the engines differ: nothing was decided" in page.main
    assert page.form(f"/review/{asked}").fields["reason"] == "A good purpose"
    assert request(shop, asked).determinations == ()


def rows_of(page: Page, title: str) -> list[Element]:
    """The rows of the table in the section of that title."""
    (section,) = (one for one in page.tree.all("section") if one.attributes.get("aria-label") == title)
    return list(section.one("tbody").all("tr"))
