"""Groups: who is in them, what their members hold through them, and changing both; for those who manage people."""

from __future__ import annotations

from flask import Response, request

from placet.domain.errors import NotFound, PlacetError
from placet.domain.people import NOTHING_HELD, Group
from placet.identity.web import marketplace
from placet.pages import held
from placet.pages.lines import revision_in
from placet.pages.people import manager
from placet.pages.refused import NOTHING, Refused, refused
from placet.pages.rendering import page, see_other

FIELDS = {"already-there": "id"}
MEMBER_FIELDS = {"not-found": "person"}


def show_groups() -> Response:
    """Search groups by words."""
    search = request.args.get("search", "").strip()
    found = marketplace().groups.list(manager(), search, request.args.get("cursor", ""))
    return page("groups.html", found=found, search=search)


def show_new() -> Response:
    """The form for a new group."""
    manager()
    return _new_page(NOTHING)


def make() -> Response:
    """Make a group."""
    actor, id = manager(), request.form.get("id", "").strip()
    try:
        made = marketplace().groups.create(actor, _group(id), held.held_of(request.form))
    except PlacetError as error:
        return _new_page(held.refused_on_form(error, FIELDS))
    return see_other("placet.group", id=made.group.id)


def show_group(id: str) -> Response:
    """A group, what its members hold through it, and who they are."""
    return _group_page(id, NOTHING)


def change(id: str) -> Response:
    """Describe a group anew, if it is still as the form showed it."""
    try:
        marketplace().groups.replace(manager(), _group(id), held.held_of(request.form), revision_in(request.form))
    except PlacetError as error:
        return _group_page(id, held.refused_on_form(error, {}))
    return see_other("placet.group", id=id)


def change_members(id: str) -> Response:
    """Put someone into the group, or take someone out."""
    joining, leaving = request.form.get("person", "").strip(), request.form.get("leaving", "")
    try:
        if not joining and not leaving:
            raise NotFound("name a person by their id")
        marketplace().groups.change_members(
            manager(), id, joining=frozenset({joining} - {""}), leaving=frozenset({leaving} - {""})
        )
    except PlacetError as error:
        told = refused(error, MEMBER_FIELDS)
        status = 422 if isinstance(error, NotFound) else told.status
        return _group_page(id, Refused(told.title, status, told.problems), as_sent=False)
    return see_other("placet.group", id=id)


def delete(id: str) -> Response:
    """Delete a group."""
    try:
        marketplace().groups.delete(manager(), id, revision_in(request.form))
    except PlacetError as error:
        return _group_page(id, refused(error, {}), as_sent=False)
    return see_other("placet.groups")


def _group(id: str) -> Group:
    return Group(id, request.form.get("name", "").strip() or id)


def _new_page(refusal: Refused) -> Response:
    fields = held.filled_group("", NOTHING_HELD, request.form)
    return page("new_group.html", refusal.status, refusal=refusal, fields=fields, held=held)


def _group_page(id: str, refusal: Refused, as_sent: bool = True) -> Response:
    actor = manager()
    view = marketplace().groups.get(actor, id)
    members = marketplace().groups.members(actor, id, request.args.get("cursor", ""))
    sent = request.form if as_sent else type(request.form)()
    fields = held.filled_group(view.group.name, view.held, sent)
    return page("group.html", refusal.status, refusal=refusal, view=view, members=members, fields=fields, held=held)
