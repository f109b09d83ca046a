"""The directory: revisions, what an identity provider calls and removed, words of groups, when the host's was read."""

from __future__ import annotations

from typing import Any

from peewee import PostgresqlDatabase

from placet.storage.words import words

DIRECTORY = """
ALTER TABLE placet_person ADD COLUMN external_id {text} NOT NULL DEFAULT '';
ALTER TABLE placet_person ADD COLUMN removed BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE placet_person ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
CREATE INDEX placet_person_active ON placet_person (active, id);
CREATE INDEX placet_person_kind ON placet_person (kind, id);
CREATE INDEX placet_person_external ON placet_person (external_id, id);
ALTER TABLE placet_group ADD COLUMN external_id {text} NOT NULL DEFAULT '';
ALTER TABLE placet_group ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
CREATE INDEX placet_group_external ON placet_group (external_id, id);
CREATE INDEX placet_group_name ON placet_group (name, id);
CREATE TABLE placet_group_word (
  "group" {text} NOT NULL REFERENCES placet_group (id),
  word {text} NOT NULL,
  PRIMARY KEY ("group", word));
CREATE INDEX placet_group_word_word ON placet_group_word (word, "group");
CREATE TABLE placet_directory (
  name {text} PRIMARY KEY,
  read_at BIGINT NOT NULL)
"""


def up(migrator: Any, db: Any) -> None:  # noqa: ARG001 - the runner gives both
    """Make the columns and tables, and the words of the groups that are there."""
    postgres = isinstance(db, PostgresqlDatabase)
    for statement in DIRECTORY.format(text='TEXT COLLATE "C"' if postgres else "TEXT").split(";"):
        db.execute_sql(statement)
    place = "%s" if postgres else "?"
    insert = f'INSERT INTO placet_group_word ("group", word) VALUES ({place}, {place})'  # noqa: S608 - places only
    for id, name in db.execute_sql("SELECT id, name FROM placet_group").fetchall():
        for word in sorted(words(f"{id} {name}")):
            db.execute_sql(insert, (id, word))
