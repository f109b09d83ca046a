"""The kinds of target there are, and the targets that settings describe.

Kinds that come with Placet are named here. Others are installed beside it, each as an entry point of the group
`placet.targets`: its name is the kind, its object is called with the name of the target and what describes it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from placet.domain.errors import SettingError
from placet.emitter.cedar.target import CedarTarget
from placet.emitter.rego.target import RegoTarget
from placet.emitter.settings import CedarSettings, PostgresSettings, RegoSettings
from placet.emitter.target import Target

GROUP = "placet.targets"

Opener = Callable[..., Target]


def open_targets(described: Mapping[str, Mapping[str, Any]]) -> dict[str, Target]:
    """The targets by name; nothing is connected before one is used.

    Raises SettingError for a kind that is not installed, a description that does not fit, a driver that is not there,
    and an environment variable that is not set.
    """
    return {name: _opened(name, **one) for name, one in described.items()}


def _opened(name: str, *, kind: str = "postgresql", hosts: Sequence[str] = (), **described: Any) -> Target:
    """`hosts` are what catalogs call the platform; only `service.catalog_links` asks for them."""
    del hosts
    try:
        return _opener(name, kind)(name, **described)
    except TypeError as error:
        raise SettingError(f"target `{name}` can't be described so: {error}") from error


def _opener(name: str, kind: str) -> Opener:
    if kind in _SHIPPED:
        return _SHIPPED[kind]
    installed = _installed()
    if kind not in installed:
        known = ", ".join(f"`{one}`" for one in sorted({*_SHIPPED, *installed}))
        raise SettingError(f"target `{name}` is of kind `{kind}`, which is unknown: there are {known}")
    try:
        opener: Opener = installed[kind].load()
    except ImportError as error:
        raise SettingError(f"target `{name}` can't be opened: `{installed[kind].value}` fails with: {error}") from error
    return opener


def _installed() -> dict[str, EntryPoint]:
    """The kinds that others have installed, but for those that Placet has itself: nothing takes their place."""
    return {found.name: found for found in entry_points(group=GROUP) if found.name not in _SHIPPED}


def _postgres(name: str, *, dsn_variable: str = "", **more: Any) -> Target:
    settings = PostgresSettings(name, from_environment(name, dsn_variable), **more)
    try:
        from placet.emitter.postgres.target import PostgresTarget
    except ImportError as error:
        raise SettingError(
            f"target `{name}` needs the PostgreSQL driver: run `pip install 'placet[postgres]'`"
        ) from error
    return PostgresTarget(settings)


def from_environment(name: str, variable: str) -> str:
    """The connection string of a target, out of the environment variable that its description names."""
    if not (found := os.environ.get(variable)):
        raise SettingError(
            f"target `{name}` has no connection string: name the environment variable that holds it as `dsn_variable`, "
            f"and set that (now it is `{variable}`)"
        )
    return found


_SHIPPED: Mapping[str, Opener] = {
    "postgresql": _postgres,
    "rego": lambda name, **described: RegoTarget(RegoSettings(name, **described)),
    "cedar": lambda name, **described: CedarTarget(CedarSettings(name, **described)),
}
