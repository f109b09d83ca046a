"""The tables the migrations make are those the code reads and writes."""

from __future__ import annotations

import multiprocessing
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import peewee
import pytest
from peewee import Model

from placet.domain.errors import SettingError
from placet.storage import SourceFilter, Store, event_tables, migrator, tables
from placet.storage.fields import Json, Text, Utc

CLASSES = [value for value in (vars(tables) | vars(event_tables)).values() if isinstance(value, type)]
ALL = [table for table in CLASSES if issubclass(table, Model) and table is not Model]

KINDS: dict[type[peewee.Field[Any]], set[str]] = {
    Text: {"text"},
    Json: {"text"},
    Utc: {"bigint"},
    peewee.BooleanField: {"boolean"},
    peewee.IntegerField: {"integer"},
    peewee.BigIntegerField: {"bigint", "integer"},
    peewee.AutoField: {"bigint", "integer"},
}
"""How a database may call the type of each kind of field; whole numbers have any size in SQLite."""


def test_tables_are_as_the_code_says(store: Store) -> None:
    for table in ALL:
        with store.connected():
            columns = store._backend.database.get_columns(table._meta.table_name)
            key = store._backend.database.get_primary_keys(table._meta.table_name)
        fields = {field.column_name: field for field in table._meta.sorted_fields}
        assert key == [field.column_name for field in table._meta.get_primary_keys()], table
        assert {column.name for column in columns} == set(fields), table
        for column in columns:
            field = fields[column.name]
            assert column.data_type.lower() in KINDS[type(field)], field
            assert column.null is field.null or column.name in key, field


def test_there_is_no_table_that_the_code_does_not_know(store: Store) -> None:
    with store.connected():
        found = {name for name in store._backend.database.get_tables() if not name.startswith("sqlite_")}
    assert found == {table._meta.table_name for table in ALL} | {"placet_migration"}
    assert all(name.startswith("placet_") for name in found)


def test_text_is_compared_byte_by_byte_on_postgres(postgres_url: str, open_store: Callable[[str], Store]) -> None:
    store = open_store(postgres_url)
    query = """SELECT DISTINCT collation_name FROM information_schema.columns
               WHERE starts_with(table_name, 'placet_') AND table_name <> 'placet_migration' AND data_type = 'text'"""
    with store.connected():
        assert store._backend.database.execute_sql(query).fetchall() == [("C",)]


def test_migrations_run_once(empty_url: str, open_store: Callable[[str], Store]) -> None:
    store = open_store(empty_url)
    names = [path.stem for path in sorted(migrator.FOLDER.glob("[0-9]*.py"))]
    assert names
    assert store.pending_migrations() == names
    assert store.migrate() == names
    assert store.pending_migrations() == []
    assert store.migrate() == []


def test_tables_of_a_newer_version_are_refused(empty_url: str, open_store: Callable[[str], Store]) -> None:
    store = open_store(empty_url)
    store.migrate()
    with store.connected():
        history = "INSERT INTO placet_migration (name, applied) VALUES ('9999_later', '2030-01-01')"
        store._backend.database.execute_sql(history)
    for check in (store.pending_migrations, store.migrate):
        with pytest.raises(SettingError, match="newer Placet made these tables"):
            check()


def test_a_migration_that_fails_leaves_nothing(
    empty_url: str, open_store: Callable[[str], Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "0001_half.py").write_text(
        "def up(migrator, db):\n    db.execute_sql('CREATE TABLE placet_half (id INTEGER)')\n    1 / 0\n"
    )
    monkeypatch.setattr(migrator, "FOLDER", tmp_path)
    store = open_store(empty_url)
    with pytest.raises(ZeroDivisionError):
        store.migrate()
    assert store.pending_migrations() == ["0001_half"]
    with store.connected():
        assert "placet_half" not in store._backend.database.get_tables()


def test_who_waits_for_a_migration_waits_as_long_as_it_takes(
    empty_postgres_url: str, open_store: Callable[[str], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("placet.storage.postgres.WAIT", 1)
    first, second = open_store(empty_postgres_url), open_store(empty_postgres_url)
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with ThreadPoolExecutor(1) as threads, first.connected(), first._backend.migrating():
        migrated = threads.submit(second.migrate)
        for _ in range(500):
            if first._backend.database.execute_sql(waiting).fetchone() == (1,) or migrated.done():
                break
            first._backend.database.execute_sql("SELECT pg_sleep(0.02)")
        first._backend.database.execute_sql("SELECT pg_sleep(0.05)")
        assert not migrated.done()
    assert migrated.result() != []
    with second.connected():
        assert second._backend.database.execute_sql("SHOW lock_timeout").fetchone() == ("1ms",)


def test_processes_that_migrate_at_once_wait_for_each_other(empty_url: str, open_store: Callable[[str], Store]) -> None:
    spawn = multiprocessing.get_context("spawn")
    begin, said = spawn.Barrier(3), spawn.Queue()
    processes = [spawn.Process(target=_migrate, args=(empty_url, begin, said)) for _ in range(3)]
    for process in processes:
        process.start()
    results = [said.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    names = [path.stem for path in sorted(migrator.FOLDER.glob("[0-9]*.py"))]
    assert sorted(results) == [[], [], names]
    assert open_store(empty_url).pending_migrations() == []


def _migrate(url: str, begin: Any, said: Any) -> None:
    store = Store(url)
    begin.wait()
    try:
        said.put(store.migrate())
    except Exception as error:
        said.put(repr(error))
    store.close()


def test_domains_sources_and_people_that_are_there_are_found_after_the_upgrade(
    empty_url: str, open_store: Callable[[str], Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in migrator.FOLDER.glob("000[1-4]*.py"):
        shutil.copy(path, tmp_path)
    store = open_store(empty_url)
    with monkeypatch.context() as earlier:
        earlier.setattr(migrator, "FOLDER", tmp_path)
        store.migrate()
    with store.connected():
        run = store._backend.database.execute_sql
        run("INSERT INTO placet_domain (id, name, description) VALUES ('hr', 'People', '')")
        run("INSERT INTO placet_source (id, target, schema, name) VALUES ('s', 'lake', 'Pay', 'pay_rolls')")
        run("INSERT INTO placet_source_column VALUES ('s', 0, 7, 'amount', 'numeric')")
        run("INSERT INTO placet_person VALUES ('Rita', 'Rita', '', 'person', NULL, TRUE)")
    store.migrate()
    with store.reading() as session:
        assert session.people.alike("RITA ") == "Rita"
        assert [domain.name for domain in session.domains.page().items] == ["People"]
        [found] = session.sources.page(SourceFilter(search="rolls pay")).items
    assert (found.last_column, found.numbered, found.columns[0].confirmed, found.revision) == (7, True, True, 1)
