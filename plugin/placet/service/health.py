"""Whether this server can do its work."""

from __future__ import annotations

from placet.domain.errors import PlacetError
from placet.engine import missing_engine
from placet.service.context import Context
from placet.service.views import Health


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
        if self._context.settings.engine == "reference":
            return ["`PLACET_ENGINE=reference`: one rule engine alone decides, and nothing checks it"]
        return []
