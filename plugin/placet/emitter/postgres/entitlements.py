"""One approval more or less: one row, and at most one role membership."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from psycopg import sql

from placet.domain.errors import TargetError
from placet.emitter.policy import Entitlement, TargetGroup
from placet.emitter.postgres.connection import Connection
from placet.emitter.postgres.groups import bring_about, note_first_seen
from placet.emitter.postgres.members import Member, joining, revocations
from placet.emitter.postgres.names import can_exist, gov, group_role, product_role
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
_STANDING = sql.SQL("""
    SELECT principal::text, false, product, clock_timestamp() < valid_until
    FROM {entitlement} WHERE grant_id = %(grant)s
    UNION ALL
    SELECT group_id, true, product, clock_timestamp() < valid_until
    FROM {group_entitlement} WHERE grant_id = %(grant)s
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
    SELECT FROM {table} WHERE {holder} = %s AND product = %s AND clock_timestamp() < valid_until
""")
_HELD = sql.SQL("""
    SELECT grant_id, product, principal::text, valid_from, nullif(valid_until, 'infinity'), NULL FROM {entitlement}
    WHERE clock_timestamp() < valid_until
    UNION ALL
    SELECT grant_id, product, '', valid_from, nullif(valid_until, 'infinity'), group_id FROM {group_entitlement}
    WHERE clock_timestamp() < valid_until ORDER BY 1
""")


@dataclass(frozen=True)
class _Standing:
    """The row of a grant: for a login or for a group, by its name or id; `live` while it runs or will."""

    holder: str
    of_group: bool
    product: str
    live: bool

    @classmethod
    def of(cls, entitlement: Entitlement) -> _Standing:
        """What there has to be of an entitlement while it is live."""
        if entitlement.group is None:
            return cls(entitlement.login, False, entitlement.product, True)
        return cls(entitlement.group, True, entitlement.product, True)

    def __str__(self) -> str:
        return f"{'group ' if self.of_group else ''}`{self.holder}` and `{self.product}`"


class Entitlements:
    """The entitlement rows of one target, over a connection that holds the target's lock."""

    def __init__(self, connection: Connection, settings: PostgresSettings) -> None:
        self._connection = connection
        self._settings = settings

    def grant(self, entitlement: Entitlement, members: tuple[str, ...] = ()) -> int:
        """Write the row, and make the login, or the role of the group, a member of the product's role; return its oid.

        Raises TargetError where product or login are not there yet, TargetRefusal where the login is another one than
        before, the grant is somebody else's, or the group's role is not ours.
        """
        role = product_role(self._settings, entitlement.product)
        self._refuse_missing_role(entitlement.product, role)
        with self._connection.transaction():
            oid, active = self._holder(entitlement, members)
            standing = _Standing.of(entitlement)
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
            member = Member(product_role(self._settings, kept.product), self._role_of(kept))
            for statement in revocations(self._connection, member):
                self._connection.execute(statement)

    def _role_of(self, kept: _Standing) -> str:
        return group_role(self._settings, kept.holder) if kept.of_group else kept.holder

    def held(self) -> tuple[Entitlement, ...]:
        """The rows that run or will."""
        return tuple(Entitlement(*found) for found in self._connection.execute(self._composed(_HELD)))

    def _refuse_missing_role(self, product: str, role: str) -> None:
        if self._one(_ROLE, role) is None:
            raise TargetError(
                f"the product `{product}` is not on target `{self._settings.name}` yet; apply the target first"
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
        """The row of a grant, if there is one."""
        return [_Standing(*found) for found in self._connection.execute(self._composed(_STANDING), {"grant": grant})]

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
        tables = ("made", "principal", "entitlement", "group_entitlement", "revocation")
        table, holder = ("group_entitlement", "group_id") if kept and kept.of_group else ("entitlement", "principal")
        return statement.format(
            table=gov(self._settings, table),
            holder=sql.Identifier(holder),
            **{name: gov(self._settings, name) for name in tables},
        )
