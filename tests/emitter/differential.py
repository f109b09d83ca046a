"""Every question of a random world asked of the real server and of the reference evaluator.

The clock of the emitted views is exchanged for a setting of the session, so that a question can be asked at any instant
to the microsecond; everything else is what the target emitted. Some things are also changed by hand after applying, as
accidents happen: a membership taken away, a login's note gone stale.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from placet.emitter.evaluate import may_read
from placet.emitter.policy import Desired, Entitlement, Login, TargetProduct, TargetSource
from tests.emitter.worlds import World, count

# Far enough in the server's future that every entitlement is running or scheduled, and its role given.
BASE = datetime(2200, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
CLOCK = "(current_setting('placet_test.now'::text))::timestamp with time zone"
SOURCES = ("orders", "staff", "sales")
LOGINS = ("ann", "bob", "cid", "eve")
PRODUCTS = ("p1", "p2", "p3")

Mutation = Callable[[str], str]
Asked = tuple[str, str, str, datetime]


@dataclass(frozen=True)
class Case:
    """A world in short names, and what went wrong in it by hand.

    Who is `stripped` has lost a role, who it is `lent` to has one too many, and a `stale` login was made anew.
    """

    products: dict[str, frozenset[str]] = field(default_factory=dict)
    logins: dict[str, bool] = field(default_factory=dict)
    grants: tuple[tuple[str, str, int, int | None], ...] = ()
    stripped: frozenset[tuple[str, str]] = frozenset()
    lent: frozenset[tuple[str, str]] = frozenset()
    stale: frozenset[str] = frozenset()


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
            ),
        )

    def believed(self, case: Case) -> Desired:
        """What should hold then.

        An entitlement without its role is none, a stale login is not active, nor is one left out that was known before.
        """
        desired, stale = self.desired(case), {self.names[name] for name in case.stale}
        stripped = {(self.names[login], product) for login, product in case.stripped}
        left_out = tuple(Login(self.names[name], active=False) for name in self.seen - case.logins.keys())
        return replace(
            desired,
            logins=left_out
            + tuple(replace(login, active=login.active and login.name not in stale) for login in desired.logins),
            entitlements=tuple(held for held in desired.entitlements if (held.login, held.product) not in stripped),
        )

    def _let_accidents_happen(self, case: Case) -> None:
        for login, product in case.stripped & self._members():
            self.world.run("REVOKE {} FROM {}", self.world.role(f"p_{product}"), self.names[login])
        for login, product in case.lent - case.stripped:
            if product in case.products:
                self.world.run("GRANT {} TO {}", self.world.role(f"p_{product}"), self.names[login])
        for login in case.stale:
            self.world.admin.execute("UPDATE gov.principal SET oid = 1 WHERE name = %s", [self.names[login]])

    def _members(self) -> set[tuple[str, str]]:
        query = "SELECT member::regrole::text, roleid::regrole::text FROM pg_auth_members"
        short = {login: name for name, login in self.names.items()}
        roles = {self.world.role(f"p_{product}"): product for product in PRODUCTS}
        return {(short[m], roles[r]) for m, r in self.world.ask(query) if m in short and r in roles}

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
    edges = {_at(edge) for _, _, start, end in case.grants for edge in (start, end) if edge is not None}
    return sorted(edges | {edge - TICK for edge in edges} | {BASE})
