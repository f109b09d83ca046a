"""Random desired states in which every kind of policy occurs, and every question that can be asked of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, TypeVar

from placet.domain.conditions import AllOf, AnyOf, Condition, HasAttribute, HasPermission, InGroup, Not
from placet.domain.masks import Mask, MaskKind
from placet.domain.people import GlobalPermission
from placet.domain.policies import DataPolicy
from placet.domain.row_filters import Comparison, RowFilter
from placet.domain.scopes import NamedColumns, OnSource
from placet.domain.subscriptions import SubscriptionKind, SubscriptionPolicy
from placet.emitter.evaluate import may_read, sight_of
from placet.emitter.policy import (
    Desired,
    Entitlement,
    Filter,
    Login,
    TargetColumn,
    TargetGroup,
    TargetProduct,
    TargetSource,
)

T = TypeVar("T")

BASE = datetime(2030, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
GROUPS = ("team", 'q"uote', "ann")
LOGINS = ("ann", "bob", "o'brien", "zoë \u2028 x")
STRANGER = "stranger"
PRODUCTS = ("p1", "p'2\"", "p3")
REGIONS = ("EU", 'it\'s "US"', "7", "true", "-3")
TYPES = {1: ("region", "varchar"), 2: ("amount", "bigint"), 3: ("open", "boolean"), 4: ("day", "date")}
VALUES: dict[int, tuple[object, ...]] = {
    1: (*REGIONS, "", None),
    2: (7, -3, 0, None),
    3: (True, False, None),
    4: (date(2029, 12, 31), date(2030, 1, 1), None),
}
MASKS = (
    Mask(MaskKind.NULL),
    Mask(MaskKind.CONSTANT, text="it's"),
    Mask(MaskKind.PARTIAL, first=1, last=0),
    Mask(MaskKind.ROUNDING, places=-1),
)
COMPARISONS = tuple(one for one in Comparison if one is not Comparison.ONE_OF)


@dataclass(frozen=True)
class Chances:
    """How often some kinds of policies occur, for targets that have none of them."""

    filters: float = 0.5


def worlds(seed: int, count: int, chances: Chances = Chances()) -> Iterator[Desired]:
    """Desired states of one seed."""
    random = Random(seed)
    for _ in range(count):
        yield _Drawing(random, chances).desired()


def instants(desired: Desired, random: Random, most: int) -> list[datetime]:
    """Some starts and ends, each with the microsecond before it."""
    edges = sorted({edge for held in desired.entitlements for edge in (held.start, held.end) if edge is not None})
    chosen = random.sample(edges, min(most, len(edges))) or [BASE]
    return [at for edge in chosen for at in (edge - TICK, edge)]


def seen(desired: Desired, at: datetime) -> Counter[str]:
    """What occurs in a world at an instant, for tests that have to have met everything."""
    met = Counter[str]()
    for source in desired.sources:
        for login in LOGINS:
            met["read" if may_read(desired, login, source.id, at).allowed else "not read"] += 1
            for column in source.columns:
                sight = sight_of(desired, login, source.id, column.id, at)
                met["clear" if sight.clear else "masked" if sight.mask else "nothing"] += 1
                met["by exception"] += any("clear by grant" in reason for reason in sight.reasons)
                met["against"] += bool(sight.against)
        met["guardrail"] += len(source.guardrails)
        met["allow"] += len(source.allow)
        met["filter"] += len(source.filters)
        met["filter of nothing"] += any(not ids for _, ids in source.filters)
        met["attribute filter"] += any(one.filter and one.filter.attribute for one, _ in source.filters)
    met["group"] += sum(held.group is not None for held in desired.entitlements)
    return met


class _Drawing:
    def __init__(self, random: Random, chances: Chances) -> None:
        self._random, self._chances, self._number = random, chances, 0

    def desired(self) -> Desired:
        sources = tuple(self._source(f"s{n}", f"t{n}") for n in range(3))
        return Desired(
            sources=sources,
            products=tuple(TargetProduct(id, self._some([s.id for s in sources], 0.75)) for id in self._some(PRODUCTS)),
            logins=tuple(self._login(name) for name in self._some(LOGINS, 0.95)),
            entitlements=tuple(self._entitlement(n) for n in range(self._random.randint(3, 14))),
            groups=tuple(TargetGroup(id, self._some(LOGINS, 0.5)) for id in self._some(GROUPS)),
        )

    def _some(self, what: Sequence[T], chance: float = 0.8) -> tuple[T, ...]:
        return tuple(one for one in what if self._random.random() < chance)

    def _id(self, kind: str) -> str:
        self._number += 1
        return f"{kind}{self._number}"

    def _login(self, name: str) -> Login:
        attributes = {key: frozenset(self._some(REGIONS, 0.3)) for key in self._some(("region", 'o"k'), 0.7)}
        return Login(
            name,
            active=self._random.random() < 0.93,
            groups=frozenset(self._some(GROUPS, 0.4)),
            attributes=attributes,
            permissions=frozenset(self._some(tuple(GlobalPermission), 0.3)),
        )

    def _condition(self, deepest: int = 3) -> Condition:
        kind = self._random.randrange(6 if deepest else 3)
        match kind:
            case 0:
                return InGroup(self._random.choice(GROUPS))
            case 1:
                return HasAttribute(self._random.choice(("region", 'o"k')), self._random.choice(REGIONS))
            case 2:
                return HasPermission(self._random.choice(tuple(GlobalPermission)))
            case 3:
                return Not(self._condition(deepest - 1))
        parts = tuple(self._condition(deepest - 1) for _ in range(self._random.randint(1, 3)))
        return AllOf(parts) if kind == 4 else AnyOf(parts)

    def _source(self, id: str, name: str) -> TargetSource:
        return TargetSource(
            id,
            "sales",
            name,
            tuple(self._column(number) for number in TYPES),
            allow=tuple(self._subscription(SubscriptionKind.ALLOW) for _ in range(self._random.choice((0, 1, 1)))),
            guardrails=tuple(
                self._subscription(SubscriptionKind.GUARDRAIL) for _ in range(self._random.choice((0, 0, 0, 1, 2)))
            ),
            filters=tuple(self._filter() for _ in range(2) if self._random.random() < self._chances.filters),
        )

    def _subscription(self, kind: SubscriptionKind) -> SubscriptionPolicy:
        id = self._id(kind.value)
        return SubscriptionPolicy(id, f"policy {id}", kind, OnSource("any"), self._condition())

    def _column(self, number: int) -> TargetColumn:
        masks = tuple(self._mask() for _ in range(self._random.choice((0, 1, 1, 2, 3))))
        return TargetColumn(number, *TYPES[number], masks, unconfirmed=self._random.random() < 0.08)

    def _whom(self) -> dict[str, Any]:
        which = self._random.choice(("everyone_except", "everyone_except", "for_everyone_who", ""))
        return {which: self._condition()} if which else {}

    def _mask(self) -> DataPolicy:
        id = self._id("mask")
        return DataPolicy(id, f"policy {id}", self._random.choice(MASKS), _SCOPE, **self._whom())

    def _filter(self) -> Filter:
        id = self._id("filter")
        policy = DataPolicy(id, f"policy {id}", None, _SCOPE, filter=self._row_filter(), **self._whom())
        return policy, frozenset(self._random.choice(((1,), (1,), (2,), (3,), (4,), (1, 2), ())))

    def _row_filter(self) -> RowFilter:
        if self._random.random() < 0.4:
            return RowFilter(Comparison.ONE_OF, attribute=self._random.choice(("region", 'o"k')))
        literals = ("EU", 'it\'s "US"', "", Decimal(7), Decimal("-2.5"), True, date(2030, 1, 1))
        if self._random.random() < 0.3:
            return RowFilter(Comparison.ONE_OF, tuple(self._random.sample(literals, self._random.randint(1, 4))))
        return RowFilter(self._random.choice(COMPARISONS), (self._random.choice(literals),))

    def _entitlement(self, number: int) -> Entitlement:
        start = BASE + timedelta(hours=self._random.randint(0, 2))
        end = None if self._random.random() < 0.5 else start + timedelta(hours=self._random.randint(0, 4))
        login, group = self._random.choice(LOGINS), None
        if self._random.random() < 0.4:
            login, group = "", self._random.choice(GROUPS)
        columns = frozenset[tuple[str, int]]()
        if self._random.random() < 0.5:
            every = [(f"s{n}", column) for n in range(3) for column in TYPES]
            columns = frozenset(self._random.sample(every, 5))
        return Entitlement(f"g{number}", self._random.choice(PRODUCTS), login, start, end, group, columns)


_SCOPE = NamedColumns("any", frozenset({1}))
