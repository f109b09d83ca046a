"""A group on the platform: its role, the rows that say who is in it, and those members' role memberships."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

from placet.emitter.policy import TargetGroup
from placet.emitter.postgres.connection import Connection
from placet.emitter.postgres.members import Member, joining, revocations
from placet.emitter.postgres.names import can_exist, gov, group_role
from placet.emitter.postgres.steps import record, role_oid
from placet.emitter.settings import PostgresSettings
from placet.emitter.target import TargetRefusal

_OURS = sql.SQL("""
    SELECT EXISTS (SELECT FROM {made} m WHERE m.kind = 'role' AND m.name = r.rolname AND m.oid = r.oid)
    FROM pg_roles r WHERE r.rolname = %s
""")
_STANDS_FOR = sql.SQL("""
    INSERT INTO {group_role} (group_id, role) SELECT %s, oid FROM pg_roles WHERE rolname = %s
    ON CONFLICT (group_id) DO UPDATE SET role = excluded.role
""")
_LEAVE = sql.SQL("DELETE FROM {group_member} WHERE group_id = %s AND principal::text <> ALL (%s)")
_ENTER = sql.SQL("""
    INSERT INTO {group_member} (group_id, principal) SELECT %s, unnest(%s::text[]) ON CONFLICT DO NOTHING
""")
_FIRST_SEEN = sql.SQL("""
    INSERT INTO {principal} (name, oid, active)
    SELECT r.rolname, r.oid, NOT EXISTS (SELECT FROM {made} m WHERE m.kind = 'role' AND m.oid = r.oid)
    FROM pg_roles r WHERE r.rolname = ANY (%s) ON CONFLICT (name) DO NOTHING
""")
_KNOWN = sql.SQL("""
    SELECT p.name FROM {principal} p JOIN pg_roles r ON r.rolname = p.name AND r.oid = p.oid
    WHERE p.active AND p.name = ANY (%s)
""")
_MEMBERS = sql.SQL("""
    SELECT m.rolname FROM pg_auth_members a JOIN pg_roles r ON r.oid = a.roleid JOIN pg_roles m ON m.oid = a.member
    WHERE r.rolname = %s AND m.rolname <> current_user
""")


def note_first_seen(connection: Connection, settings: PostgresSettings, logins: Sequence[str]) -> None:
    """Note down logins not seen before as they are now; a role of ours is nobody's login."""
    connection.execute(_composed(settings, _FIRST_SEEN), [list(logins)])


def bring_about(connection: Connection, settings: PostgresSettings, group: TargetGroup) -> int:
    """Make the group's role where it is missing, and let exactly its members be in it; return the role's oid.

    A member that the server does not know, or that was made anew, is noted down and does not join. The number of
    statements depends on how many leave, and not on how many there are. Raises TargetRefusal for a role of that name
    that we did not make.
    """
    role, members = group_role(settings, group.id), [name for name in group.members if can_exist(name)]
    _make_role(connection, settings, role)
    for statement, values in (
        (_STANDS_FOR, [group.id, role]),
        (_LEAVE, [group.id, members]),
        (_FIRST_SEEN, [members]),
        (_ENTER, [group.id, members]),
    ):
        connection.execute(_composed(settings, statement), values)
    _set_members(connection, role, _names(connection, _composed(settings, _KNOWN), members))
    [(oid,)] = connection.execute("SELECT oid FROM pg_roles WHERE rolname = %s", [role])
    assert isinstance(oid, int)
    return oid


def _make_role(connection: Connection, settings: PostgresSettings, role: str) -> None:
    found = connection.execute(_composed(settings, _OURS), [role]).fetchone()
    if found is None:
        connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
        connection.execute(record(settings, "role", role, role_oid(role)))
    elif not found[0]:
        raise TargetRefusal(
            f"role `{role}` exists on target `{settings.name}` and was not made here: drop it, or set another prefix"
        )


def _set_members(connection: Connection, role: str, wanted: set[str]) -> None:
    there = _names(connection, _MEMBERS, role)
    for login in sorted(there - wanted):
        for statement in revocations(connection, Member(role, login)):
            connection.execute(statement)
    if missing := sorted(wanted - there):
        connection.execute(joining(role, missing))


def _names(connection: Connection, query: sql.SQL | sql.Composed, parameter: object) -> set[str]:
    return {name for (name,) in connection.execute(query, [parameter])}


def _composed(settings: PostgresSettings, statement: sql.SQL) -> sql.Composed:
    tables = ("made", "principal", "group_role", "group_member")
    return statement.format(**{name: gov(settings, name) for name in tables})
