"""Data use agreements as things of their own, which forms name; and what lists of forms are read from.

Agreements that stood in forms become agreements of their own, a version for each text.
"""

from __future__ import annotations

import json
import re
from itertools import groupby
from typing import Any

from peewee import PostgresqlDatabase

TABLES = """
CREATE TABLE placet_agreement (
  id {text} NOT NULL,
  version INTEGER NOT NULL,
  name {text} NOT NULL,
  sort_name {text} NOT NULL,
  body {text} NOT NULL,
  created_by {text} NOT NULL,
  created_at BIGINT,
  latest BOOLEAN NOT NULL,
  retired BOOLEAN NOT NULL,
  PRIMARY KEY (id, version));
CREATE INDEX placet_agreement_listed ON placet_agreement (sort_name, id) WHERE latest AND NOT retired;
CREATE TABLE placet_agreement_word (
  agreement {text} NOT NULL,
  word {text} NOT NULL,
  PRIMARY KEY (agreement, word));
CREATE INDEX placet_agreement_word_word ON placet_agreement_word (word, agreement);
CREATE TABLE placet_form_agreement (
  form {text} NOT NULL,
  version INTEGER NOT NULL,
  agreement {text} NOT NULL,
  agreement_version INTEGER NOT NULL,
  PRIMARY KEY (form, version),
  FOREIGN KEY (form, version) REFERENCES placet_form (id, version),
  FOREIGN KEY (agreement, agreement_version) REFERENCES placet_agreement (id, version));
CREATE INDEX placet_form_agreement_agreement ON placet_form_agreement (agreement, agreement_version);
CREATE TABLE placet_form_word (
  form {text} NOT NULL,
  word {text} NOT NULL,
  PRIMARY KEY (form, word));
CREATE INDEX placet_form_word_word ON placet_form_word (word, form);
ALTER TABLE placet_form ADD COLUMN sort_name {text} NOT NULL DEFAULT '';
ALTER TABLE placet_form ADD COLUMN latest BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE placet_form ADD COLUMN retired BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX placet_form_listed ON placet_form (sort_name, id) WHERE latest AND NOT retired
"""

FORMS = "SELECT id, version, name, body, created_by, created_at FROM placet_form ORDER BY id, version"
ACCEPTED = """
SELECT placet_request.id, acceptance, agreement, agreement_version
FROM placet_request
JOIN placet_form_agreement ON placet_request.form = placet_form_agreement.form AND form_version = version
WHERE acceptance IS NOT NULL
"""


def up(migrator: Any, db: Any) -> None:  # noqa: ARG001 - the runner gives both
    """Make the tables, and fill them from the forms that are there."""
    postgres = isinstance(db, PostgresqlDatabase)
    for statement in TABLES.format(text='TEXT COLLATE "C"' if postgres else "TEXT").split(";"):
        db.execute_sql(statement)
    move = Move(db, "%s" if postgres else "?")
    for id, versions in groupby(db.execute_sql(FORMS).fetchall(), key=lambda row: row[0]):
        move.form(id, list(versions))
    for id, kept, agreement, version in db.execute_sql(ACCEPTED).fetchall():
        move.acceptance(id, json.loads(kept), agreement, version)


class Move:
    """Brings what is there into the new shape; `mark` is the placeholder of the database."""

    def __init__(self, db: Any, mark: str) -> None:
        self._db = db
        self._mark = mark

    def form(self, id: str, versions: list[tuple[Any, ...]]) -> None:
        """One form: how its versions are listed, its words, and its agreement, a version for each text."""
        texts: list[tuple[str, str]] = []
        for _, version, name, body, by, at in versions:
            whole = json.loads(body)
            if embedded := whole["agreement"]:
                text = embedded["name"], embedded["body"]
                if text not in texts[-1:]:
                    texts.append(text)
                    kept = (id, len(texts), text[0], text[0].casefold(), text[1], by, at, False, False)
                    self._add("placet_agreement", kept)
                whole["agreement"] = [id, len(texts)]
                self._add("placet_form_agreement", (id, version, id, len(texts)))
            listed = name.casefold(), version == versions[-1][1], compact(whole), id, version
            self._run("UPDATE placet_form SET sort_name = ?, latest = ?, body = ? WHERE id = ? AND version = ?", listed)
        self._add_words("placet_form_word", id, versions[-1][2])
        if texts:
            self._add_words("placet_agreement_word", id, texts[-1][0])
            self._run("UPDATE placet_agreement SET latest = ? WHERE id = ? AND version = ?", (True, id, len(texts)))

    def acceptance(self, request: str, kept: dict[str, Any], agreement: str, version: int) -> None:
        """What someone accepted, named by the id and the version of the agreement."""
        whole = {**kept, "name": kept["agreement"], "agreement": agreement, "version": version}
        self._run("UPDATE placet_request SET acceptance = ? WHERE id = ?", (compact(whole), request))

    def _add_words(self, table: str, id: str, text: str) -> None:
        for word in sorted({word[:64] for word in re.findall(r"\w+", text.casefold())}):
            self._add(table, (id, word))

    def _add(self, table: str, values: tuple[object, ...]) -> None:
        self._run(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608 - our own names

    def _run(self, statement: str, values: tuple[object, ...]) -> None:
        self._db.execute_sql(statement.replace("?", self._mark), values)


def compact(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
