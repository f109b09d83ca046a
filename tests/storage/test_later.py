"""Rows that are added later are there when the next question is asked, and at the end; or nothing is."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from placet.domain.errors import AlreadyThere
from placet.storage import Notification, OutboxItem, Session, Store
from tests.storage.world import NOW

MOST_PARAMETERS = 65_535
"""Of one statement of PostgreSQL; a notification has 7."""


def notices(session: Session, ids: Iterable[int], person: str = "ann") -> None:
    session.notifications.add_all(Notification(f"n{id}", person, "grant.started", "…", NOW, "g") for id in ids)


def items(session: Session, ids: Iterable[int]) -> None:
    session.outbox.add_all(OutboxItem(f"e{id}", "grant.started", NOW, {"id": id}) for id in ids)


def test_what_is_asked_next_sees_what_was_added_to_each_table(store: Store) -> None:
    with store.writing() as session:
        notices(session, range(3))
        items(session, range(2))
        session.jobs.add("grant", "lake", "g1", NOW)
        assert session.notifications.unread("ann") == 3
        notices(session, range(3, 5))
    with store.reading() as session:
        assert session.notifications.unread("ann") == 5
        assert [item.body for item in session.outbox.due(NOW)] == [{"id": 0}, {"id": 1}]
        assert [job.subject for job in session.jobs.unfinished()] == ["g1"]


def test_an_error_of_theirs_undoes_the_change(store: Store) -> None:
    with store.writing() as session:
        items(session, [1])

    def change_again() -> None:
        with store.writing() as session:
            notices(session, [1])
            items(session, [1])

    with pytest.raises(AlreadyThere):
        change_again()
    with store.reading() as session:
        assert session.notifications.unread("ann") == 0


def test_however_many_there_are_all_are_added(store: Store) -> None:
    count = MOST_PARAMETERS // 7 + 1
    with store.writing() as session:
        items(session, [1])
        notices(session, range(count))
    with store.reading() as session:
        assert session.notifications.unread("ann") == count


def test_who_only_reads_adds_nothing_later(store: Store) -> None:
    with pytest.raises(RuntimeError, match="only reads"), store.reading() as session:
        notices(session, [1])
