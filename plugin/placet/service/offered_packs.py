"""The rule packs that could be put in force: shipped ones, examples, and those a host brings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.metadata import EntryPoint, entry_points
from importlib.resources.abc import Traversable
from pathlib import Path

from placet.domain.errors import SettingError
from placet.engine.packs import sha256

GROUP = "placet.rulepacks"
"""The group of entry points by which an installed package offers packs: each names a package that holds them."""

SHIPPED, EXAMPLE, FOLDER = "shipped", "example", "folder"


@dataclass(frozen=True)
class OfferedPack:
    """A pack on offer; `origin` is `shipped`, `example`, `folder`, or the name of the entry point it comes by."""

    name: str
    origin: str
    text: str
    cases: str

    @property
    def hash(self) -> str:
        """The hash it would be in force under."""
        return sha256(self.text)


def offered(folder: str) -> list[OfferedPack]:
    """Every pack on offer, by name; `folder` is that of the setting, and none if empty.

    Raises SettingError for a folder or an entry point that can't be read.
    """
    shipped = resources.files("placet.rules")
    found = [*_packs(shipped, SHIPPED), *_packs(shipped / "examples", EXAMPLE)]
    for point in _points():
        found += _packs(_package(point), point.name)
    if folder:
        found += _packs(_folder(folder), FOLDER)
    return sorted(found, key=lambda pack: pack.name)


def _points() -> list[EntryPoint]:
    """The entry points, each once: a package that is found on two paths is told twice."""
    return list({(point.name, point.value): point for point in entry_points(group=GROUP)}.values())


def _package(point: EntryPoint) -> Traversable:
    try:
        return resources.files(point.value)
    except (ImportError, TypeError, ValueError) as error:
        raise SettingError(
            f"the entry point `{point.name}` of `{GROUP}` names `{point.value}`, which is no package with rule packs "
            f"({error}): name the package that holds them, or uninstall it"
        ) from None


def _folder(name: str) -> Path:
    path = Path(name)
    if not path.is_dir():
        raise SettingError(f"`PLACET_RULE_PACKS` names the folder `{name}`, which does not exist: make it first")
    return path


def _packs(folder: Traversable, origin: str) -> Iterator[OfferedPack]:
    texts = {one.name: one for one in folder.iterdir() if one.name.endswith(".yaml")} if folder.is_dir() else {}
    for file in sorted(texts):
        name = file.removesuffix(".yaml")
        if not name.endswith(".cases"):
            cases = texts.get(f"{name}.cases.yaml")
            yield OfferedPack(name, origin, _read(texts[file], origin), _read(cases, origin) if cases else "")


def _read(file: Traversable, origin: str) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(
            f"the rule pack `{file.name}` ({origin}) can't be read ({error}): save it as UTF-8"
        ) from None
