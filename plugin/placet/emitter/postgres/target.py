"""The PostgreSQL target."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from placet.emitter.policy import Desired, Entitlement
from placet.emitter.postgres.catalog import importable_sources
from placet.emitter.postgres.connection import locked, session
from placet.emitter.postgres.entitlements import Entitlements
from placet.emitter.postgres.names import view, view_name
from placet.emitter.postgres.plan import apply_all, as_plan, dry_run
from placet.emitter.postgres.steps import Work
from placet.emitter.postgres.verify import findings
from placet.emitter.settings import PostgresSettings
from placet.emitter.target import Capabilities, CatalogSource, Drift, Plan


class PostgresTarget:
    """A PostgreSQL database, version 16 or newer, as a `Target`; each method opens a connection of its own."""

    capabilities = Capabilities(exact_expiry=True, guardrails=True, masks=True, row_filters=True)

    def __init__(self, settings: PostgresSettings) -> None:
        self.settings = settings

    def address(self, schema: str, name: str) -> str:
        return view(self.settings, view_name(schema, name)).as_string()

    def plan(self, desired: Desired) -> Plan:
        with session(self.settings) as connection:
            work = Work(connection, self.settings, desired)
            return as_plan(work, *dry_run(work))

    def apply(self, wanted: Callable[[], Desired]) -> Plan:
        with locked(self.settings) as connection:
            work = Work(connection, self.settings, wanted())
            return as_plan(work, apply_all(work))

    def verify(self, desired: Desired) -> list[Drift]:
        with session(self.settings) as connection:
            return findings(Work(connection, self.settings, desired))

    def grant(self, entitlement: Entitlement, members: tuple[str, ...] = ()) -> int:
        with locked(self.settings) as connection:
            return Entitlements(connection, self.settings).grant(entitlement, members)

    def revoke(self, grant: str, at: datetime) -> None:
        with locked(self.settings) as connection:
            Entitlements(connection, self.settings).revoke(grant, at)

    def drop_ended(self, grant: str) -> None:
        with locked(self.settings) as connection:
            Entitlements(connection, self.settings).drop_ended(grant)

    def held(self) -> tuple[Entitlement, ...]:
        with session(self.settings) as connection:
            return Entitlements(connection, self.settings).held()

    def read_catalog(self) -> tuple[CatalogSource, ...]:
        with session(self.settings) as connection:
            return importable_sources(connection, self.settings)
