"""Every question of a random world asked of the real server and of the reference evaluator.

The clock of the emitted views is exchanged for a setting of the session, so that a question can be asked at any instant
to the microsecond; everything else is what the target emitted. Some things are also changed by hand after applying, as
accidents happen: a membership taken away, a login's note gone stale.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from placet.emitter.evaluate import may_read
from placet.emitter.policy import Desired, Entitlement, Login, TargetGroup, TargetProduct, TargetSource
from tests.emitter.worlds import World, count

# Far enough in the server's future that every entitlement is running or scheduled, and its role given.
BASE = datetime(2200, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
CLOCK = "(current_setting('placet_test.now'::text))::timestamp with time zone"
SOURCES = ("orders", "staff", "sales")
LOGINS = ("ann", "bob", "cid", "eve")
PRODUCTS = ("p1", "p2", "p3")
# The second has the name of Bob's login for its id.
GROUPS = ("team", "bob")

Mutation = Callable[[str], str]
Asked = tuple[str, str, str, datetime]


@dataclass(frozen=True)
class Case:
    """A world in short names, and what went wrong in it by hand.

    Who is `stripped` has lost a role, who it is `lent` to has one too many, and a `stale` login was made anew. The
    accidents of groups are the same: of someone and a group, or of a group and a product.
    """

    products: dict[str, frozenset[str]] = field(default_factory=dict)
    logins: dict[str, bool] = field(default_factory=dict)
    grants: tuple[tuple[str, str, int, int | None], ...] = ()
    stripped: frozenset[tuple[str, str]] = frozenset()
    lent: frozenset[tuple[str, str]] = frozenset()
    stale: frozenset[str] = frozenset()
    groups: dict[str, frozenset[str]] = field(default_factory=dict)
    group_grants: tuple[tuple[str, str, int, int | None], ...] = ()
    group_stripped: frozenset[tuple[str, str]] = frozenset()
    group_lent: frozenset[tuple[str, str]] = frozenset()

    def holds(self, login: str, product: str) -> bool:
        """Whether a login that has an entitlement of its own to a product still has its role, by whichever way."""
        return (login, product) not in self.stripped or any(
            self._in_role(login, group) and self.linked(group, product) for group in self.groups
        )

    def joined(self, login: str, group: str) -> bool:
        """Whether a member of a group has its role."""
        return (login, group) not in self.group_stripped

    def linked(self, group: str, product: str) -> bool:
        """Whether a group's role has a product's."""
        given = any(held[:2] == (group, product) for held in self.group_grants)
        return product in self.products and self._has(group, product, given)

    def _in_role(self, login: str, group: str) -> bool:
        return self._has(login, group, self.logins.get(login, False) and login in self.groups[group])

    def _has(self, who: str, what: str, given: bool) -> bool:
        return (given or (who, what) in self.group_lent) and (who, what) not in self.group_stripped


class Stage:
    """Three tables, four logins and a connection pool's, kept over many cases.

    The pool may take on every login, and Eve may take on Bob's.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.sources = tuple(world.table(name) for name in SOURCES)
        self.names = {name: world.login(name) for name in (*LOGINS, "pool")}
        world.run("GRANT {0}, {1}, {2}, {3} TO {4} WITH INHERIT FALSE", *self.names.values())
        world.run("GRANT {} TO {} WITH INHERIT FALSE", self.names["bob"], self.names["eve"])
        self.group_ids = {"team": "team", "bob": self.names["bob"]}
        self.group_roles = {name: world.role(f"g_{id}") for name, id in self.group_ids.items()}
        self.seen: set[str] = set()
        self.oids = dict(world.ask("SELECT rolname, oid FROM pg_roles"))
        self.connections = {name: world.connect(login) for name, login in self.names.items()}

    def close(self) -> None:
        for connection in self.connections.values():
            connection.close()

    def differences(self, case: Case, mutation: Mutation = str) -> list[Asked]:
        """The questions on which server and evaluator disagree, with the emitted views changed by a mutation."""
        desired = self.desired(case)
        self.world.apply(desired)
        self.seen |= case.logins.keys()
        self._let_accidents_happen(case)
        self._exchange_definitions(mutation)
        model = self.believed(case)
        return [asked for asked, seen in self._answers(case) if seen != self._expected(model, asked)]

    def desired(self, case: Case) -> Desired:
        """What the target is applied with."""
        return Desired(
            sources=self.sources,
            products=tuple(TargetProduct(name, tuple(sorted(held))) for name, held in case.products.items()),
            logins=tuple(Login(self.names[n], self.oids[self.names[n]], active) for n, active in case.logins.items()),
            entitlements=tuple(
                Entitlement(f"g{n}", product, self.names[login], _at(start), None if end is None else _at(end))
                for n, (login, product, start, end) in enumerate(case.grants)
            )
            + tuple(
                Entitlement(f"h{n}", product, "", _at(start), None if end is None else _at(end), self.group_ids[group])
                for n, (group, product, start, end) in enumerate(case.group_grants)
            ),
            groups=tuple(self._group(name, members) for name, members in case.groups.items()),
        )

    def _group(self, name: str, members: Iterable[str]) -> TargetGroup:
        return TargetGroup(self.group_ids[name], tuple(self.names[member] for member in sorted(members)))

    def believed(self, case: Case) -> Desired:
        """What should hold then.

        An entitlement or a membership without its role is none, a stale login is not active, nor is one left out that
        was known before.
        """
        desired, stale = self.desired(case), {self.names[name] for name in case.stale}
        whose = {f"g{n}": case.holds(*held[:2]) for n, held in enumerate(case.grants)}
        whose |= {
            f"h{n}": held[0] in case.groups and case.linked(*held[:2]) for n, held in enumerate(case.group_grants)
        }
        left_out = tuple(Login(self.names[name], active=False) for name in self.seen - case.logins.keys())
        return replace(
            desired,
            logins=left_out
            + tuple(replace(login, active=login.active and login.name not in stale) for login in desired.logins),
            entitlements=tuple(held for held in desired.entitlements if whose[held.grant]),
            groups=tuple(
                self._group(name, (member for member in members if case.joined(member, name)))
                for name, members in case.groups.items()
            ),
        )

    def _let_accidents_happen(self, case: Case) -> None:
        roles = {product: self.world.role(f"p_{product}") for product in case.products}
        roles |= {group: self.group_roles[group] for group in case.groups}
        lent = {(self.names[who], what) for who, what in case.lent - case.stripped}
        stripped = {(self.names[who], what) for who, what in case.stripped}
        for pairs, found in ((case.group_lent - case.group_stripped, lent), (case.group_stripped, stripped)):
            found |= {(self._role_of(who, what, case), what) for who, what in pairs}
        members = set(self.world.ask("SELECT member::regrole::text, roleid::regrole::text FROM pg_auth_members"))
        for member, what in stripped:
            if (member, roles.get(what)) in members:
                self.world.run("REVOKE {} FROM {}", roles[what], member)
        for member, what in lent:
            if what in roles and member:
                self.world.run("GRANT {} TO {}", roles[what], member)
        for login in case.stale:
            self.world.admin.execute("UPDATE gov.principal SET oid = 1 WHERE name = %s", [self.names[login]])

    def _role_of(self, who: str, what: str, case: Case) -> str:
        """The role of a login that is in a group, or of a group that has a product; none where there is none."""
        if what not in PRODUCTS:
            return self.names[who]
        return self.group_roles[who] if who in case.groups else ""

    def _exchange_definitions(self, mutation: Mutation) -> None:
        query = "SELECT viewname, definition FROM pg_views WHERE schemaname = 'marketplace'"
        for name, definition in self.world.ask(query):
            assert "clock_timestamp()" in definition
            text = mutation(definition.replace("clock_timestamp()", CLOCK))
            view = sql.Identifier("marketplace", name).as_string()
            self.world.admin.execute(f"CREATE OR REPLACE VIEW {view} WITH (security_barrier) AS {text}".encode())

    def _answers(self, case: Case) -> Iterator[tuple[Asked, bool]]:
        for session, login in self._roles():
            connection = self.connections[session]
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(self.names[login])))
            for instant in _instants(case):
                connection.execute("SELECT set_config('placet_test.now', %s, false)", [instant.isoformat()])
                for source in self.sources:
                    yield (session, login, source.id, instant), self._reads(connection, source)

    def _roles(self) -> list[tuple[str, str]]:
        """Whose connection acts as whom."""
        return [(n, n) for n in self.names] + [("pool", n) for n in LOGINS] + [("eve", "bob")]

    def _reads(self, connection: psycopg.Connection[tuple[Any, ...]], source: TargetSource) -> bool:
        return bool(count(connection, f"raw__{source.name}"))

    def _expected(self, model: Desired, asked: Asked) -> bool:
        session, login, source, instant = asked
        return may_read(model, self.names[login], source, instant, session=self.names[session]).allowed


def _at(hours: int) -> datetime:
    return BASE + timedelta(hours=hours)


def _instants(case: Case) -> list[datetime]:
    """Every start and end, and the microsecond before it."""
    grants = (*case.grants, *case.group_grants)
    edges = {_at(edge) for _, _, start, end in grants for edge in (start, end) if edge is not None}
    return sorted(edges | {edge - TICK for edge in edges} | {BASE})
