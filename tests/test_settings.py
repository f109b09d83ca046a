from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from placet.domain.errors import SettingError
from placet.settings import PREFIX, Settings

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"
FIELDS = {PREFIX + field.name.upper(): field for field in dataclasses.fields(Settings)}

FITS: dict[str, Any] = {
    "PLACET_DATABASE": "postgresql://placet@db.example/placet",
    "PLACET_URL_PREFIX": "",
    "PLACET_ENGINE": "reference",
    "PLACET_SECRET_KEY": "a secret",
    "PLACET_ROLE_PERMISSIONS": {"Admin": "GOVERNANCE", "Auditor": "AUDIT"},
    "PLACET_TARGETS": {"warehouse": {"kind": "postgresql", "dsn_variable": "WAREHOUSE_DSN"}},
    "PLACET_QUEUE": "queue.db",
    "PLACET_ZONE": "Europe/Berlin",
    "PLACET_LOGIN_URL": "/login",
    "PLACET_CATALOG_ORIGINS": ["https://catalog.example"],
    "PLACET_WEBHOOK_ALLOW_CIDRS": ["10.1.0.0/16"],
    "PLACET_MANAGER_ATTRIBUTE": "boss",
    "PLACET_DIRECTORY_EVERY": 5,
    "PLACET_RULE_PACKS": "rules",
    "PLACET_FACTS_LIMIT": 1,
    "PLACET_TOKEN_DAYS": 90,
    "PLACET_LIMITS_STORAGE": "redis://:secret@cache.example:6379/1",
    "PLACET_PAGE_SIZE": 10,
}

DOES_NOT_FIT: dict[str, list[Any]] = {
    "PLACET_DATABASE": ["", None, 7],
    "PLACET_URL_PREFIX": ["placet", "/", "/placet/", None],
    "PLACET_ENGINE": ["", "durable", "Both", None],
    "PLACET_SECRET_KEY": [None, b"bytes"],
    "PLACET_ROLE_PERMISSIONS": [None, ["Admin"], {"Admin": "ADMIN"}, {"Admin": "governance"}, {"Admin": None}],
    "PLACET_TARGETS": [None, ["warehouse"], {"warehouse": "postgresql://"}, {"warehouse": {"hosts": "db.example"}}],
    "PLACET_QUEUE": [None, 7],
    "PLACET_ZONE": ["", None, "Europe/Nowhere", "../etc/passwd"],
    "PLACET_LOGIN_URL": [None, 7],
    "PLACET_CATALOG_ORIGINS": [
        "https://catalog.example",
        None,
        ["catalog.example"],
        ["https://catalog.example/a"],
        [7],
    ],
    "PLACET_WEBHOOK_ALLOW_CIDRS": ["10.1.0.0/16", None, ["10.1.0.0/99"], ["inside"], [7]],
    "PLACET_MANAGER_ATTRIBUTE": ["", None, 7],
    "PLACET_DIRECTORY_EVERY": [0, -1, True, "5", None, 1.5],
    "PLACET_RULE_PACKS": [None, 7],
    "PLACET_FACTS_LIMIT": [0, -1, True, "5", None, 1.5],
    "PLACET_TOKEN_DAYS": [0, 3651, True, "90"],
    "PLACET_LIMITS_STORAGE": ["", None, 7],
    "PLACET_PAGE_SIZE": [0, True, "50"],
}


def test_every_setting_is_tried_with_values_that_fit_and_that_do_not() -> None:
    assert set(FITS) == set(DOES_NOT_FIT) == set(FIELDS)


def test_without_any_setting_each_has_its_default() -> None:
    assert Settings.read(Flask("host").config) == Settings()


@pytest.mark.parametrize("name", FITS)
def test_a_value_that_fits_is_taken(name: str) -> None:
    assert getattr(Settings.read({name: FITS[name]}), FIELDS[name].name) == FITS[name]


SECRETS = {"PLACET_DATABASE": "postgresql://placet:hunter2@db.example/placet", "PLACET_SECRET_KEY": "hunter2"}


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_shown_neither_by_the_settings_nor_when_it_is_refused(name: str) -> None:
    assert "hunter2" not in repr(Settings.read({name: SECRETS[name]}))
    with pytest.raises(SettingError) as refused:
        Settings.read({name: [SECRETS[name]]})
    assert "hunter2" not in refused.value.detail


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in DOES_NOT_FIT.items() for value in values]
)
def test_a_value_that_does_not_fit_is_refused_and_what_would_is_said(name: str, value: object) -> None:
    with pytest.raises(SettingError) as refused:
        Settings.read({name: value})
    assert name in refused.value.detail
    assert f"give {FIELDS[name].metadata['want']}" in refused.value.detail


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("PLACET_DATABSE", "did you mean `PLACET_DATABASE`?"),
        ("PLACET_ROLE_PERMISSION", "did you mean `PLACET_ROLE_PERMISSIONS`?"),
        ("PLACET_QQQQQQQQQQQQQQQQQQQQQQ", "known are PLACET_CATALOG_ORIGINS, PLACET_DATABASE"),
        ("PLACET_page_size", "known are"),
    ],
)
def test_a_misspelled_setting_is_refused_with_a_hint(name: str, hint: str) -> None:
    with pytest.raises(SettingError) as refused:
        Settings.read({name: "x"})
    assert f"`{name}`" in refused.value.detail
    assert hint in refused.value.detail


def test_settings_of_the_host_and_of_the_api_library_are_left_to_them() -> None:
    assert Settings.read(
        {"SECRET_KEY": "x", "PLACETS": 1, "PLACET_API_TITLE": "Ours", "PLACET_ETAG_DISABLED": True}
    ) == (Settings())


def test_every_setting_has_its_line_in_the_documentation() -> None:
    lines = [line for line in PAGE.read_text().splitlines() if re.match(r"\| `PLACET_", line)]
    assert lines == [documented(name, field) for name, field in FIELDS.items()]


def documented(name: str, field: dataclasses.Field[Any]) -> str:
    """The line of a setting, as it has to stand in the documentation."""
    default = field.default if field.default is not dataclasses.MISSING else {}
    return f"| `{name}` | `{default!r}` | {field.metadata['about']} |"
