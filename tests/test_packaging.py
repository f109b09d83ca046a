"""What a wheel would hold: packages and data files are listed by hand, since two of them stand outside `plugin`."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
ELSEWHERE = {"placet.rules": "rules", "placet.web": "web"}


def folder_of(package: str) -> Path:
    return ROOT / ELSEWHERE.get(package, f"plugin/{package.replace('.', '/')}")


def shipped(package: str) -> set[Path]:
    """The data files that the patterns of a package choose."""
    patterns = SETUPTOOLS["package-data"].get(package, [])
    return {path for pattern in patterns for path in folder_of(package).glob(pattern)}


def test_every_package_is_shipped() -> None:
    roots = [ROOT / "plugin" / "placet", *(ROOT / folder for folder in ELSEWHERE.values())]
    folders = {init.parent for root in roots for init in root.rglob("__init__.py")}
    assert {folder_of(package) for package in SETUPTOOLS["packages"]} == folders


def test_folders_outside_the_package_go_where_their_name_says() -> None:
    assert SETUPTOOLS["package-dir"] == {"": "plugin"} | ELSEWHERE


@pytest.mark.parametrize("folder", ["plugin/placet", "rules", "web"])
def test_every_data_file_is_shipped(folder: str) -> None:
    files = {path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
    assert files <= {path for package in SETUPTOOLS["packages"] for path in shipped(package)}
