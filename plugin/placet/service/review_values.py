"""The steward's view of a request, as pages and API show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from placet.domain.agreements import Agreement
from placet.domain.forms import RequestForm
from placet.domain.people import Group, Person
from placet.domain.products import DataProduct, DataSource
from placet.domain.requests import AccessRequest, ColumnRef, Determination
from placet.emitter.evaluate import Birthright
from placet.engine import Need
from placet.service.access_values import Way
from placet.service.asked_columns import AskedColumn
from placet.service.held_then import Held
from placet.service.views import RequestCard


@dataclass(frozen=True)
class SourceState:
    """One steward source of a request: met or not, by whom, and who else could meet it."""

    key: str
    label: str
    met: bool
    open: bool
    met_by: tuple[Person, ...] = ()
    could: tuple[Person, ...] = ()


@dataclass(frozen=True)
class Precedent:
    """An earlier decision on the same product."""

    request: AccessRequest
    beneficiary_name: str
    determinations: tuple[Determination, ...]


@dataclass(frozen=True)
class Review:
    """Everything a steward needs on one screen.

    `answers` pairs the labels of the questions with what was answered; `may_determine` says whether the viewer can, and
    `why_not` the reasons if they can't; `latest_end` is where the product's maximum would end access that is given now.
    """

    card: RequestCard
    product: DataProduct
    form: RequestForm
    requester: Person
    beneficiary: Person | Group
    answers: tuple[tuple[str, str], ...]
    sources: tuple[DataSource, ...]
    states: tuple[SourceState, ...]
    determinations: tuple[Determination, ...]
    approvals: tuple[Precedent, ...]
    denials: tuple[Precedent, ...]
    told: bool
    """Whether what the beneficiary holds is shown to the viewer."""
    may_determine: bool
    why_not: tuple[str, ...]
    may_cancel: bool
    may_revoke: bool
    latest_end: datetime | None
    requested_duration: str
    names: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Display names by person id."""
    labels: Mapping[ColumnRef, str] = field(default_factory=dict, hash=False)
    """What the columns of a masking exception are called, with their data source."""
    reasons: tuple[str, ...] = ()
    """Why the request ended as it did, or what routing made of it, in the words of the rules."""
    needs: tuple[Need, ...] | None = field(default=(), hash=False)
    """What is missing for an approval and who could give it, by the rules; None: it is out of reach.

    Empty also where many could: the explanation of the request looks at all of them.
    """
    held: Mapping[str, tuple[Held, ...]] | None = field(default=None, hash=False)
    """What each party held at submission and holds now, by person id; None where nothing was kept of the submission."""
    agreement: Agreement | None = None
    """The agreement in the version that was accepted, with its text."""
    ways: Mapping[str, tuple[Way, ...]] = field(default_factory=dict, hash=False)
    """The ways in that the beneficiary has already, by the id of the source; only for whom that is to be seen."""
    birthrights: Mapping[str, Birthright] = field(default_factory=dict, hash=False)
    """What policies say of the beneficiary and each source, by its id; only for whom that is to be seen."""
    columns: tuple[AskedColumn, ...] = ()
    """Of a masking exception: the columns asked for, as they are now."""
