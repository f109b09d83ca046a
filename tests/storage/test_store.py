"""Sessions: all or nothing, one at a time in a thread, and no trace in the host's process."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import peewee
import psycopg
import pytest

from placet.demo.server import EmbeddedPostgres
from placet.domain.errors import AlreadyThere, Conflict, SettingError, Unavailable
from placet.domain.products import Domain
from placet.storage import Store
from placet.storage.store import backend_for
from placet.storage.tables import DomainRow
from tests.storage.world import PRODUCT, furnish

OTHERS = "pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"


def end_connections(postgres: EmbeddedPostgres) -> None:
    """What a restart of the server does to whoever is connected."""
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(f"SELECT pg_terminate_backend(pid) FROM {OTHERS}")


def domains(store: Store) -> list[str]:
    with store.reading() as session:
        return [domain.id for domain in session.domains.all()]


def keep(store: Store, *ids: str) -> None:
    with store.writing() as session:
        for id in ids:
            session.domains.save(Domain(id, id))


def test_what_a_session_wrote_is_there_for_the_next(store: Store) -> None:
    keep(store, "hr", "finance")
    assert domains(store) == ["finance", "hr"]


def test_an_error_undoes_everything_the_session_wrote(store: Store) -> None:
    def fail() -> None:
        with store.writing() as session:
            session.domains.save(Domain("hr", "Human resources"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert domains(store) == []


def test_a_statement_that_failed_undoes_the_rest_even_if_it_was_caught(store: Store) -> None:
    def pass_over_an_error() -> None:
        with store.writing() as session:
            session.domains.save(Domain("finance", "Finance"))
            with pytest.raises(AlreadyThere):
                session.products.add(PRODUCT)

    furnish(store)
    with pytest.raises(RuntimeError, match="let the error leave the session"):
        pass_over_an_error()
    assert domains(store) == ["hr"]


def test_what_refers_to_nothing_is_refused_as_a_conflict(store: Store) -> None:
    furnish(store)
    with pytest.raises(Conflict, match="does not exist"), store.writing() as session:
        session.products.add(replace(PRODUCT, id="other", name="Other", domain="nowhere"))


def test_a_session_that_reads_refuses_to_write(store: Store) -> None:
    with pytest.raises(RuntimeError, match="only reads"), store.reading() as session:
        session.domains.save(Domain("hr", "Human resources"))


def test_a_session_that_reads_refuses_to_lock(store: Store) -> None:
    with pytest.raises(RuntimeError, match="only reads"), store.reading() as session:
        session.products.lock("salaries")


@pytest.mark.parametrize("outer", ["reading", "writing"])
@pytest.mark.parametrize("inner", ["reading", "writing"])
def test_a_session_inside_a_session_is_refused(store: Store, outer: str, inner: str) -> None:
    with getattr(store, outer)(), pytest.raises(RuntimeError, match="in a session already"), getattr(store, inner)():
        pass
    keep(store, "hr")
    assert domains(store) == ["hr"]


def test_a_session_that_reads_sees_one_state(store: Store) -> None:
    keep(store, "before")
    with store.reading() as session:
        first = session.domains.all()
        writer = threading.Thread(target=keep, args=(store, "meanwhile"))
        writer.start()
        writer.join()
        assert session.domains.all() == first
    assert domains(store) == ["before", "meanwhile"]


def test_the_connection_is_closed_after_each_session(store: Store) -> None:
    keep(store, "hr")
    assert store._backend.database.is_closed()


def test_a_connection_held_open_is_used_and_closed_by_whoever_opened_it(store: Store) -> None:
    with store.connected():
        keep(store, "hr")
        assert not store._backend.database.is_closed()
        assert domains(store) == ["hr"]
    assert store._backend.database.is_closed()


def test_two_stores_of_different_kinds_live_in_one_process(
    sqlite_url: str, postgres_url: str, open_store: Callable[[str], Store]
) -> None:
    one, other = open_store(sqlite_url), open_store(postgres_url)
    with one.writing() as here, other.writing() as there:
        here.domains.save(Domain("here", "Here"))
        there.domains.save(Domain("there", "There"))
    assert (domains(one), domains(other)) == (["here"], ["there"])


def test_threads_of_two_stores_never_meet(
    sqlite_url: str, postgres_url: str, open_store: Callable[[str], Store]
) -> None:
    stores = {"sqlite": open_store(sqlite_url), "postgres": open_store(postgres_url)}
    begin = threading.Barrier(6)

    def write(kind: str, thread: int) -> None:
        begin.wait()
        for number in range(5):
            keep(stores[kind], f"{kind} {thread} {number}")

    threads = [threading.Thread(target=write, args=(kind, thread)) for kind in stores for thread in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for kind, store in stores.items():
        assert domains(store) == [f"{kind} {thread} {number}" for thread in range(3) for number in range(5)]


def test_the_host_s_own_database_and_models_stay_as_they_were(store: Store, tmp_path: Path) -> None:
    host = peewee.SqliteDatabase(tmp_path / "host.db")

    class Note(host.Model):  # type: ignore[name-defined, misc]  # made by the host's database
        text = peewee.TextField()

    host.create_tables([Note])
    host.connect(reuse_if_open=True)
    keep(store, "hr")
    Note.create(text="kept")
    assert not host.is_closed()
    assert (Note._meta.database, DomainRow._meta.database) == (host, None)
    assert host.get_tables() == ["note"]
    host.close()


@pytest.mark.parametrize("url", ["mysql://root:secret@host/db", "secret", "", "sqlite://", "postgres"])
def test_an_address_of_no_known_kind_is_refused_without_showing_more_than_its_kind(url: str) -> None:
    with pytest.raises(SettingError, match="no kind of database") as refused:
        Store(url)
    assert "root:secret" not in refused.value.detail


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite:///:memory:", "sqlite:///?mode=memory"])
def test_a_database_in_memory_is_refused_since_each_thread_would_have_its_own(url: str) -> None:
    with pytest.raises(SettingError, match="needs a database file"):
        Store(url)


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=f"`{tmp_path / 'missing'}`"):
        Store(f"sqlite:///{tmp_path / 'missing' / 'placet.db'}")


def test_a_server_that_does_not_answer_is_unavailable(tmp_path: Path) -> None:
    store = Store(f"postgresql://somebody:secret@/nothing?host={tmp_path}")
    with pytest.raises(Unavailable, match="does not answer") as refused, store.reading():
        pass
    assert "secret" not in refused.value.detail


def test_sqlite_keeps_to_its_rules(sqlite_url: str, open_store: Callable[[str], Store]) -> None:
    store = open_store(sqlite_url)
    with store.connected():
        pragma = store._backend.database.pragma
        assert (pragma("journal_mode"), pragma("foreign_keys"), pragma("synchronous")) == ("wal", 1, 2)


def test_a_sqlite_database_that_stays_busy_is_unavailable(
    sqlite_url: str, open_store: Callable[[str], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("placet.storage.sqlite.WAIT", 0.05)
    store = open_store(sqlite_url)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="try again"):
        keep(store, "hr")
    other.execute("ROLLBACK")
    other.close()
    keep(store, "hr")


def test_a_row_that_stays_locked_is_unavailable(
    postgres_url: str, open_store: Callable[[str], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("placet.storage.postgres.WAIT", 50)
    store, other = furnish(open_store(postgres_url)), open_store(postgres_url)
    with other.writing() as session:
        session.products.lock("salaries")
        with pytest.raises(Unavailable, match="try again"), store.writing() as waiting:
            waiting.products.lock("salaries")


def test_what_the_address_says_to_the_server_counts(postgres_url: str, open_store: Callable[[str], Store]) -> None:
    store = open_store(f"{postgres_url}&options=-c%20search_path%3Delsewhere%20-c%20lock_timeout%3D7s")
    with store.connected():
        show = store._backend.database.execute_sql
        shown = [show(f"SHOW {name}").fetchone()[0] for name in ("search_path", "lock_timeout", "application_name")]
    assert shown == ["elsewhere", "7s", "placet"]


def test_an_address_that_can_not_be_read_is_refused_without_showing_it() -> None:
    with pytest.raises(SettingError, match="can't be read") as refused:
        Store("postgresql://user:secret@host:port:more/%zz")
    assert "secret" not in refused.value.detail


def test_a_new_sqlite_file_is_for_its_owner_alone(tmp_path: Path, open_store: Callable[[str], Store]) -> None:
    open_store(f"sqlite:///{tmp_path / 'placet.db'}").migrate()
    modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir() if file.suffix != ".lock"}
    assert set(modes.values()) == {0o600}


def test_a_new_sqlite_file_keeps_a_log_before_anyone_connects(tmp_path: Path) -> None:
    """Where two connections change to the log at once, SQLite refuses one of them, however long it would wait."""
    path = tmp_path / "placet.db"
    backend_for(f"sqlite:///{path}").prepare()
    assert path.read_bytes()[18:20] == b"\x02\x02"  # "file format: 2 for WAL", https://www.sqlite.org/fileformat.html
    assert {file.name for file in tmp_path.iterdir()} == {"placet.db", "placet.db.lock"}


def in_a_fork(act: Callable[[], bool]) -> bool:
    """What `act` says in a forked process."""
    child = os.fork()
    if not child:
        said = False
        try:
            said = act()
        finally:
            os._exit(0 if said else 1)
    return os.waitpid(child, 0)[1] == 0


def test_a_forked_process_can_write_as_well(store: Store) -> None:
    def write() -> bool:
        keep(store, "child")
        return True

    keep(store, "parent")
    assert in_a_fork(write)
    keep(store, "parent again")
    assert domains(store) == ["child", "parent", "parent again"]


def test_a_forked_process_leaves_the_parent_s_connections_alone(
    postgres_url: str, open_store: Callable[[str], Store]
) -> None:
    store = open_store(postgres_url)

    def connection() -> object:
        with store.connected():
            return store._backend.database.execute_sql("SELECT pg_backend_pid()").fetchone()

    parent = connection()
    assert connection() == parent
    assert in_a_fork(lambda: connection() != parent)
    assert connection() == parent


def test_connections_that_the_server_ended_are_replaced(
    postgres: EmbeddedPostgres, postgres_url: str, open_store: Callable[[str], Store]
) -> None:
    store = open_store(postgres_url)
    keep(store, "before")
    end_connections(postgres)
    keep(store, "after")
    assert domains(store) == ["after", "before"]


def test_a_connection_lost_within_a_session_is_unavailable_and_keeps_nothing(
    postgres: EmbeddedPostgres, postgres_url: str, open_store: Callable[[str], Store]
) -> None:
    store = open_store(postgres_url)

    def lose_the_connection() -> None:
        with store.writing() as session:
            session.domains.save(Domain("lost", "Lost"))
            end_connections(postgres)
            session.domains.save(Domain("more", "More"))

    with pytest.raises(Unavailable):
        lose_the_connection()
    assert domains(store) == []


def test_closing_leaves_no_connection_on_the_server(
    postgres: EmbeddedPostgres, postgres_url: str, open_store: Callable[[str], Store]
) -> None:
    store = open_store(postgres_url)
    keep(store, "hr")
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        count = f"SELECT count(*) FROM {OTHERS}"
        [before] = connection.execute(count).fetchone() or [0]
        store.close()
        for _ in range(100):
            [after] = connection.execute(count).fetchone() or [0]
            if after < before:
                break
            connection.execute("SELECT pg_sleep(0.02)")
    assert after == before - 1
