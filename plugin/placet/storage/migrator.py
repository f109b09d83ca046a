"""Runs the migrations in `migrations/`, each once, in order."""

from __future__ import annotations

from pathlib import Path

import peewee
from playhouse.migrations import Runner

from placet.domain.errors import SettingError

FOLDER = Path(__file__).parent / "migrations"
HISTORY = "placet_migration"


def migrate(database: peewee.Database) -> list[str]:
    """Apply what has not been applied; the names of it. The caller holds the lock."""
    pending(database)
    return list(_runner(database).up())


def pending(database: peewee.Database) -> list[str]:
    """What has not been applied. Raises SettingError where the database has what this version does not know."""
    status = _runner(database).status()
    if unknown := [migration.name for migration in status if migration.path is None]:
        raise SettingError(f"a newer Placet made these tables (`{unknown[-1]}`): install that version, or a later one")
    return [migration.name for migration in status if not migration.applied]


def _runner(database: peewee.Database) -> Runner:
    return Runner(database, str(FOLDER), table_name=HISTORY)
