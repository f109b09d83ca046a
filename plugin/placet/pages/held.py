"""What someone holds as fields of a form: permissions to tick, attributes and permissions in domains one a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from placet.domain.errors import NotFound, PlacetError
from placet.domain.people import DomainPermission, GlobalPermission, Holdings, Person
from placet.pages.answers import Sent
from placet.pages.refused import Refused, refused
from placet.service.groups import BadGroup
from placet.service.people import BadPerson
from placet.service.people_file import BadImport, read_person

PERMISSIONS = tuple(GlobalPermission)
IN_DOMAINS = tuple(DomainPermission)
NAMES = ("name", "email", "owner", "kind", "active")


def filled(person: Person | None, sent: Sent) -> Mapping[str, object]:
    """The fields of a person's form: as they were sent, or else as someone is; for someone new they are empty."""
    if sent:
        return _as_sent(sent)
    one = person or Person("", "")
    own = {"name": one.name, "email": one.email, "owner": one.owner or "", "kind": one.kind.value, "id": one.id}
    return own | {"groups": lines(sorted(one.groups)), "active": one.active} | fields_of(one)


def fields_of(what: Person | Holdings) -> dict[str, object]:
    """The fields of what someone or a group holds."""
    return {
        "attributes": lines(
            f"{key}={value}" for key in sorted(what.attributes) for value in sorted(what.attributes[key])
        ),
        "permissions": {permission.value for permission in what.permissions},
        "domain_permissions": lines(f"{domain}/{held}" for domain, held in sorted(what.domain_permissions)),
    }


def filled_group(name: str, held: Holdings, sent: Sent) -> Mapping[str, object]:
    """The fields of a group's form, in the same way."""
    return _as_sent(sent) if sent else {"id": "", "name": name} | fields_of(held)


def person_of(sent: Sent, id: str) -> Person:
    """Who was described by a form. Raises BadPerson, with the field in its facts."""
    try:
        return read_person("the form", row_of(sent, id))
    except BadImport as error:
        raise BadPerson(error.detail.partition(": ")[2], **error.facts) from None


def held_of(sent: Sent) -> Holdings:
    """What a form says of the attributes and permissions of a group. Raises BadGroup, with the field in its facts."""
    row = row_of(sent, "the group") | {"groups": [], "kind": "person", "owner": ""}
    try:
        what = read_person("the form", row)
    except BadImport as error:
        raise BadGroup(error.detail.partition(": ")[2], **error.facts) from None
    return Holdings(what.attributes, what.permissions, what.domain_permissions)


def refused_on_form(error: PlacetError, fields: Mapping[str, str]) -> Refused:
    """What is refused of a form, 422 also where what it names is not there: the page itself is."""
    told = refused(error, {error.code: str(error.facts["column"])} if "column" in error.facts else fields)
    return Refused(told.title, 422, told.problems) if isinstance(error, NotFound) else told


def row_of(sent: Sent, id: str) -> dict[str, object]:
    """What was sent, as a row of an import reads: the same words, and the same refusals."""
    return {
        "id": id,
        "name": sent.get("name", "").strip(),
        "email": sent.get("email", "").strip(),
        "kind": sent.get("kind", "person"),
        "owner": sent.get("owner", "").strip(),
        "groups": _several(sent, "groups"),
        "attributes": _attributes(sent),
        "permissions": sent.getlist("permissions"),
        "domain_permissions": _several(sent, "domain_permissions"),
        "active": sent.get("active") == "yes",
    }


def lines(words: Iterable[str]) -> str:
    return "\n".join(words)


def _as_sent(sent: Sent) -> Mapping[str, object]:
    words = ("id", "groups", "attributes", "domain_permissions", *NAMES)
    told: dict[str, object] = {name: sent.get(name, "") for name in words}
    return told | {"permissions": set(sent.getlist("permissions")), "active": sent.get("active") == "yes"}


def _several(sent: Sent, name: str) -> list[str]:
    return [line.strip() for line in sent.get(name, "").splitlines() if line.strip()]


def _attributes(sent: Sent) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in _several(sent, "attributes"):
        key, _, value = line.partition("=")
        found.setdefault(key.strip(), []).append(value.strip())
    return found
