"""Data policies, each found by the one thing it is on while it is in force: a source, a tag or a domain."""

from __future__ import annotations

from typing import Any

from peewee import PostgresqlDatabase

DATA_POLICY = """
CREATE TABLE placet_data_policy (
  id {text} PRIMARY KEY,
  name {text} NOT NULL,
  sort_name {text} NOT NULL,
  description {text} NOT NULL,
  mask {text},
  filter {text},
  scope {text} NOT NULL,
  everyone_except {text},
  for_everyone_who {text},
  source {text} REFERENCES placet_source (id),
  tag {text},
  domain {text} REFERENCES placet_domain (id),
  created_at BIGINT NOT NULL,
  revision INTEGER NOT NULL,
  active BOOLEAN NOT NULL,
  CHECK ((mask IS NULL) <> (filter IS NULL)),
  CHECK (everyone_except IS NULL OR for_everyone_who IS NULL),
  CHECK ((active AND source IS NOT NULL AND tag IS NULL AND domain IS NULL)
    OR (active AND source IS NULL AND tag IS NOT NULL AND domain IS NULL)
    OR (active AND source IS NULL AND tag IS NULL AND domain IS NOT NULL)
    OR (NOT active AND source IS NULL AND tag IS NULL AND domain IS NULL)));
CREATE UNIQUE INDEX placet_data_policy_name ON placet_data_policy (name) WHERE active;
CREATE INDEX placet_data_policy_listed ON placet_data_policy (active, sort_name, id);
CREATE INDEX placet_data_policy_source ON placet_data_policy (source);
CREATE INDEX placet_data_policy_tag ON placet_data_policy (tag);
CREATE INDEX placet_data_policy_domain ON placet_data_policy (domain)
"""


def up(migrator: Any, db: Any) -> None:  # noqa: ARG001 - the runner gives both
    """Make the table and its indexes."""
    text = 'TEXT COLLATE "C"' if isinstance(db, PostgresqlDatabase) else "TEXT"
    for statement in DATA_POLICY.format(text=text).split(";"):
        db.execute_sql(statement)
