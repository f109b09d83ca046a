"""API tokens, and who asked for a data source that no product holds."""

from __future__ import annotations

from typing import Any

from peewee import PostgresqlDatabase

STATEMENTS = """
CREATE TABLE placet_token (
  id {text} PRIMARY KEY,
  name {text} NOT NULL,
  holder {text} NOT NULL REFERENCES placet_person (id) ON DELETE CASCADE,
  scopes {text} NOT NULL,
  digest {text} NOT NULL,
  created_by {text} NOT NULL,
  created_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  used_at BIGINT,
  revoked_at BIGINT,
  revoked_by {text} NOT NULL,
  ending_told BOOLEAN NOT NULL);
CREATE INDEX placet_token_holder ON placet_token (holder, created_at, id);
CREATE INDEX placet_token_ending ON placet_token (ends_at, id) WHERE NOT ending_told AND revoked_at IS NULL;
ALTER TABLE placet_unknown_source ADD COLUMN asked_by {text} NOT NULL DEFAULT '';
CREATE INDEX placet_unknown_source_asked ON placet_unknown_source (asked_by, asked_at)
"""


def up(migrator: Any, db: Any) -> None:  # noqa: ARG001 - the runner gives both
    """Make the table and the column; a holder who is deleted takes their tokens along."""
    text = 'TEXT COLLATE "C"' if isinstance(db, PostgresqlDatabase) else "TEXT"
    for statement in STATEMENTS.format(text=text).split(";"):
        db.execute_sql(statement)
