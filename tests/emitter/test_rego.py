"""The Rego target, asked on a Rego engine (rego-cpp), against the reference evaluator."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from random import Random
from typing import Any

import pytest

from placet.domain.conditions import HasAttribute, InGroup, Not
from placet.domain.errors import SettingError
from placet.domain.masks import Mask, MaskKind
from placet.domain.policies import DataPolicy
from placet.domain.row_filters import as_text, kind_of
from placet.domain.scopes import OnSource
from placet.domain.subscriptions import SubscriptionKind, SubscriptionPolicy
from placet.emitter.evaluate import Sight, may_read, sees_row, sight_of
from placet.emitter.handed_out import Output
from placet.emitter.policy import Desired, Entitlement, Login, TargetColumn, TargetGroup, TargetProduct, TargetSource
from placet.emitter.postgres.target import PostgresTarget
from placet.emitter.rego.target import RegoTarget
from placet.emitter.settings import RegoSettings
from tests.emitter.opa import CLOCK, Opa
from tests.emitter.random_desired import BASE, LOGINS, STRANGER, TICK, VALUES, instants, seen, worlds

TARGET = RegoTarget(RegoSettings("opa"))
TRINO = RegoTarget(RegoSettings("trino", trino_catalog="lake"))
DECISION = "data.placet.decision"
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {"=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}

Told = tuple[object, object]
"""What the engine says, and what the evaluator does."""


def typed(literal: dict[str, Any]) -> object:
    """A literal of a row filter as it is told."""
    if "number" in literal:
        return Decimal(literal["number"])
    return datetime.fromisoformat(literal["date"]).date() if "date" in literal else next(iter(literal.values()))


def compares(told: dict[str, Any], value: object) -> bool:
    if "among" in told:
        return as_text(value) in told["among"]
    fitting = [one for one in map(typed, told["values"]) if kind_of(one) is kind_of(value) is not None]
    if told["comparison"] == "in":
        return value in fitting
    return any(OPERATORS[told["comparison"]](value, one) for one in fitting)


def lets_through(filters: list[dict[str, Any]], row: dict[str, object]) -> bool:
    """What whoever enforces makes of the filters that they are told."""
    return all(one["columns"] and all(compares(one, row[name]) for name in one["columns"]) for one in filters)


def rows(random: Random, source: TargetSource) -> list[dict[int, object]]:
    return [{column.id: random.choice(VALUES[column.id]) for column in source.columns} for _ in range(20)]


def sight_told(sight: Sight) -> dict[str, Any]:
    if sight.mask is None:
        return {"clear": sight.clear}
    return {"clear": False, "mask": {k: v for k, v in vars(sight.mask).items() if v is not None}}


def decisions(opa: Opa, desired: Desired, random: Random, edges: int = 2) -> Iterator[Told]:
    """Every question about a world, at some instants."""
    for at in instants(desired, random, edges):
        for source in desired.sources:
            for login in (*LOGINS, STRANGER):
                told = opa.ask(DECISION, {"login": login, "schema": source.schema, "table": source.name}, at) or {}
                allowed = may_read(desired, login, source.id, at).allowed
                yield told.get("allow"), allowed
                if allowed and told.get("allow"):
                    yield from _details(told, desired, login, source, at, random)


def _details(
    told: dict[str, Any], desired: Desired, login: str, source: TargetSource, at: datetime, random: Random
) -> Iterator[Told]:
    names = {column.id: column.name for column in source.columns}
    for column in source.columns:
        sight = {key: value for key, value in told["columns"][column.name].items() if key != "policy"}
        yield sight, sight_told(sight_of(desired, login, source.id, column.id, at))
    for row in rows(random, source):
        by_name = {names[id]: value for id, value in row.items()}
        yield lets_through(told["row_filters"], by_name), sees_row(desired, login, source.id, row)


@pytest.mark.requirement("N5", clause="equal to our evaluator")
@pytest.mark.requirement("E1", clause="every guardrail")
@pytest.mark.requirement("E2", clause="for everyone who")
@pytest.mark.requirement("E2", clause="row filters")
def test_engine_and_evaluator_give_the_same_answers() -> None:
    random, asked, met = Random(1), 0, Counter[str]()
    for number, desired in enumerate(worlds(7, 60)):
        opa = Opa(TARGET.made_of(desired))
        answers = list(decisions(opa, desired, random))
        assert [pair for pair in answers if pair[0] != pair[1]] == [], number
        asked, met = asked + len(answers), met + seen(desired, BASE + timedelta(hours=2))
    assert asked >= 20_000, asked
    assert all(met.values()), met


EVERY = "\tevery guardrail in guardrails_of(source) {"
MUTANTS = {
    "starts later": ("held.start * 1000 <= time", "held.start * 1000 < time"),
    "ends later": ("held.end * 1000 <= time", "held.end * 1000 < time"),
    "never ends": ("\tnot over(held)\n", ""),
    "never starts": ("held.start * 1000 <= time", "held.start * 1000 >= time"),
    "no guardrails": (EVERY, "\tevery guardrail in [] {"),
    "only the first guardrail": (EVERY, "\tevery guardrail in array.slice(guardrails_of(source), 0, 1) {"),
    "policies are not asked": ("allowed(login, source) if count(policies(login, source)) > 0\n", ""),
    "grants are not asked": ("allowed(login, source) if count(grants(login, source)) > 0\n", ""),
    "no own grants": ("own_grants(login, source) | group", "group"),
    "no grants of groups": (" | group_grants(login, source)", ""),
    "grants of others": ("given.logins[login][product]", "given.logins[_][product]"),
    "grants of other groups": ("given.groups[group][product]", "given.groups[_][product]"),
    "unconfirmed is clear": ("\tnot column.unconfirmed\n\tcount(winners", "\tcount(winners"),
    "approvals lift everything": ("\tcount(against(column.masks, facts_about(login))) == 0\n\texcepted", "\texcepted"),
    "no exceptions": ("\texcepted(login, source, column.id)\n", "\tfalse\n"),
    "exceptions never end": (
        "in shown_to_login(login, source, column)\n\trunning(held)",
        "in shown_to_login(login, source, column)",
    ),
    "exceptions of others": ("shown.logins[login][source]", "shown.logins[_][source]"),
    "exceptions on other columns": ("shown.groups[group][source][column]", "shown.groups[group][source][_]"),
    "the second masks": ("facts_about(login))[0]\n}", "facts_about(login))[1]\n}"),
    "who is excepted sees everything": (":= against(masks, who) if {", ":= [] if {"),
    "nobody is excepted": ("if holds(one.except, who)", "if holds(one.never, who)"),
    "masks for everyone who are for all": ("if holds(one.for, who)", "if one.for"),
    "filters for the excepted": ("\tnot excepts(one, who)\n}\n\n# A text", "}\n\n# A text"),
    "filters for nobody": ("\tnot excepts(one, who)\n}\n\n# A text", "\texcepts(one, who)\n}\n\n# A text"),
    "filters of attributes let all values through": ("object.get(who.attributes, key, {})", '{"EU": 1, "7": 1}'),
    "not is dropped": (") if not c", ") if c"),
}


@pytest.mark.requirement("N5", clause="equal to our evaluator")
@pytest.mark.parametrize("name", MUTANTS)
def test_a_changed_rule_is_found(name: str) -> None:
    old, new = MUTANTS[name]
    random = Random(2)
    for desired in worlds(11, 30):
        output = TARGET.made_of(desired)
        text = output.files["policy.rego"].decode()
        assert old in text or name == "not is dropped"
        mutant = Opa(output, mutation=lambda text: text.replace(old, new))
        if any(found != meant for found, meant in decisions(mutant, desired, random, edges=1)):
            return
    pytest.fail("nothing told the mutant from the rules")


T = datetime(2031, 5, 6, 7, 8, 9, 123457, tzinfo=UTC)
COLUMNS = (TargetColumn(1, "name", "varchar(20)"), TargetColumn(2, "pay", "decimal(10, 2)"))
SOURCE = TargetSource("s1", "sales", "orders", COLUMNS)


def masking(mask: Mask, **whom: Any) -> DataPolicy:
    return DataPolicy("m", "masks", mask, OnSource("any"), **whom)  # type: ignore[arg-type]


def state(source: TargetSource = SOURCE, *entitlements: Entitlement, **of_ann: Any) -> Desired:
    logins = (Login("ann", **of_ann), Login("bob"))
    return Desired((source,), (TargetProduct("p", ("s1",)),), logins, entitlements, (TargetGroup("team", ("bob",)),))


GRANT = Entitlement("g", "p", "ann", T, T + timedelta(days=1))


def reads(opa: Opa, at: datetime, login: str = "ann") -> bool:
    return bool(opa.ask(DECISION, {"login": login, "schema": "sales", "table": "orders"}, at)["allow"])


@pytest.mark.requirement("N6", clause="rows before the end")
@pytest.mark.requirement("N6", clause="none from the end on")
def test_access_begins_and_ends_to_the_microsecond() -> None:
    opa = Opa(TARGET.made_of(state(SOURCE, GRANT)))
    end = T + timedelta(days=1)
    assert [reads(opa, at) for at in (T - TICK, T, end - TICK, end)] == [False, True, True, False]


def test_instants_that_no_floating_point_number_holds_are_told_apart() -> None:
    late = datetime(2290, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
    opa = Opa(TARGET.made_of(state(SOURCE, replace(GRANT, start=late, end=late + TICK))))
    assert [reads(opa, at) for at in (late - TICK, late, late + TICK)] == [False, True, False]


def test_the_time_is_the_engines_own_and_nobody_who_asks_can_choose_it() -> None:
    desired = state(SOURCE, GRANT)
    texts = [text.decode() for text in TRINO.made_of(desired).files.values() if text.startswith(b"#")]
    assert len(texts) == 2
    used = {found for text in texts for found in re.findall(r"\binput(?:\.\w+)*", text)}
    assert used == {
        "input.login",
        "input.schema",
        "input.table",
        "input.action.operation",
        "input.action.resource",
        "input.action.resource.table",
        "input.action.resource.column",
        "input.action.filterResources",
        "input.context.identity.user",
    }
    assert texts[0].count(CLOCK) == texts[0].count("time.") == 2


@pytest.mark.requirement("E3", clause="policies do not grow with people")
@pytest.mark.requirement("E3", clause="no policy for a person")
def test_an_approval_changes_the_data_alone() -> None:
    before, after = (TARGET.made_of(state(SOURCE, *given)) for given in ((), (GRANT,)))
    assert before.revision != after.revision
    assert before.files["policy.rego"] == after.files["policy.rego"]
    manifests = [json.loads(one.files[".manifest"]) for one in (before, after)]
    assert manifests[0]["metadata"] == manifests[1]["metadata"]
    assert not re.search(r"ann|bob|\bp\b", "\n".join(_own_lines(after)))


def _own_lines(output: Output) -> list[str]:
    """What the rules say of this state alone."""
    return output.files["policy.rego"].decode().split("# --- Data sources ---")[1].splitlines()


def test_a_policy_changes_the_rules() -> None:
    masked = replace(SOURCE, columns=(replace(COLUMNS[0], masks=(masking(Mask(MaskKind.NULL)),)), COLUMNS[1]))
    one, other = TARGET.made_of(state(SOURCE)), TARGET.made_of(state(masked))
    assert one.files["policy.rego"] != other.files["policy.rego"]
    assert one.files["data.json"] == other.files["data.json"]


def test_equal_states_make_equal_bytes() -> None:
    desired = next(worlds(3, 1))
    shuffled = replace(
        desired,
        sources=desired.sources[::-1],
        logins=desired.logins[::-1],
        entitlements=desired.entitlements[::-1],
        groups=desired.groups[::-1],
        products=desired.products[::-1],
    )
    one, other = TARGET.made_of(desired), TARGET.made_of(shuffled)
    assert one.revision == other.revision == json.loads(one.files[".manifest"])["revision"]
    assert TARGET.packed(one) == TARGET.packed(other)


def test_no_more_is_told_of_people_than_policies_ask() -> None:
    guarded = replace(SOURCE, guardrails=(_subscription(Not(HasAttribute("status", "external"))),))
    held = {"status": frozenset({"external", "former"}), "salary": frozenset({"100"})}
    told = json.loads(TARGET.made_of(state(guarded, attributes=held, groups=frozenset({"x"}))).files["data.json"])
    assert told["placet"]["facts"]["logins"]["ann"] == {
        "groups": {},
        "attributes": {"status": {"external": True}},
        "permissions": {},
        "member_of": [],
    }


def _subscription(who: Any) -> SubscriptionPolicy:
    return SubscriptionPolicy("x", "x", SubscriptionKind.GUARDRAIL, OnSource("s1"), who)


def test_where_the_data_is_missing_nobody_reads() -> None:
    output = TARGET.made_of(state(SOURCE, GRANT))
    opa = Opa(replace(output, files=output.files | {"data.json": b"{}"}))
    assert not reads(opa, T)


def test_reasons_name_grants_policies_and_guardrails() -> None:
    source = replace(
        SOURCE,
        allow=(replace(_subscription(Not(InGroup("x"))), id="open", kind=SubscriptionKind.ALLOW),),
        guardrails=(replace(_subscription(InGroup("in")), id="guard"),),
    )
    opa = Opa(TARGET.made_of(state(source, GRANT, groups=frozenset({"in"}))))
    asked = {"schema": "sales", "table": "orders"}
    assert opa.ask(DECISION, {"login": "ann"} | asked, T)["reasons"] == {"grants": ["g"], "policies": ["open"]}
    assert opa.ask(DECISION, {"login": "bob"} | asked, T)["reasons"] == {"guardrails": ["guard"]}
    nowhere = opa.ask(DECISION, {"login": "ann", "schema": "sales", "table": "other"}, T)
    assert nowhere == {"allow": False, "columns": {}, "row_filters": []}


def test_a_package_of_its_own_lets_two_bundles_stand_in_one_engine() -> None:
    output = RegoTarget(RegoSettings("other", package="lake")).made_of(state(SOURCE, GRANT))
    assert json.loads(output.files[".manifest"])["roots"] == ["lake"]
    asked = {"login": "ann", "schema": "sales", "table": "orders"}
    assert Opa(output).ask("data.lake.decision", asked, T)["allow"]


@pytest.mark.parametrize("package", ["", "1a", "a-b", "a.b", "import", "Data", "x" * 41])
def test_a_package_that_rego_does_not_take_is_refused(package: str) -> None:
    with pytest.raises(SettingError, match="can't be the package"):
        RegoSettings("opa", package=package)


def test_a_catalog_that_trino_does_not_have_is_refused() -> None:
    with pytest.raises(SettingError, match="lower case"):
        RegoSettings("opa", trino_catalog="Lake")


def test_it_is_opened_by_its_settings() -> None:
    assert isinstance(PostgresTarget(RegoSettings("opa")), RegoTarget)
