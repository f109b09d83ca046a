"""The laws of grants, as properties of what the workflow does: ends hold, and grants leave each other alone."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.domain.errors import PlacetError
from placet.domain.forms import Quorum
from placet.domain.people import Person, PersonKind
from placet.domain.requests import Grant, RequestStatus, Verdict
from placet.domain.terms import FOR_GOOD, Term
from placet.workflow.commands import RevokeGrant
from placet.workflow.grants import Held, revoke
from tests.workflow.world import FINANCE, LEGAL, START, World, form, gus, listed, product

law = settings(max_examples=60, deadline=None)
moments = st.integers(0, 10**6).map(lambda seconds: START + timedelta(seconds=seconds))
ends = st.integers(1, 10**6).map(lambda seconds: START + timedelta(seconds=seconds))
quorums = st.sampled_from(list(Quorum))


def access(grants: tuple[Grant, ...], at: datetime) -> bool:
    """Whether any of these grants gives access at an instant."""
    return any(grant.start <= at and grant.live_at(at) for grant in grants)


@law
@given(quorums, st.none() | ends, st.none() | ends, st.integers(0, 10**9))
@pytest.mark.requirement("R7", clause="end exclusive")
def test_access_is_false_at_every_instant_from_the_end_on(
    quorum: Quorum, first: datetime | None, second: datetime | None, after: int
) -> None:
    """Whatever its stewards said: from the shortest end on there is no access, and until then there is."""
    world = World(form(listed(FINANCE, LEGAL, quorum=quorum)))
    world.submit()
    world.determine("ann", term=Term(end=first))
    if quorum is Quorum.ALL:
        world.determine("bob", term=Term(end=second))
    given_ends = [end for end in (first, second if quorum is Quorum.ALL else None) if end]
    assert world.grant.end == min(given_ends, default=None)
    later = START + timedelta(seconds=after)
    assert access(world.grants, later) == (not given_ends or later < min(given_ends))
    for end in given_ends:
        assert not access(world.grants, end)


grants = st.lists(st.none() | ends, min_size=1, max_size=5).map(
    lambda given_ends: tuple(
        Grant(f"g{number}", f"r{number}", "salaries", "rita", START, end) for number, end in enumerate(given_ends)
    )
)


@law
@given(grants, st.integers(0, 4), moments, moments)
@pytest.mark.requirement("N7", clause="revoking leaves overlaps")
def test_revoking_one_grant_never_takes_another(
    held: tuple[Grant, ...], number: int, now: datetime, at: datetime
) -> None:
    """Who has several ways in loses the one that is revoked, from then on, and nothing else."""
    grant = held[number % len(held)]
    others = tuple(one for one in held if one is not grant)
    with suppress(PlacetError):  # it may be over already
        change = revoke(RevokeGrant(grant.id, "why"), gus, Held(grant, product(), now))
        assert [one.id for one in change.grants] == [grant.id]
        after = (*others, *change.grants)
        assert access(after, at) == (access(others, at) or (at < now and access((grant,), at)))


@law
@given(st.none() | ends, st.none() | ends)
def test_an_approval_never_shortens_what_was_given_before(first: datetime | None, second: datetime | None) -> None:
    """A second grant of the same product, shorter or longer, leaves the first as it is."""
    world = World(form(listed(FINANCE)))
    world.submit()
    world.determine("ann", term=Term(end=first))
    before = world.grant
    world.request = None
    with suppress(PlacetError):  # a grant for good leaves nothing to ask for
        world.submit()
        world.determine("ann", term=Term(end=second))
    assert world.grants[0] == before
    for at in (START, *(end - timedelta(seconds=1) for end in (first, second) if end)):
        assert access(world.grants, at) >= access((before,), at)


GROUPS = {"finance": FINANCE, "legal": LEGAL}
people = st.fixed_dictionaries(
    {
        name: st.tuples(st.sets(st.sampled_from(sorted(GROUPS))), st.booleans())
        for name in ("rita", "tom", "ann", "bob", "robot")
    }
)


@law
@given(quorums, people, st.permutations(["rita", "tom", "ann", "bob", "robot"]), st.sampled_from(["tom", "robot"]))
@pytest.mark.requirement("R4", clause="met by its own stewards only")
def test_no_one_who_may_not_determine_meets_anything(
    quorum: Quorum, known: dict[str, tuple[set[str], bool]], order: list[str], beneficiary: str
) -> None:
    """Everyone tries; only the words of those who stand for a source, and whom nothing bars, are recorded and count."""
    world = World(form(listed(FINANCE, LEGAL, quorum=quorum)))
    for name, (groups, active) in known.items():
        account = {"kind": PersonKind.SERVICE_ACCOUNT, "owner": "ann"} if name == "robot" else {}
        world.people[name] = Person(name, name, groups=frozenset(groups), active=active, **account)
    try:
        world.submit("rita", beneficiary)
    except PlacetError:
        return  # rita or the beneficiary is not active
    for name in order:
        with suppress(PlacetError):
            world.determine(name, Verdict.APPROVE, FOR_GOOD)
    own = {"rita", beneficiary, *(["ann"] if beneficiary == "robot" else [])}
    free = {name: groups for name, (groups, active) in known.items() if active and name not in own}
    free = {name: groups for name, groups in free.items() if name != "robot" or "ann" not in own}
    assert world.request
    for made in world.request.determinations:
        assert made.stood_for == {GROUPS[group].key for group in free[made.steward]} != set()
    met = {key for made in world.request.determinations for key in made.stood_for}
    enough = met if quorum is Quorum.ANY else met == {FINANCE.key, LEGAL.key}
    assert (world.request.status is RequestStatus.APPROVED) == bool(enough) == bool(world.grants)


@law
@given(quorums, st.sampled_from(["ann", "bob", "both"]), st.sampled_from(["ann", "bob", "both"]))
def test_a_denial_before_or_after_an_approval_never_grants(quorum: Quorum, denier: str, approver: str) -> None:
    """Under `all`; under `any` the first word is the last."""
    world = World(form(listed(FINANCE, LEGAL, quorum=quorum)))
    world.submit()
    world.determine(denier, Verdict.DENY)
    before = replace(world.request) if world.request else None
    with pytest.raises(PlacetError):
        world.determine(approver)
    assert world.request == before
    assert not world.grants
