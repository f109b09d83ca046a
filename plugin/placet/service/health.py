"""Whether this server can do its work."""

from __future__ import annotations

from datetime import timedelta

from placet.domain.errors import PlacetError
from placet.engine import missing_engine
from placet.service.context import Context
from placet.service.views import Health

MISSED = 3
"""So many readings of the host's directory may fail before it is told."""


class HealthChecks:
    """Live: the process answers. Ready: requests can be decided."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def live(self) -> Health:
        """The process answers; nothing else is asked."""
        return Health(True, {"process": "ok"})

    def ready(self) -> Health:
        """The database answers with its tables up to date, and both rule engines are there."""
        checks = {"database": self._database(), "engines": self._engines()}
        stops = any(said != "ok" for said in checks.values())
        return Health(not stops, checks, tuple(self._warnings()))

    def _database(self) -> str:
        try:
            pending = self._context.store.pending_migrations()
        except PlacetError as error:
            return error.detail
        return "ok" if not pending else f"migrations are pending: run `placet db upgrade` ({', '.join(pending)})"

    def _engines(self) -> str:
        return "ok" if self._context.settings.engine == "reference" else missing_engine() or "ok"

    def _warnings(self) -> list[str]:
        found = [self._old_directory()] if self._context.directory else []
        if self._context.settings.engine == "reference":
            found.append("`PLACET_ENGINE=reference`: one rule engine alone decides, and nothing checks it")
        return [warning for warning in found if warning]

    def _old_directory(self) -> str:
        """Who has left the host's directory keeps access in data platforms until it is read."""
        try:
            with self._context.store.reading() as session:
                read_at = session.directory.read_at()
        except PlacetError:
            return ""
        patience = MISSED * timedelta(minutes=self._context.settings.directory_every)
        if read_at and self._context.clock.now() - read_at < patience:
            return ""
        when = f"since {read_at:%Y-%m-%d %H:%M} UTC" if read_at else "yet"
        return f"the directory of the host was not read {when}: look whether the worker runs, and into its log"
