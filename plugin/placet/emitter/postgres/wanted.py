"""The desired state as rows of temporary tables, so that it is compared with the real rows by the server itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from psycopg import sql

from placet.emitter.policy import Desired, Entitlement
from placet.emitter.postgres.connection import Connection
from placet.emitter.postgres.names import can_exist, gov, product_role
from placet.emitter.postgres.steps import Step, Work

_TABLES = sql.SQL("""
    CREATE TEMP TABLE wanted_login (name name PRIMARY KEY, native_id oid, active boolean NOT NULL);
    CREATE TEMP TABLE wanted_product (product text PRIMARY KEY, role name NOT NULL UNIQUE);
    CREATE TEMP TABLE wanted_pair (source text, product text, PRIMARY KEY (source, product));
    CREATE TEMP TABLE wanted_entitlement (grant_id text PRIMARY KEY, principal name NOT NULL, product text NOT NULL,
        valid_from timestamptz NOT NULL, valid_until timestamptz NOT NULL);
""")

# A login keeps the oid it was first seen with, unless the marketplace knows better; one that is asked for no more
# stays, inactive, so that whoever gets its name next does not pass for it.
_VIEWS = sql.SQL("""
    CREATE TEMP VIEW wanted_principal AS
        SELECT w.name, coalesce(w.native_id, p.oid, r.oid) AS oid, w.active
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
    work.connection.execute("ANALYZE pg_temp.wanted_login, pg_temp.wanted_entitlement")


def login_problems(work: Work) -> Iterator[Step]:
    """Logins that give no access because the server has none of that name, or another than the one first seen."""
    for (name,) in work.connection.execute(_MADE_ANEW):
        yield Step("login", name, "is not there, or was made anew: no access until it is there and confirmed")
    for login in work.desired.logins:
        if not can_exist(login.name):
            yield Step("login", login.name, "is no possible login on PostgreSQL (1 to 63 bytes): no access")


def row(entitlement: Entitlement) -> tuple[str, str, str, datetime, datetime | str]:
    """The row of an entitlement."""
    end = entitlement.end or "infinity"
    return (entitlement.grant, entitlement.login, entitlement.product, entitlement.start, end)


def _logins(desired: Desired) -> Iterator[tuple[str, int | None, bool]]:
    for login in desired.logins:
        if can_exist(login.name):
            yield (login.name, login.native_id, login.active)


def _pairs(desired: Desired) -> Iterator[tuple[str, str]]:
    for source, products in desired.products_of.items():
        for product in products:
            yield (source, product)


def _possible(desired: Desired) -> Iterator[Entitlement]:
    return (held for held in desired.entitlements if can_exist(held.login))


def _copy(connection: Connection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    statement = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier("pg_temp", table))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for values in rows:
            copy.write_row(values)
