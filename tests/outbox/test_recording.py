from __future__ import annotations

import json
import operator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.domain.events import Event, FormSaved, GrantStarted, RequestApproved
from placet.outbox.recording import LARGEST, body_of, record
from placet.storage import Notification, OutboxItem, Store
from placet.storage.fields import to_json

NOW = datetime(2027, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)


def approved(*tells: str, **data: object) -> Event:
    return RequestApproved(
        "ann",
        NOW,
        "request",
        domain="hr",
        data={"product_name": "Salaries", "asked_for": "Salaries", **data},
        tells=tells,
    )


def waiting(store: Store) -> list[OutboxItem]:
    with store.reading() as session:
        return session.outbox.due(NOW)


def told(store: Store, person: str) -> list[Notification]:
    with store.reading() as session:
        return list(session.notifications.of(person).items)


def trail(store: Store) -> list[tuple[str, str]]:
    with store.reading() as session:
        return [(entry.type, entry.subject) for entry in session.audit.entries()]


def record_and_fail(store: Store) -> None:
    with store.writing() as session:
        record(session, [approved("bob")])
        raise ZeroDivisionError


@pytest.mark.requirement("V2", clause="the outbox is the safety net")
@pytest.mark.requirement("V1", clause="one entry for each change")
def test_an_event_is_kept_in_the_trail_in_the_outbox_and_for_each_person(store: Store) -> None:
    with store.writing() as session:
        [recorded] = record(session, [approved("bob", "cleo")])
    [item] = waiting(store)
    assert (item.id, item.type, item.at) == (recorded.id, "access_request.approved", NOW)
    assert trail(store) == [("access_request.approved", "request")]
    for person in ("bob", "cleo"):
        [notification] = told(store, person)
        assert notification.message == "The request for Salaries was approved."
        assert (notification.type, notification.subject, notification.at) == (item.type, "request", NOW)


@pytest.mark.requirement("V1", clause="same transaction")
@pytest.mark.requirement("V2", clause="the outbox is the safety net")
def test_what_is_rolled_back_was_never_recorded(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        record_and_fail(store)
    assert (waiting(store), told(store, "bob"), trail(store)) == ([], [], [])


def test_the_body_says_type_time_and_data() -> None:
    assert body_of(approved(verdict="approve")) == {
        "type": "access_request.approved",
        "timestamp": "2027-03-01T12:30:15.123456Z",
        "data": {
            "product_name": "Salaries",
            "asked_for": "Salaries",
            "verdict": "approve",
            "actor": "ann",
            "subject": "request",
            "domain": "hr",
        },
    }


def test_a_person_named_twice_is_told_once(sqlite: Store) -> None:
    with sqlite.writing() as session:
        record(session, [approved("bob", "bob")])
    assert len(told(sqlite, "bob")) == 1


def test_two_events_tell_a_person_twice(sqlite: Store) -> None:
    with sqlite.writing() as session:
        first, second = record(
            session,
            [approved("bob"), GrantStarted("ann", NOW, "g", "hr", {"product_name": "S", "asked_for": "S"}, ("bob",))],
        )
    assert first.id != second.id
    assert len(told(sqlite, "bob")) == 2


def test_what_does_not_leave_is_in_the_trail_alone(sqlite: Store) -> None:
    with sqlite.writing() as session:
        record(session, [FormSaved("ann", NOW, "form", data={"name": "Form", "version": 2})])
    assert waiting(sqlite) == []
    assert trail(sqlite) == [("request_form.saved", "form")]


def test_events_keep_their_order(sqlite: Store) -> None:
    with sqlite.writing() as session:
        record(session, [FormSaved("ann", NOW, str(n), data={"name": "Form", "version": n}) for n in range(5)])
    assert [subject for _, subject in trail(sqlite)] == ["0", "1", "2", "3", "4"]


WORDS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.builds(operator.mul, WORDS, st.integers(1, 2_000)),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["reason", "answers", "note", "actor", "shortened"]), JSON))
def test_a_body_stays_below_its_limit_whatever_is_said(data: dict[str, Any]) -> None:
    body = body_of(approved(**data))
    assert len(json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()) < LARGEST
    kept = body["data"]
    assert isinstance(kept, dict)
    assert (kept["actor"], kept["subject"], kept["domain"]) == ("ann", "request", "hr")


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        pytest.param("r" * 1_000, "r" * 1_000, id="as it is"),
        pytest.param("r" * 30_000, "r" * 500 + "…", id="cut"),
        pytest.param(["r" * 30_000], None, id="left out"),
    ],
)
def test_long_texts_are_cut_and_the_trail_has_all_of_them(sqlite: Store, reason: object, kept: object) -> None:
    event = approved(reason=reason)
    with sqlite.writing() as session:
        record(session, [event])
        [entry] = session.audit.entries()
    [item] = waiting(sqlite)
    data = item.body["data"]
    assert isinstance(data, dict)
    assert data.get("reason") == kept
    assert data.get("shortened", False) == (kept != reason)
    assert entry.data == to_json(dict(event.data))
