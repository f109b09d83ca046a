"""Who belongs to the product roles, and who should."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from psycopg import sql

from placet.emitter.postgres.connection import Connection
from placet.emitter.postgres.names import gov
from placet.emitter.postgres.rows import resting_roles
from placet.emitter.postgres.steps import Step, Work, listed


class Member(NamedTuple):
    """A role and a direct member of it, both by name."""

    role: str
    login: str


# Whoever makes a role gets to administer it, so the target's own login is among the members of each.
_FOUND = sql.SQL("""
    SELECT r.rolname, m.rolname, bool_or(a.inherit_option) AND NOT bool_or(a.admin_option OR a.set_option)
    FROM pg_auth_members a
    JOIN {made} made ON made.kind = 'role' AND made.oid = a.roleid
    JOIN pg_roles r ON r.oid = a.roleid
    JOIN pg_roles m ON m.oid = a.member
    WHERE m.rolname <> current_user
    GROUP BY r.rolname, m.rolname
""")

_WANTED = sql.SQL("""
    SELECT DISTINCT p.role, m.rolname
    FROM pg_temp.wanted_entitlement e
    JOIN pg_temp.wanted_product p ON p.product = e.product
    JOIN pg_roles r ON r.rolname = p.role
    JOIN {made} made ON made.kind = 'role' AND made.oid = r.oid
    JOIN pg_temp.wanted_principal w ON w.name = e.principal AND w.active
    JOIN pg_roles m ON m.rolname = w.name AND m.oid = w.oid
    WHERE e.valid_until > clock_timestamp()
    UNION
    SELECT r.rolname, m.rolname
    FROM pg_temp.wanted_group_member w
    JOIN pg_temp.wanted_group_role g ON g.group_id = w.group_id
    JOIN pg_roles r ON r.oid = g.role
    JOIN pg_temp.wanted_principal p ON p.name = w.principal AND p.active
    JOIN pg_roles m ON m.rolname = p.name AND m.oid = p.oid
    UNION
    SELECT p.role, m.rolname
    FROM pg_temp.wanted_group_entitlement e
    JOIN pg_temp.wanted_product p ON p.product = e.product
    JOIN pg_roles r ON r.rolname = p.role
    JOIN {made} made ON made.kind = 'role' AND made.oid = r.oid
    JOIN pg_temp.wanted_group_role g ON g.group_id = e.group_id
    JOIN pg_roles m ON m.oid = g.role
    WHERE e.valid_until > clock_timestamp()
    UNION
    SELECT r.rolname, m.rolname
    FROM pg_temp.wanted_unmask e
    JOIN pg_temp.wanted_product_unmask x ON x.product = e.product
    JOIN pg_roles r ON r.oid = x.role
    JOIN pg_temp.wanted_principal w ON w.name = e.principal AND w.active
    JOIN pg_roles m ON m.rolname = w.name AND m.oid = w.oid
    WHERE e.valid_until > clock_timestamp()
    UNION
    SELECT r.rolname, m.rolname
    FROM pg_temp.wanted_group_unmask e
    JOIN pg_temp.wanted_product_unmask x ON x.product = e.product
    JOIN pg_roles r ON r.oid = x.role
    JOIN pg_temp.wanted_group_role g ON g.group_id = e.group_id
    JOIN pg_roles m ON m.oid = g.role
    WHERE e.valid_until > clock_timestamp()
    UNION
    SELECT r.rolname, m.rolname
    FROM pg_temp.wanted_known k
    JOIN pg_roles r ON r.rolname = k.role
    JOIN {made} made ON made.kind = 'role' AND made.oid = r.oid
    JOIN pg_temp.wanted_principal w ON w.active
    JOIN pg_roles m ON m.rolname = w.name AND m.oid = w.oid
""")

_ENDED = sql.SQL("""
    SELECT p.role, e.principal
    FROM {entitlement} e JOIN pg_temp.wanted_product p ON p.product = e.product
    GROUP BY p.role, e.principal HAVING max(e.valid_until) <= clock_timestamp()
    UNION ALL
    SELECT p.role, r.rolname
    FROM {group_entitlement} e JOIN pg_temp.wanted_product p ON p.product = e.product
    JOIN {group_role} g ON g.group_id = e.group_id JOIN pg_roles r ON r.oid = g.role
    GROUP BY p.role, r.rolname HAVING max(e.valid_until) <= clock_timestamp()
    UNION ALL
    SELECT p.role, e.principal
    FROM {unmask} e JOIN pg_temp.wanted_exception p ON p.product = e.product
    GROUP BY p.role, e.principal HAVING max(e.valid_until) <= clock_timestamp()
    UNION ALL
    SELECT p.role, r.rolname
    FROM {group_unmask} e JOIN pg_temp.wanted_exception p ON p.product = e.product
    JOIN {group_role} g ON g.group_id = e.group_id JOIN pg_roles r ON r.oid = g.role
    GROUP BY p.role, r.rolname HAVING max(e.valid_until) <= clock_timestamp()
""")


def leaving_steps(work: Work) -> Iterator[Step]:
    """Members that should not be, or have more than membership."""
    wanted, ended, resting = _wanted(work), _ended(work), resting_roles(work)
    for member, plain in _found(work).items():
        if member not in wanted:
            tidying = member in ended or member.role in resting
            summary = f"`{member.login}` leaves the role" + (": their grants have ended" if tidying else "")
            yield Step("membership", member.role, summary, revocations(work.connection, member), tidying)
        elif not plain:
            statements = (*revocations(work.connection, member), joining(member.role, [member.login]))
            yield Step("membership", member.role, f"`{member.login}` has more than membership: correct it", statements)


def joining_steps(work: Work) -> Iterator[Step]:
    """Members that are missing: one step for each role."""
    missing = sorted(_wanted(work) - _found(work).keys())
    for role, members in groupby(missing, key=lambda member: member.role):
        logins = [member.login for member in members]
        yield Step("membership", role, f"these join the role: {listed(logins)}", (joining(role, logins),))


def joining(role: str, logins: Sequence[str]) -> sql.Composed:
    """The statement that makes logins members, with the role's privileges but without the power to become it."""
    return sql.SQL("GRANT {} TO {} WITH INHERIT TRUE, SET FALSE").format(
        sql.Identifier(role), sql.SQL(", ").join(map(sql.Identifier, logins))
    )


def revocations(connection: Connection, member: Member) -> tuple[sql.Composed, ...]:
    """The statements that end a membership; it can be held from several grantors at once."""
    query = """
        SELECT g.rolname FROM pg_auth_members a JOIN pg_roles g ON g.oid = a.grantor
        JOIN pg_roles r ON r.oid = a.roleid JOIN pg_roles m ON m.oid = a.member
        WHERE r.rolname = %s AND m.rolname = %s
    """
    return tuple(
        sql.SQL("REVOKE {} FROM {} GRANTED BY {} CASCADE").format(
            sql.Identifier(member.role), sql.Identifier(member.login), sql.Identifier(grantor)
        )
        for (grantor,) in connection.execute(query, member)
    )


def _wanted(work: Work) -> set[Member]:
    query = _WANTED.format(made=gov(work.settings, "made"))
    return {Member(*row) for row in work.connection.execute(query)}


def _found(work: Work) -> dict[Member, bool]:
    """The members there are, and whether each has membership and nothing more."""
    query = _FOUND.format(made=gov(work.settings, "made"))
    return {Member(role, login): plain for role, login, plain in work.connection.execute(query)}


def _ended(work: Work) -> set[Member]:
    """Those whose last grant on a product has run out, which takes no access with it that is not gone already."""
    tables = ("entitlement", "group_entitlement", "unmask", "group_unmask", "group_role")
    query = _ENDED.format(**{name: gov(work.settings, name) for name in tables})
    return {Member(*row) for row in work.connection.execute(query)}
