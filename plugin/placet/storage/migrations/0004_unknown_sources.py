"""The names of data sources that someone asked for and no product holds, so that people are told of each once."""

from __future__ import annotations

from typing import Any

from peewee import PostgresqlDatabase

UNKNOWN_SOURCE = """
CREATE TABLE placet_unknown_source (
  name TEXT{bytewise} PRIMARY KEY,
  asked_at BIGINT NOT NULL)
"""


def up(migrator: Any, db: Any) -> None:  # noqa: ARG001 - the runner gives both
    """Make the table."""
    postgres = isinstance(db, PostgresqlDatabase)
    db.execute_sql(UNKNOWN_SOURCE.format(bytewise=' COLLATE "C"' if postgres else ""))
