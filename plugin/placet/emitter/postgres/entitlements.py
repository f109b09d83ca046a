"""One approval more or less: one row, and at most one role membership."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import sql

from placet.domain.errors import TargetError
from placet.emitter.policy import Entitlement
from placet.emitter.postgres.connection import Connection
from placet.emitter.postgres.members import Member, joining, revocations
from placet.emitter.postgres.names import can_exist, gov, product_role
from placet.emitter.postgres.wanted import row
from placet.emitter.settings import PostgresSettings
from placet.emitter.target import TargetRefusal

_ROLE = sql.SQL("SELECT FROM {made} m JOIN pg_roles r ON r.oid = m.oid WHERE m.kind = 'role' AND r.rolname = %s")
_FIRST_SEEN = sql.SQL("""
    INSERT INTO {principal} (name, oid, active) SELECT rolname, oid, true FROM pg_roles WHERE rolname = %s
    ON CONFLICT (name) DO NOTHING
""")
_PRINCIPAL = sql.SQL("""
    SELECT r.oid, p.oid, p.active FROM pg_roles r LEFT JOIN {principal} p ON p.name = r.rolname WHERE r.rolname = %s
""")
# A grant revoked before this came about, by a job that was faster, ends where it was revoked.
_ENTITLE = sql.SQL("""
    INSERT INTO {entitlement} (grant_id, principal, product, valid_from, valid_until)
    SELECT g, p, d, f, least(u, (SELECT at FROM {revocation} WHERE grant_id = g))
    FROM (VALUES (%s::text, %s::name, %s::text, %s::timestamptz, %s::timestamptz)) AS given (g, p, d, f, u)
    ON CONFLICT (grant_id) DO NOTHING
""")
_STANDING = sql.SQL("""
    SELECT principal, product, clock_timestamp() < valid_until FROM {entitlement} WHERE grant_id = %s
""")
_NOTE_REVOKED = sql.SQL("""
    INSERT INTO {revocation} (grant_id, at) VALUES (%s, least(%s, clock_timestamp()))
    ON CONFLICT (grant_id) DO UPDATE SET at = least(revocation.at, excluded.at)
""")
_END = sql.SQL("""
    UPDATE {entitlement} e SET valid_until = least(e.valid_until, r.at) FROM {revocation} r
    WHERE r.grant_id = e.grant_id AND e.grant_id = %s RETURNING e.principal, e.product
""")
_ANOTHER = sql.SQL("""
    SELECT FROM {entitlement} WHERE principal = %s AND product = %s AND clock_timestamp() < valid_until
""")
_HELD = sql.SQL("""
    SELECT grant_id, product, principal, valid_from, nullif(valid_until, 'infinity') FROM {entitlement}
    WHERE clock_timestamp() < valid_until ORDER BY grant_id
""")


class Entitlements:
    """The entitlement rows of one target, over a connection that holds the target's lock."""

    def __init__(self, connection: Connection, settings: PostgresSettings) -> None:
        self._connection = connection
        self._settings = settings

    def grant(self, entitlement: Entitlement) -> int:
        """Write the row, and make the login a member of the product's role; return the login's oid.

        Raises TargetError where product or login are not there yet, TargetRefusal where the login is another one than
        before, or the grant is somebody else's.
        """
        role = product_role(self._settings, entitlement.product)
        self._refuse_missing_role(entitlement.product, role)
        with self._connection.transaction():
            oid, active = self._principal(entitlement.login)
            self._run(_ENTITLE, *row(entitlement))
            if self._stands(entitlement) and active:
                self._connection.execute(joining(role, [entitlement.login]))
        return oid

    def revoke(self, grant: str, at: datetime) -> None:
        """End the row, and the membership where it was the last one for it."""
        with self._connection.transaction():
            self._run(_NOTE_REVOKED, grant, at)
            ended = self._one(_END, grant)
            if ended is not None:
                self._leave(*ended)

    def drop_ended(self, grant: str) -> None:
        """Take the membership away that a row which has ended leaves behind. Raises TargetError where it has not."""
        with self._connection.transaction():
            principal, product, live = self._one(_STANDING, grant) or (None, None, False)
            if live:
                raise TargetError(f"the grant `{grant}` still runs by the clock of target `{self._settings.name}`")
            if principal is not None:
                self._leave(principal, product)

    def _leave(self, principal: str, product: str) -> None:
        """End a membership that no row calls for any more."""
        if self._one(_ANOTHER, principal, product) is None:
            for statement in revocations(self._connection, Member(product_role(self._settings, product), principal)):
                self._connection.execute(statement)

    def held(self) -> tuple[Entitlement, ...]:
        """The rows that run or will."""
        return tuple(Entitlement(*found) for found in self._connection.execute(self._composed(_HELD)))

    def _refuse_missing_role(self, product: str, role: str) -> None:
        if self._one(_ROLE, role) is None:
            raise TargetError(
                f"the product `{product}` is not on target `{self._settings.name}` yet; apply the target first"
            )

    def _principal(self, login: str) -> tuple[int, bool]:
        """The login's oid and whether it is active; a login not seen before is noted down as it is now."""
        if can_exist(login):
            self._run(_FIRST_SEEN, login)
        found = self._one(_PRINCIPAL, login) if can_exist(login) else None
        if found is None:
            raise TargetError(f"target `{self._settings.name}` has no login `{login}`; create it there")
        oid, seen, active = found
        if oid != seen:
            raise TargetRefusal(
                f"the login `{login}` of target `{self._settings.name}` was dropped and made anew; confirm whose it is"
            )
        return oid, active

    def _stands(self, entitlement: Entitlement) -> bool:
        """Whether the row runs or will."""
        login, product, live = self._one(_STANDING, entitlement.grant) or (None, None, False)
        if (login, product) != (entitlement.login, entitlement.product):
            raise TargetRefusal(f"the grant `{entitlement.grant}` is for `{login}` and `{product}` on the target")
        return bool(live)

    def _run(self, statement: sql.SQL, *parameters: object) -> None:
        self._connection.execute(self._composed(statement), parameters)

    def _one(self, query: sql.SQL, *parameters: object) -> tuple[Any, ...] | None:
        return self._connection.execute(self._composed(query), parameters).fetchone()

    def _composed(self, statement: sql.SQL) -> sql.Composed:
        tables = ("made", "principal", "entitlement", "revocation")
        return statement.format(**{name: gov(self._settings, name) for name in tables})
