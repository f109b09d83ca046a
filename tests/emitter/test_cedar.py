"""The Cedar target, asked on a Cedar engine (cedarpy), against the reference evaluator."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import cedarpy
import pytest

from placet.domain.conditions import InGroup
from placet.domain.masks import Mask, MaskKind
from placet.domain.policies import DataPolicy
from placet.domain.row_filters import Comparison, RowFilter
from placet.domain.scopes import OnSource
from placet.emitter.cedar.entities import column_key
from placet.emitter.cedar.target import CedarTarget
from placet.emitter.evaluate import may_read, sight_of
from placet.emitter.handed_out import Output
from placet.emitter.policy import Desired, Entitlement, Login, TargetColumn, TargetGroup, TargetProduct, TargetSource
from placet.emitter.postgres.target import PostgresTarget
from placet.emitter.rego.facts import microseconds
from placet.emitter.settings import CedarSettings
from tests.emitter.random_desired import BASE, LOGINS, STRANGER, TICK, Chances, instants, seen, worlds

TARGET = CedarTarget(CedarSettings("cedar"))
NO_FILTERS = Chances(filters=0)

Asked = tuple[str, str, str, str]
"""Who, what, and the kind and the id of what it is about."""


def asked_in(desired: Desired) -> list[Asked]:
    """Every question about a world."""
    found: list[Asked] = []
    for source in desired.sources:
        for login in (*LOGINS, STRANGER):
            found.append((login, "read", "Source", source.id))
            found += ((login, "seeClear", "Column", column_key(source.id, column.id)) for column in source.columns)
    return found


class Cedar:
    """An engine with the files that a target hands out."""

    def __init__(self, output: Output, mutation: Callable[[str], str] = str) -> None:
        texts = {name: content.decode() for name, content in output.files.items()}
        self.policies, self.schema = mutation(texts["policies.cedar"]), texts["placet.cedarschema"]
        self.entities: list[dict[str, Any]] = json.loads(texts["entities.json"])

    def ask(self, asked: list[Asked], at: datetime) -> list[bool]:
        requests = [
            {
                "principal": {"type": "Placet::Login", "id": login},
                "action": f'Placet::Action::"{action}"',
                "resource": {"type": f"Placet::{kind}", "id": id},
                "context": {"now": microseconds(at)},
            }
            for login, action, kind, id in asked
        ]
        answers = cedarpy.is_authorized_batch(requests, self.policies, self.entities, schema=self.schema)
        return [answer.decision is cedarpy.Decision.Allow for answer in answers]


def decisions(cedar: Cedar, desired: Desired, random: Random, edges: int = 2) -> Iterator[tuple[bool, bool]]:
    """What the engine says and what the evaluator does, of reading, and of clear values of those who read."""
    asked = asked_in(desired)
    for at in instants(desired, random, edges):
        told = dict(zip(asked, cedar.ask(asked, at), strict=True))
        for source in desired.sources:
            for login in (*LOGINS, STRANGER):
                allowed = may_read(desired, login, source.id, at).allowed
                yield told[login, "read", "Source", source.id], allowed
                for column in source.columns if allowed else ():
                    clear = told[login, "seeClear", "Column", column_key(source.id, column.id)]
                    yield clear, sight_of(desired, login, source.id, column.id, at).clear


@pytest.mark.requirement("N5", clause="equal to our evaluator")
def test_engine_and_evaluator_give_the_same_answers() -> None:
    random, asked, met = Random(1), 0, Counter[str]()
    for number, desired in enumerate(worlds(7, 90, NO_FILTERS)):
        answers = list(decisions(Cedar(TARGET.made_of(desired)), desired, random))
        assert [pair for pair in answers if pair[0] != pair[1]] == [], number
        asked, met = asked + len(answers), met + seen(desired, BASE + timedelta(hours=2))
    assert asked >= 8_000, asked
    assert all(count for kind, count in met.items() if "filter" not in kind), met


MAY_READ = 'permit (principal is Placet::Login, action == Placet::Action::"read", resource in'
SEES_CLEAR = 'permit (principal is Placet::Login, action == Placet::Action::"seeClear", resource in'
NEVER_CLEAR = 'forbid (principal, action == Placet::Action::"seeClear", resource in'
MUTANTS = {
    "starts later": ("start <= context.now", "start < context.now"),
    "ends later": ("end <= context.now", "end < context.now"),
    "no guardrails": ("\nforbid (principal, action, resource in", "\nforbid (principal, action, resource =="),
    "guardrails the other way": ("when { (!", "when { ("),
    "grants are not asked": ("principal.hasTag(resource.key)", "!principal.hasTag(resource.key)"),
    "allow policies are not asked": (MAY_READ, MAY_READ.replace("permit", "forbid")),
    "unconfirmed is clear": ("unless { resource.confirmed }", "unless { true }"),
    "masked is clear": ("!resource.masked", "true"),
    "approvals lift everything": (NEVER_CLEAR, NEVER_CLEAR.replace("forbid", "permit")),
    "nobody is excepted": (SEES_CLEAR, SEES_CLEAR.replace("seeClear", "read")),
    "or is and": (" || (principal", " && (principal"),
    "and is or": (") && (principal", ") || (principal"),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_changed_policy_is_found(name: str) -> None:
    old, new = MUTANTS[name]
    random = Random(2)
    for desired in worlds(11, 60, NO_FILTERS):
        output = TARGET.made_of(desired)
        mutant = Cedar(output, lambda text: text.replace(old, new))
        if any(told != meant for told, meant in decisions(mutant, desired, random, edges=1)):
            return
    pytest.fail("nothing told the mutant from the policies")


def test_policies_and_entities_fit_the_schema() -> None:
    for desired in worlds(5, 10, NO_FILTERS):
        files = {name: content.decode() for name, content in TARGET.made_of(desired).files.items()}
        found = cedarpy.validate_policies(files["policies.cedar"], files["placet.cedarschema"])
        assert found.validation_passed, found.errors
        cedarpy.Entities.from_json_str(files["entities.json"], cedarpy.Schema.from_str(files["placet.cedarschema"]))


T = datetime(2031, 5, 6, 7, 8, 9, 123457, tzinfo=UTC)
DAY = timedelta(days=1)
SOURCE = TargetSource("s1", "sales", "orders", (TargetColumn(1, "name", "varchar"),))


def state(source: TargetSource, *entitlements: Entitlement) -> Desired:
    group = TargetGroup("team", ("ann",))
    return Desired((source,), (TargetProduct("p", ("s1",)),), (Login("ann"),), entitlements, (group,))


def grants(*spans: tuple[int, int]) -> list[Entitlement]:
    return [Entitlement(f"g{n}", "p", "ann", T + start * DAY, T + end * DAY) for n, (start, end) in enumerate(spans)]


def reads(output: Output, *instants: datetime) -> list[bool]:
    return [Cedar(output).ask([("ann", "read", "Source", "s1")], at)[0] for at in instants]


@pytest.mark.requirement("N6", clause="rows before the end")
@pytest.mark.requirement("N6", clause="none from the end on")
def test_access_begins_and_ends_to_the_microsecond() -> None:
    output = TARGET.made_of(state(SOURCE, *grants((0, 1))))
    assert reads(output, T - TICK, T, T + DAY - TICK, T + DAY) == [False, True, True, False]


def test_times_that_touch_are_one_and_those_apart_have_places() -> None:
    output = TARGET.made_of(state(SOURCE, *grants((0, 1), (1, 2), (4, 5), (6, 7), (8, 9))))
    assert output.problems == ()
    assert reads(output, *(T + day * DAY for day in range(10))) == [
        True,
        True,
        False,
        False,
        True,
        False,
        True,
        False,
        True,
        False,
    ]


def test_who_has_a_fifth_time_is_named_and_does_not_have_it_yet() -> None:
    output = TARGET.made_of(state(SOURCE, *grants((0, 1), (2, 3), (4, 5), (6, 7), (8, 9))))
    assert [(one.kind, one.object) for one in output.problems] == [("login", "ann")]
    assert reads(output, T + 6 * DAY, T + 8 * DAY) == [True, False]


def test_a_source_with_row_filters_is_refused() -> None:
    policy = DataPolicy("f", "Europe alone", None, OnSource("s1"), filter=RowFilter(Comparison.EQUAL, ("EU",)))  # type: ignore[arg-type]
    output = TARGET.made_of(state(replace(SOURCE, filters=((policy, frozenset({1})),)), *grants((0, 1))))
    assert output.left_out == {"s1"}
    assert [one.summary for one in output.problems] == ["is not shared: Cedar filters no rows, and `Europe alone` does"]
    assert reads(output, T) == [False]


def test_the_mask_is_told_where_it_can_only_be_one() -> None:
    one, other = (
        DataPolicy(f"m{n}", f"m{n}", Mask(MaskKind.PARTIAL, first=1, last=n), OnSource("s1"), **whom)  # type: ignore[arg-type]
        for n, whom in enumerate(({}, {"for_everyone_who": InGroup("team")}))
    )
    for masks, told, problems in (((one,), True, 0), ((one, other), False, 1), ((one, replace(one, id="x")), True, 0)):
        output = TARGET.made_of(state(replace(SOURCE, columns=(replace(SOURCE.columns[0], masks=masks),))))
        [column] = [one for one in Cedar(output).entities if one["uid"]["type"] == "Placet::Column"]
        assert ("mask" in column["attrs"]) is told
        assert len(output.problems) == problems


def test_an_approval_changes_entities_alone() -> None:
    before, after = (TARGET.made_of(state(SOURCE, *given)) for given in ((), grants((0, 1))))
    assert before.revision != after.revision
    assert {name for name in before.files if before.files[name] != after.files[name]} == {"entities.json"}


def test_equal_states_make_equal_bytes() -> None:
    desired = next(worlds(3, 1, NO_FILTERS))
    shuffled = replace(
        desired, sources=desired.sources[::-1], logins=desired.logins[::-1], entitlements=desired.entitlements[::-1]
    )
    assert TARGET.packed(TARGET.made_of(desired)) == TARGET.packed(TARGET.made_of(shuffled))


def test_it_is_opened_by_its_settings() -> None:
    assert isinstance(PostgresTarget(CedarSettings("cedar")), CedarTarget)
