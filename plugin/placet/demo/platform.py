"""What the data platform answers to a consumer, over a connection of their own."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import errors

WAIT_AT_MOST = 30.0
"""Seconds that the story waits for the platform to follow before it says that it did not."""


@dataclass(frozen=True)
class Answer:
    """How many rows the platform gave, or why none; when the query began and ended by the platform's own clock."""

    query: str
    rows: int | None
    refusal: str
    began: datetime
    ended: datetime

    @property
    def allowed(self) -> bool:
        return bool(self.rows)

    def __str__(self) -> str:
        return self.refusal or f"{self.rows} rows"


class Consumer:
    """A login on the data platform with one connection, kept open as people keep theirs."""

    def __init__(self, dsn: str) -> None:
        self._connection = psycopg.connect(dsn, autocommit=True)

    def __enter__(self) -> Consumer:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(self, query: str) -> Answer:
        """Run a query that counts rows."""
        began = self._clock()
        try:
            [rows] = self._connection.execute(query).fetchone() or [0]
            return Answer(query, rows, "", began, self._clock())
        except errors.InsufficientPrivilege as error:
            return Answer(query, None, str(error).splitlines()[0], began, self._clock())

    def ask_until(self, query: str, allowed: bool) -> Answer:
        """Ask again until the answer is as wanted; the last answer, wanted or not."""
        deadline = time.monotonic() + WAIT_AT_MOST
        answer = self.ask(query)
        while answer.allowed is not allowed and time.monotonic() < deadline:
            time.sleep(0.05)
            answer = self.ask(query)
        return answer

    def watch(self, query: str, until: datetime) -> list[Answer]:
        """Ask over and over until the platform's clock has passed an instant; every answer."""
        answers = [self.ask(query)]
        while answers[-1].began <= until:
            answers.append(self.ask(query))
        return answers

    def _clock(self) -> datetime:
        row = self._connection.execute("SELECT clock_timestamp()").fetchone()
        assert row
        at: datetime = row[0]
        return at
