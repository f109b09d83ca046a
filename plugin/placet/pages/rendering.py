"""Turns templates into responses, in a template environment of our own: autoescape is always on in it, nothing of ours
goes into the host's, and no template or setting of the host changes ours."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from flask import Response, current_app, request
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from placet.domain.people import Person
from placet.identity.web import marketplace, state, url_for, visitor
from placet.pages import proofs, words
from placet.pages.csrf import FIELD, token_for
from placet.pages.headers import guarded
from placet.pages.markdown import as_html
from placet.pages.navigation import DAILY, OWN, managing

NOBODYS: dict[str, Any] = {"person": None, "unread": 0, "tokens": {}, "managing": []}
"""What every page shows, where it is shown to no one in particular."""


@cache
def environment() -> Environment:
    """Where our templates and only they are found; one for each process."""
    made = Environment(
        loader=PackageLoader("placet.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"url_for": url_for, "daily_links": DAILY, "own_links": OWN}
    made.filters |= words.FILTERS | proofs.FILTERS | {"markdown": as_html}
    return made


def page(template: str, status: int = HTTPStatus.OK, **context: Any) -> Response:
    """A whole page: the template below `placet/` with what every page shows besides its own context."""
    person = visitor()
    personal = {
        "person": person,
        "unread": marketplace().notifications.unread(person) if person else 0,
        "tokens": _tokens(person) if person else {},
        "managing": managing(person) if person else [],
    }
    return _respond(template, status, personal | context)


def plain_page(template: str, status: int, **context: Any) -> Response:
    """A page that asks nothing of the marketplace, for when that has just refused or failed."""
    return _respond(template, status, NOBODYS | context)


def see_other(endpoint: str, **values: Any) -> Response:
    """Where to go after a form was accepted, so that loading the page again posts nothing."""
    return moved(url_for(endpoint, **values), HTTPStatus.SEE_OTHER)


def moved(address: str, status: int = HTTPStatus.FOUND) -> Response:
    """A redirect to an address that the caller vouches for."""
    return guarded(Response(status=status, headers={"Location": address}))


def _respond(template: str, status: int, context: Mapping[str, Any]) -> Response:
    everywhere = {"here": request.endpoint, "bar": _bar(), "section_here": _section()}
    html = environment().get_template(f"placet/{template}").render(everywhere | dict(context))
    return guarded(Response(html, status, mimetype="text/html"))


def _section() -> str:
    """With what the address of the page begins, below the prefix of the pages."""
    rule = request.url_rule.rule if request.url_rule else ""
    return rule.removeprefix(state().settings.url_prefix).strip("/").partition("/")[0]


def _tokens(person: Person) -> dict[str, str]:
    """The hidden fields of every form: our token, and the host's where it has Flask-WTF check all forms."""
    host_token = current_app.jinja_env.globals.get("csrf_token")
    host_field = current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token")
    return {FIELD: token_for(person)} | ({host_field: host_token()} if callable(host_token) else {})


def _bar() -> Markup:
    """What the app puts above each page, if anything."""
    bar = state().bar
    if bar is None or (filled := bar()) is None:
        return Markup()
    template, context = filled
    return Markup(environment().get_template(template).render(dict(context)))  # noqa: S704 - autoescaped
