"""People: finding them, what one holds, and changing that; for those who manage people."""

from __future__ import annotations

from flask import Response, request

from placet.domain.errors import PlacetError
from placet.domain.people import Person, PersonKind
from placet.domain.permissions import Action, refuse_unless_may
from placet.identity.web import marketplace, signed_in
from placet.pages import held
from placet.pages.lines import revision_in
from placet.pages.refused import NOTHING, Refused, refused
from placet.pages.rendering import page, see_other

KINDS = {"": None, PersonKind.PERSON.value: PersonKind.PERSON, "service-account": PersonKind.SERVICE_ACCOUNT}
ACTIVE = {"": None, "yes": True, "no": False}
FIELDS = {"already-there": "id", "owner-inactive": "owner"}


def manager() -> Person:
    """Who is signed in and manages people. Raises Forbidden for others."""
    person = signed_in()
    refuse_unless_may(person, Action.MANAGE_PEOPLE)
    return person


def show_people() -> Response:
    """Search people by words, kind, group, and whether they are active."""
    asked = {name: request.args.get(name, "").strip() for name in ("search", "kind", "active", "group")}
    found = marketplace().people.list(
        manager(),
        search=asked["search"],
        kind=KINDS.get(asked["kind"]),
        active=ACTIVE.get(asked["active"]),
        group=asked["group"],
        cursor=request.args.get("cursor", ""),
    )
    return page("people.html", found=found, asked=asked, chosen={name: value or None for name, value in asked.items()})


def show_new() -> Response:
    """The form for someone new."""
    manager()
    return _new_page(NOTHING)


def make() -> Response:
    """Put someone into the directory."""
    actor = manager()
    try:
        person = held.person_of(request.form, request.form.get("id", "").strip())
        made = marketplace().people.create(actor, person)
    except PlacetError as error:
        return _new_page(held.refused_on_form(error, FIELDS))
    return see_other("placet.person", id=made.own.id)


def show_person(id: str) -> Response:
    """Someone with what they hold, themselves and through groups, and what is theirs."""
    return _person_page(id, NOTHING)


def change(id: str) -> Response:
    """Describe someone anew, if they are still as the form showed them."""
    try:
        person = held.person_of(request.form, id)
        marketplace().people.replace(manager(), person, revision_in(request.form))
    except PlacetError as error:
        return _person_page(id, held.refused_on_form(error, FIELDS))
    return see_other("placet.person", id=id)


def deactivate(id: str) -> Response:
    """Let someone do nothing any more."""
    return _activity(id, active=False)


def reactivate(id: str) -> Response:
    """Let someone in again."""
    return _activity(id, active=True)


def _activity(id: str, *, active: bool) -> Response:
    people = marketplace().people
    try:
        (people.reactivate if active else people.deactivate)(manager(), id, revision_in(request.form))
    except PlacetError as error:
        return _person_page(id, Refused(error.title, error.status, refused(error, {}).problems), as_sent=False)
    return see_other("placet.person", id=id)


def _new_page(refusal: Refused) -> Response:
    fields = held.filled(None, request.form)
    return page("new_person.html", refusal.status, refusal=refusal, fields=fields, held=held)


def _person_page(id: str, refusal: Refused, as_sent: bool = True) -> Response:
    view = marketplace().people.view(manager(), id)
    sent = request.form if as_sent else type(request.form)()
    fields = held.filled(view.own, sent)
    return page("person.html", refusal.status, refusal=refusal, view=view, one=view.person, fields=fields, held=held)
