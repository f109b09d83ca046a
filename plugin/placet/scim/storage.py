"""What the SCIM server reads and writes: the directory of the marketplace, in the name of whoever sends the request."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

from scim2_models import Meta, NotFoundException, Reference, Resource, ResourceType, SearchRequest, TooManyException
from scim2_server.storage import ScimStorage, SearchPage

from placet.domain.people import Group as KnownGroup
from placet.domain.people import Person
from placet.scim.resources import GROUPS as GROUP_TYPE
from placet.scim.resources import USERS, Group, Member, described, revision_of, user_of, version_of
from placet.service import LARGEST_PAGE, Marketplace
from placet.service.context import new_id
from placet.service.provided import Named, ProvidedGroup

WALKED = 2_000
"""So many people or groups are looked at one by one, where no index answers a filter."""


LAST_START = 2**31 - 1
"""No list is as long, and a database counts no further than a few times that."""

ONE_NAME = re.compile(r'(?P<attribute>\w+) eq (?P<value>"(?:[^"\\]|\\.)*")', re.IGNORECASE)
INDEXED: dict[Named, dict[str, str]] = {
    "people": {"id": "id", "username": "id", "externalid": "external_id"},
    "groups": {"id": "id", "displayname": "name", "externalid": "external_id"},
}
"""The attributes by which an index finds people and groups; all of them are compared exactly."""


class DirectoryStorage(ScimStorage):
    """The directory, for one actor."""

    def __init__(self, marketplace: Marketplace, actor: Person) -> None:
        self._market = marketplace
        self._actor = actor
        self._manager = marketplace.context.settings.manager_attribute

    def get(self, resource_type: ResourceType, resource_id: str, **_: Any) -> Resource[Any]:
        return self._one(resource_type, unquote(resource_id))

    def search(
        self,
        resource_types: list[ResourceType],
        search_request: SearchRequest[Any],
        *,
        position: Any = None,  # noqa: ARG002 - pages have no cursors here
    ) -> SearchPage:
        start = min(search_request.start_index_0 or 0, LAST_START)
        found: list[Resource[Any]] = []
        if search_request.filter is None and len(resource_types) == 1:
            total, found = self._numbered(resource_types[0], start, search_request.count)
            return SearchPage(total, found)
        for resource_type in resource_types:
            found += self._matching(resource_type, search_request.filter)
        stop = None if search_request.count is None else start + search_request.count
        return SearchPage(len(found), found[start:stop])

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        given: Any = resource
        if resource_type.name == USERS.name:
            person = described(given, Person(given.user_name, given.user_name), self._manager)
            self._market.people.create(self._actor, person, given.external_id or "")
            return self._one(resource_type, person.id)
        id = given.display_name if "/" not in given.display_name else new_id()
        self._provide(id, given, None, new=True)
        return self._one(resource_type, id)

    def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        given: Any = resource
        revision = revision_of(expected_version)
        if resource_type.name == USERS.name:
            known = self._market.people.view(self._actor, given.id).own
            person = described(given, known, self._manager)
            self._market.people.replace(self._actor, person, revision, given.external_id or "")
        else:
            self._provide(given.id, given, revision)
        return self._one(resource_type, given.id)

    def delete(self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None) -> None:
        id, revision = unquote(resource_id), revision_of(expected_version)
        if resource_type.name == USERS.name:
            self._market.people.remove(self._actor, id, revision)
        else:
            self._market.groups.delete(self._actor, id, revision)

    def _provide(self, id: str, given: Any, revision: int | None, new: bool = False) -> None:
        members = frozenset(str(member.value) for member in given.members or () if member.value)
        group = KnownGroup(id, given.display_name)
        self._market.groups.provide(self._actor, group, members, given.external_id or "", revision, new)

    def _one(self, resource_type: ResourceType, id: str) -> Resource[Any]:
        found = self._shown(resource_type, [id])
        if not found:
            raise NotFoundException(detail=f"there is no {resource_type.name} `{id}`")
        return found[0]

    def _numbered(self, resource_type: ResourceType, start: int, count: int | None) -> tuple[int, list[Resource[Any]]]:
        size = LARGEST_PAGE if count is None else min(count, LARGEST_PAGE)
        total, ids = self._market.people.provided_page(self._actor, _kind(resource_type), start, size)
        return total, self._shown(resource_type, ids)

    def _matching(self, resource_type: ResourceType, wanted: Any) -> list[Resource[Any]]:
        """Everything that a filter matches: by an index where it asks for one name, else looked at one by one."""
        if wanted is not None and (named := _named(resource_type, str(wanted))):
            ids = self._market.people.provided_called(self._actor, _kind(resource_type), *named)
            return [one for one in self._shown(resource_type, ids) if wanted.match(one)]
        total, ids = self._market.people.provided_page(self._actor, _kind(resource_type), 0, WALKED)
        if total > WALKED:
            raise TooManyException(detail=f"there are over {WALKED}: ask for one `userName` or `externalId`")
        found = self._shown(resource_type, ids)
        return [one for one in found if wanted is None or wanted.match(one)]

    def _shown(self, resource_type: ResourceType, ids: list[str]) -> list[Resource[Any]]:
        if resource_type.name == USERS.name:
            people = self._market.people.provided_people(self._actor, ids)
            return [user_of(one.own, one.external_id, one.group_names, self._manager) for one in people]
        return [group_of(one) for one in self._market.people.provided_groups(self._actor, ids)]


def _kind(resource_type: ResourceType) -> Named:
    return "people" if resource_type.name == USERS.name else "groups"


def _named(resource_type: ResourceType, wanted: str) -> tuple[str, str] | None:
    """The name that a filter asks for, where an index has it: of someone or a group, as `userName eq "zoe"`."""
    found = ONE_NAME.fullmatch(wanted)
    attribute = INDEXED[_kind(resource_type)].get(found["attribute"].lower()) if found else None
    return (attribute, json.loads(found["value"])) if found and attribute else None


def group_of(provided: ProvidedGroup) -> Resource[Any]:
    group = provided.group
    members = [Member(value=one.id, ref=Reference[Any](f"Users/{one.id}")) for one in provided.members]
    return Group(
        id=group.id,
        external_id=provided.external_id or None,
        display_name=group.name,
        members=members or None,
        meta=Meta(resource_type=GROUP_TYPE.name, version=version_of(group.revision)),
    )
