"""Every setting with its default and check; a misspelled one is refused at start-up."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_network
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from placet.domain.errors import SettingError
from placet.domain.people import GlobalPermission

PREFIX = "PLACET_"
ENGINES = ("both", "reference")
FLASK_SMOREST = ("OPENAPI", "API", "SPEC", "ETAG")
"""Settings under our prefix that belong to the API library, which reads them itself."""


def _setting(
    default: Any, about: str, check: Callable[[Any], bool] = lambda _: True, want: str = "", secret: bool = False
) -> Any:
    """One setting; a secret one is never shown, neither in an error nor where the settings are printed."""
    metadata = {"about": about, "check": check, "want": want, "secret": secret}
    if isinstance(default, (dict, list)):
        return field(default_factory=lambda: type(default)(default), metadata=metadata, repr=not secret)
    return field(default=default, metadata=metadata, repr=not secret)


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _maybe_text(value: Any) -> bool:
    return isinstance(value, str)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _days(value: Any) -> bool:
    return _count(value) and value <= 3650


def _roles(value: Any) -> bool:
    return isinstance(value, Mapping) and all(held in list(GlobalPermission) for held in value.values())


def _targets(value: Any) -> bool:
    described = list(value.values()) if isinstance(value, Mapping) else [None]
    return all(isinstance(one, Mapping) and _hosts(one.get("hosts", ())) for one in described)


def _hosts(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(host, str) for host in value)


def _zone(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(ZoneInfo(value))
    except (ValueError, OSError, KeyError):
        return False


def _origins(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(map(_origin, value))


def _origin(value: Any) -> bool:
    parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
    return parts.scheme in ("http", "https") and bool(parts.hostname) and value == f"{parts.scheme}://{parts.netloc}"


def _networks(value: Any) -> bool:
    try:
        return isinstance(value, (list, tuple)) and all(isinstance(one, str) and ip_network(one) for one in value)
    except ValueError:
        return False


@dataclass(frozen=True)
class Settings:
    """What a host can set, each as `PLACET_` and the name in capitals."""

    database: str = _setting(
        "sqlite:///placet.db",
        "Where Placet keeps its own data: `sqlite:///PATH` or `postgresql://...`.",
        _text,
        "a URL",
        secret=True,
    )
    url_prefix: str = _setting(
        "/placet",
        "Where the pages stand in the host; the API stands below it under `/api/v1`.",
        lambda value: isinstance(value, str) and (value == "" or (value.startswith("/") and not value.endswith("/"))),
        "a path as `/placet`, or nothing",
    )
    engine: Literal["both", "reference"] = _setting(
        "both",
        "Which rule engines give a verdict: `both` have to agree; `reference` alone only where durable-rules is "
        "missing.",
        lambda value: value in ENGINES,
        f"one of {', '.join(ENGINES)}",
    )
    secret_key: str = _setting(
        "",
        "Signs the CSRF tokens of Placet's pages; empty: derived from the host's `SECRET_KEY`.",
        _maybe_text,
        "a string",
        secret=True,
    )
    role_permissions: Mapping[str, str] = _setting(
        {},
        "Which role of the host brings which global permission, as `{'Admin': 'GOVERNANCE'}`; none by default.",
        _roles,
        f"a mapping from host roles to {', '.join(GlobalPermission)}",
    )
    targets: Mapping[str, Mapping[str, Any]] = _setting(
        {},
        "The data platforms, by name, as `{'warehouse': {'kind': 'postgresql', 'dsn_variable': 'WAREHOUSE_DSN'}}`: the "
        "name of the environment variable that holds the connection string, never the string.",
        _targets,
        "a mapping from names to mappings that describe them",
    )
    queue: str = _setting(
        "",
        "The file of the worker's queue (SqliteHuey); empty: beside an SQLite database, else `placet-queue.db`.",
        _maybe_text,
        "a path",
    )
    zone: str = _setting(
        "UTC",
        "The IANA time zone in which a date given for an end is over, where the person brings none.",
        _zone,
        "a zone as `Europe/Berlin`",
    )
    login_url: str = _setting(
        "",
        "Where visitors sign in; empty: what the identity adapter says.",
        _maybe_text,
        "a URL",
    )
    catalog_origins: tuple[str, ...] = _setting(
        (),
        "Origins of catalogs that a `return_to` address may lead back to, as `('https://catalog.example',)`.",
        _origins,
        "a list of origins as `https://catalog.example`, without a path",
    )
    webhook_allow_cidrs: tuple[str, ...] = _setting(
        (),
        "Networks that webhooks may reach although they are private, as `('10.1.0.0/16',)`.",
        _networks,
        "a list of networks as `10.1.0.0/16`",
    )
    manager_attribute: str = _setting(
        "manager", "The key of the attribute whose values are the ids of someone's managers.", _text, "a key"
    )
    directory_every: int = _setting(
        15,
        "Minutes between two readings of the host's directory by the worker, where the host has one; whoever signs in "
        "is looked up at once.",
        _count,
        "a positive number",
    )
    rule_packs: str = _setting(
        "",
        "A folder with rule packs of your own, each as `NAME.yaml` with its cases beside it as `NAME.cases.yaml`; they "
        "are offered, and one decides nothing before it is put in force.",
        _maybe_text,
        "a path",
    )
    facts_limit: int = _setting(
        5_000, "The most facts one evaluation of the rules may have.", _count, "a positive number"
    )
    token_days: int = _setting(
        365, "How many days an API token may last at most.", _days, "a number of days from 1 to 3650"
    )
    limits_storage: str = _setting(
        "memory://",
        "Where failed attempts with API tokens are counted, as the `limits` library names it: `memory://` in each "
        "process, `redis://...` for all together.",
        _text,
        "an address as `redis://cache.example:6379`",
        secret=True,
    )
    page_size: int = _setting(50, "How many rows a page of a list holds.", _count, "a positive number")

    @classmethod
    def read(cls, config: Mapping[str, Any]) -> Settings:
        """The settings in a Flask config. Raises SettingError for unknown names and for values that do not fit."""
        known = {PREFIX + one.name.upper(): one for one in fields(cls)}
        given = {name: value for name, value in config.items() if name.startswith(PREFIX) and not _foreign(name)}
        if unknown := sorted(set(given) - set(known)):
            close = difflib.get_close_matches(unknown[0], known, 1)
            hint = f"did you mean `{close[0]}`?" if close else f"known are {', '.join(sorted(known))}"
            raise SettingError(f"no setting is called `{unknown[0]}`: {hint}")
        for name, value in given.items():
            about = known[name].metadata
            if not about["check"](value):
                shown = "what it is" if about["secret"] else f"`{value}`"
                raise SettingError(f"`{name}` can't be {shown}: give {about['want']}")
        return cls(**{known[name].name: value for name, value in given.items()})


def _foreign(name: str) -> bool:
    return name.removeprefix(PREFIX).split("_")[0] in FLASK_SMOREST
