"""What all commands share: who acts, what is printed, and how a refusal ends one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import click
from flask import current_app
from rich.console import Console

from placet.domain.errors import PlacetError, SettingError
from placet.domain.people import GlobalPermission, Person
from placet.identity.state import State
from placet.identity.web import EXTENSION

DRIFTED = 2
"""The exit code where something is not as it should be: a broken trail, a platform that has drifted."""

THE_OPERATOR = Person("operator", "Operator of this server", permissions=frozenset(GlobalPermission))
"""Who acts on the command line: whoever can read the database's password can do all of this anyway."""

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False)
Command = TypeVar("Command", bound=Callable[..., Any])


def said_plainly(command: Command) -> Command:
    """Refusals as one line on the error stream, with exit code 1."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except PlacetError as error:
            click.echo(f"placet: {error.detail} ({error.code})", err=True)
            sys.exit(1)

    return cast(Command, run)


def state() -> State:
    """What Placet keeps in the app that the command runs in. Raises SettingError where the app has no Placet."""
    found = current_app.extensions.get(EXTENSION)
    if not isinstance(found, State):
        raise SettingError("this app has not loaded Placet: call `Placet(identity=...).init_app(app)` in it")
    return found


def counted(count: int, one: str, more: str) -> str:
    """How many there are of something, in words."""
    return f"{count} {one if count == 1 else more}"
