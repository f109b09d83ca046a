"""The desired state as rows of temporary tables, so that it is compared with the real rows by the server itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from psycopg import sql

from placet.emitter.policy import Desired, Entitlement, TargetGroup
from placet.emitter.postgres.connection import Connection
from placet.emitter.postgres.names import can_exist, gov, group_role, product_role
from placet.emitter.postgres.steps import Step, Work, made

_TABLES = sql.SQL("""
    CREATE TEMP TABLE wanted_login (name name PRIMARY KEY, native_id oid, active boolean NOT NULL);
    CREATE TEMP TABLE wanted_product (product text PRIMARY KEY, role name NOT NULL UNIQUE);
    CREATE TEMP TABLE wanted_pair (source text, product text, PRIMARY KEY (source, product));
    CREATE TEMP TABLE wanted_entitlement (grant_id text PRIMARY KEY, principal name NOT NULL, product text NOT NULL,
        valid_from timestamptz NOT NULL, valid_until timestamptz NOT NULL);
    CREATE TEMP TABLE wanted_group (group_id text PRIMARY KEY, role name NOT NULL UNIQUE);
    CREATE TEMP TABLE wanted_group_member (group_id text, principal name, PRIMARY KEY (group_id, principal));
    CREATE TEMP TABLE wanted_group_entitlement (grant_id text PRIMARY KEY, group_id text NOT NULL,
        product text NOT NULL, valid_from timestamptz NOT NULL, valid_until timestamptz NOT NULL);
""")

# A login keeps the oid it was first seen with, unless the marketplace knows better; one that is asked for no more
# stays, inactive, so that whoever gets its name next does not pass for it. A role of ours is nobody's login.
_VIEWS = sql.SQL("""
    CREATE TEMP VIEW wanted_principal AS
        SELECT w.name, coalesce(w.native_id, p.oid, r.oid) AS oid,
               w.active AND NOT EXISTS (SELECT FROM {made} m WHERE m.kind = 'role' AND m.oid = r.oid) AS active
        FROM pg_temp.wanted_login w
        LEFT JOIN {principal} p ON p.name = w.name
        LEFT JOIN pg_roles r ON r.rolname = w.name
        WHERE coalesce(w.native_id, p.oid, r.oid) IS NOT NULL
        UNION ALL
        SELECT p.name, p.oid, false FROM {principal} p
        WHERE NOT EXISTS (SELECT FROM pg_temp.wanted_login w WHERE w.name = p.name);
    CREATE TEMP VIEW wanted_product_source AS
        SELECT pair.source, pair.product, r.oid AS role
        FROM pg_temp.wanted_pair pair
        JOIN pg_temp.wanted_product w ON w.product = pair.product
        JOIN pg_roles r ON r.rolname = w.role
        JOIN {made} made ON made.kind = 'role' AND made.name = r.rolname AND made.oid = r.oid;
    CREATE TEMP VIEW wanted_group_role AS
        SELECT w.group_id, r.oid AS role
        FROM pg_temp.wanted_group w
        JOIN pg_roles r ON r.rolname = w.role
        JOIN {made} made ON made.kind = 'role' AND made.name = r.rolname AND made.oid = r.oid;
""")

_MADE_ANEW = """
    SELECT w.name FROM pg_temp.wanted_principal w LEFT JOIN pg_roles r ON r.rolname = w.name
    WHERE w.active AND r.oid IS DISTINCT FROM w.oid
    UNION SELECT l.name FROM pg_temp.wanted_login l WHERE l.active AND NOT EXISTS (
        SELECT FROM pg_temp.wanted_principal w WHERE w.name = l.name)
    ORDER BY 1
"""


def load_wanted(work: Work) -> None:
    """Fill the temporary tables; they are gone with the connection."""
    settings, desired = work.settings, work.desired
    work.connection.execute(_TABLES)
    work.connection.execute(_VIEWS.format(principal=gov(settings, "principal"), made=gov(settings, "made")))
    _copy(work.connection, "wanted_login", _logins(desired))
    _copy(work.connection, "wanted_product", ((p.id, product_role(settings, p.id)) for p in desired.products))
    _copy(work.connection, "wanted_pair", _pairs(desired))
    _copy(work.connection, "wanted_entitlement", map(row, _possible(desired)))
    groups = possible_groups(desired)
    _copy(work.connection, "wanted_group", ((group.id, group_role(settings, group.id)) for group in groups))
    _copy(work.connection, "wanted_group_member", _members(groups))
    _copy(work.connection, "wanted_group_entitlement", map(row, _of_groups(desired, groups)))
    work.connection.execute(
        "ANALYZE pg_temp.wanted_login, pg_temp.wanted_entitlement, pg_temp.wanted_group_member, "
        "pg_temp.wanted_group_entitlement"
    )


def login_problems(work: Work) -> Iterator[Step]:
    """Logins and groups that give no access: the server has none of that name, another than first seen, or can't."""
    for (name,) in work.connection.execute(_MADE_ANEW):
        yield Step("login", name, "is not there, or was made anew: no access until it is there and confirmed")
    ours = made(work, "role")
    for login in work.desired.logins:
        if not can_exist(login.name):
            yield Step("login", login.name, "is no possible login on PostgreSQL (1 to 63 bytes): no access")
        elif login.active and login.name in ours:
            yield Step("login", login.name, "is a role that was made here, and nobody's login: no access")
    for group in work.desired.groups:
        if group not in possible_groups(work.desired):
            yield Step("group", group.id, "has a null character in its id, which PostgreSQL can't keep: no access")


def possible_groups(desired: Desired) -> list[TargetGroup]:
    """The groups whose ids the server can keep."""
    return [group for group in desired.groups if "\0" not in group.id]


def row(entitlement: Entitlement) -> tuple[str, str, str, datetime, datetime | str]:
    """The row of an entitlement, for its login or for its group."""
    holder = entitlement.login if entitlement.group is None else entitlement.group
    end = entitlement.end or "infinity"
    return (entitlement.grant, holder, entitlement.product, entitlement.start, end)


def _logins(desired: Desired) -> Iterator[tuple[str, int | None, bool]]:
    for login in desired.logins:
        if can_exist(login.name):
            yield (login.name, login.native_id, login.active)


def _pairs(desired: Desired) -> Iterator[tuple[str, str]]:
    for source, products in desired.products_of.items():
        for product in products:
            yield (source, product)


def _possible(desired: Desired) -> Iterator[Entitlement]:
    return (held for held in desired.entitlements if held.group is None and can_exist(held.login))


def _of_groups(desired: Desired, groups: list[TargetGroup]) -> Iterator[Entitlement]:
    known = {group.id for group in groups}
    return (held for held in desired.entitlements if held.group in known)


def _members(groups: list[TargetGroup]) -> Iterator[tuple[str, str]]:
    for group in groups:
        for member in sorted(set(group.members)):
            if can_exist(member):
                yield (group.id, member)


def _copy(connection: Connection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    statement = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier("pg_temp", table))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for values in rows:
            copy.write_row(values)
