"""What the server lets people read is what the reference evaluator says, in random worlds and to the microsecond."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placet.demo.server import EmbeddedPostgres
from tests.emitter.differential import LOGINS, PRODUCTS, SOURCES, Case, Mutation, Stage
from tests.emitter.worlds import world_on

HOURS = st.integers(0, 4)
CASES = st.builds(
    Case,
    products=st.dictionaries(st.sampled_from(PRODUCTS), st.frozensets(st.sampled_from(SOURCES))),
    logins=st.dictionaries(st.sampled_from(LOGINS), st.sampled_from([True, True, True, False])),
    grants=st.lists(
        st.tuples(st.sampled_from(LOGINS), st.sampled_from(PRODUCTS), HOURS, HOURS | st.none()), max_size=6
    ).map(tuple),
    stripped=st.frozensets(st.tuples(st.sampled_from(["ann", "bob", "cid"]), st.sampled_from(PRODUCTS)), max_size=1),
    lent=st.frozensets(st.tuples(st.sampled_from(LOGINS), st.sampled_from(PRODUCTS)), max_size=2),
    stale=st.frozensets(st.sampled_from(LOGINS), max_size=1),
)

EVERYTHING = Case(
    products={"p1": frozenset({"orders", "staff"}), "p2": frozenset({"staff"})},
    logins={"ann": True, "bob": True, "cid": False, "eve": True},
    grants=(
        ("ann", "p1", 1, 2),
        ("ann", "p1", 3, None),
        ("bob", "p2", 0, None),
        ("bob", "p1", 2, 3),
        ("cid", "p2", 0, None),
        ("eve", "p2", 0, 4),
        ("ann", "p2", 0, None),
    ),
    stripped=frozenset({("ann", "p2")}),
    lent=frozenset({("cid", "p2")}),
    stale=frozenset({"eve"}),
)


@pytest.fixture(scope="module")
def stage(server: EmbeddedPostgres) -> Iterator[Stage]:
    with world_on(server) as world:
        stage = Stage(world)
        yield stage
        stage.close()


@pytest.mark.requirement("N5", clause="equal to our evaluator")
@pytest.mark.requirement("E1", clause="active")
@pytest.mark.requirement("E1", clause="every guardrail")
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=CASES)
def test_server_and_evaluator_give_the_same_answers(stage: Stage, case: Case) -> None:
    """Each world is applied over the one before it, so that leaving and coming back are tried as well."""
    assert stage.differences(case) == []


def test_server_and_evaluator_agree_where_everything_happens(stage: Stage) -> None:
    assert stage.differences(EVERYTHING) == []


def exchanged(pattern: str, replacement: str) -> Mutation:
    """A mutation that finds what it changes, or fails."""

    def mutate(definition: str) -> str:
        changed, times = re.subn(pattern, replacement, definition)
        assert times, f"{pattern} is not in {definition}"
        return changed

    return mutate


MUTANTS = {
    "a grant begins after its start": exchanged(r"e\.valid_from <= ", "e.valid_from < "),
    "a grant reaches to its end": exchanged(r" < e\.valid_until", " <= e.valid_until"),
    "a grant has begun for ever": exchanged(r"\(e\.valid_from <= .*? time zone\)", "true"),
    "a grant never ends": exchanged(r"\(\(current_setting[^<]* < e\.valid_until\)", "true"),
    "no role is needed": exchanged(r"pg_has_role\([^)]*\)", "true"),
    "anyone's entitlement will do": exchanged(r"\(e\.principal = CURRENT_USER\)", "true"),
    "any product opens every source": exchanged(r"\(s\.source = '\w+'::text\)", "true"),
    "any entitlement opens every product": exchanged(r"\(s\.product = e\.product\)", "true"),
    "strangers are known": exchanged(r"\(EXISTS \( SELECT\s+FROM gov\.principal p\s+WHERE .*?::oid\)\)\)\)", "true"),
    "the inactive are known": exchanged(r"AND p\.active", ""),
    "who was made anew is known": exchanged(r"AND \(p\.oid = .*?::oid\)", ""),
    "known or a member": exchanged(
        r"AND \(EXISTS \( SELECT\s+FROM gov\.principal p", "OR (EXISTS ( SELECT FROM gov.principal p"
    ),
    "anyone takes on anyone's role": exchanged(r"\(SESSION_USER = CURRENT_USER\)", "true"),
    "nobody takes on a role": exchanged(r"OR \(NOT \(EXISTS", "AND (NOT (EXISTS"),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_changed_view_is_caught(stage: Stage, mutant: str) -> None:
    assert stage.differences(EVERYTHING, MUTANTS[mutant]) != []
