"""What a handler knows of the world around one access request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from placet.domain.forms import Quorum, RequestForm
from placet.domain.people import DomainPermission, Group, Person, StewardSource
from placet.domain.permissions import Place
from placet.domain.products import DataProduct, SourceTags
from placet.domain.requests import AccessRequest, BeneficiaryKind, ColumnRef, Grant, RequiredSource, Whom

MOST_MEMBERS_TOLD = 500
"""Members of a group to whom each step of its request is told; a larger group would fill thousands of inboxes."""

ColumnStates = Callable[[Iterable[ColumnRef]], Mapping[ColumnRef, "WantedColumn"]]
"""How columns of the product stand to the beneficiary now; what is no column of it is left out."""


def no_columns(_: Iterable[ColumnRef]) -> Mapping[ColumnRef, WantedColumn]:
    """Where no columns can be asked for."""
    return {}


Stewards = Callable[[StewardSource], frozenset[str]]
"""The ids of the active people a steward source makes stewards."""


@dataclass(frozen=True)
class WantedColumn:
    """A column of a product, as it stands to someone.

    `label` is `schema.table.column`; `masked` says whether they see it masked now, `against` names what no approval
    lifts, `clear` that they see it clear by an approval with no end.
    """

    ref: ColumnRef
    label: str
    masked: bool
    against: tuple[str, ...] = ()
    clear: bool = False


class Background(Protocol):
    """What the rules may be told and is looked up only then."""

    def form(self) -> RequestForm:
        """The version of the form that the request was made with."""

    def datasets(self) -> Sequence[SourceTags]:
        """The data sources of the product, with their tags."""

    def called(self, columns: Iterable[ColumnRef]) -> Sequence[tuple[str, str]]:
        """What these columns and their data sources are called now; those that are gone are left out."""

    def earlier(self) -> Sequence[AccessRequest]:
        """The last requests of this type of the beneficiary for the product that were decided, the latest first."""

    def people(self, ids: Iterable[str]) -> Sequence[Person]:
        """Those of the people who exist; of very many, some hundred."""

    def accounts(self) -> Mapping[str, str]:
        """Who owns each service account in the group that is the beneficiary, by the account."""


@dataclass(frozen=True)
class Situation:
    """The product, the parties, the time, and what the beneficiary has already.

    `grants` are the beneficiary's live grants that a request would prolong; `open_request` is open already, and made by
    `asked_by`; `members` are the ids of the active people
    in the group that is the beneficiary; `manager_attribute` is the key of the attribute that names someone's manager.
    Where columns are asked for, `states` knows them; where the rules are asked there has to be a `background`.
    """

    product: DataProduct
    requester: Person
    beneficiary: Person | Group
    now: datetime
    stewards: Stewards
    grants: tuple[Grant, ...] = ()
    open_request: str = ""
    asked_by: str = ""
    background: Background | None = None
    manager_attribute: str = "manager"
    members: frozenset[str] = frozenset()
    states: ColumnStates = no_columns

    @property
    def managers(self) -> frozenset[str]:
        """Those who manage the data products of the domain; they are told when a request can't go on."""
        return self.stewards(
            StewardSource.domain_permission(DomainPermission.MANAGE_DATA_PRODUCTS, self.product.domain)
        )

    @property
    def whom(self) -> Whom:
        """Whom the request is for."""
        return whom_of(self.beneficiary)

    @property
    def people(self) -> tuple[Person, ...]:
        """The requester, and the beneficiary where that is a person."""
        return (self.requester, self.beneficiary) if isinstance(self.beneficiary, Person) else (self.requester,)

    @property
    def owner(self) -> str:
        """The id of who owns the service account that is the beneficiary."""
        return (self.beneficiary.owner or "") if isinstance(self.beneficiary, Person) else ""

    @property
    def parties(self) -> frozenset[str]:
        """The ids of the requester and of everyone who benefits, as the owner of a service account does."""
        return frozenset(person.id for person in self.people) | self.members | ({self.owner} - {""})

    @property
    def informed(self) -> frozenset[str]:
        """Those of the parties who are told what becomes of the request: of a very large group no one but who asked."""
        return self.parties if len(self.members) <= MOST_MEMBERS_TOLD else frozenset({self.requester.id})

    @property
    def start(self) -> datetime:
        """When a grant made now would begin: at once, or where the one it renews ends."""
        return max([self.now, *(grant.end for grant in self.grants if grant.end)])

    def place(self, person: Person) -> Place:
        """How someone stands to the request, for the permission table."""
        return Place(
            domain=self.product.domain,
            requester=self.requester.id,
            beneficiary=self.whom.person,
            owner=self.owner,
            member=self.whom.is_group and self.whom.id in person.groups,
            visible=self.product.within_sight_of(person),
        )

    def asked(self, request: AccessRequest) -> tuple[str, ...]:
        """The active people who may be asked about a request, without its own parties."""
        people = frozenset[str]().union(*stewards_of(request.sources, self.stewards).values())
        return tuple(sorted(people - self.parties))


def whom_of(beneficiary: Person | Group) -> Whom:
    """A person or group as the beneficiary of something."""
    is_group = isinstance(beneficiary, Group)
    return Whom(beneficiary.id, BeneficiaryKind.GROUP if is_group else BeneficiaryKind.PERSON)


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
