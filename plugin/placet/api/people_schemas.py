"""People and groups as the API shows and reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, pre_dump, validate

from placet.api.base import Flag, Reference, Strict, Words, about, text
from placet.api.listing import page_of
from placet.domain.people import LONGEST_WORD, DomainPermission, GlobalPermission, Group, Holdings, Person, PersonKind
from placet.service.people_views import GroupView, PersonView


class DomainPermissionSchema(Strict):
    """A permission in one domain."""

    domain = text("The id of the domain.", shortest=1, required=True)
    permission = fields.Enum(DomainPermission, by_value=True, required=True, **about("What is permitted there."))


class HoldingFields(Strict):
    """What someone holds: themselves, or as a member of a group."""

    attributes = fields.Dict(
        keys=fields.String(validate=validate.Length(1, LONGEST_WORD)),
        values=Words("The values of one attribute."),
        load_default=dict,
        **about("Each attribute by its key, with all of its values."),
    )
    permissions = fields.List(
        fields.Enum(GlobalPermission, by_value=True), load_default=(), **about("Global permissions.")
    )
    domain_permissions = fields.List(
        fields.Nested(DomainPermissionSchema), load_default=(), **about("Permissions in domains.")
    )


class PersonChange(HoldingFields):
    """A person, described anew as a whole, with what they hold themselves: what is left out is taken from them."""

    name = text("What people call them.", shortest=1, required=True)
    email = text("Their e-mail address.", load_default="")
    kind = fields.Enum(
        PersonKind,
        by_value=True,
        load_default=PersonKind.PERSON,
        **about("A person or a service account; fixed when they are made."),
    )
    owner = Reference(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, LONGEST_WORD),
        **about("The person who answers for a service account; null for a person."),
    )
    groups = Words("The ids of the groups they are in.", load_default=())
    active = Flag(load_default=True, **about("Whether they may do anything."))


class NewPerson(PersonChange):
    """Someone to be put into the directory."""

    id = text("Their id, as the server that Placet is part of says who is asking.", shortest=1, required=True)


class PersonCardSchema(Strict):
    """Someone as everyone finds them."""

    id = fields.String(required=True, **about("Their id."))
    name = fields.String(required=True, **about("What people call them."))
    email = fields.String(required=True, **about("Their e-mail address, or nothing."))
    kind = fields.Enum(PersonKind, by_value=True, required=True, **about("A person or a service account."))
    active = fields.Boolean(required=True, **about("Whether they may do anything."))


PeoplePage = page_of(PersonCardSchema)
"""A page of people; one schema, so that the document has one name for it."""


class HeldSchema(HoldingFields):
    """What someone holds, with all that comes through their groups."""


class PersonSchema(PersonChange):
    """Someone with what they hold themselves, which is what `PUT` replaces, and what they hold in all."""

    id = fields.String(required=True, **about("Their id."))
    external_id = fields.String(required=True, **about("What an identity provider calls them (SCIM), or nothing."))
    effective = fields.Nested(HeldSchema, required=True, **about("All they hold, also through groups."))
    accounts = fields.List(fields.String(), required=True, **about("The ids of the service accounts they own."))
    pending_requests = fields.Integer(required=True, **about("Pending requests that they made or that are for them."))
    grants = fields.Integer(required=True, **about("Their own grants that have not ended."))
    revision = fields.Integer(required=True, **about("Grows with each change; also its `ETag`."))

    @pre_dump
    def flat(self, view: PersonView, **_: Any) -> Mapping[str, object]:
        counts = {"accounts": view.accounts, "pending_requests": view.requests, "grants": view.grants}
        more = counts | {"external_id": view.external_id, "effective": held(view.person)}
        return vars(view.own) | held(view.own) | more


class GroupChange(HoldingFields):
    """A group, described anew as a whole: what is left out is taken from its members."""

    name = text("What people call it.", shortest=1, required=True)


class NewGroup(GroupChange):
    """A group to be made; it has no members yet."""

    id = text("Its id.", shortest=1, required=True)


class GroupSchema(GroupChange):
    """A group with what its members hold through it."""

    id = fields.String(required=True, **about("Its id."))
    external_id = fields.String(required=True, **about("What an identity provider calls it (SCIM), or nothing."))
    members = fields.Integer(required=True, **about("How many people are in it."))
    revision = fields.Integer(required=True, **about("Grows with each change; also its `ETag`."))

    @pre_dump
    def flat(self, view: GroupView, **_: Any) -> Mapping[str, object]:
        more = {"members": view.members, "external_id": view.external_id}
        return vars(view.group) | held(view.held) | more


class PeopleFileSchema(Strict):
    """People, groups and logins as a file."""

    text = fields.String(
        required=True,
        validate=validate.Length(1, 20_000_000),
        **about("CSV with one person a line, or JSON."),
    )
    format = fields.String(load_default="csv", validate=validate.OneOf(("csv", "json")), **about("How it is written."))
    dry_run = Flag(load_default=False, **about("Say what would be changed, and change nothing."))


class PersonDifferenceSchema(Strict):
    """What someone gains and loses by a file."""

    person = fields.String(required=True, **about("The id of the person."))
    gains = fields.List(fields.String(), required=True, **about("What they gain, in words."))
    loses = fields.List(fields.String(), required=True, **about("What they lose, in words."))


class PeopleImportSchema(Strict):
    """What a file changed, or would change."""

    dry_run = fields.Boolean(required=True, **about("Whether nothing was changed."))
    count = fields.Integer(required=True, **about("How many people there are in the file."))
    added = fields.List(fields.String(), required=True, **about("The ids of people who are new."))
    changed = fields.List(fields.String(), required=True, **about("The ids of people who were otherwise before."))
    deactivated = fields.List(fields.String(), required=True, **about("Those of the changed who were active."))
    differences = fields.List(
        fields.Nested(PersonDifferenceSchema),
        required=True,
        **about("Of each who is added or changed: what they gain and lose."),
    )
    groups = fields.List(fields.String(), required=True, **about("The ids of groups that are new or were otherwise."))
    logins = fields.Integer(required=True, **about("How many logins there are in the file."))
    notes = fields.List(fields.String(), required=True, **about("What may be a slip, such as an unknown domain."))
    problems = fields.List(
        fields.String(), required=True, **about("What is wrong with the file, with the line; only of a dry run.")
    )


def held(what: Person | Holdings) -> dict[str, object]:
    """Attributes and permissions, in order, as the schemas name them."""
    in_domains = sorted(what.domain_permissions)
    return {
        "attributes": {key: sorted(values) for key, values in sorted(what.attributes.items())},
        "permissions": sorted(what.permissions),
        "domain_permissions": [{"domain": domain, "permission": permission} for domain, permission in in_domains],
    }


def holdings_from(given: Mapping[str, Any]) -> Holdings:
    """What was described of attributes and permissions."""
    return Holdings(
        {key: frozenset(values) for key, values in given["attributes"].items()},
        frozenset(given["permissions"]),
        frozenset((one["domain"], one["permission"]) for one in given["domain_permissions"]),
    )


def person_from(given: Mapping[str, Any], id: str) -> Person:
    """The person that was described."""
    what = holdings_from(given)
    return Person(
        id=id,
        name=given["name"],
        email=given["email"],
        kind=given["kind"],
        owner=given["owner"],
        groups=frozenset(given["groups"]),
        attributes=what.attributes,
        permissions=what.permissions,
        domain_permissions=what.domain_permissions,
        active=given["active"],
    )


def group_from(given: Mapping[str, Any], id: str) -> Group:
    return Group(id, given["name"])
