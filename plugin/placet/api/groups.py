"""Groups: their members, and what these hold through them."""

from __future__ import annotations

from typing import Any

from placet.api.base import text
from placet.api.listing import LINKED, LOCATED, PageQuery, linked, page_of
from placet.api.nothing import Nothing
from placet.api.people_schemas import (
    GroupChange,
    GroupSchema,
    NewGroup,
    PeoplePage,
    group_from,
    holdings_from,
)
from placet.api.resource import Resource
from placet.api.revisions import TAGGED, revision_meant, tagged
from placet.domain.errors import AlreadyThere, NotFound
from placet.domain.people import Person
from placet.identity.web import marketplace, signed_in, url_for
from placet.service import BadCursor
from placet.service.directory import LastUserAdmin, RuledByTheHost
from placet.service.groups import BadGroup
from placet.service.people_views import GroupView
from placet.service.views import Page

groups = Resource("groups", "Groups of people; for those who manage people.")

Shown = tuple[GroupView, dict[str, str]]


class GroupQuery(PageQuery):
    """Which groups."""

    search = text("Words, or beginnings of words, of the id or name.", load_default="")


@groups.route("/groups")
@groups.arguments(GroupQuery, location="query")
@groups.response(200, page_of(GroupSchema), headers=LINKED)
@groups.reads(BadCursor)
def listed(asked: dict[str, Any]) -> tuple[Page[GroupView], dict[str, str]]:
    """List groups by their ids"""
    page = marketplace().groups.list(signed_in(), **asked)
    return page, linked(page)


@groups.route("/groups", methods=["POST"])
@groups.arguments(NewGroup)
@groups.response(201, GroupSchema, headers=TAGGED | LOCATED)
@groups.changes(BadGroup, AlreadyThere, RuledByTheHost)
def create(given: dict[str, Any]) -> Shown:
    """Make a group"""
    view = marketplace().groups.create(signed_in(), group_from(given, given["id"]), holdings_from(given))
    return view, tagged(view.group.revision) | {"Location": url_for("placet-groups.one", id=view.group.id)}


@groups.route("/groups/<id>")
@groups.response(200, GroupSchema, headers=TAGGED)
@groups.reads(NotFound)
def one(id: str) -> Shown:
    """Read a group"""
    return shown(marketplace().groups.get(signed_in(), id))


@groups.route("/groups/<id>", methods=["PUT"])
@groups.arguments(GroupChange)
@groups.response(200, GroupSchema, headers=TAGGED)
@groups.changes(NotFound, BadGroup, LastUserAdmin, RuledByTheHost)
@groups.matches
def change(given: dict[str, Any], id: str) -> Shown:
    """Describe a group anew

    As a whole: what is left out is taken from its members. Who is in it stays.
    """
    held = holdings_from(given)
    return shown(marketplace().groups.replace(signed_in(), group_from(given, id), held, read_revision(id)))


@groups.route("/groups/<id>", methods=["DELETE"])
@groups.response(204)
@groups.changes(NotFound, LastUserAdmin, RuledByTheHost)
@groups.matches
def delete(id: str) -> None:
    """Delete a group

    Its members hold nothing through it any more.
    """
    marketplace().groups.delete(signed_in(), id, read_revision(id))


@groups.route("/groups/<id>/members")
@groups.arguments(PageQuery, location="query")
@groups.response(200, PeoplePage, headers=LINKED)
@groups.reads(BadCursor, NotFound)
def members(asked: dict[str, Any], id: str) -> tuple[Page[Person], dict[str, str]]:
    """List who is in a group"""
    page = marketplace().groups.members(signed_in(), id, **asked)
    return page, linked(page)


@groups.route("/groups/<id>/members/<person>", methods=["PUT"])
@groups.arguments(Nothing)
@groups.response(200, GroupSchema, headers=TAGGED)
@groups.changes(NotFound, RuledByTheHost)
def join(_: dict[str, Any], id: str, person: str) -> Shown:
    """Put someone into a group"""
    return shown(marketplace().groups.change_members(signed_in(), id, joining=frozenset({person})))


@groups.route("/groups/<id>/members/<person>", methods=["DELETE"])
@groups.response(204)
@groups.changes(NotFound, LastUserAdmin, RuledByTheHost)
def leave(id: str, person: str) -> None:
    """Take someone out of a group"""
    marketplace().groups.change_members(signed_in(), id, leaving=frozenset({person}))


def read_revision(id: str) -> int:
    """The revision of a group, if `If-Match` names it; the service holds the change to that one."""
    return revision_meant(marketplace().groups.get(signed_in(), id).group.revision)


def shown(view: GroupView) -> Shown:
    return view, tagged(view.group.revision)
