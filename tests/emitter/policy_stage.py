"""Whole worlds asked of the server at once: each row and each value that each login sees at each instant.

The clock of the views is exchanged for a setting of the session, as in `differential`; everything else is what the
target emitted. A function on the server goes through all logins, views and instants, so that a world is asked in one
statement.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

from psycopg import sql

from placet.domain.masks import MaskKind
from placet.emitter.evaluate import Sight, may_read, sees_row, sight_of
from placet.emitter.masked import Value, masked
from placet.emitter.policy import Desired, TargetSource
from tests.emitter.differential import CLOCK, Mutation
from tests.emitter.policy_worlds import BASE, COLUMNS, FAMILIES, IDS, LOGINS, SOURCES, TICK, Row, rows_of
from tests.emitter.worlds import World

_ASK = """
    CREATE FUNCTION public.seen(roles text[], views text[], instants timestamptz[])
    RETURNS TABLE (who text, what text, at timestamptz, rows text) LANGUAGE plpgsql AS $$
    BEGIN
        FOREACH who IN ARRAY roles LOOP
            PERFORM set_config('role', who, true);
            FOREACH what IN ARRAY views LOOP
                FOREACH at IN ARRAY instants LOOP
                    PERFORM set_config('placet_test.now', at::text, true);
                    BEGIN
                        EXECUTE format('SELECT coalesce(jsonb_agg(to_jsonb(v)), ''[]'') FROM marketplace.%I v', what)
                        INTO rows;
                    EXCEPTION WHEN insufficient_privilege THEN
                        rows := NULL;
                    END;
                    RETURN NEXT;
                END LOOP;
            END LOOP;
        END LOOP;
    END $$
"""

EVERYTHING_MET = {
    "by grant",
    "through group",
    "meets the allow policy",
    "does not meet the guardrail policy",
    "filters hide rows",
    "clear by grant",
    "is excepted",
    "against approvals",
    "unconfirmed",
    *(f"mask {kind}" for kind in MaskKind),
}
"""What has to occur in many worlds for them to show anything."""

Seen = list[dict[str, Any]] | None
"""The rows that someone sees, or None where permission is denied."""


@dataclass
class Verdict:
    """How many decisions were compared, on which server and evaluator disagree, and what of policies was met."""

    decisions: int = 0
    differences: list[str] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)

    def __iadd__(self, other: Verdict) -> Verdict:
        self.decisions += other.decisions
        self.differences += other.differences
        self.met += other.met
        return self


class PolicyStage:
    """Three tables with rows, five logins and a connection pool's that takes on each, kept over many worlds."""

    def __init__(self, world: World, rows: int = 12) -> None:
        self.world = world
        self.names = {name: world.login(name) for name in LOGINS}
        self._pool = world.login("pool")
        world.run("GRANT {1}, {2}, {3}, {4}, {5} TO {0} WITH INHERIT FALSE", self._pool, *self.names.values())
        world.run("CREATE DOMAIN public.code AS text")
        world.run("CREATE SCHEMA raw")
        self.rows = {source: self._table(source, rows_of(Random(source), rows)) for source in SOURCES}
        self.clear = {source: self._as_shown(source) for source in SOURCES}
        world.admin.execute(_ASK)

    def emitted(self) -> dict[str, str]:
        """The views as the target has made them, but for the clock."""
        query = "SELECT viewname, definition FROM pg_views WHERE schemaname = 'marketplace'"
        return {name: text.replace("clock_timestamp()", CLOCK) for name, text in self.world.ask(query)}

    def judge_world(self, desired: Desired) -> Verdict:
        """Apply a world over the one before it, and ask everything."""
        self.world.apply(desired)
        return self.judge(desired, self.emitted())

    def judge(self, model: Desired, views: Mapping[str, str], mutation: Mutation = str) -> Verdict:
        """Ask everything of the views as they were emitted; what should hold is the model.

        Of a mutation, only the views that it changes are asked.
        """
        self._exchange_definitions(views, mutation)
        untouched = mutation is str
        sources = [one for one in model.sources if untouched or _differs(views[f"raw__{one.name}"], mutation)]
        [(secret,)] = self.world.ask("SELECT key FROM gov.secret")
        verdict = Verdict()
        for login, source, at, seen in self.answers(sources, instants(model)):
            self._compare(model, login, source, at, seen, bytes(secret), verdict)
        return verdict

    def _table(self, source: str, rows: Sequence[Row]) -> Sequence[Row]:
        columns = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind.type))  # type: ignore[arg-type]
            for name, kind in COLUMNS.items()
        )
        table = sql.Identifier("raw", source)
        self.world.admin.execute(sql.SQL("CREATE TABLE {} ({})").format(table, columns))
        insert = sql.SQL("INSERT INTO {} VALUES ({})").format(table, sql.SQL(", ").join([sql.SQL("%s")] * len(COLUMNS)))
        for row in rows:
            self.world.admin.execute(insert, [row[id] for id in IDS.values()])
        return rows

    def _as_shown(self, source: str) -> dict[object, dict[str, Any]]:
        query = sql.SQL("SELECT to_jsonb(t)::text FROM {} t").format(sql.Identifier("raw", source))
        found = [_read(text) for (text,) in self.world.admin.execute(query)]
        return {row["id"]: row for row in found}

    def _exchange_definitions(self, views: Mapping[str, str], mutation: Mutation) -> None:
        for name, definition in views.items():
            text = mutation(definition)
            view = sql.Identifier("marketplace", name).as_string()
            self.world.admin.execute(f"CREATE OR REPLACE VIEW {view} WITH (security_barrier) AS {text}".encode())

    def answers(
        self, sources: Sequence[TargetSource], instants: Sequence[datetime]
    ) -> Iterator[tuple[str, str, datetime, Seen]]:
        """What each login sees of each source at each instant."""
        views = {f"raw__{source.name}": source.id for source in sources}
        with self.world.connect(self._pool) as connection:
            query = "SELECT who, what, at, rows FROM public.seen(%s, %s, %s)"
            asked = [list(self.names.values()), list(views), list(instants)]
            for login, view, at, rows in connection.execute(query, asked):
                yield login, views[view], at, None if rows is None else _read(rows)

    def _compare(
        self, model: Desired, login: str, source: str, at: datetime, seen: Seen, secret: bytes, verdict: Verdict
    ) -> None:
        answer = may_read(model, login, source, at, session=self._pool)
        allowed = answer.allowed
        verdict.met += _met(answer.reasons)
        expected = [row for row in self.rows[source] if allowed and sees_row(model, login, source, row)]
        verdict.met["filters hide rows"] += allowed and len(expected) < len(self.rows[source])
        shown = self._shown(model, login, source, at, expected, secret, verdict)
        verdict.decisions += 1 + len(self.rows[source]) + len(shown) * len(COLUMNS)
        if allowed and seen is None:
            verdict.differences.append(f"{login} reads {source} at {at}: permission denied")
        elif sorted(map(_key, shown)) != sorted(map(_key, seen or [])):
            verdict.differences.append(f"{login} reads {source} at {at}: {seen} and not {shown}")

    def _shown(
        self,
        model: Desired,
        login: str,
        source: str,
        at: datetime,
        rows: Sequence[Row],
        secret: bytes,
        verdict: Verdict,
    ) -> list[dict[str, Any]]:
        """What the login sees of some rows according to the evaluator."""
        sights = {name: sight_of(model, login, source, id, at) for name, id in IDS.items()} if rows else {}
        for sight in sights.values():
            verdict.met += _seen_through(sight)
        return [
            {
                name: self.clear[source][row[IDS["id"]]][name]
                if sight.clear
                else masked(sight.mask, FAMILIES[IDS[name]], _masked_value(row[IDS[name]]), secret)
                for name, sight in sights.items()
            }
            for row in rows
        ]


def instants(desired: Desired) -> list[datetime]:
    """Every start and end, and the microsecond before it."""
    edges = {edge for held in desired.entitlements for edge in (held.start, held.end) if edge is not None}
    return sorted(edges | {edge - TICK for edge in edges} | {BASE})


def _differs(text: str, mutation: Mutation) -> bool:
    return mutation(text).split() != text.split()


def _met(reasons: Iterable[str]) -> Counter[str]:
    """Which kinds of policy spoke for or against access."""
    words = ("by grant", "through group", "meets the allow policy", "does not meet the guardrail policy")
    return Counter(word for word in words if any(word in reason for reason in reasons))


def _seen_through(sight: Sight) -> Counter[str]:
    """How a column was seen, and why."""
    if sight.clear:
        return Counter(
            word for word in ("clear by grant", "is excepted") if any(word in told for told in sight.reasons)
        )
    shown = [f"mask {sight.mask.kind}"] if sight.mask else ["unconfirmed"]
    return Counter([*shown, *(["against approvals"] if sight.against else [])])


def _masked_value(value: object) -> Value:
    """A value as masks take it; of other families they make nothing, whatever it is."""
    return value if isinstance(value, str | int | Decimal) else None


def _read(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def _key(row: Mapping[str, Any]) -> str:
    """A row that can be compared: numbers by what they are, however they are written."""
    return repr(sorted((name, _plain(value)) for name, value in row.items()))


def _plain(value: object) -> tuple[str, str]:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return "number", str((Decimal(value) + 0).normalize())
    return type(value).__name__, str(value)
