"""Random worlds of policies: who is what, what masks and filters, and what has been approved, from one seed each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar

from placet.domain.conditions import AllOf, AnyOf, Condition, HasAttribute, HasPermission, InGroup, Not
from placet.domain.masks import Mask, MaskKind
from placet.domain.people import GlobalPermission
from placet.domain.policies import DataPolicy
from placet.domain.row_filters import Comparison, Literal, RowFilter
from placet.domain.scopes import NamedColumns, OnSource
from placet.domain.subscriptions import SubscriptionKind, SubscriptionPolicy
from placet.emitter.masked import Family
from placet.emitter.policy import Desired, Entitlement, Login, TargetColumn, TargetGroup, TargetProduct, TargetSource

# Far enough in the server's future that every entitlement is running or scheduled, and its role given.
BASE = datetime(2200, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)

LOGINS = ("ann", "bob", "cid", "eve", "fay")
SOURCES = ("orders", "staff", "sales")
PRODUCTS = ("p1", "p2", "p3")
GROUPS = ("team", "it's a group")
REGIONS = ("EU", "US", "Straße", "5", "true", "é'x")

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Kind:
    """A column of every table: its type on the server, what masks take it for, and values of it."""

    type: str
    family: Family
    values: tuple[object, ...]


COLUMNS: Mapping[str, Kind] = {
    "id": Kind("integer", Family.NUMBER, tuple(range(-3, 9))),
    "region": Kind("text", Family.TEXT, (*REGIONS, None, "", "eu", "日本語")),
    "ssn": Kind("varchar(40)", Family.TEXT, ("123-45-6789", "é" * 5, "x", "y", "ab", None, "a\\b'c", "5")),
    "code": Kind("public.code", Family.TEXT, ("EU", "U", None, "zz")),
    "salary": Kind("bigint", Family.NUMBER, (5, 15, -25, 149_449, 10**14 + 5, None)),
    "rate": Kind("numeric(30,6)", Family.NUMBER, (*map(Decimal, ("2.5", "-2.5", "0.000001", "99999.95")), None)),
    "active": Kind("boolean", Family.OTHER, (True, True, True, False, None)),
    "born": Kind("date", Family.OTHER, (date(1999, 12, 31), date(2000, 1, 1), None)),
    "weight": Kind("double precision", Family.OTHER, (0.5, 72.25, None)),
}
IDS = {name: number for number, name in enumerate(COLUMNS, 1)}
FAMILIES = {IDS[name]: kind.family for name, kind in COLUMNS.items()}

Row = Mapping[int, object]


def rows_of(random: Random, count: int) -> tuple[Row, ...]:
    """Rows of a table, each with an id of its own."""
    found = [{IDS[name]: random.choice(kind.values) for name, kind in COLUMNS.items()} for _ in range(count)]
    return tuple({**row, IDS["id"]: number} for number, row in enumerate(found))


def random_world(seed: int, names: Mapping[str, str], base: datetime = BASE) -> Desired:
    """The world of a seed; `names` are the logins' full names, and approvals begin within hours of `base`."""
    return _Making(Random(seed), names, base).world()


class _Making:
    def __init__(self, random: Random, names: Mapping[str, str], base: datetime) -> None:
        self._random = random
        self._names = names
        self._base = base
        self._policies = 0

    def world(self) -> Desired:
        members = {group: self._some(LOGINS) for group in GROUPS}
        return Desired(
            sources=tuple(self._source(name) for name in SOURCES),
            products=tuple(TargetProduct(name, self._some(SOURCES)) for name in PRODUCTS if self._now_and_then(0.8)),
            logins=tuple(self._login(name, members) for name in LOGINS if self._now_and_then(0.9)),
            entitlements=tuple(self._entitlement(number) for number in range(self._random.randint(4, 14))),
            groups=tuple(TargetGroup(id, tuple(self._names[one] for one in there)) for id, there in members.items()),
        )

    def _login(self, name: str, members: Mapping[str, Sequence[str]]) -> Login:
        groups = frozenset(group for group, there in members.items() if name in there)
        return Login(
            self._names[name],
            active=self._now_and_then(0.9),
            groups=groups,
            attributes={key: frozenset(self._some(REGIONS)) for key in ("region", "level") if self._now_and_then(0.7)},
            permissions=frozenset(self._some(tuple(GlobalPermission)[:2])),
        )

    def _entitlement(self, number: int) -> Entitlement:
        start = self._base + timedelta(hours=self._random.randint(0, 3))
        end = self._base + timedelta(hours=self._random.randint(0, 4)) if self._now_and_then(0.6) else None
        columns = frozenset(
            (source, IDS[name]) for source in self._some(SOURCES) for name in self._some(tuple(COLUMNS))
        )
        return Entitlement(
            f"g{number}",
            self._random.choice(PRODUCTS),
            self._names[self._random.choice(LOGINS)],
            start,
            end,
            self._random.choice(GROUPS) if self._now_and_then(0.3) else None,
            columns if self._now_and_then(0.5) else frozenset(),
        )

    def _source(self, name: str) -> TargetSource:
        return TargetSource(
            name,
            "raw",
            name,
            tuple(
                TargetColumn(id, column, masks=self._masks(), unconfirmed=self._now_and_then(0.04))
                for column, id in IDS.items()
            ),
            allow=self._subscriptions(name, SubscriptionKind.ALLOW, 0.5),
            guardrails=self._subscriptions(name, SubscriptionKind.GUARDRAIL, 0.35),
            filters=tuple(
                (self._policy(name, filter=self._filter()), self._looked_at()) for _ in range(self._few(0.4))
            ),
        )

    def _subscriptions(self, source: str, kind: SubscriptionKind, often: float) -> tuple[SubscriptionPolicy, ...]:
        return tuple(
            SubscriptionPolicy(f"s{n}", f"s{n}", kind, OnSource(source), self._condition())
            for n in range(self._few(often))
        )

    def _masks(self) -> tuple[DataPolicy, ...]:
        return tuple(self._policy("", mask=self._mask()) for _ in range(self._few(0.55)))

    def _policy(self, source: str, mask: Mask | None = None, filter: RowFilter | None = None) -> DataPolicy:
        self._policies += 1
        name, which = f"d{self._policies}", self._random.randint(0, 3)
        policy = DataPolicy(name, name, mask, NamedColumns(source, frozenset()), filter=filter)
        if which == 0:
            return replace(policy, for_everyone_who=self._condition())
        return policy if which == 1 else replace(policy, everyone_except=self._condition())

    def _mask(self) -> Mask:
        makers: Sequence[Callable[[], Mask]] = (
            lambda: Mask(MaskKind.NULL),
            lambda: Mask(MaskKind.CONSTANT, text=self._random.choice(("", "hidden", "it's \\n %s"))),
            lambda: Mask(MaskKind.HASH),
            lambda: Mask(MaskKind.PARTIAL, first=self._random.randint(0, 3), last=self._random.randint(1, 4)),
            lambda: Mask(MaskKind.ROUNDING, places=self._random.randint(-4, 3)),
        )
        return self._random.choice(makers)()

    def _filter(self) -> RowFilter:
        if self._now_and_then(0.3):
            return RowFilter(Comparison.ONE_OF, attribute="region")
        comparison = self._random.choice(list(Comparison))
        many = comparison is Comparison.ONE_OF
        return RowFilter(comparison, tuple(self._literal() for _ in range(self._random.randint(1, 3) if many else 1)))

    def _literal(self) -> Literal:
        found = self._random.choice(
            (*REGIONS, "Z", "", Decimal(5), Decimal("-2.5"), Decimal("2.50"), True, False, date(2000, 1, 1))
        )
        assert isinstance(found, Literal)
        return found

    def _looked_at(self) -> frozenset[int]:
        return frozenset(self._random.sample(sorted(IDS.values()), self._random.choice((1, 1, 1, 1, 2, 0))))

    def _condition(self, depth: int = 0) -> Condition:
        kind = self._random.randint(0, 5 if depth < 2 else 2)
        makers: Sequence[Callable[[], Condition]] = (
            lambda: InGroup(self._random.choice((*GROUPS, "nobody"))),
            lambda: HasAttribute(self._random.choice(("region", "level")), self._random.choice(REGIONS)),
            lambda: HasPermission(self._random.choice(tuple(GlobalPermission)[:2])),
            lambda: Not(self._condition(depth + 1)),
            lambda: AllOf((self._condition(depth + 1), self._condition(depth + 1))),
            lambda: AnyOf((self._condition(depth + 1), self._condition(depth + 1))),
        )
        return makers[kind]()

    def _some(self, of: Sequence[Thing]) -> tuple[Thing, ...]:
        return tuple(one for one in of if self._now_and_then(0.5))

    def _few(self, often: float) -> int:
        """Mostly none, sometimes one, seldom two or three."""
        return sum(self._now_and_then(often) for _ in range(3)) if self._now_and_then(often) else 0

    def _now_and_then(self, often: float) -> bool:
        return self._random.random() < often
