"""Dynamic domains, columns that wait to be looked at, and the indexes that domains and data sources are listed by."""

from __future__ import annotations

import re
from typing import Any

from peewee import PostgresqlDatabase

STATEMENTS = """
ALTER TABLE placet_domain ADD COLUMN sort_name {text} NOT NULL DEFAULT '';
ALTER TABLE placet_domain ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
CREATE INDEX placet_domain_listed ON placet_domain (sort_name, id);
CREATE TABLE placet_domain_tag (
  domain {text} NOT NULL REFERENCES placet_domain (id),
  tag {text} NOT NULL,
  PRIMARY KEY (domain, tag));
ALTER TABLE placet_source ADD COLUMN numbered BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE placet_source ADD COLUMN last_column INTEGER NOT NULL DEFAULT 0;
ALTER TABLE placet_source ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
CREATE INDEX placet_source_listed ON placet_source (schema, name, target);
CREATE INDEX placet_source_target ON placet_source (target, schema, name);
CREATE TABLE placet_source_word (
  source {text} NOT NULL REFERENCES placet_source (id),
  word {text} NOT NULL,
  PRIMARY KEY (source, word));
CREATE INDEX placet_source_word_word ON placet_source_word (word, source);
ALTER TABLE placet_source_column ADD COLUMN confirmed BOOLEAN NOT NULL DEFAULT TRUE;
CREATE INDEX placet_source_tag_tag ON placet_source_tag (tag, source);
CREATE INDEX placet_column_tag_tag ON placet_column_tag (tag, source);
UPDATE placet_source SET last_column =
  (SELECT COALESCE(MAX(number), 0) FROM placet_source_column WHERE source = placet_source.id)
"""


def up(migrator: Any, db: Any) -> None:  # noqa: ARG001 - the runner gives both
    """Add what is new, and fill in what is looked up: names without regard to case, and their words."""
    postgres = isinstance(db, PostgresqlDatabase)
    for statement in STATEMENTS.format(text='TEXT COLLATE "C"' if postgres else "TEXT").split(";"):
        db.execute_sql(statement)
    place = "%s" if postgres else "?"
    naming = f"UPDATE placet_domain SET sort_name = {place} WHERE id = {place}"  # noqa: S608 - no value is in it
    for id, name in db.execute_sql("SELECT id, name FROM placet_domain").fetchall():
        db.execute_sql(naming, (name.casefold(), id))
    adding = f"INSERT INTO placet_source_word (source, word) VALUES ({place}, {place})"  # noqa: S608 - as above
    for id, schema, name in db.execute_sql("SELECT id, schema, name FROM placet_source").fetchall():
        for word in sorted(_words(f"{schema} {name}")):
            db.execute_sql(adding, (id, word))


def _words(text: str) -> set[str]:
    """Whole words, and their parts between underscores."""
    folded = text.casefold()
    return {word[:64] for word in re.findall(r"\w+", folded) + re.findall(r"[^\W_]+", folded)}
