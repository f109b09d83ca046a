"""The ids of people without regard to case, width or spaces: two that differ by these alone are one person's."""

from __future__ import annotations

from typing import Any

from peewee import PostgresqlDatabase

from placet.domain.products import called


def up(migrator: Any, db: Any) -> None:  # noqa: ARG001 - the runner gives both
    """Add the column, fill it, and let no two people be called alike."""
    postgres = isinstance(db, PostgresqlDatabase)
    bytewise, place = (' COLLATE "C"', "%s") if postgres else ("", "?")
    db.execute_sql(f"ALTER TABLE placet_person ADD COLUMN called TEXT{bytewise} NOT NULL DEFAULT ''")
    update = f"UPDATE placet_person SET called = {place} WHERE id = {place}"  # noqa: S608 - places only
    for (id,) in db.execute_sql("SELECT id FROM placet_person").fetchall():
        db.execute_sql(update, (called(id), id))
    db.execute_sql("CREATE UNIQUE INDEX placet_person_called ON placet_person (called)")
