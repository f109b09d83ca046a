"""Grants, and the lists of those that count."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from placet.domain.errors import AlreadyThere, Conflict, StaleRevision
from placet.domain.requests import BeneficiaryKind, ColumnRef, Grant, RequestStatus, RequestType, Revocation, Whom
from placet.storage import Store
from tests.storage.world import NOW, PRODUCT, furnish, grant, keep_grant, minutes, request

TICK = timedelta(microseconds=1)
REVOKED = Revocation("gov", NOW, "left the team")


@pytest.fixture
def furnished(store: Store) -> Store:
    furnish(store)
    with store.writing() as session:
        session.products.add(replace(PRODUCT, id="other", name="Other"))
    return store


def keep(store: Store, *grants: Grant) -> None:
    with store.writing() as session:
        for one in grants:
            keep_grant(session, one)


def numbered(number: int, **changed: object) -> Grant:
    plain = {"request": f"r{number}", "start": NOW + minutes(number), "end": NOW + minutes(100 + number)}
    return grant(f"g{number}", **plain | changed)


def test_a_grant_comes_back_as_it_was_kept(furnished: Store) -> None:
    full = grant("full", request="r2", end=NOW + minutes(5), revocation=REVOKED, expiry_told=True)
    keep(furnished, grant(), full)
    with furnished.writing() as session:
        assert session.grants.get("grant") == session.grants.lock("grant") == grant()
        assert [session.grants.get("full")] == session.grants.for_requests(["r2", "none"]) == [full]
        assert session.grants.get("none") is session.grants.lock("none") is None
        assert session.grants.for_requests(["r2", "request", "none"]) == [full, grant()]


def test_a_request_is_granted_once(furnished: Store) -> None:
    keep(furnished, grant())
    with pytest.raises(AlreadyThere, match="`request` has its grant"), furnished.writing() as session:
        session.grants.add(grant("second"))


@pytest.mark.parametrize("wrong", [{"request": "none"}, {"product": "none"}])
def test_what_a_grant_refers_to_has_to_exist(furnished: Store, wrong: dict[str, object]) -> None:
    with furnished.writing() as session:
        session.requests.add(request())
    with pytest.raises(Conflict), furnished.writing() as session:
        session.grants.add(grant(**wrong))


def test_a_changed_grant_has_the_next_revision(furnished: Store) -> None:
    keep(furnished, grant())
    with furnished.writing() as session:
        saved = session.grants.save(replace(grant(), revocation=REVOKED))
        assert saved == replace(grant(), revocation=REVOKED, revision=2)
        assert session.grants.get("grant") == saved


def test_a_change_to_what_has_changed_is_refused(furnished: Store) -> None:
    keep(furnished, grant())
    with furnished.writing() as session:
        session.grants.save(replace(grant(), expiry_told=True))
    with pytest.raises(StaleRevision), furnished.writing() as session:
        session.grants.save(replace(grant(), revocation=REVOKED))


def test_live_grants_are_exactly_those_that_say_so(furnished: Store) -> None:
    ends = [None, NOW - TICK, NOW, NOW + TICK]
    revocations = [None, *(replace(REVOKED, at=NOW + shift) for shift in (-TICK, 0 * TICK, TICK))]
    starts = [NOW - minutes(10), NOW + minutes(10)]
    grants = [
        grant(f"g{number:02}", request=f"r{number}", end=end, revocation=revocation, start=start)
        for number, (end, revocation, start) in enumerate(product(ends, revocations, starts))
    ]
    keep(
        furnished,
        *grants,
        grant("elsewhere", request="e", product="other"),
        grant("eve's", request="v", beneficiary="eve"),
    )
    live = sorted((one for one in grants if one.live_at(NOW)), key=lambda one: (one.start, one.id))
    assert 0 < len(live) < len(grants)
    with furnished.reading() as session:
        assert session.grants.live_for(Whom("bob"), "salaries", RequestType.DATA_ACCESS, NOW) == live
        assert [one for one in session.grants.live_on("salaries", NOW) if one.beneficiary == "bob"] == live
        assert [one.id for one in session.grants.live_for(Whom("bob"), "other", RequestType.DATA_ACCESS, NOW)] == [
            "elsewhere"
        ]


def test_grants_are_found_by_their_beneficiaries(furnished: Store) -> None:
    mine, ours, theirs = (
        numbered(2),
        numbered(1, beneficiary="payroll", beneficiary_kind=BeneficiaryKind.GROUP, product="other"),
        numbered(3, beneficiary="eve"),
    )
    keep(furnished, mine, ours, theirs)
    with furnished.reading() as session:
        assert session.grants.page([Whom("bob"), Whom("payroll", BeneficiaryKind.GROUP)]).items == (mine, ours)
        assert session.grants.page([Whom("payroll"), Whom("bob", BeneficiaryKind.GROUP)]).items == ()
        assert session.grants.page([]).items == ()


def test_grants_on_a_product_come_in_pages_the_latest_start_first(furnished: Store) -> None:
    keep(furnished, *(numbered(number, start=NOW + minutes(number // 2)) for number in range(5)))
    keep(furnished, numbered(9, product="other"))
    with furnished.reading() as session:
        first = session.grants.of_product("salaries", limit=3)
        second = session.grants.of_product("salaries", first.next, 3)
    assert [one.id for one in (*first.items, *second.items)] == ["g4", "g3", "g2", "g1", "g0"]
    assert second.next is None


def test_renewals_are_found_by_what_they_renew(furnished: Store) -> None:
    keep(furnished, numbered(1))
    with furnished.writing() as session:
        renewal = request("r2", renews="g1").decided(RequestStatus.APPROVED, NOW)
        session.requests.add(renewal)
        session.grants.add(numbered(2))
    with furnished.reading() as session:
        assert session.grants.renewing("g1") == [numbered(2)]
        assert session.grants.renewing("g2") == []


def test_ends_that_were_not_told_are_found_once_they_are_reached(furnished: Store) -> None:
    keep(
        furnished,
        grant("for good", request="r0"),
        grant("later", request="r1", end=NOW + TICK),
        grant("now", request="r2", end=NOW),
        grant("earlier", request="r3", end=NOW - TICK),
        grant("told", request="r4", end=NOW, expiry_told=True),
        grant("revoked", request="r5", end=NOW, revocation=REVOKED),
    )
    with furnished.reading() as session:
        assert [one.id for one in session.grants.ended_untold(NOW)] == ["earlier", "now"]
        assert [one.id for one in session.grants.ended_untold(NOW, limit=1)] == ["earlier"]


@pytest.mark.requirement("R2", clause="one row for each column")
def test_a_masking_exception_is_one_row_for_each_column_written_in_one_statement(furnished: Store) -> None:
    columns = tuple(ColumnRef("s1", number, f"c{number}") for number in range(40))
    given = grant(type=RequestType.MASKING_EXCEPTION, columns=columns)
    written: list[str] = []
    furnished._backend.database.query_hooks.append(lambda query: written.append(query.sql))
    keep(furnished, given)
    assert len([one for one in written if "placet_grant_column" in one and "INSERT" in one]) == 1
    with furnished.reading() as session:
        assert session.grants.get("grant") == given
        assert [one.id for one in session.grants.clearing("s1", [7, 99], NOW)] == ["grant"]
        assert session.grants.clearing("s1", [99], NOW) == []
    with furnished.writing() as session:
        session.grants.save(replace(given, columns=columns[:1]))
    with furnished.reading() as session:
        found = session.grants.get("grant")
        assert found
        assert found.columns == columns[:1]
