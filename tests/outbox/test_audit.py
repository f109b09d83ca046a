"""The audit trail: every change once, in an unbroken chain that only grows; whatever is done to it is found."""

from __future__ import annotations

import json
import re
import threading
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import peewee
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from placet.domain.events import DomainSaved, Event, GrantStarted
from placet.domain.products import Domain
from placet.outbox.audit import GENESIS, SHOWN, Report, append, hash_of, verify
from placet.storage import Entry, Store

DOCUMENT = Path(__file__).parents[2] / "docs" / "audit.md"
NOW = datetime(2027, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
TEXTS = some.text(some.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
VALUES = some.none() | some.booleans() | some.integers() | TEXTS | some.lists(TEXTS)
ON_BOTH = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def event(number: int = 1, **changed: Any) -> Event:
    plain = DomainSaved("ann", NOW + timedelta(seconds=number), f"d{number}", "hr", {"name": f"Domain {number}"})
    return replace(plain, **changed)


def record(store: Store, *events: Event) -> list[Entry]:
    with store.writing() as session:
        return list(append(session, *events))


def trail(store: Store, count: int = 6) -> list[Entry]:
    return record(store, *map(event, range(1, count + 1)))


def check(store: Store, head: str | None = None) -> Report:
    with store.reading() as session:
        return verify(session, head)


def entries(store: Store) -> list[Entry]:
    with store.reading() as session:
        return list(session.audit.entries())


@pytest.mark.requirement("V1", clause="hash-chained")
def test_each_entry_holds_the_hash_of_the_one_before(store: Store) -> None:
    written = trail(store, 3)
    assert entries(store) == written
    assert [entry.sequence for entry in written] == [1, 2, 3]
    assert [entry.previous for entry in written] == [GENESIS, written[0].hash, written[1].hash]
    assert check(store) == Report(3, written[2].hash)


def the_document() -> dict[str, Any]:
    """The functions that `docs/audit.md` gives to a stranger who has the table and nothing else."""
    [code] = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    functions: dict[str, Any] = {}
    exec(code, functions)
    return functions


def table(store: Store) -> list[dict[str, object]]:
    """The rows as they stand in the database, in order."""
    names = ["sequence", "previous", "hash", "type", "actor", "at", "subject", "domain", "data"]
    with store.connected():
        query = f"SELECT {', '.join(names)} FROM placet_audit ORDER BY sequence"
        return [dict(zip(names, row, strict=True)) for row in store._backend.database.execute_sql(query).fetchall()]


@ON_BOTH
@given(
    actor=TEXTS,
    subject=TEXTS,
    domain=TEXTS,
    data=some.dictionaries(TEXTS, VALUES, max_size=4),
    at=some.datetimes(datetime(2, 1, 1), timezones=some.just(timezone(timedelta(hours=5, minutes=30)))),  # noqa: DTZ001 - Hypothesis adds the zone
)
@pytest.mark.requirement("V1", clause="hash-chained")
def test_whatever_an_event_says_is_chained_and_can_be_verified_by_a_stranger(
    store: Store, actor: str, subject: str, domain: str, data: dict[str, object], at: datetime
) -> None:
    [written] = record(store, GrantStarted(actor, at, subject, domain, data))
    with store.reading() as session:
        kept = session.audit.last()
        assert verify(session).intact
    assert kept == written
    assert the_document()["verify"](table(store)) == kept.hash
    assert (kept.type, kept.actor, kept.at, kept.subject, kept.domain) == ("grant.started", actor, at, subject, domain)
    assert json.loads(kept.data) == data


def test_the_example_in_the_document_is_right() -> None:
    entry = Entry(1, GENESIS, "", "domain.saved", "ann", NOW, "hr", "hr", '{"name":"Überstunden"}')
    assert f"has the hash `{hash_of(entry)}`" in DOCUMENT.read_text()


def test_the_document_s_own_verifier_finds_what_ours_finds(store: Store) -> None:
    written = trail(store)
    assert the_document()["verify"](table(store)) == written[-1].hash
    Tamperer(store).run("UPDATE placet_audit SET actor = 'eve' WHERE sequence = 3")
    with pytest.raises(AssertionError):
        the_document()["verify"](table(store))


@pytest.mark.requirement("V1", clause="same transaction")
def test_an_entry_and_its_change_are_kept_together_or_not_at_all(store: Store) -> None:
    def change_and_fail() -> None:
        with store.writing() as session:
            session.domains.save(Domain("hr", "Human resources"))
            append(session, event())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_and_fail()
    assert check(store) == Report(0, GENESIS)
    with store.reading() as session:
        assert session.domains.all() == []
    [written] = record(store, event())
    assert (written.sequence, written.previous) == (1, GENESIS)


@pytest.mark.requirement("V1", clause="same transaction")
def test_data_that_can_not_be_kept_undoes_the_change(store: Store) -> None:
    def change() -> None:
        with store.writing() as session:
            session.domains.save(Domain("hr", "Human resources"))
            append(session, event(data={"at": NOW}))

    with pytest.raises(TypeError):
        change()
    with store.reading() as session:
        assert session.domains.all() == []


@pytest.mark.requirement("V1", clause="hash-chained")
def test_many_who_write_at_once_make_one_unbroken_chain(store: Store) -> None:
    begin = threading.Barrier(8)

    def write(thread: int) -> None:
        begin.wait()
        for number in range(20):
            record(store, event(number, actor=f"thread {thread}"))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(8)))
    written = entries(store)
    assert [entry.sequence for entry in written] == list(range(1, 161))
    assert check(store) == Report(160, written[-1].hash)
    for thread in range(8):
        mine = [entry.subject for entry in written if entry.actor == f"thread {thread}"]
        assert mine == [f"d{number}" for number in range(20)]


def test_rows_are_locked_before_the_trail_and_not_after(store: Store) -> None:
    with store.writing() as session:
        append(session, event())
        with pytest.raises(RuntimeError, match="locked before the trail is written"):
            session.requests.lock("request")


SECOND = "INSERT INTO placet_audit VALUES (2, '', '', '', '', 0, '', '', '')"
FORBIDDEN = [
    "UPDATE placet_audit SET actor = 'eve' WHERE sequence = 2",
    "UPDATE placet_audit SET actor = actor",
    "DELETE FROM placet_audit WHERE sequence = 3",
    "DELETE FROM placet_audit",
    SECOND,
    "INSERT INTO placet_audit VALUES (9, '', '', '', '', 0, '', '', '')",
    f"{SECOND} ON CONFLICT (sequence) DO UPDATE SET actor = 'eve'",
]
IN_SQLITE = ["REPLACE INTO placet_audit VALUES (2, '', '', '', '', 0, '', '', '')"]
IN_POSTGRES = ["TRUNCATE placet_audit"]


@pytest.mark.requirement("V1", clause="the database refuses changes")
@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        *(("sqlite", statement) for statement in FORBIDDEN + IN_SQLITE),
        *(("postgres", statement) for statement in FORBIDDEN + IN_POSTGRES),
    ],
)
def test_the_database_refuses_every_change_but_the_next_entry(
    kind: str, statement: str, request: pytest.FixtureRequest, open_store: Callable[[str], Store]
) -> None:
    store = open_store(request.getfixturevalue(f"{kind}_url"))
    before = trail(store, 3)
    with store.connected(), pytest.raises(peewee.DatabaseError, match="the audit trail only grows"):
        store._backend.database.execute_sql(statement)
    assert entries(store) == before
    assert check(store).intact


class Tamperer:
    """Someone who owns the database: takes the triggers away and changes what they like."""

    def __init__(self, store: Store) -> None:
        self._database = store._backend.database
        self._store = store
        with store.connected():
            self._take_triggers_away()

    def _take_triggers_away(self) -> None:
        if isinstance(self._database, peewee.SqliteDatabase):
            for name in ("no_update", "no_delete", "next"):
                self._database.execute_sql(f"DROP TRIGGER placet_audit_{name}")
        else:
            self._database.execute_sql("ALTER TABLE placet_audit DISABLE TRIGGER ALL")

    def run(self, *statements: str) -> None:
        with self._store.connected():
            for statement in statements:
                assert self._database.execute_sql(statement).rowcount > 0

    def put(self, entry: Entry) -> None:
        """Write an entry over the one with its number."""
        with self._store.writing() as session:
            self._database.execute_sql(f"DELETE FROM placet_audit WHERE sequence = {entry.sequence:d}")
            session.audit.add_all([entry])


@dataclass(frozen=True)
class Attack:
    """What was done to six entries, and what verification says about it."""

    statements: tuple[str, ...]
    found: tuple[str, ...]


def edit(column: str, value: str) -> Attack:
    return Attack((f"UPDATE placet_audit SET {column} = {value} WHERE sequence = 3",), ("entry 3 was edited",))


EDITS = [
    edit("actor", "'eve'"),
    edit("type", "'domain.deleted'"),
    edit("at", "at + 1"),
    edit("subject", "'d4'"),
    edit("domain", "''"),
    edit("data", "data || ' '"),
    edit("data", """'{"name":"Domain 4"}'"""),
]
REMOVALS = [
    Attack(("DELETE FROM placet_audit WHERE sequence = 3",), ("entries 3 to 3 are missing",)),
    Attack(("DELETE FROM placet_audit WHERE sequence IN (1, 2)",), ("entries 1 to 2 are missing",)),
    Attack(
        (
            "DELETE FROM placet_audit WHERE sequence = 3",
            "UPDATE placet_audit SET sequence = sequence - 1 WHERE sequence = 4",
            "UPDATE placet_audit SET sequence = sequence - 1 WHERE sequence = 5",
            "UPDATE placet_audit SET sequence = sequence - 1 WHERE sequence = 6",
        ),
        ("entry 3 was edited", "entry 3 does not follow"),
    ),
]
REORDERINGS = [
    Attack(
        (
            "UPDATE placet_audit SET sequence = 99 WHERE sequence = 3",
            "UPDATE placet_audit SET sequence = 3 WHERE sequence = 4",
            "UPDATE placet_audit SET sequence = 4 WHERE sequence = 99",
        ),
        ("entry 3 was edited", "entry 3 does not follow", "entry 4 was edited", "entry 5 does not follow"),
    ),
    Attack(("UPDATE placet_audit SET sequence = 0 WHERE sequence = 3",), ("entry 0 stands before the first",)),
]


def attacked(store: Store, attack: Attack) -> Report:
    trail(store)
    Tamperer(store).run(*attack.statements)
    report = check(store)
    assert not report.intact
    return report


def named(report: Report, found: tuple[str, ...]) -> bool:
    return all(any(problem.startswith(wanted) for problem in report.problems) for wanted in found)


@pytest.mark.requirement("V1", clause="finds an edit")
@pytest.mark.parametrize("attack", EDITS, ids=lambda attack: attack.statements[0])
def test_an_edited_entry_is_found(store: Store, attack: Attack) -> None:
    report = attacked(store, attack)
    assert report.found == 1
    assert named(report, attack.found)


@pytest.mark.requirement("V1", clause="finds an edit")
def test_an_edited_entry_with_a_new_hash_is_found_by_the_one_after(store: Store) -> None:
    written = trail(store)
    forged = replace(written[2], actor="eve")
    Tamperer(store).put(replace(forged, hash=hash_of(forged)))
    report = check(store)
    assert report.problems == ("entry 4 does not follow the one before it: one of them was replaced or moved",)


@pytest.mark.requirement("V1", clause="finds a removal")
@pytest.mark.parametrize("attack", REMOVALS, ids=lambda attack: attack.statements[0])
def test_a_removed_entry_is_found(store: Store, attack: Attack) -> None:
    assert named(attacked(store, attack), attack.found)


@pytest.mark.requirement("V1", clause="finds reordering")
@pytest.mark.parametrize("attack", REORDERINGS, ids=lambda attack: attack.statements[0])
def test_entries_that_changed_places_are_found(store: Store, attack: Attack) -> None:
    assert named(attacked(store, attack), attack.found)


@pytest.mark.requirement("V1", clause="finds reordering")
def test_entries_that_changed_places_under_new_hashes_are_found(store: Store) -> None:
    written = trail(store)
    tamperer = Tamperer(store)
    for place, moved in ((written[2], written[3]), (written[3], written[2])):
        forged = replace(moved, sequence=place.sequence, previous=place.previous)
        tamperer.put(replace(forged, hash=hash_of(forged)))
    report = check(store)
    assert named(report, ("entry 4 does not follow", "entry 5 does not follow"))


@pytest.mark.requirement("V1", clause="finds an insertion")
def test_an_inserted_entry_is_found(store: Store) -> None:
    written = trail(store)
    shift = [f"UPDATE placet_audit SET sequence = {number + 1} WHERE sequence = {number}" for number in (6, 5, 4)]
    tamperer = Tamperer(store)
    tamperer.run(*shift)
    forged = replace(written[3], actor="eve", previous=written[2].hash)
    tamperer.put(replace(forged, hash=hash_of(forged)))
    report = check(store)
    assert named(report, ("entry 5 was edited", "entry 5 does not follow", "entry 6 was edited", "entry 7 was edited"))


@pytest.mark.requirement("V1", clause="finds an insertion")
def test_an_entry_that_is_inserted_under_a_number_that_is_taken_or_left_out_is_found(store: Store) -> None:
    written = trail(store)
    forged = replace(written[5], sequence=9, previous=written[5].hash)
    Tamperer(store).put(replace(forged, hash=hash_of(forged)))
    assert check(store).problems == ("entries 7 to 8 are missing",)


@pytest.mark.requirement("V1", clause="finds a cut tail")
@pytest.mark.parametrize("kept", [0, 1, 5])
def test_a_tail_that_was_cut_is_found_with_the_hash_that_was_noted(store: Store, kept: int) -> None:
    written = trail(store)
    Tamperer(store).run(f"DELETE FROM placet_audit WHERE sequence > {kept}")
    head = written[5].hash
    problem = f"no entry has the hash `{head}`: the trail was cut before it, or written anew"
    report = check(store, head)
    assert (report.entries, report.problems) == (kept, (problem,))


@pytest.mark.requirement("V1", clause="finds a cut tail")
def test_a_trail_that_was_written_anew_is_found_with_the_hash_that_was_noted(store: Store) -> None:
    head = trail(store)[-1].hash
    Tamperer(store).run("DELETE FROM placet_audit")
    record(store, *(event(number, actor="eve") for number in range(1, 7)))
    assert check(store).intact
    assert not check(store, head).intact


@pytest.mark.requirement("V1", clause="finds a cut tail")
def test_a_hash_noted_earlier_is_found_in_a_trail_that_has_grown(store: Store) -> None:
    written = trail(store)
    record(store, event(7))
    for noted in (written[0], written[5]):
        assert check(store, noted.hash).intact
        assert check(store, f"  {noted.hash.upper()}\n").intact


def test_a_report_names_some_problems_and_counts_all(store: Store) -> None:
    trail(store, SHOWN + 5)
    Tamperer(store).run("UPDATE placet_audit SET actor = 'eve'")
    report = check(store)
    assert (report.found, len(report.problems)) == (SHOWN + 5, SHOWN)


def test_verification_needs_no_more_memory_for_a_longer_trail(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("placet.storage.audit.AT_ONCE", 50)

    def peak() -> int:
        tracemalloc.start()
        assert check(store).intact
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    trail(store, 200)
    peak()
    short = peak()
    record(store, *map(event, range(1_400)))
    assert check(store).entries == 1_600
    assert peak() < 1.3 * short


def test_pages_are_the_newest_first_and_can_be_narrowed_to_a_domain(store: Store) -> None:
    written = record(store, *(event(number, domain="hr" if number % 2 else "finance") for number in range(6)))
    with store.reading() as session:
        first = session.audit.page(limit=4)
        second = session.audit.page(cursor=first.next, limit=4)
        assert [*first.items, *second.items] == written[::-1]
        assert second.next is None
        assert session.audit.page(domain="hr").items == tuple(written[5::-2])
        assert session.audit.page(domain="none").items == ()
