"""Jobs by turn: what takes access away goes before what gives it."""

from __future__ import annotations

from typing import Any

JOBS = (
    "ALTER TABLE placet_job ADD COLUMN turn INTEGER NOT NULL DEFAULT 2",
    "UPDATE placet_job SET turn = CASE kind WHEN 'revoke' THEN 0 ELSE 1 END WHERE kind <> 'grant'",
    "DROP INDEX placet_job_due",
    "CREATE INDEX placet_job_turn ON placet_job (turn, due_at, id) WHERE finished_at IS NULL",
)


def up(migrator: Any, db: Any) -> None:  # noqa: ARG001 - the runner gives both
    """Add the column, and the index that jobs are claimed by."""
    for statement in JOBS:
        db.execute_sql(statement)
