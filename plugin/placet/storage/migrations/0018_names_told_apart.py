"""Names of domains, forms and agreements without regard to case, width or spaces: two called alike are none."""

from __future__ import annotations

from typing import Any

from peewee import PostgresqlDatabase

from placet.domain.products import called

OFFERED = "WHERE latest AND NOT retired"

INDEXES = (
    "CREATE UNIQUE INDEX placet_domain_name ON placet_domain (sort_name)",
    f"CREATE UNIQUE INDEX placet_form_name ON placet_form (sort_name) {OFFERED}",
    f"CREATE UNIQUE INDEX placet_agreement_name ON placet_agreement (sort_name) {OFFERED}",
)


def up(migrator: Any, db: Any) -> None:  # noqa: ARG001 - the runner gives both
    """Write the names as they are compared, and let no two that are offered be called alike."""
    place = "%s" if isinstance(db, PostgresqlDatabase) else "?"
    for table in ("placet_domain", "placet_form", "placet_agreement"):
        names = db.execute_sql(f"SELECT DISTINCT name FROM {table}").fetchall()  # noqa: S608 - names of ours only
        update = f"UPDATE {table} SET sort_name = {place} WHERE name = {place}"  # noqa: S608 - places only
        for (name,) in names:
            db.execute_sql(update, (called(name), name))
    for index in INDEXES:
        db.execute_sql(index)
