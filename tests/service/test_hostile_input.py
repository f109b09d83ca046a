"""What Python's own readers give up on is refused in words, wherever people send it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from placet.domain.errors import Invalid
from placet.service import people_file
from placet.service.source_file import read_sources
from placet.service.tagging import tag_rows
from placet.service.terms import term_from

LONG = "x" * 131_073
"""A character more than a value of a CSV may have."""

READ: dict[str, Callable[[], object]] = {
    "people by CSV": lambda: people_file.read_csv(f"id,name\nann,{LONG}\n"),
    "people by JSON": lambda: people_file.read_json("[" * 100_000),
    "sources by CSV": lambda: read_sources(f"schema,table,column\npay,salaries,{LONG}\n", "csv", "warehouse"),
    "tags": lambda: list(tag_rows(f"schema,table,column,tags\npay,salaries,,{LONG}\n")),
    "the end of the calendar": lambda: term_from(end="9999-12-31T23:59:59-23:59"),
    "its beginning": lambda: term_from(end="0001-01-01T00:00:00+23:59"),
}


@pytest.mark.parametrize("read", READ.values(), ids=READ)
def test_it_is_refused(read: Callable[[], object]) -> None:
    with pytest.raises(Invalid):
        read()
