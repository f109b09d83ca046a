"""What Trino's OPA plug-in is answered: asked on a Rego engine in the shapes that the plug-in sends.

The SQL of filters and masks is run on PostgreSQL, as far as both mean the same by it; no Trino server has seen it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any

import psycopg
import pytest

from placet.domain.conditions import InGroup
from placet.domain.masks import Mask, MaskKind
from placet.domain.policies import DataPolicy
from placet.domain.row_filters import Comparison, RowFilter, lets_through
from placet.domain.scopes import OnSource
from placet.emitter.evaluate import filters_on, may_read, sight_of
from placet.emitter.masked import Family, masked
from placet.emitter.policy import Desired, Entitlement, Login, TargetColumn, TargetProduct, TargetSource
from placet.emitter.rego.target import RegoTarget
from placet.emitter.rego.trino import Inexact, attribute_sql, filter_sql, identifier, mask_sql, text, trino_type
from placet.emitter.settings import RegoSettings
from tests.databases import *  # noqa: F403 - fixtures are found by their names
from tests.emitter.opa import Opa
from tests.emitter.random_desired import LOGINS, STRANGER, TYPES, VALUES, instants, worlds

TARGET = RegoTarget(RegoSettings("trino", trino_catalog="lake"))
T = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)


def policy(effect: Mask | RowFilter, **whom: Any) -> DataPolicy:
    mask, filter = (effect, None) if isinstance(effect, Mask) else (None, effect)
    return DataPolicy("m", "policy m", mask, OnSource("any"), filter=filter, **whom)  # type: ignore[arg-type]


PARTIAL = policy(Mask(MaskKind.PARTIAL, first=1, last=0), everyone_except=InGroup("hr"))
COLUMNS = (TargetColumn(1, "id", "bigint"), TargetColumn(2, "name", "varchar", (PARTIAL,)))
REGION = policy(RowFilter(Comparison.ONE_OF, attribute="region"), everyone_except=InGroup("hr"))
SOURCE = TargetSource("s1", "sales", "orders", COLUMNS, filters=((REGION, frozenset({2})),))
SHOWN = "CAST(CASE WHEN length(\"name\") <= 1 THEN '***' ELSE substr(\"name\", 1, 1) || '***' || " + (
    'substr("name", length("name") - 0 + 1) END AS varchar)'
)


@pytest.fixture(scope="module")
def opa() -> Opa:
    regions = {"region": frozenset({"it's", "EU"})}
    logins = (Login("ann", attributes=regions), Login("hal", groups=frozenset({"hr"})), Login("ned"), Login("bob"))
    given = tuple(Entitlement(f"g{name}", "p", name, T) for name in ("ann", "hal", "ned"))
    return Opa(TARGET.made_of(Desired((SOURCE,), (TargetProduct("p", ("s1",)),), logins, given)))


def ask(opa: Opa, what: str, user: str, operation: str, at: datetime = T, **action: Any) -> Any:
    """A rule of the package, asked as the plug-in asks."""
    context = {"identity": {"user": user, "groups": ["any"]}, "softwareStack": {"trinoVersion": "476"}}
    return opa.ask(f"data.placet.trino.{what}", {"context": context, "action": {"operation": operation, **action}}, at)


def table(name: str = "orders", schema: str = "sales", catalog: str = "lake", **more: Any) -> dict[str, Any]:
    return {"table": {"catalogName": catalog, "schemaName": schema, "tableName": name, **more}}


def column(called: str, type: str = "varchar", **more: Any) -> dict[str, Any]:
    return {"column": {**table(**more)["table"], "columnName": called, "columnType": type}}


CATALOG, SCHEMA = {"catalog": "lake"}, {"schema": {"catalogName": "lake", "schemaName": "sales"}}
BUILTIN = {"function": {"catalogName": "system", "schemaName": "builtin", "functionName": "length"}}
OWN, OTHERS = {"user": {"user": "ann", "groups": []}}, {"user": {"user": "hal", "groups": []}}
INFORMATION = table("columns", "information_schema", columns=["table_name"])
READING, ANYONE, KNOWN, NOBODY = {"ann", "hal", "ned"}, {"ann"}, {"ann", "hal", "ned", "bob"}, set[str]()

ALLOWED: list[tuple[str, dict[str, Any] | None, set[str]]] = [
    ("ExecuteQuery", None, KNOWN),
    ("AccessCatalog", CATALOG, KNOWN),
    ("AccessCatalog", {"catalog": "other"}, NOBODY),
    ("FilterCatalogs", CATALOG, KNOWN),
    ("ShowSchemas", CATALOG, KNOWN),
    ("FilterSchemas", SCHEMA, READING),
    ("FilterSchemas", {"schema": {"catalogName": "lake", "schemaName": "hr"}}, NOBODY),
    ("FilterSchemas", {"schema": {"catalogName": "lake", "schemaName": "information_schema"}}, KNOWN),
    ("ShowTables", SCHEMA, READING),
    ("FilterTables", table(), READING),
    ("FilterTables", table("staff"), NOBODY),
    ("ShowColumns", table(), READING),
    ("FilterColumns", table(columns=["id"]), READING),
    ("FilterColumns", table(columns=["salary"]), NOBODY),
    ("SelectFromColumns", table(columns=["id", "name"]), READING),
    ("SelectFromColumns", table(columns=[]), READING),
    ("SelectFromColumns", table(columns=["id", "salary"]), NOBODY),
    ("SelectFromColumns", table(catalog="other", columns=["id"]), NOBODY),
    ("SelectFromColumns", INFORMATION, KNOWN),
    ("ExecuteFunction", BUILTIN, KNOWN),
    ("ViewQueryOwnedBy", OWN, ANYONE),
    ("KillQueryOwnedBy", OTHERS, {"hal"}),
    *(
        (operation, table(columns=["id"]), NOBODY)
        for operation in (
            "CreateViewWithSelectFromColumns",
            "InsertIntoTable",
            "DeleteFromTable",
            "UpdateTableColumns",
            "DropTable",
            "ShowCreateTable",
            "SomethingNew",
        )
    ),
    ("ImpersonateUser", OWN, NOBODY),
    ("ReadSystemInformation", None, NOBODY),
    ("SetSystemSessionProperty", {"systemSessionProperty": "x"}, NOBODY),
]


@pytest.mark.parametrize(("operation", "resource", "who"), ALLOWED)
def test_who_may_do_what(opa: Opa, operation: str, resource: dict[str, Any] | None, who: set[str]) -> None:
    action = {} if resource is None else {"resource": resource}
    told = {user: ask(opa, "allow", user, operation, **action) for user in (*KNOWN, "zed")}
    assert told == {user: user in who for user in told}


def test_of_a_list_the_places_are_told(opa: Opa) -> None:
    tables = [table("staff"), table(), table("columns", "information_schema")]
    assert ask(opa, "batch", "ann", "FilterTables", filterResources=tables) == [1, 2]
    assert ask(opa, "batch", "bob", "FilterTables", filterResources=tables) == [2]
    columns = [table(columns=["salary", "name", "id"])]
    assert ask(opa, "batch", "ann", "FilterColumns", filterResources=columns) == [1, 2]
    assert ask(opa, "batch", "zed", "FilterCatalogs", filterResources=[CATALOG]) == []


def test_rows_are_filtered_by_what_someone_holds(opa: Opa) -> None:
    filters = {user: ask(opa, "rowFilters", user, "GetRowFilters", resource=table()) for user in (*READING, "bob")}
    assert filters == {
        "ann": [{"expression": "\"name\" IN ('EU', 'it''s')"}],
        "hal": [],
        "ned": [{"expression": "false"}],
        "bob": [{"expression": "false"}],
    }
    assert ask(opa, "rowFilters", "ann", "GetRowFilters", resource=table("staff")) == [{"expression": "false"}]
    assert ask(opa, "rowFilters", "ann", "GetRowFilters", resource=INFORMATION) == []


def test_a_column_has_no_mask_only_where_it_is_clear(opa: Opa) -> None:
    def mask(user: str, resource: dict[str, Any]) -> Any:
        return ask(opa, "columnMask", user, "GetColumnMask", resource=resource)

    assert mask("ann", column("id", "bigint")) is None
    assert mask("hal", column("name")) is None
    assert mask("ann", column("name")) == {"expression": SHOWN}
    nothing = {"expression": "NULL"}
    assert mask("bob", column("id", "bigint")) == nothing
    assert mask("ann", column("salary")) == nothing
    assert mask("ann", column("id", "bigint", name="staff")) == nothing
    assert mask("ann", column("name", "varchar(20)")) == nothing
    assert mask("ann", column("table_name", name="columns", schema="information_schema")) is None


def test_masks_of_many_columns_are_told_by_their_places(opa: Opa) -> None:
    columns = [column("id", "bigint"), column("name"), column("salary")]
    told = ask(opa, "batchColumnMasks", "ann", "GetColumnMask", filterResources=columns)
    assert sorted(told, key=lambda one: one["index"]) == [
        {"index": 1, "viewExpression": {"expression": SHOWN}},
        {"index": 2, "viewExpression": {"expression": "NULL"}},
    ]


@pytest.mark.requirement("N5", clause="equal to our evaluator")
def test_trino_is_told_what_the_evaluator_says() -> None:
    random, reading = Random(3), 0
    for desired in worlds(13, 8):
        opa = Opa(TARGET.made_of(desired))
        [_, at] = instants(desired, random, 1)
        for source in desired.sources:
            for login in (*LOGINS, STRANGER):
                resource = table(source.name, source.schema, columns=[one.name for one in source.columns])
                allowed = may_read(desired, login, source.id, at).allowed
                assert ask(opa, "allow", login, "SelectFromColumns", at, resource=resource) is allowed
                filters = ask(opa, "rowFilters", login, "GetRowFilters", at, resource=resource)
                asked = [column(one.name, one.type, name=source.name) for one in source.columns]
                masks = ask(opa, "batchColumnMasks", login, "GetColumnMask", at, filterResources=asked)
                told = {one["index"]: one["viewExpression"]["expression"] for one in masks}
                reading += allowed
                if allowed:
                    assert told == masks_meant(desired, login, source, at)
                    assert {one["expression"] for one in filters} == filters_meant(desired, login, source)
                else:
                    assert set(told.values()) == {"NULL"}
                    assert len(told) == len(source.columns)
                    assert filters == [{"expression": "false"}]
    assert reading > 20


def masks_meant(desired: Desired, login: str, source: TargetSource, at: datetime) -> dict[int, str]:
    sights = [(one, sight_of(desired, login, source.id, one.id, at)) for one in source.columns]
    return {
        place: mask_sql(sight.mask, one) if sight.mask else "NULL"
        for place, (one, sight) in enumerate(sights)
        if not sight.clear
    }


def filters_meant(desired: Desired, login: str, source: TargetSource) -> set[str]:
    held = desired.login_by_name[login].attributes
    found = set[str]()
    for one in filters_on(desired, login, source.id):
        ids = next(ids for known, ids in source.filters if known is one)
        assert one.filter
        found |= {in_sql(one.filter, column, held) for column in source.columns if column.id in ids}
        found |= set() if ids else {"false"}
        if one.filter.attribute and any(attribute_sql(c) is None for c in source.columns if c.id in ids):
            found.add("false")
    return found


def in_sql(filter: RowFilter, column: TargetColumn, held: Any) -> str:
    if filter.attribute is None:
        return filter_sql(filter, column)
    values, name = sorted(held.get(filter.attribute, ())), attribute_sql(column)
    return f"{name} IN ({', '.join(map(text, values))})" if name and values else "false"


# --- SQL, as far as PostgreSQL means the same by it ---


def run(connection: psycopg.Connection[Any], expression: str, column: TargetColumn, value: object) -> Any:
    """What an expression makes of a value in a column; Trino's `TRY` is left out, since nothing here overflows."""
    collated = ' COLLATE "C"' if column.type == "varchar" else ""
    inner = f"(SELECT CAST(%s AS {column.type}){collated} AS {identifier(column.name)}) t"
    query = f"SELECT {expression.replace('TRY(', '(').replace('%', '%%')} FROM {inner}"
    row = connection.execute(query.encode(), [value]).fetchone()
    assert row
    return row[0]


@pytest.fixture
def connection(postgres_url: str) -> Any:
    with psycopg.connect(postgres_url) as connection:
        yield connection


LITERALS = ("EU", 'it\'s "US"', "", "é", Decimal(7), Decimal("-2.5"), True, date(2030, 1, 1))


def test_filters_let_the_same_rows_through(connection: Any) -> None:
    for number, (name, type) in TYPES.items():
        known = TargetColumn(number, name, type)
        for comparison in Comparison:
            for literal in LITERALS:
                filter = RowFilter(comparison, (literal,))
                for value in VALUES[number]:
                    seen = run(connection, filter_sql(filter, known), known, value)
                    assert bool(seen) is lets_through(filter, value, {}), (filter, value)


def test_attributes_let_the_same_rows_through(connection: Any) -> None:
    filter = RowFilter(Comparison.ONE_OF, attribute="a")
    held = {"a": frozenset({"EU", 'it\'s "US"', "7", "-3", "true"})}
    for number, (name, type) in TYPES.items():
        known = TargetColumn(number, name, type)
        for value in VALUES[number]:
            seen = run(connection, in_sql(filter, known, held), known, value)
            assert bool(seen) is lets_through(filter, value, held), value


@pytest.mark.parametrize("first", [0, 1, 3])
@pytest.mark.parametrize("last", [0, 2])
def test_partial_masks_show_the_same(connection: Any, first: int, last: int) -> None:
    mask, known = Mask(MaskKind.PARTIAL, first=first, last=last), TargetColumn(1, 'na"me', "varchar")
    for value in ("", "a", "ab", "abc", "abcde", "äöü€😀x", None):
        assert run(connection, mask_sql(mask, known), known, value) == masked(mask, Family.TEXT, value)


@pytest.mark.parametrize("places", [-3, -1, 0, 1, 5])
@pytest.mark.parametrize("type", ["bigint", "decimal(12, 2)"])
def test_rounding_shows_the_same(connection: Any, places: int, type: str) -> None:
    mask, known = Mask(MaskKind.ROUNDING, places=places), TargetColumn(1, "pay", type)
    values = [0, 4, 5, -5, 14, 15, -15, 499, 500, -1500, None]
    for value in [*values, *(map(Decimal, ("0.05", "-0.05", "2.25", "1234.55")) if "decimal" in type else ())]:
        assert run(connection, mask_sql(mask, known), known, value) == masked(mask, Family.NUMBER, value)


def test_constants_are_what_they_are(connection: Any) -> None:
    mask, known = Mask(MaskKind.CONSTANT, text='it\'s \\ "x"'), TargetColumn(1, "name", "varchar")
    assert run(connection, mask_sql(mask, known), known, "secret") == mask.text


REFUSED: list[tuple[Mask, str]] = [
    (Mask(MaskKind.HASH), "varchar"),
    (Mask(MaskKind.CONSTANT, text="too long"), "varchar(7)"),
    (Mask(MaskKind.PARTIAL, first=2, last=2), "varchar(6)"),
    (Mask(MaskKind.PARTIAL, first=2, last=2), "varchar(2)"),
    (Mask(MaskKind.ROUNDING, places=-1), "double"),
    (Mask(MaskKind.CONSTANT, text="x"), "char(3)"),
    (Mask(MaskKind.CONSTANT, text="x"), "array(varchar)"),
    (Mask(MaskKind.ROUNDING, places=-15), "decimal(38, 30)"),
]


@pytest.mark.parametrize(("mask", "type"), REFUSED)
def test_what_would_not_be_exact_is_refused_and_its_source_left_out(mask: Mask, type: str) -> None:
    with pytest.raises(Inexact):
        mask_sql(mask, TargetColumn(1, "x", type))
    refused = replace(SOURCE, columns=(TargetColumn(1, "x", type, (policy(mask),)),), filters=())
    output = TARGET.made_of(Desired((refused,)))
    assert output.left_out == {"s1"}
    [problem] = output.problems
    assert (problem.kind, problem.object) == ("source", "sales.orders")
    assert "`policy m` can't be exact in Trino" in problem.summary
    assert b"sales" not in output.files["policy.rego"]


def test_a_mask_that_does_not_fit_its_column_shows_nothing() -> None:
    assert mask_sql(Mask(MaskKind.ROUNDING, places=0), TargetColumn(1, "x", "varchar")) == "NULL"
    assert mask_sql(Mask(MaskKind.CONSTANT, text="x"), TargetColumn(1, "x", "date")) == "NULL"


@pytest.mark.parametrize(("type", "literal"), [("double", Decimal(1)), ("decimal(38, 2)", Decimal("0.001"))])
def test_a_filter_that_would_not_be_exact_is_refused(type: str, literal: Decimal) -> None:
    with pytest.raises(Inexact):
        filter_sql(RowFilter(Comparison.EQUAL, (literal,)), TargetColumn(1, "x", type))


def test_a_name_that_trino_does_not_have_is_refused() -> None:
    output = TARGET.made_of(Desired((replace(SOURCE, name="Orders"),)))
    assert "`Orders` is not in lower case" in output.problems[0].summary


@pytest.mark.parametrize("text", ["varchar(", "map(varchar, bigint)", "real", "char(2)", "", "decimal", "unknown"])
def test_types_that_are_not_kept_exactly_are_unknown(text: str) -> None:
    assert trino_type(text) is None


def test_consumers_are_told_the_name_in_trino() -> None:
    assert TARGET.address("sales", "orders") == "lake.sales.orders"
    assert TARGET.address("sales", "my orders") == 'lake.sales."my orders"'
