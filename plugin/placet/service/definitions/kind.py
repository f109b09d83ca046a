"""What definitions have to know of one kind of thing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from placet.domain.people import DomainPermission, Person, SourceKind, StewardSource
from placet.domain.tokens import Scope
from placet.service.context import Context
from placet.service.definitions.shapes import Member, Record, Several, Table, Word
from placet.service.views import Page
from placet.storage import Session

Plain = dict[str, Any]
"""Members by name, as a file has them."""

WORD, WORDS, SET = Word(), Several(Word()), Several(Word(), ordered=False)
AT_ONCE = 200
"""Things that are read at once."""


@dataclass(frozen=True)
class Standing:
    """A thing as it is: as a file would have it, and as the domain has it.

    An export leaves `unsaid` members out; one that is `gone` was deleted, and its id stays with its history.
    """

    plain: Plain
    value: Any
    unsaid: frozenset[str] = frozenset()
    gone: bool = False


class Kind(ABC):
    """One section of a file. Everything is written through the service of the thing, as anyone else would.

    `scope` is what a token needs for it.
    """

    section: str
    shape: Record
    scope = Scope.MANAGE

    @property
    def of_people(self) -> bool:
        """Whether it is for those who manage people alone."""
        return self.scope is Scope.PEOPLE

    @abstractmethod
    def ids(self, session: Session) -> list[str]:
        """The ids of all that an export holds, in its order."""

    @abstractmethod
    def standing(self, session: Session, ids: Sequence[str]) -> dict[str, Standing]:
        """Things as they are, by id; those that never were are left out."""

    @abstractmethod
    def write(self, context: Context, actor: Person, id: str, wanted: Plain, standing: Standing | None) -> None:
        """Make the thing, or change it into what is wanted. Raises whatever its service refuses."""

    def turn(self, wanted: Plain) -> int:  # noqa: ARG002 - of most kinds all come in the order of the file
        """What comes first within the section."""
        return 0

    def whole(self, context: Context, id: str, wanted: Plain, standing: Standing | None) -> Plain:  # noqa: ARG002 - not all look at all
        """What is wanted, as it would be read back once it is written."""
        return wanted


def every(page: Callable[[str | None], Page[Any]]) -> Iterator[Any]:
    """All items of a list that comes page by page."""
    cursor: str | None = None
    while True:
        found = page(cursor)
        yield from found.items
        if not (cursor := found.next):
            return


STEWARD = Record(
    {
        "kind": Member(Word(tuple(SourceKind)), about="What makes someone a data steward."),
        "name": Member(WORD, about="The id of the user or group, the key of the attribute, or the permission."),
        "value": Member(WORD, "", "The value of the attribute, or the id of the domain."),
    }
)
DOMAIN_PERMISSIONS = Table(Several(Word(tuple(DomainPermission)), ordered=False))


def steward_from(given: Plain) -> StewardSource:
    return StewardSource(SourceKind(given["kind"]), given["name"], given["value"])


def plain_steward(source: StewardSource) -> Plain:
    return {"kind": source.kind.value, "name": source.name, "value": source.value}
