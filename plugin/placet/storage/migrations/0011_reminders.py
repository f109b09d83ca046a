"""Reminders: of the ends of grants, and of requests that wait; also for those that are there already."""

from __future__ import annotations

from typing import Any

from peewee import PostgresqlDatabase

DAY = 24 * 3600
MICROSECONDS = 1_000_000

TABLE = """
CREATE TABLE placet_reminder (
  about {text} NOT NULL,
  subject {text} NOT NULL,
  name {text} NOT NULL,
  due BIGINT NOT NULL,
  every BIGINT,
  PRIMARY KEY (about, subject, name));
CREATE INDEX placet_reminder_due ON placet_reminder (due, about, subject, name)
"""

OF_GRANTS = """
INSERT INTO placet_reminder (about, subject, name, due, every)
SELECT 'grant', id, '{name}', "end" - {ahead}, NULL FROM placet_grant
WHERE start < "end" - {ahead} AND NOT expiry_told AND revoked_at IS NULL
"""

OF_REQUESTS = """
INSERT INTO placet_reminder (about, subject, name, due, every)
SELECT 'request', id, 'waiting', created_at + {first}, {every} FROM placet_request WHERE status = 'pending'
"""


def up(migrator: Any, db: Any) -> None:  # noqa: ARG001 - the runner gives both
    """Make the table, and what the shipped expiry pack concluded of what is there."""
    postgres = isinstance(db, PostgresqlDatabase)
    for statement in TABLE.format(text='TEXT COLLATE "C"' if postgres else "TEXT").split(";"):
        db.execute_sql(statement)
    for name, days in (("week", 7), ("day", 1)):
        db.execute_sql(OF_GRANTS.format(name=name, ahead=days * DAY * MICROSECONDS))
    db.execute_sql(OF_REQUESTS.format(first=DAY * MICROSECONDS, every=DAY))
