"""Tests say which clause of `docs/requirements.md` they show; `--requirements` sums up what was shown."""

from __future__ import annotations

import pytest

from tests.requirements_list import FILE, read
from tests.requirements_plugin import RequirementsPlugin


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--requirements", action="store_true", help="print a line on each requirement at the end")
    parser.addoption("--browser", action="store_true", help="fail where there is no browser, instead of skipping")


def pytest_configure(config: pytest.Config) -> None:
    plugin = RequirementsPlugin(read(FILE.read_text()), summary=config.getoption("--requirements"))
    config.pluginmanager.register(plugin, "placet-requirements")
