"""The second form of a product, by which masking exceptions are asked for; products that had none stay without."""

from __future__ import annotations

from typing import Any

from peewee import PostgresqlDatabase

FORMS = (
    "ALTER TABLE placet_product ADD COLUMN masking_form TEXT{bytewise} NOT NULL DEFAULT ''",
    "ALTER TABLE placet_product ADD COLUMN masking_form_version INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX placet_product_masking_form ON placet_product (masking_form, masking_form_version)"
    " WHERE masking_form <> ''",
)


def up(migrator: Any, db: Any) -> None:  # noqa: ARG001 - the runner gives both
    """Add the columns, and the index by which the products under a form are found."""
    bytewise = ' COLLATE "C"' if isinstance(db, PostgresqlDatabase) else ""
    for statement in FORMS:
        db.execute_sql(statement.format(bytewise=bytewise))
