"""Puts Placet into a Flask app: the only place where its parts are joined."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import flask
from flask import Flask

from placet.api import register_api
from placet.domain.clock import Clock, SystemClock
from placet.domain.errors import SettingError
from placet.domain.people import Directory
from placet.emitter.target import Target
from placet.emitter.targets import open_targets
from placet.engine import EngineMissing, missing_engine
from placet.identity.directory import WithinApp
from placet.identity.principal import Identity
from placet.identity.state import State, UrlFor
from placet.identity.web import EXTENSION
from placet.outbox import signals
from placet.pages import make_pages
from placet.scim import register_scim
from placet.service import Marketplace
from placet.settings import Settings
from placet.storage import Store
from placet.storage.sqlite import PREFIX as SQLITE
from placet.worker import make_queue


class Placet:
    """A data access marketplace in a Flask app.

    `identity` says who is asking: a function that is called within each request and returns a `Principal`, or None
    for nobody. `url_for` takes the place of `flask.url_for` where the host makes addresses in its own way. `directory`
    says who exists and what they hold, where that is the host's to say; it is asked within an app context.

        placet = Placet(identity=who_is_asking)
        placet.init_app(app)

    One object may serve several apps; what belongs to an app is kept in `app.extensions["placet"]`.
    """

    def __init__(
        self,
        app: Flask | None = None,
        *,
        identity: Identity | None = None,
        url_for: UrlFor = flask.url_for,
        directory: Directory | None = None,
    ) -> None:
        self._identity = identity
        self._directory = directory
        self._url_for = url_for
        if app is not None:
            self.init_app(app)

    def init_app(
        self,
        app: Flask,
        *,
        identity: Identity | None = None,
        url_for: UrlFor | None = None,
        clock: Clock | None = None,
        targets: Mapping[str, Target] | None = None,
        directory: Directory | None = None,
    ) -> None:
        """Load Placet into an app, by the `PLACET_` settings in its config.

        A new SQLite database is made; any other is brought up to date by `flask placet db upgrade`, and until then
        Placet answers 503. `targets` takes the place of the data platforms that the settings name.

        Raises SettingError for a setting that does not fit, without `identity`, and where the app has Placet already;
        EngineMissing without durable-rules, with the line that installs it. Nothing of the app has been touched then.
        """
        _refuse_second(app)
        settings = Settings.read(app.config)
        _refuse_without_engines(settings)
        who = _known_identity(identity or self._identity)
        people = directory or self._directory
        state = _state(app, settings, who, url_for or self._url_for, clock or SystemClock(), targets, people)
        app.extensions[EXTENSION] = state
        make_queue(settings).connect(app)
        register_api(app, f"{settings.url_prefix}/api/v1")
        register_scim(app, settings.url_prefix)
        app.register_blueprint(make_pages(), url_prefix=settings.url_prefix)


def _state(
    app: Flask,
    settings: Settings,
    identity: Identity,
    url_for: UrlFor,
    clock: Clock,
    targets: Mapping[str, Target] | None,
    directory: Directory | None,
) -> State:
    store = Store(settings.database)
    marketplace = Marketplace(
        settings,
        store,
        clock=clock,
        targets=open_targets(settings.targets) if targets is None else targets,
        announce=partial(signals.announce, app),
        directory=WithinApp(app, directory) if directory else None,
    )
    if _is_new_file(settings.database):
        marketplace.upgrade()
    return State(settings, store, marketplace, clock, identity, url_for)


def _refuse_second(app: Flask) -> None:
    if EXTENSION in app.extensions:
        raise SettingError("this app has Placet already: call `init_app` once for each app")


def _refuse_without_engines(settings: Settings) -> None:
    """Fail when the host starts, and not when the first steward decides."""
    if settings.engine == "both" and (missing := missing_engine()):
        raise EngineMissing(f"{missing}; or set `PLACET_ENGINE` to `reference` to decide without a second opinion")


def _known_identity(identity: Identity | None) -> Identity:
    if identity is None:
        raise SettingError(
            "Placet can't know who is asking: give it an `identity`, as `Placet(identity=who_is_asking)`"
        )
    return identity


def _is_new_file(database: str) -> bool:
    return database.startswith(SQLITE) and not Path(database.removeprefix(SQLITE).partition("?")[0]).exists()
