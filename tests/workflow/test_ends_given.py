"""The end that a determination gives: durations, instants and dates, up to the maximum, and from when they run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.domain.forms import Quorum
from placet.domain.requests import RequestStatus, Verdict
from placet.domain.terms import Duration, Term, end_of_day
from placet.workflow import refusals
from tests.workflow.test_determining import asked
from tests.workflow.world import START, days, product

APPROVED = RequestStatus.APPROVED


@pytest.mark.requirement("R7", clause="runs from finality")
def test_a_duration_runs_from_finality_not_from_the_approval() -> None:
    world = asked()
    world.determine("ann", term=days(10))
    world.later(days=5)
    world.determine("bob")
    assert (world.grant.start, world.grant.end) == (START + timedelta(days=5), START + timedelta(days=15))


@pytest.mark.requirement("R7", clause="end as an instant")
def test_an_end_may_be_an_instant() -> None:
    end = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
    world = asked(Quorum.ANY)
    world.determine("ann", term=Term(end=end))
    assert world.grant.end == end


@pytest.mark.requirement("R7", clause="last day of the month")
def test_a_month_from_the_last_of_january_ends_on_the_last_of_february() -> None:
    world = asked(Quorum.ANY)
    world.determine("ann", term=Term(duration=Duration.parse("1 month")))
    assert world.grant.end == datetime(2026, 2, 28, 12, tzinfo=UTC)


@pytest.mark.requirement("R7", clause="over the maximum")
@pytest.mark.parametrize("term", [days(31), Term(end=START + timedelta(days=30, seconds=1))])
def test_over_the_maximum_is_refused(term: Term) -> None:
    world = asked(product=product(maximum=Duration.parse("30 days")))
    with pytest.raises(refusals.TermTooLong) as refused:
        world.determine("ann", term=term)
    assert refused.value.status == 422


def test_exactly_the_maximum_is_fine() -> None:
    world = asked(Quorum.ANY, product=product(maximum=Duration.parse("30 days")))
    assert world.determine("ann", term=days(30)).status is APPROVED


@pytest.mark.requirement("R7", clause="no end means the maximum")
def test_no_end_means_the_maximum() -> None:
    world = asked(Quorum.ANY, product=product(maximum=Duration.parse("30 days")))
    world.determine("ann")
    assert world.grant.end == START + timedelta(days=30)


@pytest.mark.parametrize("end", [START, START - timedelta(days=1)])
def test_an_end_that_is_over_is_refused(end: datetime) -> None:
    with pytest.raises(refusals.TermRefused):
        asked().determine("ann", term=Term(end=end))


@pytest.mark.requirement("R7", clause="end as a date")
def test_a_date_that_is_over_where_it_was_chosen_is_refused_and_elsewhere_the_same_date_is_not() -> None:
    """It is noon in UTC on the 31st, and the 1st already on Kiritimati."""
    with pytest.raises(refusals.TermRefused):
        asked().determine("ann", term=Term(end=end_of_day(START.date(), "Pacific/Kiritimati")))
    world = asked(Quorum.ANY)
    world.determine("ann", term=Term(end=end_of_day(START.date(), "Europe/Berlin")))
    assert world.grant.end == START + timedelta(hours=11)


@settings(max_examples=40, deadline=None)
@given(st.integers(-(10**8), 10**8))
def test_an_end_counts_from_the_second_after_now_on(seconds: int) -> None:
    world, end = asked(Quorum.ANY), START + timedelta(seconds=seconds)
    if seconds > 0:
        world.determine("ann", term=Term(end=end))
        assert world.grant.end == end
    else:
        with pytest.raises(refusals.TermRefused):
            world.determine("ann", term=Term(end=end))


def test_a_renewal_that_would_end_before_the_old_grant_is_refused() -> None:
    world = asked(Quorum.ANY)
    world.determine("ann", term=days(10))
    world.submit()
    for end in (START + timedelta(days=9), START + timedelta(days=10)):
        with pytest.raises(refusals.TermRefused):
            world.determine("bob", term=Term(end=end))


def test_a_denial_takes_no_end() -> None:
    with pytest.raises(refusals.TermRefused):
        asked().determine("ann", Verdict.DENY, days(3))


@pytest.mark.requirement("R7", clause="a passed end lapses")
def test_a_given_end_that_passes_leaves_nothing_to_decide() -> None:
    world = asked()
    world.determine("ann", term=Term(end=START + timedelta(hours=1)))
    assert world.request
    assert world.request.lapses_at == START + timedelta(hours=1)
    world.later(hours=1)
    with pytest.raises(refusals.RequestLapsedAlready):
        world.determine("bob")
