"""The tables of docs/permissions.md, written from the permission table and the cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from placet.domain.permissions import TABLE, Action
from tests.matrix.cells import API, CELLS, PAGES, Cell, Guard

PAGE = Path(__file__).parent.parent.parent / "docs" / "permissions.md"
BEGIN, END = "<!-- written by `python -m tests.matrix` -->", "<!-- as far as here -->"


def with_tables(page: str) -> str:
    """The page with its tables as they have to be."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}"


def tables() -> str:
    """Who may do what, and which routes ask for it."""
    who = table("action", "who", ((action.value, TABLE[action].who) for action in Action))
    asked = table("action", "endpoints and pages", ((action.value, asking(action)) for action in Action))
    others = table("who", "endpoints and pages", rest())
    return f"{who}\n\n## Where it is asked\n\n{asked}\n\nWhat no action is asked for:\n\n{others}"


def table(first: str, second: str, rows: Iterable[tuple[str, str]]) -> str:
    return "\n".join([f"| {first} | {second} |", "|---|---|", *(f"| {one} | {other} |" for one, other in rows)])


def asking(action: Action) -> str:
    return routes(lambda cell: action in guards(cell))


def rest() -> Iterable[tuple[str, str]]:
    """The routes that ask for no action of the table, by whom they are for."""
    relations = {guard for cells in CELLS.values() for cell in cells for guard in guards(cell)} - set(Action)
    for words in sorted(guard.words for guard in relations if not isinstance(guard, Action)):
        yield words, routes(lambda cell, words=words: words in {getattr(one, "words", "") for one in guards(cell)})  # type: ignore[misc]  # bound at once
    yield "anyone signed in", routes(lambda cell: not guards(cell) and not cell.public)
    yield "anyone", routes(lambda cell: cell.public)


def guards(cell: Cell) -> list[Guard]:
    return [guard for guard in (cell.sees, cell.does, cell.also, cell.lists) if guard is not None]


def routes(fits: Callable[[Cell], bool]) -> str:
    """The routes with a cell that fits, those of the API first."""
    found = [f"`{route}`" for part in (API, PAGES) for route, cells in part.items() if any(map(fits, cells))]
    return ", ".join(found)
