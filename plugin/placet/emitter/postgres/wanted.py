"""The desired state as rows of temporary tables, so that it is compared with the real rows by the server itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from psycopg import sql

from placet.emitter.policy import Asked, Desired, Entitlement, TargetGroup, facts_of
from placet.emitter.postgres.connection import Connection
from placet.emitter.postgres.names import can_exist, exception_role, gov, group_role, known_role, product_role
from placet.emitter.postgres.people import asked_rows
from placet.emitter.postgres.steps import Step, Work, made

# What no text on the server holds, so no column has it either.
_CANNOT_BE_KEPT = re.compile("[\0\ud800-\udfff]")

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
    CREATE TEMP TABLE wanted_exception (product text PRIMARY KEY, role name NOT NULL UNIQUE);
    CREATE TEMP TABLE wanted_unmask (grant_id text, source text, column_id integer, principal name NOT NULL,
        product text NOT NULL, valid_from timestamptz NOT NULL, valid_until timestamptz NOT NULL,
        PRIMARY KEY (grant_id, source, column_id));
    CREATE TEMP TABLE wanted_group_unmask (grant_id text, source text, column_id integer, group_id text NOT NULL,
        product text NOT NULL, valid_from timestamptz NOT NULL, valid_until timestamptz NOT NULL,
        PRIMARY KEY (grant_id, source, column_id));
    CREATE TEMP TABLE wanted_known (role name PRIMARY KEY);
    CREATE TEMP TABLE wanted_attr (principal name, kind text, key text, value text COLLATE "C",
        PRIMARY KEY (principal, kind, key, value));
    CREATE TEMP TABLE wanted_asked (kind text, key text, value text, PRIMARY KEY (kind, key, value));
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
    CREATE TEMP VIEW wanted_product_unmask AS
        SELECT w.product, r.oid AS role
        FROM pg_temp.wanted_exception w
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
    _copy(work.connection, "wanted_entitlement", (row(one) for one in _possible(desired) if not one.is_exception))
    _copy(work.connection, "wanted_unmask", exception_rows(one for one in _possible(desired) if one.is_exception))
    excepting = ((product, exception_role(settings, product)) for product in products_with_exceptions(desired))
    _copy(work.connection, "wanted_exception", excepting)
    _copy(work.connection, "wanted_known", [(known_role(settings),)] if needs_known(desired) else [])
    _copy(work.connection, "wanted_asked", asked_rows(desired))
    _copy(work.connection, "wanted_attr", _facts(desired))
    groups = possible_groups(desired)
    _copy(work.connection, "wanted_group", ((group.id, group_role(settings, group.id)) for group in groups))
    _copy(work.connection, "wanted_group_member", _members(groups))
    of_groups = list(_of_groups(desired, groups))
    _copy(work.connection, "wanted_group_entitlement", (row(one) for one in of_groups if not one.is_exception))
    _copy(work.connection, "wanted_group_unmask", exception_rows(one for one in of_groups if one.is_exception))
    work.connection.execute(
        "ANALYZE pg_temp.wanted_login, pg_temp.wanted_entitlement, pg_temp.wanted_group_member, "
        "pg_temp.wanted_group_entitlement, pg_temp.wanted_unmask, pg_temp.wanted_group_unmask, pg_temp.wanted_attr, "
        "pg_temp.wanted_asked"
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


def exception_rows(exceptions: Iterable[Entitlement]) -> Iterator[tuple[Any, ...]]:
    """The rows of masking exceptions: for each column one."""
    for one in exceptions:
        grant, holder, product, start, end = row(one)
        for source, column in sorted(one.columns):
            yield (grant, source, column, holder, product, start, end)


def products_with_exceptions(desired: Desired) -> list[str]:
    """The products by which someone could have a masking exception: those that hold a masked column."""
    masked = {source.id for source in desired.sources if any(column.masks for column in source.columns)}
    return [product.id for product in desired.products if masked & set(product.sources)]


def needs_known(desired: Desired) -> bool:
    """Whether anyone is let without a grant."""
    return any(source.allow for source in desired.sources)


def _facts(desired: Desired) -> Iterator[tuple[str, str, str, str]]:
    """What each login holds of that which policies ask, and that this is all; nothing where they ask nothing."""
    asked = desired.asked
    if asked == Asked():
        return
    for login in desired.logins:
        if can_exist(login.name):
            yield (login.name, "told", "", "")
            for fact in sorted(facts_of(login, asked)):
                if not any(_CANNOT_BE_KEPT.search(part) for part in fact):
                    yield (login.name, *fact)


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
