"""A prepared query answers as the same query written out anew, on each kind of database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from placet.domain.errors import StaleRevision
from placet.domain.requests import RequestStatus
from placet.storage import Store
from placet.storage.fields import BadText
from placet.storage.prepared import Prepared
from placet.storage.revisions import update_revision
from placet.storage.tables import RequestRow
from placet.storage.transaction import Transaction
from tests.storage.world import NOW, furnish, request

IDS = [f"r{number}" for number in range(7)]
AMONG = Prepared(RequestRow, lambda ids: RequestRow.select().where(RequestRow.id.in_(ids)).order_by(RequestRow.id))
UNTIL = Prepared(
    RequestRow,
    lambda product, at: (
        RequestRow.select(RequestRow.id, RequestRow.created_at)
        .where(RequestRow.product == product, RequestRow.created_at <= at, RequestRow.status == "pending")
        .order_by(RequestRow.id)
    ),
)


@pytest.fixture
def filled(store: Store) -> Store:
    furnish(store)
    with store.writing() as session:
        for number, id in enumerate(IDS):
            made = request(id, beneficiary=id, created_at=NOW + timedelta(microseconds=number), answers={"n": [number]})
            session.requests.add(made)
    return store


def ask(store: Store, question: Callable[[Transaction], object]) -> object:
    with store.reading() as session:
        return question(session.requests._in)


def test_a_list_may_be_of_any_length(filled: Store) -> None:
    for count in (1, 3, 7, 3):
        found = ask(filled, lambda run: [row.id for row in run.rows(AMONG(IDS[:count]))])  # noqa: B023 - run at once
        assert found == IDS[:count]


def test_the_rows_hold_what_a_plain_query_gives(filled: Store) -> None:
    plain = RequestRow.select().where(RequestRow.id.in_(IDS)).order_by(RequestRow.id)
    assert ask(filled, lambda run: [row.__data__ for row in run.rows(AMONG(IDS))]) == ask(
        filled, lambda run: [row.__data__ for row in run.rows(plain)]
    )


def test_values_go_where_they_belong_and_never_into_the_text(filled: Store) -> None:
    until = NOW + timedelta(microseconds=2)
    assert ask(filled, lambda run: [row.id for row in run.rows(UNTIL("salaries", until))]) == IDS[:3]
    assert ask(filled, lambda run: run.tuples(UNTIL("salaries", NOW))) == [("r0", NOW)]
    assert ask(filled, lambda run: run.rows(UNTIL("' OR '1' = '1", until))) == []
    with pytest.raises(BadText):
        UNTIL("a\x00b", until)


def test_a_query_goes_on_working_with_a_limit_and_without(filled: Store) -> None:
    def question(run: Transaction) -> list[int]:
        first = run.first(AMONG(IDS))
        assert first
        assert first.id == "r0"
        return [len(run.rows(AMONG(IDS).limit(count))) for count in (2, 5)] + [len(run.rows(AMONG(IDS)))]

    assert ask(filled, question) == [2, 5, 7]


def test_one_query_serves_two_kinds_of_database(sqlite_url: str, postgres_url: str) -> None:
    for url in (sqlite_url, postgres_url, sqlite_url):
        store = Store(url)
        assert ask(store, lambda run: run.rows(AMONG(IDS))) == []
        store.close()


def test_an_update_of_a_revision_changes_that_row_and_no_other(filled: Store) -> None:
    columns = {"status": RequestStatus.DENIED.value, "decided_at": NOW, "answers": {"n": "ü"}}
    with filled.writing() as session:
        update_revision(session.requests._in, RequestRow, "r1", 1, columns)
    with filled.reading() as session:
        changed = {one.id: one for one in session.requests.many(IDS)}
    assert [id for id in IDS if changed[id].revision == 2] == ["r1"]
    expected = {"status": RequestStatus.DENIED, "decided_at": NOW, "answers": {"n": "ü"}, "revision": 2}
    assert changed["r1"] == replace(request("r1", beneficiary="r1", created_at=changed["r1"].created_at), **expected)
    with pytest.raises(StaleRevision), filled.writing() as session:
        update_revision(session.requests._in, RequestRow, "r1", 1, columns)


def test_a_question_is_one_statement_and_writes_nothing(filled: Store) -> None:
    with filled.asking() as session:
        assert session.packs.in_force() == {}
        with pytest.raises(RuntimeError, match="one statement"):
            session.packs.in_force()
    with filled.asking() as session, pytest.raises(RuntimeError, match="only reads"):
        session.requests.save(request("r1"))
