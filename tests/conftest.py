"""Tests say which clause of `docs/requirements.md` they show; `--requirements` sums up what was shown."""

from __future__ import annotations

import pytest

from tests.requirements_list import FILE, read
from tests.requirements_plugin import RequirementsPlugin
from tests.sampling import left_out


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--requirements", action="store_true", help="print a line on each requirement at the end")
    parser.addoption("--every-database", action="store_true", help="run everything on PostgreSQL too, and no sample")
    parser.addoption("--browser", action="store_true", help="fail where there is no browser, instead of skipping")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--every-database") or config.option.collectonly:
        return
    if left := set(left_out(items)):
        config.hook.pytest_deselected(items=list(left))
        items[:] = [item for item in items if item not in left]


def pytest_configure(config: pytest.Config) -> None:
    plugin = RequirementsPlugin(read(FILE.read_text()), summary=config.getoption("--requirements"))
    config.pluginmanager.register(plugin, "placet-requirements")
