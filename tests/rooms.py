"""What the modules of Placet import, read from their source, and what in it breaks the order of the rooms."""

from __future__ import annotations

import ast
import graphlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ORDER: tuple[frozenset[str], ...] = tuple(
    frozenset(rooms.split())
    for rooms in (
        "domain",
        "settings",
        "engine",
        "workflow",
        "storage",
        "emitter",
        "outbox",
        "service",
        "identity",
        "api pages scim worker",
        "extension",
        "demo",
        "cli",
        "placet",
    )
)
"""From the innermost room on: a room imports only those before it. `placet` is what the package itself offers."""

DATA = frozenset({"rules", "web"})
"""Folders of data that are packages only to be shipped; they import nothing."""

NOT_SHIPPED = frozenset({"plugin", "tests", "benchmarks"}) | DATA
"""Names that exist in a checkout only; the data ships as `placet.rules` and `placet.web`."""

PURE = frozenset({"domain", "settings", "workflow"})
"""Rooms that import the standard library and nothing else from outside."""

OUTSIDE_WORLD = frozenset(
    {"asyncio", "http", "smtplib", "socket", "sqlite3", "subprocess", "threading", "urllib.request"}
)
"""What a pure room can't have from the standard library either."""

BEHIND_SERVICE = frozenset({"api", "pages", "scim"})
"""Rooms that reach storage only through service."""


@dataclass(frozen=True)
class Import:
    """One import statement: `module` imports `target`, both by their full names; `runs` unless it is for types only."""

    module: str
    target: str
    line: int
    runs: bool

    def __str__(self) -> str:
        return f"{self.module}, line {self.line}, imports {self.target}"


def room_of(module: str) -> str:
    """The room of `placet.<room>...`; the package itself is the room `placet`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def modules_under(package: Path) -> dict[str, Path]:
    """The modules of a package by their full names."""
    return {_name(path.relative_to(package.parent)): path for path in sorted(package.rglob("*.py"))}


def _name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_under(package: Path) -> list[Import]:
    """Every import of every module, at whatever depth it stands, those for type checkers included."""
    modules = modules_under(package)
    return [found for module, path in modules.items() for found in _imports_of(module, path, modules)]


def _imports_of(module: str, path: Path, modules: dict[str, Path]) -> Iterator[Import]:
    base = module if path.name == "__init__.py" else module.rpartition(".")[0]
    tree = ast.parse(path.read_text())
    typing = {node for block in ast.walk(tree) if _is_for_types(block) for node in ast.walk(block)}
    for node in ast.walk(tree):
        for target in _targets(node, base, modules):
            yield Import(module, target, getattr(node, "lineno", 0), node not in typing)


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and _last_name(node.test) == "TYPE_CHECKING"


def _targets(node: ast.AST, base: str, modules: dict[str, Path]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        origin = _origin(node, base)
        for alias in node.names:
            inner = f"{origin}.{alias.name}"
            yield inner if inner in modules or not origin.startswith("placet") else origin
    elif isinstance(node, ast.Call) and _imports_by_name(node.func):
        yield from (str(name.value) for name in node.args[:1] if isinstance(name, ast.Constant))


def _origin(node: ast.ImportFrom, base: str) -> str:
    if not node.level:
        return node.module or ""
    parent = base.split(".")[: len(base.split(".")) - node.level + 1]
    return ".".join([*parent, *([node.module] if node.module else [])])


def _imports_by_name(called: ast.expr) -> bool:
    return _last_name(called) in ("import_module", "__import__")


def _last_name(expression: ast.expr) -> str:
    """`c` of `a.b.c` and of `c` alone; of anything else nothing."""
    return expression.attr if isinstance(expression, ast.Attribute) else getattr(expression, "id", "")


def faults(package: Path) -> list[str]:
    """What breaks the order of the rooms under `package`, a sentence for each; empty where nothing does."""
    imports = imports_under(package)
    ranks = {room: rank for rank, rooms in enumerate(ORDER) for room in rooms}
    unknown = {room_of(module) for module in modules_under(package)} - set(ranks)
    if unknown:
        return [f"{', '.join(sorted(unknown))}: no room of the list; add it to ORDER and to docs/architecture.md"]
    return [fault for found in imports for fault in _faults_of(found, ranks)] + _circles(imports)


def _faults_of(found: Import, ranks: dict[str, int]) -> Iterator[str]:
    if not found.target.startswith("placet"):
        yield from _foreign_faults_of(found)
        return
    room, target = room_of(found.module), room_of(found.target)
    if target in DATA:
        yield f"{found}: data is read, not imported"
    elif target not in ranks:
        yield f"{found}, which is no room"
    elif target != room and ranks[target] >= ranks[room]:
        yield f"{found}: {room} stands before {target}"
    elif target == "storage" and room in BEHIND_SERVICE:
        yield f"{found}: {room} reaches storage through service only"


def _foreign_faults_of(found: Import) -> Iterator[str]:
    room, outer = room_of(found.module), found.target.split(".")[0]
    acts = any(f"{found.target}.".startswith(f"{module}.") for module in OUTSIDE_WORLD)
    if room in PURE and (acts or outer not in sys.stdlib_module_names):
        yield f"{found}: {room} is pure"
    if outer in NOT_SHIPPED:
        yield f"{found}, which no one has who installs Placet"


def _circles(imports: list[Import]) -> list[str]:
    """Imports that need each other to run; two modules of a room may name each other's types."""
    graph: dict[str, set[str]] = {}
    for found in imports:
        if found.runs and found.target.startswith("placet"):
            graph.setdefault(found.module, set()).add(found.target)
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return [f"a circle of imports: {' <- '.join(error.args[1])}"]
    return []


def clock_faults(package: Path) -> list[str]:
    """Where a module asks for the time by itself and not `placet.domain.clock`."""
    asks = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
    return [
        f"{module}, line {node.lineno}, asks for the time: use `placet.domain.clock`"
        for module, path in modules_under(package).items()
        if module != "placet.domain.clock"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and (_last_name(node.value), node.attr) in asks
    ]
