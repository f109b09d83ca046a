"""Databases with the shop in them: import the fixtures into a `conftest.py`."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hosts.host import bare_host, load
from tests.pages.shop import fill

Open = Callable[[], str]


@pytest.fixture(scope="session")
def open_shop(tmp_path_factory: pytest.TempPathFactory) -> Open:
    """Gives the address of another SQLite database with the shop in it, each time it is called."""
    folder = tmp_path_factory.mktemp("shops")
    stocked = folder / "placet.db"
    fill(load(bare_host(f"sqlite:///{stocked}")).marketplace)
    numbers = itertools.count(1)
    return lambda: f"sqlite:///{shutil.copy(stocked, folder / f'{next(numbers)}.db')}"


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a host leaves in the current folder is left here."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def shop_url(open_shop: Open) -> str:
    """The address of an SQLite database with the shop in it."""
    return open_shop()


def path_of(url: str) -> Path:
    """The file of an SQLite database."""
    return Path(url.removeprefix("sqlite:///"))


__all__ = ["Open", "in_folder", "open_shop", "path_of", "shop_url"]
