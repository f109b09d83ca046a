"""Reminders as they are kept: found by when they are due, and made for what was there before them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from placet.domain.errors import AlreadyThere
from placet.domain.reminders import About, Reminder
from placet.domain.requests import RequestStatus, Revocation
from placet.storage import Session, Store, migrator
from tests.storage.world import NOW, furnish, grant, keep_grant, minutes, request

DAY = timedelta(days=1)
WEEKLY = Reminder(About.GRANT, "g", "week", NOW)
DAILY = Reminder(About.REQUEST, "r", "waiting", NOW - minutes(1), DAY)


def due(session: Session, minute: int = 0) -> list[Reminder]:
    return session.reminders.due(NOW + minutes(minute))


@pytest.fixture
def reminded(store: Store) -> Store:
    with store.writing() as session:
        session.reminders.add_all([WEEKLY, DAILY, replace(WEEKLY, name="day", due=NOW + minutes(5))])
    return store


def test_what_is_due_is_found_the_longest_due_first(reminded: Store) -> None:
    with reminded.reading() as session:
        assert due(session) == [DAILY, WEEKLY]
        assert session.reminders.due(NOW, limit=1) == [DAILY]
        assert [one.name for one in session.reminders.of(About.GRANT, "g")] == ["week", "day"]
        assert session.reminders.of(About.REQUEST, "g") == []


def test_what_was_told_goes_and_may_come_again_in_one_transaction(reminded: Store) -> None:
    again = DAILY.after(NOW)
    assert again == replace(DAILY, due=NOW - minutes(1) + DAY)
    with reminded.writing() as session:
        session.reminders.remove([DAILY])
        session.reminders.add_all([again])
    with reminded.reading() as session:
        assert due(session) == [WEEKLY]
        assert session.reminders.of(About.REQUEST, "r") == [again]


def test_what_is_over_takes_its_reminders_along_and_no_others(reminded: Store) -> None:
    with reminded.writing() as session:
        session.reminders.end(About.GRANT, "g")
        session.reminders.end(About.GRANT, "r")
    with reminded.reading() as session:
        assert due(session, 10) == [DAILY]


def test_only_what_is_due_is_put_off(reminded: Store) -> None:
    with reminded.writing() as session:
        session.reminders.put_off(About.GRANT, "g", NOW, NOW + minutes(60))
    with reminded.reading() as session:
        assert [(one.name, one.due) for one in session.reminders.of(About.GRANT, "g")] == [
            ("day", NOW + minutes(5)),
            ("week", NOW + minutes(60)),
        ]
        assert due(session) == [DAILY]


def test_a_subject_has_each_reminder_once(reminded: Store) -> None:
    with pytest.raises(AlreadyThere), reminded.writing() as session:
        session.reminders.add_all([replace(WEEKLY, due=NOW + DAY)])


@pytest.mark.parametrize(
    ("every", "now", "after"),
    [
        (DAY, NOW, NOW + DAY),
        (DAY, NOW + 3 * DAY, NOW + 4 * DAY),
        (DAY, NOW + 3 * DAY - minutes(1), NOW + 3 * DAY),
        (DAY, NOW - 3 * DAY, NOW + DAY),
        (None, NOW, None),
        (timedelta(0), NOW, None),
        (-DAY, NOW, None),
        (timedelta.max, NOW, None),
    ],
)
def test_a_reminder_is_due_next_after_now_in_its_rhythm(every: timedelta | None, now: object, after: object) -> None:
    told = Reminder(About.REQUEST, "r", "waiting", NOW, every).after(now)  # type: ignore[arg-type]  # an instant
    assert (told and told.due) == after


def test_what_was_there_before_is_reminded_of_too(
    empty_url: str, open_store: Callable[[str], Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in migrator.FOLDER.glob("00*.py"):
        if path.stem < "0011":
            shutil.copy(path, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(migrator, "FOLDER", tmp_path)
        store = open_store(empty_url)
        store.migrate()
    furnish(store)
    lasting = {"long": 30 * DAY, "short": 3 * DAY, "revoked": 30 * DAY, "told": 30 * DAY}
    with store.writing() as session:
        session.requests.add(request("waits"))
        session.requests.add(replace(request("denied", beneficiary="eve"), status=RequestStatus.DENIED, decided_at=NOW))
        for id, lasts in lasting.items():
            keep_grant(session, grant(id, request=f"r {id}", beneficiary=id, end=NOW + lasts))
        for id, over in {"revoked": {"revocation": Revocation("gus", NOW, "x")}, "told": {"expiry_told": True}}.items():
            held = session.grants.get(id)
            assert held
            session.grants.save(replace(held, **over))  # type: ignore[arg-type]  # names of the dataclass
        keep_grant(session, grant("for good", request="r good", beneficiary="good"))
    store.migrate()
    with store.reading() as session:
        assert session.reminders.due(NOW + 365 * DAY) == [
            Reminder(About.REQUEST, "waits", "waiting", NOW + DAY, DAY),
            Reminder(About.GRANT, "short", "day", NOW + 2 * DAY),
            Reminder(About.GRANT, "long", "week", NOW + 23 * DAY),
            Reminder(About.GRANT, "long", "day", NOW + 29 * DAY),
        ]
