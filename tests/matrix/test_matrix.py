"""Every endpoint and page, as everyone, about what is theirs and what is others': as the permission table has it."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from flask import Flask

from placet.domain.clock import SetClock
from placet.domain.people import DomainPermission, GlobalPermission
from placet.domain.permissions import (
    ADMINISTERS_PEOPLE,
    AUDITS,
    GOVERNS,
    OPERATES,
    SIGNED_IN,
    TABLE,
    Action,
    Relation,
    Row,
)
from tests.api.conftest import with_placet
from tests.matrix.calling import Call, Caller, Outcome, Table, calls, expected, routes_of
from tests.matrix.cells import CELLS, RULES
from tests.matrix.world import ELSEWHERE, HERE, NOW, ROLES, World

ANYONE = Relation("anyone", lambda _, __: True)
EVERYWHERE = (GOVERNS, ADMINISTERS_PEOPLE, OPERATES, AUDITS)


@pytest.fixture(scope="module")
def caller(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    folder = tmp_path_factory.mktemp("matrix")
    file = Path(shutil.copy(sqlite_template, folder / "placet.db"))
    app = with_placet(Flask("host"), f"sqlite:///{file}", SetClock(NOW))
    marketplace = app.extensions["placet"].marketplace
    marketplace.upgrade()
    made = Caller(app, World(marketplace), file, folder / "kept.db")
    yield made
    made.close()


@pytest.fixture(scope="module")
def found(caller: Caller) -> dict[Call, Outcome]:
    """What came of every call."""
    routes = routes_of(caller.app)
    return {call: caller.outcome(call) for call in calls() if call.route in routes}


@pytest.mark.requirement("P4", clause="one table")
def test_every_route_has_an_entry_and_every_entry_a_route(caller: Caller) -> None:
    missing, unknown = sorted(routes_of(caller.app) - set(CELLS)), sorted(set(CELLS) - routes_of(caller.app))
    lines = "\n".join(f'    "{route}": (Cell(does=Action.…, about=(…)),),' for route in missing)
    assert not missing, f"add to tests/matrix/cells.py, in API or PAGES:\n{lines}"
    assert not unknown, f"no route answers to these entries of tests/matrix/cells.py: remove {unknown}"


CLAUSES = {
    Action.SHAPE_DOMAINS: "domains and sources",
    Action.MANAGE_PEOPLE: "people",
    Action.REWORD_FORM: "editing forms",
    Action.TAKE_UP_FORM: "taking up a form version",
    Action.MANAGE_PRODUCT: "products",
    Action.SEE_MEMBERS: "members tab",
    Action.CREATE_FORM: "creating forms",
    Action.EDIT_FORM: "the standard form is fixed",
    Action.SEE_PRODUCT: "catalog",
    Action.REQUEST_FOR_GROUP: "requesting for a group",
    Action.REQUEST_FOR_ACCOUNT: "requesting for a service account",
    Action.READ_REQUEST: "reading a request",
    Action.REVOKE_GRANT: "revoking",
    Action.CANCEL_REQUEST: "canceling",
    Action.OPERATE: "operating",
    Action.MANAGE_TAGS: "tags",
    Action.MANAGE_POLICIES: "birthright policies",
    Action.RULE_PACKS: "rule packs",
    Action.ASK_DECISION: "decisions about others",
    Action.MAKE_TOKENS: "tokens",
    Action.END_TOKENS: "tokens",
    Action.READ_AUDIT: "audit",
    RULES: "determining",
}
"""The clauses of P4 that the routes show which ask for these."""


def with_marks(route: str) -> ParameterSet:
    """A route, marked with the clauses that it shows."""
    guards = {guard for cell in CELLS[route] for guard in (cell.sees, cell.does, cell.also, cell.lists) if guard}
    clauses = ["one table", *sorted(CLAUSES[guard] for guard in guards if guard in CLAUSES)]
    return pytest.param(route, marks=[pytest.mark.requirement("P4", clause=clause) for clause in clauses])


@pytest.mark.parametrize("route", map(with_marks, CELLS))
def test_a_route_answers_everyone_as_the_table_has_it(
    route: str, found: Mapping[Call, Outcome], caller: Caller
) -> None:
    cells = [call for call in found if call.route == route]
    assert {call.role for call in cells} == set(ROLES)
    wrong = [call for call in cells if differs(call, found, caller)]
    assert not wrong, "\n".join(f"{call}: {found[call]}, not {expected(call, caller.world)}" for call in wrong)


def differs(call: Call, found: Mapping[Call, Outcome], caller: Caller, table: Table = TABLE) -> bool:
    """Whether a call came out otherwise than a table has it."""
    return found[call] is not expected(call, caller.world, table)


def test_who_may_not_is_told_so_whatever_they_have_seen_of_it(found: Mapping[Call, Outcome], caller: Caller) -> None:
    """One thing of each route for everyone: a stale `If-Match` is for those who may, and refused to them."""
    changing = {
        (call.route, call.role): call
        for call, outcome in found.items()
        if "/api/" in call.route and not call.route.startswith("GET") and outcome is Outcome.FORBIDDEN
    }
    assert len(changing) > 100
    seen = [call for call in changing.values() if caller.answer(call, if_match='"0"').status_code != 403]
    assert not seen, f"whether their `If-Match` is stale is told to who may not: {', '.join(map(str, seen[:10]))}"
    governor = next(call for call in found if "/suspend" in call.route and call.role == GlobalPermission.GOVERNANCE)
    assert caller.answer(governor, if_match='"0"').status_code == 412


@pytest.mark.requirement("P2", clause="global permissions")
@pytest.mark.requirement("P2", clause="domain permissions")
def test_every_permission_is_held_by_someone_who_holds_nothing_else(caller: Caller) -> None:
    held = [(person.permissions, person.domain_permissions) for person in caller.world.people.values()]
    for permission in GlobalPermission:
        assert (frozenset({permission}), frozenset()) in held
    for domain in (HERE, ELSEWHERE):
        for one in DomainPermission:
            assert (frozenset(), frozenset({(domain, one)})) in held


@pytest.mark.requirement("P2", clause="identifiers permit nothing")
@pytest.mark.parametrize("where", ["", " elsewhere"])
def test_who_manages_identifiers_may_what_everyone_may(where: str, found: Mapping[Call, Outcome]) -> None:
    role = f"{DomainPermission.MANAGE_IDENTIFIERS}{where}"
    theirs = {call: outcome for call, outcome in found.items() if call.role == role}
    assert theirs
    assert [call for call, outcome in theirs.items() if outcome is not found[replace(call, role="outsider")]] == []


@pytest.mark.requirement("P2", clause="governance publishes everywhere")
def test_governance_publishes_everywhere(found: Mapping[Call, Outcome]) -> None:
    route = "POST /api/v1/data-products/<id>/publish"
    outcomes = [found[call] for call in found if call.route == route and call.role == GlobalPermission.GOVERNANCE]
    assert outcomes == [Outcome.ALLOWED] * 3


def asking(action: Action, found: Mapping[Call, Outcome]) -> list[Call]:
    return [call for call in found if action in (call.cell.sees, call.cell.does, call.cell.also, call.cell.lists)]


def mutants(row: Row) -> Iterator[Row]:
    """What else a row could say: nobody, anyone, someone with one more permission, one relation less."""
    wider = set() if SIGNED_IN in row.allowed else {ANYONE, *EVERYWHERE} - set(row.allowed)
    yield Row(())
    yield from (Row((*row.allowed, one), row.never) for one in wider)
    yield from (Row(without(row.allowed, one), row.never) for one in row.allowed)
    yield from (Row(row.allowed, without(row.never, one)) for one in row.never)


def without(relations: tuple[Relation, ...], left_out: Relation) -> tuple[Relation, ...]:
    return tuple(one for one in relations if one is not left_out)


@pytest.mark.parametrize("action", Action)
def test_a_table_that_says_anything_else_is_found_out(
    action: Action, found: Mapping[Call, Outcome], caller: Caller
) -> None:
    for row in mutants(TABLE[action]):
        table = {**TABLE, action: row}
        assert any(differs(call, found, caller, table) for call in asking(action, found)), row.who


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("row", [Row((ANYONE,)), Row(())], ids=["anyone", "nobody"])
def test_the_routes_ask_the_table_and_nothing_else(
    action: Action, row: Row, caller: Caller, found: Mapping[Call, Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the table says anyone may, an outsider does; where it says nobody may, those who may by it don't."""
    turned = defaultdict(list)
    monkeypatch.setitem(TABLE, action, row)
    for call in asking(action, found):
        if found[call] is not expected(call, caller.world) and action is (call.cell.does or call.cell.sees):
            turned[call.route].append(call)
    for several in turned.values():
        for call in several[:3]:
            assert caller.outcome(call) is expected(call, caller.world), call
