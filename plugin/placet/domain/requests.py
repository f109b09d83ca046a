"""Access requests, the determinations stewards make on them, and the grants they end in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from placet.domain.forms import Quorum
from placet.domain.people import Person, StewardSource
from placet.domain.terms import FOR_GOOD, Term


class RequestType(StrEnum):
    """What is asked for."""

    DATA_ACCESS = "data-access"
    MASKING_EXCEPTION = "masking-exception"


class BeneficiaryKind(StrEnum):
    """Whether a request is for a person, which a service account is too, or for a group."""

    PERSON = "person"
    GROUP = "group"


@dataclass(frozen=True)
class Whom:
    """Whom something is for; a person and a group may have the same id."""

    id: str
    kind: BeneficiaryKind = BeneficiaryKind.PERSON

    @property
    def is_group(self) -> bool:
        return self.kind is BeneficiaryKind.GROUP

    @property
    def person(self) -> str:
        """The id of the person it is for; of a group nothing, so that no one is taken for it who is called alike."""
        return "" if self.is_group else self.id

    def __str__(self) -> str:
        return f"group {self.id}" if self.is_group else self.id


def held_as(person: Person) -> tuple[Whom, ...]:
    """All that someone benefits as: themselves, and each of their groups."""
    return Whom(person.id), *(Whom(group, BeneficiaryKind.GROUP) for group in sorted(person.groups))


@dataclass(frozen=True)
class ColumnRef:
    """A column of a data source, by the ids of both; `name` is what it was called when it was asked for."""

    source: str
    column: int
    name: str = field(default="", compare=False)


class RequestStatus(StrEnum):
    """Where a request stands; all but `pending` are final."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    CANCELED = "canceled"
    LAPSED = "lapsed"


class Verdict(StrEnum):
    """What one steward says."""

    APPROVE = "approve"
    DENY = "deny"


@dataclass(frozen=True)
class Acceptance:
    """The requester accepted this version of the agreement, for themselves or on behalf of the beneficiary.

    `agreement` is its id; under that and the version its exact text is kept.
    """

    agreement: str
    version: int
    name: str
    at: datetime
    on_behalf_of: str = ""


@dataclass(frozen=True)
class RequiredSource:
    """A steward source a request asks, and its stage; lower stages come first.

    `called` is the name that routing rules gave it: several of one name are one source, which any of their stewards
    meets. Without a name it is called by its own key. `source` is None where routing asks for one that is no one's.
    """

    source: StewardSource | None
    stage: int = 1
    called: str = ""

    @property
    def key(self) -> str:
        """What the rules call it."""
        return self.called or (self.source.key if self.source else "")

    @property
    def label(self) -> str:
        """What people call it."""
        if not self.called:
            return str(self.source)
        return f"{self.called} ({self.source})" if self.source else self.called


@dataclass(frozen=True)
class Determination:
    """One steward's verdict on one request; `stood_for` holds the keys of the sources they met when they gave it."""

    id: str
    request: str
    steward: str
    verdict: Verdict
    reason: str
    at: datetime
    term: Term = FOR_GOOD
    stood_for: frozenset[str] = frozenset()


@dataclass(frozen=True)
class AccessRequest:
    """Someone asking for one data product on behalf of one beneficiary.

    Of a masking exception `columns` are those to be seen clear; a request for data access has none. `packs` are the
    hashes of the rule packs that decide it, pinned at submission. `renews` is the grant it prolongs.
    `lapses_at` is the first given end, or the wait set in the expiry pack, that makes it pointless to go on.
    """

    id: str
    type: RequestType
    product: str
    requester: str
    beneficiary: str
    form: str
    form_version: int
    created_at: datetime
    quorum: Quorum | None = None
    sources: tuple[RequiredSource, ...] = ()
    answers: Mapping[str, object] = field(default_factory=dict, hash=False)
    acceptance: Acceptance | None = None
    packs: Mapping[str, str] = field(default_factory=dict, hash=False)
    status: RequestStatus = RequestStatus.PENDING
    determinations: tuple[Determination, ...] = ()
    decided_at: datetime | None = None
    lapses_at: datetime | None = None
    renews: str | None = None
    justification: str = ""
    unroutable: bool = False
    beneficiary_kind: BeneficiaryKind = BeneficiaryKind.PERSON
    columns: tuple[ColumnRef, ...] = ()
    revision: int = 1

    @property
    def whom(self) -> Whom:
        return Whom(self.beneficiary, self.beneficiary_kind)

    @property
    def final(self) -> bool:
        return self.status is not RequestStatus.PENDING

    def determined_by(self, person: str) -> Determination | None:
        """The determination a person has already made, or None."""
        return next((made for made in self.determinations if made.steward == person), None)

    def with_determination(self, made: Determination) -> AccessRequest:
        return replace(self, determinations=(*self.determinations, made))

    def decided(self, status: RequestStatus, at: datetime) -> AccessRequest:
        """The same request, final."""
        return replace(self, status=status, decided_at=at)


class GrantStatus(StrEnum):
    """Where a grant stands at an instant; computed, never stored, so that it can't be late."""

    SCHEDULED = "scheduled"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True)
class Revocation:
    """Who ended a grant, when, and why."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Grant:
    """What an approval gives from `start` (included) to `end` (excluded); no end is for good.

    Of type `data-access` it is membership of the product; of type `masking-exception`, clear values of `columns`.
    """

    id: str
    request: str
    product: str
    beneficiary: str
    start: datetime
    end: datetime | None = None
    revocation: Revocation | None = None
    expiry_told: bool = False
    type: RequestType = RequestType.DATA_ACCESS
    beneficiary_kind: BeneficiaryKind = BeneficiaryKind.PERSON
    columns: tuple[ColumnRef, ...] = ()
    revision: int = 1

    @property
    def whom(self) -> Whom:
        return Whom(self.beneficiary, self.beneficiary_kind)

    @property
    def gives_access(self) -> bool:
        """Whether it is membership; a masking exception alone opens no table."""
        return self.type is RequestType.DATA_ACCESS

    def covers(self, columns: Iterable[ColumnRef]) -> bool:
        """Whether all of these columns are clear by it; none at all are asked for where membership is."""
        return set(columns) <= set(self.columns)

    def status_at(self, now: datetime, in_force: bool = True) -> GrantStatus:
        """The status at `now`; `in_force` is False while the product is not published or the beneficiary inactive."""
        if self.revocation and self.revocation.at <= now:
            return GrantStatus.REVOKED
        if self.end is not None and now >= self.end:
            return GrantStatus.EXPIRED
        if not in_force:
            return GrantStatus.SUSPENDED
        return GrantStatus.ACTIVE if self.start <= now else GrantStatus.SCHEDULED

    def given_at(self, now: datetime) -> bool:
        """Whether no revocation has ended it by `now`; start and end are another matter."""
        return self.revocation is None or now < self.revocation.at

    def live_at(self, now: datetime) -> bool:
        """Whether it gives access now or will later: neither revoked nor expired."""
        return self.status_at(now) in (GrantStatus.ACTIVE, GrantStatus.SCHEDULED)
