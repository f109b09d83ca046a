"""Writes a new pack and its cases into files."""

from __future__ import annotations

from pathlib import Path

from placet.domain.errors import Conflict
from placet.service.new_pack import new_pack


def write_new(name: str, folder: Path) -> list[Path]:
    """Write a pack and its cases into a folder; the files. Raises Invalid, and Conflict where one is there already."""
    text, cases = new_pack(name)
    files = {folder / f"{name}.yaml": text, folder / f"{name}.cases.yaml": cases}
    if there := [path for path in files if path.exists()]:
        raise Conflict(f"`{there[0]}` is there already: take another name, or remove it")
    for path, written in files.items():
        path.write_text(written, encoding="utf-8")
    return list(files)
