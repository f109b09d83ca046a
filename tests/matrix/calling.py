"""Calls every route as everyone, and says what should have come of each by the permission table."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from placet.domain.people import Person
from placet.domain.permissions import TABLE, Action, Place, Row
from placet.pages.csrf import FIELD, token_for
from tests.matrix.cells import CELLS, NO_PERSONS, Cell, Guard
from tests.matrix.world import ACCOUNT, INACTIVE, NOBODY, ROLES, Thing, World

PREFIX = "/placet"
REFUSALS = {"forbidden", "not-a-steward", "insufficient-scope"}
"""The codes of a 403 that is about who is asking, and not about how."""

Table = Mapping[Action, Row]


class Outcome(StrEnum):
    """What comes of a call, as far as it is about who calls."""

    ALLOWED = "allowed"
    LEFT_OUT = "allowed, and left out"
    FORBIDDEN = "403"
    HIDDEN = "404"
    SIGN_IN = "401"


@dataclass(frozen=True)
class Call:
    """A route in one of its cells, about one thing, by someone."""

    route: str
    cell: Cell
    thing: str
    role: str

    def __str__(self) -> str:
        return f"{self.route} about {self.thing} as {self.role}"


def calls(cells: Mapping[str, tuple[Cell, ...]] = CELLS) -> Iterator[Call]:
    """Every cell of the matrix."""
    for route, several in cells.items():
        for cell in several:
            for thing in cell.about:
                yield from (Call(route, cell, thing, role) for role in ROLES)


def expected(call: Call, world: World, table: Table = TABLE) -> Outcome:
    """What has to come of a call by a permission table."""
    cell = call.cell
    if cell.public:
        return Outcome.ALLOWED
    if call.role in (NOBODY, INACTIVE):
        return Outcome.SIGN_IN if call.role == NOBODY else Outcome.FORBIDDEN
    if call.role == ACCOUNT and not (cell.by_token or takes_tokens(call.route)):
        return Outcome.FORBIDDEN
    person = world.people[call.role]
    place = replace(world.things[call.thing].place(person), scoped=cell.by_token)
    if not allows(cell.sees, person, place, table):
        return Outcome.HIDDEN
    if not (allows(cell.does, person, place, table) and allows(cell.also, person, place, table)):
        return Outcome.FORBIDDEN
    return Outcome.ALLOWED if allows(cell.lists, person, place, table) else Outcome.LEFT_OUT


def takes_tokens(route: str) -> bool:
    """Whether a service account gets to a route: pages and tokens themselves take no token."""
    return "/api/" in route and "/api/v1/tokens" not in route


def allows(guard: Guard | None, person: Person, place: Place, table: Table) -> bool:
    """Whether a guard lets an active person pass."""
    if guard is None:
        return True
    return table[guard].allows(person, place) if isinstance(guard, Action) else guard.holds(person, place)


class Caller:
    """Makes calls on a marketplace, which stands as it was before each of them."""

    def __init__(self, app: Flask, world: World, file: Path, copy: Path) -> None:
        self.app, self.world = app, world
        self._client = app.test_client()
        self._kept, self._live = sqlite3.connect(copy), sqlite3.connect(file)
        self._live.backup(self._kept)

    def close(self) -> None:
        self._kept.close()
        self._live.close()

    def outcome(self, call: Call) -> Outcome:
        """What comes of a call. A refusal must not change anything."""
        before = self._version()
        answer = self.answer(call)
        found = outcome_of(call, answer, self.world.things[call.thing])
        if self._version() != before:
            assert found in (Outcome.ALLOWED, Outcome.LEFT_OUT) or call.route == "GET /request", f"{call} was kept"
            self._kept.backup(self._live)
        return found

    def answer(self, call: Call, if_match: str = "*") -> TestResponse:
        method, _, rule = call.route.partition(" ")
        thing = self.world.things[call.thing]
        address = PREFIX + re.sub(r"<[\w:]+>", call.cell.at or thing.id, rule)
        query = call.cell.query.replace("{id}", thing.id)
        headers = self._as_whom(call)
        return self._client.open(
            address,
            method=method,
            query_string=query,
            headers=headers | {"If-Match": if_match},
            **self._sent(call, thing),
        )

    def _as_whom(self, call: Call) -> dict[str, str]:
        if call.cell.by_token and call.role in self.world.tokens:
            return {"Authorization": f"Bearer {self.world.tokens[call.role]}"}
        if call.role == ACCOUNT and takes_tokens(call.route):
            return {"Authorization": f"Bearer {self.world.token_of_account}"}
        return {"X-Person": call.role} if call.role != NOBODY else {}

    def _sent(self, call: Call, thing: Thing) -> dict[str, Any]:
        sent = {name: filled(value, thing.id) for name, value in (call.cell.sends or {}).items()}
        if call.route.startswith("POST") and "/api/" not in call.route:
            return {"data": sent | ({FIELD: self._token(call.role)} if call.role != NOBODY else {})}
        return {} if call.cell.sends is None else {"json": sent}

    def _token(self, role: str) -> str:
        with self.app.test_request_context():
            return token_for(self.world.people[role])

    def _version(self) -> int:
        """Another number after every commit of someone else."""
        return int(self._live.execute("PRAGMA data_version").fetchone()[0])


def filled(value: object, id: str) -> object:
    if isinstance(value, list):
        return [filled(one, id) for one in value]
    if isinstance(value, dict):
        return {name: filled(one, id) for name, one in value.items()}
    return value.replace("{id}", id) if isinstance(value, str) else value


def outcome_of(call: Call, answer: TestResponse, thing: Thing) -> Outcome:
    """What an answer says about who was calling; where nothing is hidden, a 404 says nothing about that."""
    assert answer.status_code < 500, f"{call}: {answer.text}"
    if answer.status_code == 401:
        return Outcome.SIGN_IN
    if answer.status_code == 403:
        assert not answer.is_json or answer.get_json()["code"] in REFUSALS, f"{call}: {answer.text}"
        return Outcome.FORBIDDEN
    if answer.status_code == 404 and call.cell.sees:
        return Outcome.HIDDEN
    if call.cell.lists and call.cell.shows.replace("{id}", thing.id) not in re.sub(r"\s+", "", answer.text):
        return Outcome.LEFT_OUT
    return Outcome.ALLOWED


def routes_of(app: Flask) -> set[str]:
    """Every route of an app, by its method and its address below our prefix."""
    return {
        f"{method} {rule.rule.removeprefix(PREFIX)}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if not rule.rule.removeprefix(PREFIX).startswith(tuple(NO_PERSONS))
    }
