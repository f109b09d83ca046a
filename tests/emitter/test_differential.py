"""What the server lets people read is what the reference evaluator says, in random worlds and to the microsecond."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placet.demo.server import EmbeddedPostgres
from tests.emitter.differential import GROUPS, LOGINS, PRODUCTS, SOURCES, Case, Mutation, Stage
from tests.emitter.worlds import world_on

HOURS = st.integers(0, 4)
ACCIDENTS = st.tuples(st.sampled_from(LOGINS), st.sampled_from(GROUPS)) | st.tuples(
    st.sampled_from(GROUPS), st.sampled_from(PRODUCTS)
)
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
    groups=st.dictionaries(st.sampled_from(GROUPS), st.frozensets(st.sampled_from(LOGINS))),
    group_grants=st.lists(
        st.tuples(st.sampled_from(GROUPS), st.sampled_from(PRODUCTS), HOURS, HOURS | st.none()), max_size=4
    ).map(tuple),
    group_stripped=st.frozensets(ACCIDENTS, max_size=1),
    group_lent=st.frozensets(ACCIDENTS, max_size=2),
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

# Ann is in a group that runs, has lost one product's role, and has been lent another's; Bob has lost the group's role
# and keeps one product's by a grant to come; Cid is inactive; Eve has the role of a group that she is not in.
THROUGH_GROUPS = Case(
    products={"p1": frozenset({"orders", "staff"}), "p2": frozenset({"staff"}), "p3": frozenset({"sales"})},
    logins={"ann": True, "bob": True, "cid": False, "eve": True},
    grants=(("bob", "p1", 4, None),),
    groups={"team": frozenset({"ann", "bob", "cid"}), "bob": frozenset({"bob"})},
    group_grants=(
        ("team", "p1", 1, 2),
        ("team", "p1", 3, None),
        ("team", "p2", 0, None),
        ("bob", "p3", 0, None),
        ("bob", "p1", 4, None),
    ),
    group_stripped=frozenset({("team", "p2"), ("bob", "team")}),
    group_lent=frozenset({("team", "p3"), ("eve", "team")}),
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


@pytest.mark.requirement("E1", clause="allowed or granted")
@pytest.mark.requirement("R14", clause="membership is live")
def test_server_and_evaluator_agree_on_groups_as_their_members_come_and_go(stage: Stage) -> None:
    assert stage.differences(THROUGH_GROUPS) == []
    away = replace(THROUGH_GROUPS, groups={"team": frozenset({"eve"}), "bob": frozenset({"ann", "eve"})})
    assert stage.differences(replace(away, group_lent=frozenset(), group_stripped=frozenset())) == []
    assert stage.differences(replace(THROUGH_GROUPS, groups={"bob": frozenset({"bob"})})) == []
    assert stage.differences(THROUGH_GROUPS) == []


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
    "no role is needed": exchanged(r"pg_has_role\(CURRENT_USER, s\.role[^)]*\)", "true"),
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


GROUP_MUTANTS = {
    "groups give nothing": exchanged(r"\(m\.principal = CURRENT_USER\)", "false"),
    "a grant of one's own and one of a group are needed": exchanged(
        r"OR (\(EXISTS \( SELECT\s+FROM \(+gov\.group_member)", r"AND \1"
    ),
    "a group's grant begins after its start": exchanged(r"h\.valid_from <= ", "h.valid_from < "),
    "a group's grant reaches to its end": exchanged(r" < h\.valid_until", " <= h.valid_until"),
    "a group's grant has begun for ever": exchanged(r"\(h\.valid_from <= .*? time zone\)", "true"),
    "a group's grant never ends": exchanged(r"\(\(current_setting[^<]* < h\.valid_until\)", "true"),
    "anyone is in the group": exchanged(r"\(m\.principal = CURRENT_USER\)", "true"),
    "whoever left has the group's role": exchanged(r"pg_has_role\(CURRENT_USER, g\.role[^)]*\)", "true"),
    "what ended is still the group's": exchanged(r"pg_has_role\(g\.role[^)]*\)", "true"),
    "any group's grant will do": exchanged(r"\(h\.group_id = m\.group_id\)", "true"),
    "any group's role will do": exchanged(r"\(g\.group_id = m\.group_id\)", "true"),
    "any product of a group opens every source": exchanged(r"\(t\.source = '\w+'::text\)", "true"),
    "any grant of a group opens every product": exchanged(r"\(t\.product = h\.product\)", "true"),
}
CAUGHT_BY = [(mutant, EVERYTHING, change) for mutant, change in MUTANTS.items()]
CAUGHT_BY += [(mutant, THROUGH_GROUPS, change) for mutant, change in GROUP_MUTANTS.items()]


@pytest.mark.parametrize(("case", "change"), [caught[1:] for caught in CAUGHT_BY], ids=[name for name, *_ in CAUGHT_BY])
def test_a_changed_view_is_caught(stage: Stage, case: Case, change: Mutation) -> None:
    assert stage.differences(case, change) != []
