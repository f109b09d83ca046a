"""One approval more or less: one row, or one for each column of an exception, and at most one role membership."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from psycopg import sql

from placet.domain.errors import TargetError
from placet.emitter.policy import Entitlement, TargetGroup
from placet.emitter.postgres.connection import Connection
from placet.emitter.postgres.groups import bring_about, note_first_seen
from placet.emitter.postgres.members import Member, joining, revocations
from placet.emitter.postgres.names import can_exist, exception_role, gov, group_role, product_role
from placet.emitter.postgres.wanted import row
from placet.emitter.settings import PostgresSettings
from placet.emitter.target import TargetRefusal

_ROLE = sql.SQL("SELECT FROM {made} m JOIN pg_roles r ON r.oid = m.oid WHERE m.kind = 'role' AND r.rolname = %s")
_PRINCIPAL = sql.SQL("""
    SELECT r.oid, p.oid, p.active FROM pg_roles r LEFT JOIN {principal} p ON p.name = r.rolname WHERE r.rolname = %s
""")
# A grant revoked before this came about, by a job that was faster, ends where it was revoked.
_ENTITLE = sql.SQL("""
    INSERT INTO {table} (grant_id, {holder}, product, valid_from, valid_until)
    SELECT g, p, d, f, least(u, (SELECT at FROM {revocation} WHERE grant_id = g))
    FROM (VALUES (%s::text, %s::text, %s::text, %s::timestamptz, %s::timestamptz)) AS given (g, p, d, f, u)
    ON CONFLICT (grant_id) DO NOTHING
""")
_EXCEPT = sql.SQL("""
    INSERT INTO {table} (grant_id, {holder}, product, valid_from, valid_until, source, column_id)
    SELECT g, p, d, f, least(u, (SELECT at FROM {revocation} WHERE grant_id = g)), c.source, c.id
    FROM (VALUES (%s::text, %s::text, %s::text, %s::timestamptz, %s::timestamptz)) AS given (g, p, d, f, u),
         unnest(%s::text[], %s::integer[]) AS c (source, id)
    ON CONFLICT DO NOTHING
""")
_STANDING = sql.SQL("""
    SELECT principal::text, false, product, clock_timestamp() < valid_until, NULL::text[], NULL::integer[]
    FROM {entitlement} WHERE grant_id = %(grant)s
    UNION ALL
    SELECT group_id, true, product, clock_timestamp() < valid_until, NULL, NULL
    FROM {group_entitlement} WHERE grant_id = %(grant)s
    UNION ALL
    SELECT principal::text, false, product, bool_or(clock_timestamp() < valid_until), array_agg(source),
           array_agg(column_id)
    FROM {unmask} WHERE grant_id = %(grant)s GROUP BY principal, product
    UNION ALL
    SELECT group_id, true, product, bool_or(clock_timestamp() < valid_until), array_agg(source), array_agg(column_id)
    FROM {group_unmask} WHERE grant_id = %(grant)s GROUP BY group_id, product
""")
_NOTE_REVOKED = sql.SQL("""
    INSERT INTO {revocation} (grant_id, at) VALUES (%s, least(%s, clock_timestamp()))
    ON CONFLICT (grant_id) DO UPDATE SET at = least(revocation.at, excluded.at)
""")
_END = sql.SQL("""
    UPDATE {table} e SET valid_until = least(e.valid_until, r.at) FROM {revocation} r
    WHERE r.grant_id = e.grant_id AND e.grant_id = %s
""")
_ANOTHER = sql.SQL("""
    SELECT FROM {table} WHERE {holder} = %s AND product = %s AND clock_timestamp() < valid_until LIMIT 1
""")
_HELD = sql.SQL("""
    SELECT grant_id, product, principal::text, valid_from, nullif(valid_until, 'infinity'), NULL, NULL::text[],
           NULL::integer[]
    FROM {entitlement} WHERE clock_timestamp() < valid_until
    UNION ALL
    SELECT grant_id, product, '', valid_from, nullif(valid_until, 'infinity'), group_id, NULL, NULL
    FROM {group_entitlement} WHERE clock_timestamp() < valid_until
    UNION ALL
    SELECT grant_id, product, principal::text, valid_from, nullif(valid_until, 'infinity'), NULL, array_agg(source),
           array_agg(column_id)
    FROM {unmask} WHERE clock_timestamp() < valid_until GROUP BY grant_id, product, principal, valid_from, valid_until
    UNION ALL
    SELECT grant_id, product, '', valid_from, nullif(valid_until, 'infinity'), group_id, array_agg(source),
           array_agg(column_id)
    FROM {group_unmask} WHERE clock_timestamp() < valid_until
    GROUP BY grant_id, product, group_id, valid_from, valid_until ORDER BY 1
""")

_TABLES = {
    (False, False): ("entitlement", "principal"),
    (True, False): ("group_entitlement", "group_id"),
    (False, True): ("unmask", "principal"),
    (True, True): ("group_unmask", "group_id"),
}
"""Where a grant is kept, and for whom, by whether it is for a group and whether it is a masking exception."""


@dataclass(frozen=True)
class _Standing:
    """The rows of a grant: for a login or for a group, by its name or id; `live` while it runs or will.

    With `columns` it is a masking exception.
    """

    holder: str
    of_group: bool
    product: str
    live: bool
    columns: frozenset[tuple[str, int]] = frozenset()

    @classmethod
    def of(cls, entitlement: Entitlement) -> _Standing:
        """What there has to be of an entitlement while it is live."""
        holder, of_group = (entitlement.login, False) if entitlement.group is None else (entitlement.group, True)
        return cls(holder, of_group, entitlement.product, True, entitlement.columns)

    @classmethod
    def read(
        cls,
        holder: str,
        of_group: bool,
        product: str,
        live: bool,
        sources: Sequence[str] | None,
        ids: Sequence[int] | None,
    ) -> _Standing:
        """What the rows of a grant say."""
        return cls(holder, of_group, product, live, _columns(sources, ids))

    @property
    def kept_in(self) -> tuple[str, str]:
        """The table of its rows, and the column there that says whose they are."""
        return _TABLES[self.of_group, bool(self.columns)]

    def __str__(self) -> str:
        columns = f" and {len(self.columns)} of its columns" if self.columns else ""
        return f"{'group ' if self.of_group else ''}`{self.holder}` and `{self.product}`{columns}"


class Entitlements:
    """The entitlement rows of one target, over a connection that holds the target's lock."""

    def __init__(self, connection: Connection, settings: PostgresSettings) -> None:
        self._connection = connection
        self._settings = settings

    def grant(self, entitlement: Entitlement, members: tuple[str, ...] = ()) -> int:
        """Write the rows, and make the login, or the role of the group, a member of the product's role; return its oid.

        A masking exception has a role of its own, which reads nothing. Raises TargetError where product or login are
        not there yet, TargetRefusal where the login is another one than before, the grant is somebody else's, or the
        group's role is not ours.
        """
        standing = _Standing.of(entitlement)
        role = self._given_by(standing)
        self._refuse_missing_role(entitlement.product, role)
        with self._connection.transaction():
            oid, active = self._holder(entitlement, members)
            if columns := sorted(entitlement.columns):
                self._run(_EXCEPT, *row(entitlement), *map(list, zip(*columns, strict=True)), kept=standing)
            else:
                self._run(_ENTITLE, *row(entitlement), kept=standing)
            if self._stands(entitlement.grant, standing) and active:
                self._connection.execute(joining(role, [self._role_of(standing)]))
        return oid

    def revoke(self, grant: str, at: datetime) -> None:
        """End the row, and the membership where it was the last one for it."""
        with self._connection.transaction():
            self._run(_NOTE_REVOKED, grant, at)
            for kept in self._standing(grant):
                self._run(_END, grant, kept=kept)
                self._leave(kept)

    def drop_ended(self, grant: str) -> None:
        """Take the membership away that a row which has ended leaves behind. Raises TargetError where it has not."""
        with self._connection.transaction():
            for kept in self._standing(grant):
                if kept.live:
                    raise TargetError(f"the grant `{grant}` still runs by the clock of target `{self._settings.name}`")
                self._leave(kept)

    def _leave(self, kept: _Standing) -> None:
        """End a membership that no row calls for any more."""
        if self._one(_ANOTHER, kept.holder, kept.product, kept=kept) is None:
            member = Member(self._given_by(kept), self._role_of(kept))
            for statement in revocations(self._connection, member):
                self._connection.execute(statement)

    def _given_by(self, kept: _Standing) -> str:
        """The role whose members have what the grant gives."""
        role = exception_role if kept.columns else product_role
        return role(self._settings, kept.product)

    def _role_of(self, kept: _Standing) -> str:
        return group_role(self._settings, kept.holder) if kept.of_group else kept.holder

    def held(self) -> tuple[Entitlement, ...]:
        """The rows that run or will."""
        rows = self._connection.execute(self._composed(_HELD))
        return tuple(
            Entitlement(grant, product, login, start, end, group, _columns(sources, ids))
            for grant, product, login, start, end, group, sources, ids in rows
        )

    def _refuse_missing_role(self, product: str, role: str) -> None:
        if self._one(_ROLE, role) is None:
            raise TargetError(
                f"the product `{product}` is not on target `{self._settings.name}` yet, or nothing of it is masked; "
                "apply the target first"
            )

    def _holder(self, entitlement: Entitlement, members: tuple[str, ...]) -> tuple[int, bool]:
        """The oid of the login, or of the group's role, and whether it is active; a group always is."""
        if entitlement.group is None:
            return self._principal(entitlement.login)
        return bring_about(self._connection, self._settings, TargetGroup(entitlement.group, members)), True

    def _principal(self, login: str) -> tuple[int, bool]:
        """The login's oid and whether it is active; a login not seen before is noted down as it is now."""
        if can_exist(login):
            note_first_seen(self._connection, self._settings, [login])
        found = self._one(_PRINCIPAL, login) if can_exist(login) else None
        if found is None:
            raise TargetError(f"target `{self._settings.name}` has no login `{login}`; create it there")
        oid, seen, active = found
        if oid != seen:
            raise TargetRefusal(
                f"the login `{login}` of target `{self._settings.name}` was dropped and made anew; confirm whose it is"
            )
        return oid, active

    def _standing(self, grant: str) -> list[_Standing]:
        """The rows of a grant, if there are any: more than one only where a grant was given to others."""
        rows = self._connection.execute(self._composed(_STANDING), {"grant": grant})
        return [_Standing.read(*found) for found in rows]

    def _stands(self, grant: str, wanted: _Standing) -> bool:
        """Whether the row runs or will. Raises TargetRefusal where the grant has been given to another."""
        found = self._standing(grant)
        for kept in found:
            if replace(kept, live=True) != wanted:
                raise TargetRefusal(f"the grant `{grant}` is for {kept} on the target")
        return any(kept.live for kept in found)

    def _run(self, statement: sql.SQL, *parameters: object, kept: _Standing | None = None) -> None:
        self._connection.execute(self._composed(statement, kept), parameters)

    def _one(self, query: sql.SQL, *parameters: object, kept: _Standing | None = None) -> tuple[Any, ...] | None:
        return self._connection.execute(self._composed(query, kept), parameters).fetchone()

    def _composed(self, statement: sql.SQL, kept: _Standing | None = None) -> sql.Composed:
        """The statement with our tables in it; `table` and `holder` are where that row is kept, and for whom."""
        table, holder = kept.kept_in if kept else ("entitlement", "principal")
        tables = ("made", "principal", "revocation", *(name for name, _ in _TABLES.values()))
        return statement.format(
            table=gov(self._settings, table),
            holder=sql.Identifier(holder),
            **{name: gov(self._settings, name) for name in tables},
        )


def _columns(sources: Sequence[str] | None, ids: Sequence[int] | None) -> frozenset[tuple[str, int]]:
    """The columns of a masking exception, or none."""
    return frozenset(zip(sources or (), ids or (), strict=True))
