"""Products with a second form, names unique whatever their case, and a catalog filtered from indexes."""

from __future__ import annotations

from typing import Any

from peewee import PostgresqlDatabase

LISTED = "WHERE state IN ('published', 'suspended')"

STATEMENTS = (
    "ALTER TABLE placet_product ADD COLUMN masking_form TEXT{bytewise} NOT NULL DEFAULT ''",
    "ALTER TABLE placet_product ADD COLUMN masking_form_version INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX placet_product_masking_form ON placet_product (masking_form, masking_form_version)"
    " WHERE masking_form <> ''",
    "DROP INDEX placet_product_name",
    "CREATE UNIQUE INDEX placet_product_name ON placet_product (sort_name) WHERE state <> 'deleted'",
    f"CREATE INDEX placet_product_catalog ON placet_product (sort_name, id) {LISTED}",
    f"CREATE INDEX placet_product_catalog_domain ON placet_product (domain, sort_name, id) {LISTED}",
)


def up(migrator: Any, db: Any) -> None:  # noqa: ARG001 - the runner gives both
    """Add the columns and the indexes."""
    bytewise = ' COLLATE "C"' if isinstance(db, PostgresqlDatabase) else ""
    for statement in STATEMENTS:
        db.execute_sql(statement.format(bytewise=bytewise))
