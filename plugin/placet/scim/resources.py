"""People and groups as SCIM has them: the attributes that Placet keeps, and no others.

A user's id is their user name, the id by which the host says who is asking: it stays as it was given.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field
from scim2_models import (
    URN,
    AnyExtension,
    CaseExact,
    ComplexAttribute,
    Extension,
    Meta,
    Mutability,
    Reference,
    Required,
    Resource,
    ResourceType,
    Returned,
    Uniqueness,
)

from placet.domain.people import Person

ENTERPRISE = ("employee_number", "cost_center", "organization", "division", "department")
"""What the enterprise extension says of someone in one word each; kept as attributes of these names."""


class Name(ComplexAttribute):
    """Taken for the name of someone whom nothing else names; never shown."""

    formatted: str | None = None
    given_name: str | None = None
    family_name: str | None = None


class Email(ComplexAttribute):
    """One address is kept, the primary one of several or else the first, and shown as that of work."""

    value: str | None = None
    type: str | None = None
    primary: bool | None = None


class Manager(ComplexAttribute):
    """Some providers name the manager by the id alone, so no address is asked of them."""

    value: Annotated[str | None, CaseExact.true] = None


class EnterpriseUser(Extension):
    __schema__ = URN("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")

    employee_number: str | None = None
    cost_center: str | None = None
    organization: str | None = None
    division: str | None = None
    department: str | None = None
    manager: Manager | None = None


class GroupOfUser(ComplexAttribute):
    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    display: Annotated[str | None, Mutability.read_only] = None


class User(Resource[AnyExtension]):
    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true, Mutability.immutable, CaseExact.true] = None
    display_name: str | None = None
    name: Annotated[Name | None, Mutability.write_only, Returned.never] = None
    emails: list[Email] | None = None
    active: bool | None = None
    groups: Annotated[list[GroupOfUser] | None, Mutability.read_only] = None


class Member(ComplexAttribute):
    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    ref: Annotated[Reference[User] | None, Mutability.immutable] = Field(  # type: ignore[type-arg]  # the name of a resource
        None, serialization_alias="$ref", validation_alias="$ref"
    )


class Group(Resource[Any]):
    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true, CaseExact.true] = None
    members: list[Member] | None = None


USERS = ResourceType.from_resource(User[EnterpriseUser])
GROUPS = ResourceType.from_resource(Group)


def user_of(person: Person, external_id: str, group_names: Mapping[str, str], manager_key: str) -> Any:
    """Someone as SCIM shows them; attributes with several values are not shown, as SCIM has one place for each."""
    user = User[EnterpriseUser](
        id=person.id,
        external_id=external_id or None,
        user_name=person.id,
        display_name=person.name if person.name != person.id else None,
        emails=[Email(value=person.email, type="work", primary=True)] if person.email else None,
        active=person.active,
        groups=[GroupOfUser(value=id, display=group_names.get(id, id)) for id in sorted(person.groups)] or None,
        meta=Meta(resource_type=USERS.name, version=version_of(person.revision)),
    )
    words = {name: word for name in ENTERPRISE if (word := only(person, camel(name)))}
    manager = only(person, manager_key)
    if words or manager:
        said = {camel(name): word for name, word in words.items()}
        named = {"manager": {"value": manager}} if manager else {}
        user[EnterpriseUser] = EnterpriseUser.model_validate(said | named)
    return user


def described(user: Any, known: Person, manager_key: str) -> Person:
    """The person that SCIM describes: what it has no word for, or says nothing of, stays as it is known."""
    extension = user[EnterpriseUser]
    attributes = dict(known.attributes)
    for name in ENTERPRISE:
        _put(attributes, camel(name), getattr(extension, name, None))
    manager = getattr(extension, "manager", None)
    _put(attributes, manager_key, getattr(manager, "value", None))
    return Person(
        id=known.id,
        name=_name(user) or known.id,
        email=_email(user),
        kind=known.kind,
        owner=known.owner,
        groups=known.groups,
        attributes=attributes,
        permissions=known.permissions,
        domain_permissions=known.domain_permissions,
        active=known.active if user.active is None else bool(user.active),
        revision=known.revision,
    )


def version_of(revision: int) -> str:
    return f'W/"{revision}"'


def revision_of(version: str | None) -> int | None:
    return int(version.removeprefix('W/"').removesuffix('"')) if version else None


def camel(name: str) -> str:
    """The name of an attribute as SCIM spells it."""
    first, *more = name.split("_")
    return first + "".join(word.capitalize() for word in more)


def only(person: Person, key: str) -> str | None:
    """The value of an attribute that has one."""
    values = person.attributes.get(key, frozenset())
    return next(iter(values)) if len(values) == 1 else None


def _put(attributes: dict[str, frozenset[str]], key: str, value: str | None) -> None:
    """SCIM has one place for each of these; several values that stand here are not its to take."""
    if value:
        attributes[key] = frozenset({value})
    elif len(attributes.get(key, ())) == 1:
        del attributes[key]


def _name(user: Any) -> str:
    name = user.name
    parts = [name.given_name, name.family_name] if name else []
    return user.display_name or (name and name.formatted) or " ".join(part for part in parts if part)


def _email(user: Any) -> str:
    emails = [one for one in user.emails or () if one.value]
    primary = [one for one in emails if one.primary]
    return str((primary or emails)[0].value) if emails else ""
