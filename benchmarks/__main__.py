"""Runs the benchmarks, all or those named, and writes their tables: `python -m benchmarks [NAME...]`."""

from __future__ import annotations

import importlib
import os
import pkgutil
import platform
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"

Table = Callable[[], str]


def benchmarks() -> dict[str, Table]:
    """The function `table` of each module of this package that has one, by the name of the module.

    It measures and returns Markdown; all its figures come from that one run.
    """
    names = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]) if module.name != "__main__"]
    modules = {name: importlib.import_module(f"benchmarks.{name}") for name in names}
    return {name: module.table for name, module in modules.items() if hasattr(module, "table")}


def chosen(names: Iterable[str], known: Mapping[str, Table]) -> dict[str, Table]:
    """The benchmarks named, or all. Ends the program where there is none of that name."""
    for name in names:
        if name not in known:
            sys.exit(f"no benchmark `{name}`: there are {', '.join(known)}")
    return {name: known[name] for name in names or known}


def written(page: str, name: str, table: str) -> str:
    """The page with `table` between the markers of `name`. Ends the program where the page has none."""
    start, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, opened, rest = page.partition(start)
    _, closed, after = rest.partition(end)
    if not (opened and closed):
        sys.exit(f"{PAGE.name} has no place for `{name}`: add the lines `{start}` and `{end}` where its table belongs")
    return f"{before}{start}\n{table.strip()}\n\n{machine()}\n{end}{after}"


def machine() -> str:
    """What it was measured on."""
    system = f"{platform.system()} on {platform.machine()} with {os.cpu_count()} cores"
    return f"Measured in one run with {platform.python_implementation()} {platform.python_version()}, {system}."


def main(names: list[str]) -> None:
    tables = chosen(names, benchmarks())
    for name in tables:
        written(PAGE.read_text(), name, "")  # better now than after the measuring
    for name, table in tables.items():
        print(f"Measuring {name}", flush=True)
        measured = table()
        print(measured, flush=True)
        PAGE.write_text(written(PAGE.read_text(), name, measured))


if __name__ == "__main__":
    main(sys.argv[1:])
