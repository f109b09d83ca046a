"""Jobs are found by their platform too: those that wait, and the one that was done last."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    "CREATE INDEX placet_job_waiting ON placet_job (target, id) WHERE finished_at IS NULL",
    "CREATE INDEX placet_job_done ON placet_job (target, finished_at, id) WHERE finished_at IS NOT NULL",
)


def up(migrator: Any, db: Any) -> None:  # noqa: ARG001 - the runner gives both
    """Make the indexes."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
