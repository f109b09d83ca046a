"""People: finding them for everyone; what they hold, and changing it, for those who manage people."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from placet.api.base import Flag, about, text
from placet.api.listing import LINKED, LOCATED, PageQuery, linked
from placet.api.nothing import Nothing
from placet.api.people_schemas import (
    NewPerson,
    PeopleFileSchema,
    PeopleImportSchema,
    PeoplePage,
    PersonChange,
    PersonSchema,
    person_from,
)
from placet.api.resource import Resource
from placet.api.revisions import TAGGED, revision_meant, tagged
from placet.domain.errors import AlreadyThere, NotFound
from placet.domain.people import Person, PersonKind, SourceKind, StewardSource
from placet.identity.web import marketplace, signed_in, url_for
from placet.service import BadCursor
from placet.service.directory import LastUserAdmin, RuledByTheHost
from placet.service.people import BadPerson, OwnerInactive
from placet.service.people_file import BadImport
from placet.service.people_import import ImportReport
from placet.service.people_views import PersonView
from placet.service.views import Page

people = Resource("people", "People and service accounts: who they are and what they hold.")

Shown = tuple[PersonView, dict[str, str]]


class YesOrNo(Flag):
    """As it stands in an address."""

    def _deserialize(self, value: Any, *args: Any, **options: Any) -> bool:
        return super()._deserialize({"true": True, "false": False}.get(value, value), *args, **options)


class PeopleQuery(PageQuery):
    """Which people; several filters have to hold together."""

    search = text("Words, or beginnings of words, of the id, name or e-mail address.", load_default="")
    active = YesOrNo(load_default=None, **about("Only those who are active, or are not."))
    kind = fields.Enum(PersonKind, by_value=True, load_default=None, **about("People or service accounts."))
    group = text("The id of a group they are in.", load_default="")


class StewardQuery(PageQuery):
    """A steward source."""

    kind = fields.Enum(SourceKind, by_value=True, required=True, **about("What kind of source it is."))
    name = text("The id of the user or group, the key of the attribute, or the permission.", shortest=1, required=True)
    value = text("The value of the attribute, or the domain of a domain permission.", load_default="")


@people.route("/people")
@people.arguments(PeopleQuery, location="query")
@people.response(200, PeoplePage, headers=LINKED)
@people.reads(BadCursor)
def listed(asked: dict[str, Any]) -> tuple[Page[Person], dict[str, str]]:
    """List people by their ids

    Only those who manage people see who is inactive, and may ask for the people of a group.
    """
    page = marketplace().people.list(signed_in(), **asked)
    return page, linked(page)


@people.route("/people", methods=["POST"])
@people.arguments(NewPerson)
@people.response(201, PersonSchema, headers=TAGGED | LOCATED)
@people.changes(NotFound, BadPerson, AlreadyThere, OwnerInactive, RuledByTheHost)
def create(given: dict[str, Any]) -> Shown:
    """Put someone into the directory

    A person, or a service account with its owner.
    """
    view = marketplace().people.create(signed_in(), person_from(given, given["id"]))
    return view, tagged(view.own.revision) | {"Location": url_for("placet-people.one", id=view.own.id)}


@people.route("/people/import", methods=["POST"])
@people.arguments(PeopleFileSchema)
@people.response(200, PeopleImportSchema)
@people.changes(BadImport, LastUserAdmin, RuledByTheHost, AlreadyThere)
def import_people(given: dict[str, Any]) -> ImportReport:
    """Import people, groups and logins from a file

    Each stands there as a whole: what the file leaves out of someone is taken from them. People who are not in the
    file stay as they are. A dry run says what would be changed, or everything that is wrong.
    """
    return marketplace().people.import_report(signed_in(), **given)


@people.route("/people/<id>")
@people.response(200, PersonSchema, headers=TAGGED)
@people.reads(NotFound)
def one(id: str) -> Shown:
    """Read what someone holds

    Oneself, one's own service accounts; anyone for those who manage people.
    """
    return shown(marketplace().people.view(signed_in(), id))


@people.route("/people/<id>", methods=["PUT"])
@people.arguments(PersonChange)
@people.response(200, PersonSchema, headers=TAGGED)
@people.changes(NotFound, BadPerson, OwnerInactive, LastUserAdmin, RuledByTheHost)
@people.matches
def change(given: dict[str, Any], id: str) -> Shown:
    """Describe someone anew

    As a whole: what is left out is taken from them. To give a service account to someone else, name its new owner.
    """
    return shown(marketplace().people.replace(signed_in(), person_from(given, id), read_revision(id)))


@people.route("/people/<id>/deactivate", methods=["POST"])
@people.arguments(Nothing)
@people.response(200, PersonSchema, headers=TAGGED)
@people.changes(NotFound, LastUserAdmin, RuledByTheHost)
@people.matches
def deactivate(_: dict[str, Any], id: str) -> Shown:
    """Let someone do nothing any more

    Their pending requests are canceled, their grants suspended; so it is for the service accounts they own, which are
    deactivated with them. What they determined counts on.
    """
    return shown(marketplace().people.deactivate(signed_in(), id, read_revision(id)))


@people.route("/people/<id>/reactivate", methods=["POST"])
@people.arguments(Nothing)
@people.response(200, PersonSchema, headers=TAGGED)
@people.changes(NotFound, OwnerInactive, BadPerson, RuledByTheHost)
@people.matches
def reactivate(_: dict[str, Any], id: str) -> Shown:
    """Let someone in again

    Grants that have not ended give access again; canceled requests stay canceled, service accounts stay inactive.
    """
    return shown(marketplace().people.reactivate(signed_in(), id, read_revision(id)))


@people.route("/stewards")
@people.arguments(StewardQuery, location="query")
@people.response(200, PeoplePage, headers=LINKED)
@people.reads(BadCursor)
def stewards(asked: dict[str, Any]) -> tuple[Page[Person], dict[str, str]]:
    """List whom a steward source makes a data steward

    The active ones by their ids; for those who may make request forms.
    """
    source = StewardSource(asked.pop("kind"), asked.pop("name"), asked.pop("value"))
    page = marketplace().people.stewards(signed_in(), source, **asked)
    return page, linked(page)


def read_revision(id: str) -> int:
    """The revision of someone, if `If-Match` names it; the service holds the change to that one."""
    return revision_meant(marketplace().people.view(signed_in(), id).own.revision)


def shown(view: PersonView) -> Shown:
    return view, tagged(view.own.revision)
