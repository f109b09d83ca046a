"""What a handler knows of the world around one access request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from placet.domain.forms import Quorum, RequestForm
from placet.domain.people import DomainPermission, Person, StewardSource
from placet.domain.permissions import Place
from placet.domain.products import DataProduct, SourceTags
from placet.domain.requests import AccessRequest, Grant, RequiredSource

Stewards = Callable[[StewardSource], frozenset[str]]
"""The ids of the active people a steward source makes stewards."""


class Background(Protocol):
    """What the rules may be told and is looked up only then."""

    def form(self) -> RequestForm:
        """The version of the form that the request was made with."""

    def datasets(self) -> Sequence[SourceTags]:
        """The data sources of the product, with their tags."""

    def earlier(self) -> Sequence[AccessRequest]:
        """The last requests of the beneficiary for the product that were decided, the latest first."""

    def people(self, ids: Iterable[str]) -> Sequence[Person]:
        """Those of the people who exist; of very many, some hundred."""


@dataclass(frozen=True)
class Situation:
    """The product, the parties, the time, and what the beneficiary has already.

    `grants` are the beneficiary's live grants on the product; `manager_attribute` is the key of the attribute that
    names someone's manager. Where the rules are asked there has to be a `background`.
    """

    product: DataProduct
    requester: Person
    beneficiary: Person
    now: datetime
    stewards: Stewards
    grants: tuple[Grant, ...] = ()
    open_request: str = ""
    background: Background | None = None
    manager_attribute: str = "manager"

    @property
    def managers(self) -> frozenset[str]:
        """Those who manage the data products of the domain; they are told when a request can't go on."""
        return self.stewards(
            StewardSource.domain_permission(DomainPermission.MANAGE_DATA_PRODUCTS, self.product.domain)
        )

    @property
    def people(self) -> tuple[Person, Person]:
        return self.requester, self.beneficiary

    @property
    def parties(self) -> frozenset[str]:
        return frozenset({self.requester.id, self.beneficiary.id})

    @property
    def start(self) -> datetime:
        """When a grant made now would begin: at once, or where the one it renews ends."""
        return max([self.now, *(grant.end for grant in self.grants if grant.end)])

    def place(self) -> Place:
        """Where the request stands, for the permission table."""
        return Place(
            domain=self.product.domain,
            requester=self.requester.id,
            beneficiary=self.beneficiary.id,
            visible=self.product.within_sight_of(self.requester),
        )

    def asked(self, request: AccessRequest) -> tuple[str, ...]:
        """The active people who may be asked about a request, without its own parties."""
        people = frozenset[str]().union(*stewards_of(request.sources, self.stewards).values())
        return tuple(sorted(people - self.parties))


def stewards_of(sources: Iterable[RequiredSource], stewards: Stewards) -> dict[str, frozenset[str]]:
    """The ids of those who stand for each steward source, by what the rules call it."""
    found: dict[str, frozenset[str]] = {}
    for needed in sources:
        own = stewards(needed.source) if needed.source else frozenset[str]()
        found[needed.key] = found.get(needed.key, frozenset()) | own
    return found


def out_of_reach(
    sources: tuple[RequiredSource, ...], quorum: Quorum | None, stewards: Stewards, parties: frozenset[str]
) -> str:
    """Why no one could ever decide, in words, or nothing where someone could.

    With quorum `any` one active person besides the parties is enough; with `all` each source needs one.
    """
    if not sources or quorum is None:
        return "no steward source is named"
    standing = stewards_of(sources, stewards)
    lost = {key for key, people in standing.items() if not people - parties}
    empty = [needed.label for needed in sources if needed.key in lost]
    if quorum is Quorum.ALL and empty:
        return f"no active person besides requester and beneficiary stands for {', '.join(empty)}"
    if len(lost) == len(standing):
        return f"no active person besides requester and beneficiary stands for any of {', '.join(empty)}"
    return ""
