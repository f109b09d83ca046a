"""An office with people, a domain, a source, forms and a published product, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from placet.domain.clock import SetClock
from placet.service import Marketplace
from placet.settings import Settings
from placet.storage import Store
from tests.databases import *  # noqa: F403 - fixtures
from tests.service.office import Office

START = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(START)


@pytest.fixture
def marketplace(store: Store, clock: SetClock) -> Marketplace:
    """A marketplace without data platforms; its shipped packs are in force."""
    made = Marketplace(Settings(), store, clock=clock)
    made.upgrade()
    return made


@pytest.fixture
def office(marketplace: Marketplace, clock: SetClock) -> Office:
    return Office(marketplace, clock)
