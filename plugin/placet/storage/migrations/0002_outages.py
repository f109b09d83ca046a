"""Which data platforms are out of reach, so that people are told of it once."""

from __future__ import annotations

from typing import Any

from peewee import PostgresqlDatabase

OUTAGE = """
CREATE TABLE placet_outage (
  target TEXT{bytewise} PRIMARY KEY,
  since BIGINT NOT NULL)
"""


def up(migrator: Any, db: Any) -> None:  # noqa: ARG001 - the runner gives both
    """Make the table."""
    postgres = isinstance(db, PostgresqlDatabase)
    db.execute_sql(OUTAGE.format(bytewise=' COLLATE "C"' if postgres else ""))
