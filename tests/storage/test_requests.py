"""Access requests, their determinations, and the lists of them."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from placet.domain.errors import AlreadyThere, Conflict, Invalid, StaleRevision
from placet.domain.forms import Quorum
from placet.domain.people import DomainPermission, StewardSource
from placet.domain.products import DataProduct
from placet.domain.requests import (
    Acceptance,
    AccessRequest,
    BeneficiaryKind,
    RequestStatus,
    RequestType,
    RequiredSource,
    Verdict,
    Whom,
)
from placet.domain.terms import Duration, Term, Unit
from placet.storage import Page, Store
from placet.storage.paging import LARGEST, BadCursor
from tests.storage.world import ANN, NOW, PRODUCT, determination, furnish, minutes, request

MANAGERS = StewardSource.domain_permission(DomainPermission.MANAGE_DATA_PRODUCTS, "hr")
TEAM = StewardSource.attribute("team", "a:b 'c'")

FULL = request(
    "full",
    beneficiary="robot",
    quorum=Quorum.ALL,
    sources=(RequiredSource(TEAM, 2), RequiredSource(ANN), RequiredSource(MANAGERS, 2)),
    answers={"why": "Überstunden 'zählen'", "how many": 3, "tables": ["a", "b"], "sure": True, "rate": 0.1},
    acceptance=Acceptance("care", 3, "Use with care", NOW, on_behalf_of="robot"),
    packs={"quorum": "a" * 64, "expiry": "b" * 64},
    lapses_at=NOW + minutes(60),
    renews="grant",
    justification="asked before",
    unroutable=True,
)


@pytest.fixture
def furnished(store: Store) -> Store:
    return furnish(store)


def keep(store: Store, *requests: AccessRequest) -> None:
    with store.writing() as session:
        for one in requests:
            session.requests.add(one)


def ids(requests: Iterable[AccessRequest]) -> list[str]:
    return [one.id for one in requests]


def test_a_request_comes_back_as_it_was_kept(furnished: Store) -> None:
    keep(furnished, FULL, request())
    with furnished.reading() as session:
        assert session.requests.get("full") == FULL
        assert session.requests.get("request") == request()
        assert session.requests.get("none") is None


def test_a_request_without_quorum_or_sources_comes_back(furnished: Store) -> None:
    keep(furnished, plain := request(quorum=None, sources=()))
    with furnished.reading() as session:
        assert session.requests.get("request") == plain


def test_determinations_come_back_in_the_order_they_were_made(furnished: Store) -> None:
    first = determination(
        "z", steward="ann", term=Term(Duration(30, Unit.DAYS)), stood_for=frozenset({"user:ann", "x"})
    )
    second = determination("a", steward="cid", at=NOW + minutes(2), term=Term(end=NOW + minutes(90)))
    third = determination("b", steward="eve", at=NOW + minutes(3), verdict=Verdict.DENY)
    keep(furnished, request())
    with furnished.writing() as session:
        for made in (third, first, second):
            session.requests.add_determination(made)
    with furnished.reading() as session:
        kept = session.requests.get("request")
    assert kept == request(determinations=(first, second, third))


def test_a_steward_determines_a_request_once(furnished: Store) -> None:
    keep(furnished, request(), request("other", beneficiary="eve"))
    with furnished.writing() as session:
        session.requests.add_determination(determination())
        session.requests.add_determination(determination("second", request="other"))
    with pytest.raises(AlreadyThere, match="`ann` has determined this request"), furnished.writing() as session:
        session.requests.add_determination(determination("third", verdict=Verdict.DENY))


def test_a_determination_of_no_request_is_refused(furnished: Store) -> None:
    with pytest.raises(Conflict), furnished.writing() as session:
        session.requests.add_determination(determination(request="none"))


def test_a_changed_request_has_the_next_revision_and_keeps_its_determinations(furnished: Store) -> None:
    keep(furnished, FULL)
    with furnished.writing() as session:
        session.requests.add_determination(made := determination(request="full"))
        locked = session.requests.lock("full")
        assert locked == replace(FULL, determinations=(made,))
        saved = session.requests.save(locked.decided(RequestStatus.DENIED, NOW + minutes(5)))
        assert saved.revision == 2
    with furnished.reading() as session:
        assert session.requests.get("full") == saved


def test_a_change_to_what_has_changed_is_refused(furnished: Store) -> None:
    keep(furnished, request())
    with furnished.writing() as session:
        session.requests.save(request().decided(RequestStatus.CANCELED, NOW))
    with pytest.raises(StaleRevision), furnished.writing() as session:
        session.requests.save(request().decided(RequestStatus.APPROVED, NOW))


@pytest.mark.requirement("R1", clause="one open request")
def test_a_beneficiary_has_one_pending_request_for_a_product(furnished: Store) -> None:
    keep(furnished, request(requester="ann"))
    with pytest.raises(AlreadyThere, match="`bob` has a pending request"):
        keep(furnished, request("second"))
    with furnished.writing() as session:
        session.requests.save(request(requester="ann").decided(RequestStatus.DENIED, NOW))
    keep(furnished, second := request("second"))
    with furnished.reading() as session:
        assert session.requests.open_for(Whom("bob"), "salaries", RequestType.DATA_ACCESS) == second
        assert session.requests.open_for(Whom("ann"), "salaries", RequestType.DATA_ACCESS) is None
        assert session.requests.open_for(Whom("bob"), "other", RequestType.DATA_ACCESS) is None


@pytest.mark.parametrize("wrong", [{"product": "none"}, {"form": "none"}, {"form_version": 9}])
def test_what_a_request_refers_to_has_to_exist(furnished: Store, wrong: dict[str, object]) -> None:
    with pytest.raises(Conflict):
        keep(furnished, request(**wrong))


def some_requests(store: Store, count: int = 5) -> list[AccessRequest]:
    """Requests of several people, minute by minute, the even ones denied."""
    made = [
        request(f"r{number}", requester=f"p{number % 2}", beneficiary=f"b{number}", created_at=NOW + minutes(number))
        for number in range(count)
    ]
    requests = [one.decided(RequestStatus.DENIED, NOW) if number % 2 == 0 else one for number, one in enumerate(made)]
    keep(store, *requests)
    return requests


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["r4", "r3", "r2", "r1", "r0"]),
        ({"requester": "p0"}, ["r4", "r2", "r0"]),
        ({"whom": Whom("b3")}, ["r3"]),
        ({"whom": Whom("b3", BeneficiaryKind.GROUP)}, []),
        ({"type": RequestType.MASKING_EXCEPTION}, []),
        ({"product": "salaries"}, ["r4", "r3", "r2", "r1", "r0"]),
        ({"product": "none"}, []),
        ({"status": RequestStatus.PENDING}, ["r3", "r1"]),
        ({"status": RequestStatus.DENIED, "requester": "p0", "limit": 2}, ["r4", "r2"]),
        ({"status": RequestStatus.DENIED, "requester": "p1"}, []),
    ],
)
def test_lists_are_the_newest_first_and_can_be_narrowed(
    furnished: Store, wanted: dict[str, object], found: list[str]
) -> None:
    some_requests(furnished)
    with furnished.reading() as session:
        assert ids(session.requests.page(**wanted).items) == found  # type: ignore[arg-type]  # any of its parameters


def test_pages_lose_nothing_when_requests_come_in_between(furnished: Store) -> None:
    same_time = [request(f"s{number}", beneficiary=f"s{number}") for number in range(4)]
    keep(furnished, *same_time)
    before = [one.id for one in (*some_requests(furnished), *same_time)]
    seen: list[str] = []
    cursor, pages = None, 0
    while pages == 0 or cursor:
        with furnished.reading() as session:
            page = session.requests.page(cursor=cursor, limit=2)
        seen += ids(page.items)
        cursor, pages = page.next, pages + 1
        late, early = NOW + minutes(100 + pages), NOW - minutes(100 + pages)
        keep(
            furnished,
            request(f"later {pages}", beneficiary=f"l{pages}", created_at=late),
            *([request(f"earlier {pages}", beneficiary=f"e{pages}", created_at=early)] if pages < 3 else []),
        )
    assert len(seen) == len(set(seen))
    assert set(before) <= set(seen)
    assert not any(id.startswith("later") for id in seen)


def test_the_last_page_has_no_next(furnished: Store) -> None:
    some_requests(furnished, 4)
    with furnished.reading() as session:
        first: Page[AccessRequest] = session.requests.page(limit=2)
        last = session.requests.page(cursor=first.next, limit=2)
    assert (len(first.items), len(last.items), last.next) == (2, 2, None)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "[1]",
        '["a", "b"]',
        "[1, 2]",
        '[1, "a", 3]',
        "null",
        '[true, "a"]',
        '[1.0, "a"]',
        '[1e400, "a"]',
        '[9223372036854775808, "a"]',
        "[",
    ],
)
def test_a_cursor_that_no_page_gave_is_refused(furnished: Store, text: str) -> None:
    cursor = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    with furnished.reading() as session, pytest.raises(BadCursor, match="begin again without it"):
        session.requests.page(cursor=cursor)


@pytest.mark.parametrize("cursor", ["nonsense", "é", "====", "W10", "\x00"])
def test_what_is_no_cursor_at_all_is_refused(furnished: Store, cursor: str) -> None:
    with furnished.reading() as session, pytest.raises(BadCursor):
        session.requests.page(cursor=cursor)


@pytest.mark.parametrize("limit", [0, -1, LARGEST + 1])
def test_a_page_has_a_size_that_is_possible(furnished: Store, limit: int) -> None:
    with furnished.reading() as session, pytest.raises(Invalid, match="ask for 1 to 500"):
        session.requests.page(limit=limit)


def test_the_last_decisions_on_a_product_are_found_the_latest_first(furnished: Store) -> None:
    decided = [
        request(f"r{number}", beneficiary=f"b{number}").decided(RequestStatus.DENIED, NOW + minutes(number))
        for number in (2, 7, 4)
    ]
    approved = request("approved", beneficiary="x").decided(RequestStatus.APPROVED, NOW + minutes(9))
    keep(furnished, request(), approved, *decided)
    with furnished.reading() as session:
        assert ids(session.requests.decided_on("salaries", RequestStatus.DENIED, 2)) == ["r7", "r4"]
        assert ids(session.requests.decided_on("salaries", RequestStatus.APPROVED, 5)) == ["approved"]
        assert session.requests.decided_on("none", RequestStatus.DENIED, 5) == []


def test_pending_requests_whose_time_has_passed_are_due_to_lapse(furnished: Store) -> None:
    keep(
        furnished,
        request("never", beneficiary="b1"),
        request("later", beneficiary="b2", lapses_at=NOW + timedelta(microseconds=1)),
        request("now", beneficiary="b3", lapses_at=NOW),
        request("earlier", beneficiary="b4", lapses_at=NOW - minutes(1)),
        request("canceled", beneficiary="b5", lapses_at=NOW).decided(RequestStatus.CANCELED, NOW),
    )
    with furnished.reading() as session:
        assert ids(session.requests.due_to_lapse(NOW)) == ["earlier", "now"]
        assert ids(session.requests.due_to_lapse(NOW, limit=1)) == ["earlier"]


def test_pending_requests_are_found_by_product_and_by_the_grant_they_renew(furnished: Store) -> None:
    other: DataProduct = replace(PRODUCT, id="other", name="Other")
    with furnished.writing() as session:
        session.products.add(other)
    keep(
        furnished,
        request("second", beneficiary="b2", created_at=NOW + minutes(1), renews="grant"),
        request("first", beneficiary="b1", renews="other"),
        request("elsewhere", product="other", renews="grant"),
        request("over", beneficiary="b4", renews="grant").decided(RequestStatus.DENIED, NOW),
    )
    with furnished.reading() as session:
        assert ids(session.requests.pending_for("salaries")) == ["first", "second"]
        assert ids(session.requests.pending_renewals("grant")) == ["elsewhere", "second"]
        assert ids(session.requests.many(["second", "first", "none", "second"])) == ["first", "second"]
