"""Brings the API into a host's app, and leaves everything else of that app as it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from flask_smorest import Api

from placet.api.access import access
from placet.api.agreements import agreements
from placet.api.audit import audit
from placet.api.data_policies import data_policies
from placet.api.decisions import decisions
from placet.api.definitions import definitions
from placet.api.document import document, document_of
from placet.api.domains import domains
from placet.api.forms import forms
from placet.api.grants import grants
from placet.api.groups import groups
from placet.api.health import health
from placet.api.imports import imports
from placet.api.notifications import notifications
from placet.api.people import people
from placet.api.problem_schema import ProblemSchema
from placet.api.products import products
from placet.api.request_links import request_links
from placet.api.requests import requests
from placet.api.resource import Resource
from placet.api.rule_packs import rule_packs
from placet.api.sources import sources
from placet.api.take_up import take_ups
from placet.api.tokens import tokens
from placet.api.webhooks import webhooks

RESOURCES: tuple[Resource, ...] = (
    products,
    take_ups,
    requests,
    request_links,
    grants,
    access,
    forms,
    agreements,
    domains,
    sources,
    imports,
    people,
    groups,
    data_policies,
    rule_packs,
    definitions,
    decisions,
    notifications,
    tokens,
    audit,
    webhooks,
    health,
    document,
)


class GuestApi(Api):  # type: ignore[misc] # flask-smorest brings no types
    """An API that registers nothing on the app but its own blueprints; another one of the host's is not disturbed."""

    DEFAULT_ERROR_RESPONSE_NAME = None
    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """The library would take over the error pages of the whole app; our blueprints have handlers of their own."""

    def _register_doc_blueprint(self) -> None:
        """The document is a route of ours, guarded as the others are."""


def register_api(app: Flask, url_prefix: str) -> None:
    """Add the API to an app, its routes under `url_prefix`."""
    with same_commands(app):
        api = GuestApi(app, config_prefix="PLACET_", spec_kwargs=document_of(app))
    for resource in RESOURCES:
        api.register_blueprint(resource, url_prefix=url_prefix)
    exempt_from_host_csrf(app)


@contextmanager
def same_commands(app: Flask) -> Iterator[None]:
    """The library adds a group of commands to the app's command line; it is the host's to have one or not."""
    before = dict(app.cli.commands)
    yield
    app.cli.commands.clear()
    app.cli.commands.update(before)


def exempt_from_host_csrf(app: Flask) -> None:
    """Flask-WTF would ask for a form's token, which JSON has not; our own protection stands in `origin`."""
    if protection := app.extensions.get("csrf"):
        for resource in RESOURCES:
            protection.exempt(resource)
