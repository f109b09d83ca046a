"""Directories of hosts: Flask-AppBuilder's users and roles, and any other within the app that brings it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Flask, current_app, has_app_context

from placet.domain.people import NOTHING_HELD, Directory, Group, Holdings, Person
from placet.identity.appbuilder import security_manager


class WithinApp:
    """A directory that is asked within the context of its app: the worker and the command line have threads of theirs.

    Everything is read before the context ends: what a host hands out may need its database until then.
    """

    def __init__(self, app: Flask, directory: Directory) -> None:
        self._app = app
        self._directory = directory

    def people(self) -> Iterable[Person]:
        with self._context():
            return tuple(self._directory.people())

    def groups(self) -> Iterable[tuple[Group, Holdings]]:
        with self._context():
            return tuple(self._directory.groups())

    def person(self, id: str) -> Person | None:
        with self._context():
            return self._directory.person(id)

    @contextmanager
    def _context(self) -> Iterator[None]:
        if has_app_context() and current_app._get_current_object() is self._app:
            yield
            return
        with self._app.app_context():
            yield


class AppBuilderDirectory:
    """The users of Flask-AppBuilder are the people, its roles their groups, which hold what the app says they do."""

    def __init__(self, holdings: Mapping[str, Holdings]) -> None:
        self._holdings = holdings

    def people(self) -> Iterable[Person]:
        return map(_person, security_manager().get_all_users())

    def groups(self) -> Iterable[tuple[Group, Holdings]]:
        for role in security_manager().get_all_roles():
            yield Group(role.name, role.name), self._holdings.get(role.name, NOTHING_HELD)

    def person(self, id: str) -> Person | None:
        user = security_manager().find_user(username=id)
        return _person(user) if user else None


def appbuilder_directory(holdings: Mapping[str, Holdings] | None = None) -> AppBuilderDirectory:
    """Let Flask-AppBuilder's own tables say who exists: each user under their user name, in a group for each role.

    `holdings` says what a role brings beside the global permission of `PLACET_ROLE_PERMISSIONS`, by the role's name:

        appbuilder_directory({"Payroll": Holdings(domain_permissions=frozenset({("pay", MANAGE_TAGS)}))})
    """
    return AppBuilderDirectory(holdings or {})


def _person(user: Any) -> Person:
    groups = frozenset(role.name for role in security_manager().get_user_roles(user))
    name = user.get_full_name().strip() or user.username
    return Person(user.username, name, user.email or "", groups=groups, active=bool(user.is_active))
