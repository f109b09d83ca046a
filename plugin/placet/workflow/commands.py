"""What people and the clock ask for, in the imperative. Ids are given, so that handlers stay pure.

Who determines, cancels or revokes is handed to the handler as a person, with all they hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from placet.domain.requests import BeneficiaryKind, ColumnRef, RequestType, Verdict
from placet.domain.terms import FOR_GOOD, Term


@dataclass(frozen=True)
class SubmitRequest:
    """Ask for a data product for a beneficiary, with answers and the agreement accepted or not.

    For a masking exception, `columns` are those of which clear values are asked for. `read` is the form, and the
    version of it, that was answered, where that was said.
    """

    id: str
    grant: str
    requester: str
    beneficiary: str
    product: str
    type: RequestType = RequestType.DATA_ACCESS
    beneficiary_kind: BeneficiaryKind = BeneficiaryKind.PERSON
    columns: tuple[ColumnRef, ...] = ()
    answers: Mapping[str, object] = field(default_factory=dict, hash=False)
    accepts_agreement: bool = False
    read: tuple[str, int] | None = None


@dataclass(frozen=True)
class DetermineRequest:
    """Give one's verdict on a request; `grant` is the id of the grant that a final approval makes."""

    id: str
    grant: str
    request: str
    verdict: Verdict
    reason: str
    term: Term = FOR_GOOD


@dataclass(frozen=True)
class CancelRequest:
    """Take a pending request back."""

    request: str
    reason: str = ""


@dataclass(frozen=True)
class LapseRequest:
    """End a pending request whose time has passed."""

    request: str


@dataclass(frozen=True)
class RemindStewards:
    """Remind those who may determine a pending request that it waits for them."""

    request: str


@dataclass(frozen=True)
class RevokeGrant:
    """End a grant before its end, at once."""

    grant: str
    reason: str


@dataclass(frozen=True)
class ExpireGrant:
    """Tell that a grant has reached its end; the access itself ended by then."""

    grant: str


@dataclass(frozen=True)
class RemindOfEnd:
    """Remind those whom a grant concerns that it ends."""

    grant: str


@dataclass(frozen=True)
class TakeUpFormVersion:
    """Let a product ask by a later version of the form that it names for a type of request."""

    product: str
    version: int
    type: RequestType = RequestType.DATA_ACCESS
