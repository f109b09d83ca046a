"""What consumers see on the data platform of a journey."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import make_conninfo

from tests.service.office import Office

TABLES = ("salaries", "bonuses")
LOGINS = ("rita_db", "tom_db", "ann_db")


@dataclass
class Platform:
    """A real PostgreSQL and the office that decides about it."""

    office: Office
    dsn: str

    def rows(self, person: str, table: str = "salaries") -> int | None:
        """How many rows a person gets from a table as themselves; None is permission denied."""
        return rows_of(self.dsn, person, table)

    def follow(self) -> int:
        """Let the worker do what is due; how many jobs took effect."""
        return self.office.marketplace.work.provision()

    def has_access(self, person: str, table: str = "salaries") -> bool:
        return bool(self.rows(person, table))


def rows_of(dsn: str, person: str, table: str) -> int | None:
    """How many rows a person gets from a table over a connection of their own; None is permission denied."""
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("marketplace", f"pay__{table}"))
    with psycopg.connect(make_conninfo(dsn, user=f"{person}_db"), autocommit=True) as connection:
        try:
            row = connection.execute(query).fetchone()
        except (errors.InsufficientPrivilege, errors.UndefinedTable):
            return None
    assert row
    return int(row[0])
