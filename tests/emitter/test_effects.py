"""Who gains and loses by a change of policies: for many at once, as the evaluator says it of each."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placet.emitter.effects import effect, reach
from placet.emitter.evaluate import filters_on, may_read, sight_of
from placet.emitter.policy import Desired
from tests.emitter.randoms import BASE, LOGINS, worlds


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), st.integers(-2, 3))
def test_for_many_people_at_once_the_answer_is_that_of_each(world: Desired, hours: int) -> None:
    at = BASE + timedelta(hours=hours)
    for source in world.sources:
        found = reach(world, source, at)
        readers = {login for login in LOGINS if may_read(world, login, source.id, at).allowed}
        assert found.readers == readers
        for column in source.columns:
            clear = {login for login in readers if sight_of(world, login, source.id, column.id, at).clear}
            assert found.clear[column.id] == clear
        for policy, _ in source.filters:
            assert found.filtered[policy.id] == {one for one in readers if policy in filters_on(world, one, source.id)}


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), worlds())
def test_an_effect_names_those_for_whom_something_differs_and_no_others(before: Desired, after: Desired) -> None:
    was, will = reach(before, before.sources[0], BASE), reach(after, after.sources[0], BASE)
    found = effect("orders", was, will)
    assert (found.gains, found.loses) == (will.readers - was.readers, was.readers - will.readers)
    assert found.nothing is (was.readers == will.readers and not _differing(found))
    assert effect("orders", was, was).nothing


def _differing(found: object) -> frozenset[str]:
    named = ("clearer", "less_clear", "more_rows", "fewer_rows")
    return frozenset[str]().union(*(getattr(found, name) for name in named))
