"""The baskets: the data products that each person has put together to ask for at once."""

from __future__ import annotations

from typing import Any

from peewee import PostgresqlDatabase

BASKET = """
CREATE TABLE placet_basket (
  person TEXT{bytewise} NOT NULL REFERENCES placet_person (id),
  product TEXT{bytewise} NOT NULL REFERENCES placet_product (id),
  added_at BIGINT NOT NULL,
  PRIMARY KEY (person, product))
"""


def up(migrator: Any, db: Any) -> None:  # noqa: ARG001 - the runner gives both
    """Make the table."""
    bytewise = ' COLLATE "C"' if isinstance(db, PostgresqlDatabase) else ""
    db.execute_sql(BASKET.format(bytewise=bytewise))
