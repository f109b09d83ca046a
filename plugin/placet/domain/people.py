"""People, what they hold, and what makes someone a data steward."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

LONGEST_WORD = 255
"""Characters of a name that rules can read."""


class GlobalPermission(StrEnum):
    """What someone may do everywhere."""

    GOVERNANCE = "GOVERNANCE"
    USER_ADMIN = "USER_ADMIN"
    APPLICATION_ADMIN = "APPLICATION_ADMIN"
    AUDIT = "AUDIT"


class DomainPermission(StrEnum):
    """What someone may do in one domain."""

    MANAGE_DATA_PRODUCTS = "manage-data-products"
    MANAGE_POLICIES = "manage-policies"
    MANAGE_TAGS = "manage-tags"
    MANAGE_IDENTIFIERS = "manage-identifiers"
    AUDIT_ACTIVITY = "audit-activity"


class PersonKind(StrEnum):
    PERSON = "person"
    SERVICE_ACCOUNT = "service-account"


@dataclass(frozen=True)
class Group:
    """A group of people; its attributes and permissions hold for each member."""

    id: str
    name: str
    revision: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Person:
    """Someone the directory knows; groups, attributes and permissions include what comes through groups.

    `revision` counts the changes of what is kept of the person; it makes no one a different person.
    """

    id: str
    name: str
    email: str = ""
    kind: PersonKind = PersonKind.PERSON
    owner: str | None = None
    groups: frozenset[str] = frozenset()
    attributes: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)
    permissions: frozenset[GlobalPermission] = frozenset()
    domain_permissions: frozenset[tuple[str, DomainPermission]] = frozenset()
    active: bool = True
    revision: int = field(default=1, compare=False)

    @property
    def problem(self) -> str:
        """Why no one can be as this says, in words, or nothing."""
        words = [*self.groups, *self.attributes, *(value for values in self.attributes.values() for value in values)]
        if not 1 <= len(self.id) <= LONGEST_WORD or max(len(self.name), len(self.email)) > LONGEST_WORD:
            return f"an id has 1 to {LONGEST_WORD} characters, name and e-mail address no more than that"
        if any(not 1 <= len(word) <= LONGEST_WORD for word in words):
            return f"groups, attributes and their values have 1 to {LONGEST_WORD} characters"
        if any(not character.isprintable() for character in self.id):
            return "an id has no control characters"
        if (self.kind is PersonKind.SERVICE_ACCOUNT) != bool(self.owner):
            return "a service account has an owner, and nobody else has one"
        return ""

    def holds(self, permission: GlobalPermission) -> bool:
        """Whether this person, while active, holds a global permission."""
        return self.active and permission in self.permissions

    def holds_in(self, domain: str, permission: DomainPermission) -> bool:
        """Whether this person, while active, holds a permission in a domain."""
        return self.active and (domain, permission) in self.domain_permissions

    def holds_anywhere(self, permission: DomainPermission) -> bool:
        """Whether this person, while active, holds a domain permission in some domain."""
        return self.active and any(held is permission for _, held in self.domain_permissions)

    def source_keys(self) -> frozenset[str]:
        """The key of every steward source this person stands for; what a review inbox is joined on."""
        return frozenset(source.key for source in self.sources())

    def sources(self) -> Iterable[StewardSource]:
        """Every steward source this person stands for."""
        yield StewardSource.user(self.id)
        yield from map(StewardSource.group, self.groups)
        yield from (StewardSource.attribute(key, value) for key, values in self.attributes.items() for value in values)
        yield from map(StewardSource.permission, self.permissions)
        yield from (
            StewardSource.domain_permission(permission, domain) for domain, permission in self.domain_permissions
        )


class SourceKind(StrEnum):
    """The kinds of steward source."""

    USER = "user"
    GROUP = "group"
    ATTRIBUTE = "attribute"
    GLOBAL_PERMISSION = "global-permission"
    DOMAIN_PERMISSION = "domain-permission"


@dataclass(frozen=True)
class StewardSource:
    """What makes someone a data steward of a request.

    `name` is the user, group, attribute key or permission; `value` is the attribute's value, or the domain of a domain
    permission: empty there means the domain of the product that is asked for.
    """

    kind: SourceKind
    name: str
    value: str = ""

    @property
    def key(self) -> str:
        """A string that is the same exactly for the same source, whatever characters its names hold.

        It is as short as a name in the rules has to be: of a longer one the digest stands there, which no name spells.
        """
        whole = ":".join([self.kind.value, _parted(self.name), *([_parted(self.value)] if self.value else [])])
        if len(whole) <= LONGEST_WORD:
            return whole
        return f"{self.kind.value}:%{sha256(whole.encode(errors='surrogatepass')).hexdigest()}"

    def __str__(self) -> str:
        return {
            SourceKind.USER: self.name,
            SourceKind.GROUP: f"group {self.name}",
            SourceKind.ATTRIBUTE: f"{self.name} = {self.value}",
            SourceKind.GLOBAL_PERMISSION: self.name,
            SourceKind.DOMAIN_PERMISSION: f"{self.name} in {self.value or 'the domain of the product'}",
        }[self.kind]

    def in_domain(self, domain: str) -> StewardSource:
        """The same source with the product's domain filled in where it was left open."""
        if self.kind is SourceKind.DOMAIN_PERMISSION and not self.value:
            return StewardSource(self.kind, self.name, domain)
        return self

    @property
    def problem(self) -> str:
        """Why this can't make anyone a steward, in words, or nothing where it can."""
        valued = self.kind in (SourceKind.ATTRIBUTE, SourceKind.DOMAIN_PERMISSION)
        if not 1 <= len(self.name) <= LONGEST_WORD or len(self.value) > LONGEST_WORD:
            return f"name and value have 1 to {LONGEST_WORD} characters"
        if any("\ud800" <= character <= "\udfff" for character in self.name + self.value):
            return "a half of a character stands in it"
        if self.value and not valued:
            return f"a {self.kind} has no value besides its name"
        if self.kind is SourceKind.ATTRIBUTE and not self.value:
            return "an attribute needs a value"
        known = _KNOWN_NAMES.get(self.kind)
        return f"there are {', '.join(known)}" if known and self.name not in known else ""

    @classmethod
    def user(cls, person: str) -> StewardSource:
        return cls(SourceKind.USER, person)

    @classmethod
    def group(cls, group: str) -> StewardSource:
        return cls(SourceKind.GROUP, group)

    @classmethod
    def attribute(cls, key: str, value: str) -> StewardSource:
        return cls(SourceKind.ATTRIBUTE, key, value)

    @classmethod
    def permission(cls, permission: GlobalPermission) -> StewardSource:
        return cls(SourceKind.GLOBAL_PERMISSION, permission.value)

    @classmethod
    def domain_permission(cls, permission: DomainPermission, domain: str = "") -> StewardSource:
        return cls(SourceKind.DOMAIN_PERMISSION, permission.value, domain)


_KNOWN_NAMES: Mapping[SourceKind, tuple[str, ...]] = {
    SourceKind.GLOBAL_PERMISSION: tuple(GlobalPermission),
    SourceKind.DOMAIN_PERMISSION: tuple(DomainPermission),
}


def _parted(name: str) -> str:
    """A name without the character that parts the names of a key, and without that of the escapes themselves."""
    return name.replace("%", "%25").replace(":", "%3A")


@dataclass(frozen=True)
class Holdings:
    """Attributes and permissions as a group hands them to its members."""

    attributes: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)
    permissions: frozenset[GlobalPermission] = frozenset()
    domain_permissions: frozenset[tuple[str, DomainPermission]] = frozenset()


NOTHING_HELD = Holdings()


class Directory(Protocol):
    """The host's directory, where it says who exists and what they hold in place of Placet's own tables.

    It is mirrored into those: as a whole from time to time, and one person whenever they sign in. What comes through a
    group is said of the group, and of a person only what they hold themselves.
    """

    def people(self) -> Iterable[Person]:
        """Everyone, also inactive ones. Who is not among them is deactivated."""
        ...

    def groups(self) -> Iterable[tuple[Group, Holdings]]:
        """Every group with what its members hold through it. What is not among them is deleted."""
        ...

    def person(self, id: str) -> Person | None:
        """One person as `people` has them, or None."""
        ...
