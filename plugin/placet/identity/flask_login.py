"""Hosts that sign people in with Flask-Login."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app

from placet.domain.errors import SettingError
from placet.identity.principal import Principal

FromUser = Callable[[Any], Principal]
"""From the host's own user object, who is signed in, to whom Placet knows them as."""


class FlaskLoginIdentity:
    """The user Flask-Login has signed in; `principal` makes a Principal of the host's user object."""

    def __init__(self, principal: FromUser) -> None:
        self._principal = principal

    def __call__(self) -> Principal | None:
        """Who is signed in and active, or None. Raises SettingError in an app without Flask-Login."""
        from flask_login import current_user

        _login_manager()
        return self._principal(current_user) if current_user.is_authenticated and current_user.is_active else None

    def login_url(self, next: str) -> str | None:
        """The login that Flask-Login is told of, which comes back to `next`; None where it is told of none."""
        from flask_login import login_url

        view = _login_manager().login_view
        return str(login_url(view, next_url=next)) if view else None


def flask_login_identity(principal: FromUser | None = None) -> FlaskLoginIdentity:
    """Ask Flask-Login who is signed in.

    `principal` makes a Principal of the host's user; without it the id is what the user's `get_id` gives, and name and
    e-mail are the attributes `name` and `email` where there are such. Give one where `get_id` changes, as with
    Flask-Login's alternative tokens: someone whose id changes is someone else.
    """
    return FlaskLoginIdentity(principal or _plain)


def _plain(user: Any) -> Principal:
    return Principal(user.get_id(), getattr(user, "name", None), getattr(user, "email", None))


def _login_manager() -> Any:
    if manager := getattr(current_app, "login_manager", None):
        return manager
    raise SettingError("this app has no Flask-Login: set up a `LoginManager`, or give Placet another `identity`")
