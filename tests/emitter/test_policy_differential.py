"""What each login sees of each row and column is what the reference evaluator says, under random policies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest

from placet.demo.server import EmbeddedPostgres
from placet.domain.conditions import AllOf, AnyOf, Condition, HasAttribute, HasPermission, InGroup, Not
from placet.domain.masks import Mask, MaskKind
from placet.domain.people import GlobalPermission
from placet.domain.policies import DataPolicy
from placet.domain.row_filters import Comparison, RowFilter
from placet.domain.scopes import NamedColumns, OnSource
from placet.domain.subscriptions import SubscriptionKind, SubscriptionPolicy
from placet.emitter.policy import Desired, Entitlement, Login, TargetColumn, TargetGroup, TargetProduct, TargetSource
from placet.emitter.postgres import views
from tests.emitter.differential import Mutation
from tests.emitter.policy_stage import EVERYTHING_MET, PolicyStage, Verdict
from tests.emitter.policy_worlds import BASE, HOUR, IDS, REGIONS, random_world
from tests.emitter.worlds import world_on

WORLDS = 26
DECISIONS = 100_000


@pytest.fixture(scope="module")
def stage(server: EmbeddedPostgres) -> Iterator[PolicyStage]:
    with world_on(server) as world:
        yield PolicyStage(world)


@pytest.mark.requirement("N5", clause="equal to our evaluator")
@pytest.mark.requirement("E1", clause="allowed or granted")
@pytest.mark.requirement("E1", clause="every guardrail")
@pytest.mark.requirement("E2", clause="exceptions")
@pytest.mark.requirement("E2", clause="for everyone who")
@pytest.mark.requirement("E2", clause="row filters")
def test_server_and_evaluator_agree_on_every_row_and_value_of_random_worlds(stage: PolicyStage) -> None:
    """Each world is applied over the one before it, so that policies, facts and approvals also come and go."""
    verdict = Verdict()
    for seed in range(WORLDS):
        verdict += stage.judge_world(random_world(seed, stage.names))
        assert verdict.differences == [], f"in the world of seed {seed}"
    assert verdict.decisions >= DECISIONS
    assert EVERYTHING_MET - verdict.met.keys() == set()


def _policy(name: str, mask: Mask | None = None, filter: RowFilter | None = None, **who: Condition) -> DataPolicy:
    return DataPolicy(name, name, mask, NamedColumns("orders", frozenset()), filter=filter, **who)


def _subscription(kind: SubscriptionKind, who: Condition) -> SubscriptionPolicy:
    return SubscriptionPolicy(str(who), str(who), kind, OnSource("orders"), who)


TEAM, PARTNER, BARRED = InGroup("team"), HasAttribute("level", "US"), HasAttribute("level", "barred")
MASKS = {
    # Whoever is of the team is excepted, but not a partner; an approval shows it to the others, but not to partners.
    "ssn": (
        _policy("m1", Mask(MaskKind.HASH), everyone_except=TEAM),
        _policy("m2", Mask(MaskKind.PARTIAL, first=1, last=1), for_everyone_who=PARTNER),
        _policy("m3", Mask(MaskKind.CONSTANT, text="never seen")),
    ),
    "region": (
        _policy("m4", Mask(MaskKind.CONSTANT, text="for partners"), for_everyone_who=PARTNER),
        _policy("m5", Mask(MaskKind.PARTIAL, first=1, last=0)),
    ),
    "salary": (_policy("m6", Mask(MaskKind.ROUNDING, places=-3), everyone_except=AnyOf((TEAM, Not(PARTNER)))),),
    "born": (_policy("m7", Mask(MaskKind.NULL)),),
    "weight": (_policy("m8", Mask(MaskKind.NULL), everyone_except=AllOf((TEAM, InGroup("AUDIT")))),),
    # A group has the name of a permission.
    "rate": (_policy("m9", Mask(MaskKind.ROUNDING, places=0), everyone_except=HasPermission(GlobalPermission.AUDIT)),),
}
FILTERS = (
    (
        _policy("f1", filter=RowFilter(Comparison.ONE_OF, attribute="region"), everyone_except=TEAM),
        frozenset({IDS["region"]}),
    ),
    (_policy("f2", filter=RowFilter(Comparison.LESS, ("y",)), for_everyone_who=PARTNER), frozenset({IDS["ssn"]})),
    (_policy("f3", filter=RowFilter(Comparison.AT_LEAST, (True,))), frozenset({IDS["active"]})),
)


def _columns(*names: str, source: str = "orders") -> frozenset[tuple[str, int]]:
    return frozenset((source, IDS[name]) for name in names)


def _everything(stage: PolicyStage) -> Desired:
    """A world in which each part of a view makes a difference for somebody.

    Ann is of the team and barred from the staff, Bob is barred without being of it, Cid is a partner, Fay both of the
    team and a partner.
    """
    ann, bob, cid, eve, fay = stage.names.values()
    masked = tuple(TargetColumn(id, name, masks=MASKS.get(name, ())) for name, id in IDS.items())
    plain = tuple(TargetColumn(id, name) for name, id in IDS.items())
    orders = TargetSource("orders", "raw", "orders", masked, filters=FILTERS)
    sales = TargetSource("sales", "raw", "sales", masked)
    staff = TargetSource(
        "staff",
        "raw",
        "staff",
        plain,
        allow=(_subscription(SubscriptionKind.ALLOW, AnyOf((TEAM, BARRED))),),
        guardrails=(_subscription(SubscriptionKind.GUARDRAIL, Not(AllOf((TEAM, BARRED)))),),
    )
    regions = frozenset({"EU", "5"})
    return Desired(
        sources=(orders, staff, sales),
        products=(
            TargetProduct("p1", ("orders",)),
            TargetProduct("p2", ("sales",)),
            TargetProduct("p3", ("orders",)),
            TargetProduct("p4", ("staff",)),
        ),
        logins=(
            Login(ann, groups=frozenset({"team"}), attributes={"level": frozenset({"barred"})}),
            Login(
                bob,
                groups=frozenset({"AUDIT"}),
                attributes={"region": regions | {"US"}, "level": frozenset({"barred"})},
            ),
            Login(cid, attributes={"region": frozenset(REGIONS), "level": frozenset({"US", "EU"})}),
            Login(eve, groups=frozenset({"team"})),
            Login(fay, groups=frozenset({"team"}), attributes={"level": frozenset({"US"})}),
        ),
        entitlements=(
            *(Entitlement(f"a{n}", "p1", login, BASE) for n, login in enumerate((ann, bob, cid, eve, fay))),
            Entitlement("a9", "p2", bob, BASE),
            Entitlement("x1", "p1", bob, BASE + HOUR, BASE + 2 * HOUR, columns=_columns("ssn", "region")),
            Entitlement("x2", "p3", bob, BASE, columns=_columns("weight")),
            Entitlement("x3", "p1", cid, BASE, columns=_columns("ssn", "region", "born")),
            Entitlement("x4", "p2", fay, BASE, columns=_columns("born")),
            Entitlement("x5", "p1", "", BASE + 2 * HOUR, BASE + 3 * HOUR, "team", _columns("born")),
            Entitlement("x6", "p3", "", BASE, None, "team", _columns("weight")),
            Entitlement("x7", "p2", "", BASE, None, "team", _columns("region")),
            Entitlement("x8", "p1", bob, BASE, columns=_columns("born", source="sales")),
            Entitlement("x9", "p2", bob, BASE, columns=_columns("weight", source="sales")),
            Entitlement("y1", "p2", "", BASE, None, "team", _columns("born", source="sales")),
            Entitlement("y2", "p1", "", BASE + 3 * HOUR, None, "AUDIT", _columns("rate")),
            Entitlement("z1", "p4", fay, BASE, BASE),
        ),
        groups=(TargetGroup("team", (ann, eve, fay)), TargetGroup("AUDIT", (bob,))),
    )


@dataclass(frozen=True)
class Ruled:
    """The world of `_everything`, applied, with its accidents, and what should hold then."""

    stage: PolicyStage
    believed: Desired
    views: dict[str, str]

    def differences(self, mutation: Mutation = str) -> list[str]:
        return self.stage.judge(self.believed, self.views, mutation).differences


@contextmanager
def _ruled(server: EmbeddedPostgres) -> Iterator[Ruled]:
    """Bob has lost the role of p3's exceptions, as the team has, and Fay the team's and that of all who are known.

    Bob has been lent the team's role, and Eve forgotten by the rows that say of whom all is known.
    """
    with world_on(server) as world:
        stage = PolicyStage(world, rows=40)
        desired = _everything(stage)
        world.apply(desired)
        bob, eve, fay = (stage.names[name] for name in ("bob", "eve", "fay"))
        for role, member in (("x_p3", bob), ("x_p3", world.role("g_team")), ("g_team", fay), ("known", fay)):
            world.run("REVOKE {} FROM {}", world.role(role), member)
        world.run("GRANT {} TO {}", world.role("g_team"), bob)
        world.admin.execute("DELETE FROM gov.attr WHERE kind = 'told' AND principal = %s", [eve])
        yield Ruled(stage, _after_accidents(desired, eve, fay), stage.emitted())


@pytest.fixture(scope="module")
def ruled(server: EmbeddedPostgres) -> Iterator[Ruled]:
    """Each condition where it is asked for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(views, "MOST_APART", 1000)
        with _ruled(server) as ruled:
            yield ruled


def _after_accidents(desired: Desired, eve: str, fay: str) -> Desired:
    """What holds then: nobody has p3's exceptions, Fay is in no group and not let, and Eve may nothing."""
    orders, staff, sales = desired.sources
    kept = {login.name: login for login in desired.logins}
    kept[eve] = replace(kept[eve], active=False)
    kept[fay] = replace(kept[fay], attributes={**kept[fay].attributes, "not": frozenset({"let"})})
    let = _subscription(SubscriptionKind.ALLOW, AllOf((AnyOf((TEAM, BARRED)), Not(HasAttribute("not", "let")))))
    team, other = desired.groups
    return replace(
        desired,
        sources=(orders, replace(staff, allow=(let,)), sales),
        logins=tuple(kept.values()),
        entitlements=tuple(one for one in desired.entitlements if one.product != "p3"),
        groups=(TargetGroup(team.id, tuple(member for member in team.members if member != fay)), other),
    )


def test_server_and_evaluator_agree_where_everything_matters(ruled: Ruled) -> None:
    assert ruled.differences() == []


def test_they_agree_as_well_where_all_conditions_are_computed_together(server: EmbeddedPostgres) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(views, "MOST_APART", 0)
        with _ruled(server) as ruled:
            assert all("WITH context AS MATERIALIZED" in ruled.views[f"raw__{name}"] for name in ("orders", "sales"))
            assert ruled.differences() == []


_FACT = re.compile(
    r"\(EXISTS \( SELECT FROM gov\.attr a WHERE \(\(a\.principal = CURRENT_USER\) AND \(a\.kind = '(\w+)'::text\) "
    r"AND \(a\.key = '(\w*)'::text\) AND \(a\.value = '(\w+)'::text\)\)\)\)"
)
_CLEARED = re.compile(r"\(\( SELECT o\.c1 FROM context o\)::integer\[\]\)")


def changed(pattern: str, replacement: str) -> Mutation:
    """A mutation of a definition whose facts are written `has(kind,key,value)`, and what exceptions clear `cleared`."""

    def mutate(definition: str) -> str:
        text = " ".join(definition.split())
        cleared = _CLEARED.search(text)
        facts = {f"has({','.join(found.groups())})": found.group() for found in _FACT.finditer(text)}
        text = _CLEARED.sub("(cleared)", _FACT.sub(r"has(\1,\2,\3)", text))
        text = re.sub(pattern, replacement, text)
        for short, long in facts.items():
            text = text.replace(short, long)
        return text.replace("(cleared)", cleared.group()) if cleared else text

    return mutate


def exchanged(pattern: str, replacement: str) -> Mutation:
    """A mutation of a definition as the server prints it."""
    return lambda definition: re.sub(pattern, replacement, definition)


OF_THE_TEAM, A_PARTNER = (
    r"\( SELECT has\(group,,team\) AS \"exists\"\)",
    r"\( SELECT has\(attribute,level,US\) AS \"exists\"\)",
)
TOLD = r"\(EXISTS \( SELECT\s+FROM gov\.attr k\s+WHERE \(\([^)]*\) AND \(k\.kind = 'told'::text\)\)\)\)"

MUTANTS = {
    "an exception begins after its start": exchanged(r"u\.valid_from <= ", "u.valid_from < "),
    "an exception reaches to its end": exchanged(r" < u\.valid_until", " <= u.valid_until"),
    "an exception has begun for ever": exchanged(r"\(u\.valid_from <= .*? time zone\)", "true"),
    "an exception never ends": exchanged(r"\(\(current_setting[^<]* < u\.valid_until\)", "true"),
    "no role is needed for an exception": exchanged(r"pg_has_role\(CURRENT_USER, ur\.role[^)]*\)", "true"),
    "anyone's exception will do": exchanged(r"\(u\.principal = CURRENT_USER\)", "true"),
    "any product of exceptions clears every source": exchanged(r"\(us\.source = u\.source\)", "true"),
    "any exception clears by every product": exchanged(r"\(us\.product = u\.product\)", "true"),
    "any product's role will do": exchanged(r"\(ur\.product = u\.product\)", "true"),
    "an exception clears the column of that number everywhere": exchanged(
        r"\(u\.source = '\w+'::text\)", "(us.source = us.source)"
    ),
    "a group's exception begins after its start": exchanged(r"w\.valid_from <= ", "w.valid_from < "),
    "a group's exception reaches to its end": exchanged(r" < w\.valid_until", " <= w.valid_until"),
    "whoever left has the group's exceptions": exchanged(r"pg_has_role\(CURRENT_USER, wg\.role[^)]*\)", "true"),
    "what ended is still excepted for the group": exchanged(r"pg_has_role\(wg\.role[^)]*\)", "true"),
    "anyone is in the group of an exception": exchanged(r"\(wm\.principal = CURRENT_USER\)", "true"),
    "any group's exception will do": exchanged(r"\(w\.group_id = wm\.group_id\)", "true"),
    "a group's exception clears the column everywhere": exchanged(r"\(w\.source = '\w+'::text\)", "true"),
    "any product of a group's exceptions clears every source": exchanged(r"\(ws\.source = w\.source\)", "true"),
    "groups have no exceptions": exchanged(r"\(wm\.principal = CURRENT_USER\)", "false"),
    "an exception clears another column": changed(r"\(3 = ANY", "(8 = ANY"),
    "an exception lifts what stands against it": changed(
        rf"\(\(3 = ANY \(cleared\)\) AND \(NOT {A_PARTNER}\)\)", "(3 = ANY (cleared))"
    ),
    "an exception lifts nothing": changed(r"\(NOT \(2 = ANY \(cleared\)\)\)", "true"),
    "nobody is excepted": changed(rf"\(NOT {OF_THE_TEAM}\) AND", ""),
    "those who are not excepted are": changed(rf"\(NOT ({OF_THE_TEAM})\) AND", r"(\1) AND"),
    "a mask is dropped": changed(r"THEN encode\(.*?'hex'::text\)", "THEN (ssn)::text"),
    "a hash has no key": changed(r"\( SELECT y\.key FROM gov\.secret y\) \|\| ", ""),
    "a short value is shown": changed(r"length\(\(ssn\)::text\) <= 2", "length((ssn)::text) < 2"),
    "numbers are rounded less": changed(r"'-3'::integer", "'-2'::integer"),
    "what stands before an exception is dropped": changed(rf"WHEN {A_PARTNER} THEN 'for partners'::text", ""),
    "what stands against whom a policy excepts is dropped": changed(
        rf"WHEN {A_PARTNER} THEN CASE WHEN \(length\(\(ssn", "WHEN false THEN CASE WHEN (length((ssn"
    ),
    "what stands against approvals masks everyone": changed(
        rf"WHEN {A_PARTNER} THEN CASE WHEN \(length\(\(ssn", "WHEN true THEN CASE WHEN (length((ssn"
    ),
    "any of two conditions becomes both": changed(r"has\(group,,team\) OR \(NOT", "has(group,,team) AND (NOT"),
    "not is dropped in a mask": changed(r"OR \(NOT has\(attribute,level,US\)\)", "OR (has(attribute,level,US))"),
    "anyone's facts will do": exchanged(r"\(a\.principal = CURRENT_USER\)", "true"),
    "any value will do": exchanged(r"\(a\.value = '\w+'::text\)", "true"),
    "any attribute will do": exchanged(r"\(a\.key = 'level'::text\)", "true"),
    "any kind of fact will do": exchanged(r"\(a\.kind = 'permission'::text\)", "true"),
    "who is not told of is judged": exchanged(TOLD, "true"),
    "it is enough that someone is told of": exchanged(r"\(k\.principal = CURRENT_USER\)", "true"),
    "a filter is dropped": changed(r" AND \(active >= true\)", ""),
    "one filter is enough": changed(r" AND \(active >= true\)", " OR (active >= true)"),
    "at least becomes more": changed(r"active >= true", "active > true"),
    "less becomes at most": changed(r"< 'y'::text", "<= 'y'::text"),
    "a filter excepts nobody": changed(rf"{OF_THE_TEAM} OR \(\(region", "false OR ((region"),
    "a filter excepts everybody": changed(rf"{OF_THE_TEAM} OR \(\(region", "true OR ((region"),
    "a filter for some is dropped": changed(rf"\(NOT {A_PARTNER}\) OR \(\(\(ssn", "true OR (((ssn"),
    "a filter for some is for all": changed(rf"\(NOT {A_PARTNER}\) OR \(\(\(ssn", "false OR (((ssn"),
    "a guardrail is dropped": changed(r"AND \(NOT \(has\(group,,team\) AND has\(attribute,level,barred\)\)\)", ""),
    "not is dropped in a guardrail": changed(r"\(NOT (\(has\(group,,team\) AND has)", r"(\1"),
    "both become any in a guardrail": changed(r"has\(group,,team\) AND has", "has(group,,team) OR has"),
    "any becomes both in what lets": changed(r"has\(group,,team\) OR has", "has(group,,team) AND has"),
    "nobody is let": exchanged(r"pg_has_role\(CURRENT_USER, n\.oid[^)]*\)", "false"),
    "who is no longer known is let": exchanged(r"pg_has_role\(CURRENT_USER, n\.oid[^)]*\)", "true"),
    "everyone is let": changed(r"has\(attribute,level,barred\)\)\)\)", "true)))"),
}


@pytest.mark.parametrize("change", MUTANTS.values(), ids=MUTANTS)
def test_a_changed_policy_is_caught(ruled: Ruled, change: Mutation) -> None:
    assert any(change(text).split() != text.split() for text in ruled.views.values()), "nothing is changed"
    assert ruled.differences(change) != []
