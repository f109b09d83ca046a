"""First pages cost the same in a marketplace ten times as large: counted in statements and in steps, not in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.catalog import PAGES, asked
from benchmarks.catalog_world import filled
from placet.service import Marketplace

SMALL, LARGE = 600, 6_000
"""What stands on a first page is of the same kinds in both: the kinds repeat every 600 rows."""

COUNTS = {"what ending a product would mean", "a person", "unread notifications"}
"""What the database counts takes more steps where there is more."""

STEP = 1_000
"""Instructions of SQLite that are counted as one."""


@pytest.fixture(scope="module")
def marketplaces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Marketplace, Marketplace]]:
    folder = tmp_path_factory.mktemp("flat")
    small, large = (filled(f"sqlite:///{folder / f'{size}.db'}", size) for size in (SMALL, LARGE))
    yield small, large
    for one in (small, large):
        one.context.store.close()


def cost(marketplace: Marketplace, page: str) -> tuple[int, int]:
    """The statements of a page, and the thousands of instructions that SQLite takes for them."""
    database: Any = marketplace.context.store._backend.database
    read, steps, statements = asked(page, marketplace), list[int](), list[str]()

    def count(query: Any) -> None:
        if not statements:
            database.connection().set_progress_handler(lambda: steps.append(1), STEP)
        statements.append(query.sql)

    database.query_hooks.append(count)
    try:
        read()
    finally:
        database.query_hooks.remove(count)
    return len(statements), len(steps)


@pytest.mark.parametrize("page", PAGES)
def test_a_first_page_takes_as_many_statements_and_steps_however_much_there_is(
    marketplaces: tuple[Marketplace, Marketplace], page: str
) -> None:
    (statements, steps), (more_statements, more_steps) = (cost(one, page) for one in marketplaces)
    assert more_statements <= statements + 2  # what is too much to be looked up is asked for in other words
    assert page in COUNTS or more_steps <= 3 * steps + 30, (steps, more_steps)


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_looked_up_row_by_row(
    marketplaces: tuple[Marketplace, Marketplace], monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """A page of fifty takes a few statements more than one of five, which has not every kind of row on it."""
    _, large = marketplaces
    statements, _ = cost(large, page)
    monkeypatch.setattr(large.context, "settings", replace(large.context.settings, page_size=5))
    few, _ = cost(large, page)
    assert statements <= few + 20
