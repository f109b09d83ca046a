"""What the pages and the API show: plain values put together from the domain, ready to be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from placet.domain.forms import RequestForm
from placet.domain.products import DataProduct, DataSource, Domain
from placet.domain.requests import AccessRequest, Grant, GrantStatus, RequestType
from placet.service.columns import ColumnKey, ColumnView, SourceColumns
from placet.storage import Page, SourceFilter, Standing

__all__ = [
    "Consequences",
    "Decision",
    "GrantView",
    "Health",
    "Page",
    "ProductCard",
    "ProductView",
    "Reach",
    "RequestCard",
    "SourceFilter",
    "SourceReach",
    "SourceView",
    "Standing",
]


@dataclass(frozen=True)
class GrantView:
    """A grant with its status now; `in_effect` is False until every platform has confirmed it, `problem` says why.

    `held_back` says of a masking exception what keeps which of its columns masked all the same. `without_login` is how
    many active members of the group it is for can't use it yet, since a platform has no login of theirs.
    """

    grant: Grant
    status: GrantStatus
    product_name: str
    beneficiary_name: str
    in_effect: bool
    problem: str = ""
    held_back: tuple[str, ...] = ()
    without_login: int = 0


class Reach(StrEnum):
    """How a viewer stands to one data source of a product."""

    HAS_ACCESS = "has-access"
    WOULD_GAIN = "would-gain"
    PREVENTED = "prevented"
    NOT_NOW = "not-now"
    LEFT_DOMAIN = "left-domain"


@dataclass(frozen=True)
class SourceReach:
    """How the viewer stands to one data source.

    `through` names the products and `allowed_by` the policies by which they have access to it; `prevented_by` the
    guardrails that keep them from it, whatever is approved.
    """

    reach: Reach
    through: tuple[str, ...] = ()
    allowed_by: tuple[str, ...] = ()
    prevented_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProductCard:
    """A product as the catalog lists it, with what the viewer has or is asking for."""

    product: DataProduct
    domain_name: str
    grant: GrantView | None = None
    open_request: str = ""


@dataclass(frozen=True)
class Consequences:
    """What ending access to a product would mean: how many grants have not ended, and how many requests wait."""

    grants: int
    requests: int


@dataclass(frozen=True)
class SourceEffect:
    """What putting a data source into a product, or taking it out, would change for those who have access by it now.

    `people` would gain the source, or lose it; for `others` nothing changes: they have it by another product.
    """

    source: DataSource
    people: int
    others: int


@dataclass(frozen=True)
class SourcesChange:
    """What changing the sources of a product would mean, source by source and in sum, at this instant."""

    added: tuple[SourceEffect, ...]
    removed: tuple[SourceEffect, ...]
    gaining: int
    losing: int


@dataclass(frozen=True)
class ProductView:
    """A product with all its tabs, as far as the viewer may see them."""

    card: ProductCard
    domain: Domain
    form: RequestForm
    sources: tuple[DataSource, ...]
    may_manage: bool
    may_see_members: bool
    members: tuple[GrantView, ...] = ()
    requests: tuple[RequestCard, ...] = ()
    addresses: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Where each source (by id) can be queried once access is granted, as the platform writes it."""
    newer_forms: Mapping[RequestType, int] = field(default_factory=dict, hash=False)
    """The latest version of a form of it, by what that is for, where it waits for the viewer to take it up."""
    reach: Mapping[str, SourceReach] = field(default_factory=dict, hash=False)
    """How the viewer stands to each source, by its id."""
    names: Mapping[str, str] = field(default_factory=dict, hash=False)
    """The display name of an expert in the directory, by person id."""
    exception_form: RequestForm | None = None
    """The form by which clear values are asked for, or None where nobody can."""
    columns: tuple[SourceColumns, ...] = ()
    """The columns of the sources that are in the domain, as the viewer sees them."""

    @property
    def seen(self) -> dict[ColumnKey, ColumnView]:
        """The same columns, by the ids of their source and of themselves."""
        return {(one.source.id, view.column.id): view for one in self.columns for view in one.columns}

    def form_for(self, type: RequestType) -> RequestForm | None:
        """The form by which something is asked for, or None where nobody can ask for it."""
        return self.form if type is RequestType.DATA_ACCESS else self.exception_form

    @property
    def left(self) -> tuple[str, ...]:
        """The ids of its sources that are no longer in its domain: nobody reads them through it."""
        return tuple(source.id for source in self.sources if self.domain.id not in source.domains)


@dataclass(frozen=True)
class SourceView:
    """A data source as far as the viewer may see what is around it, and what they may do about it."""

    source: DataSource
    domains: tuple[Domain, ...]
    products: tuple[DataProduct, ...]
    may_tag: bool
    may_shape: bool


@dataclass(frozen=True)
class RequestCard:
    """A request as lists show it."""

    request: AccessRequest
    product_name: str
    requester_name: str
    beneficiary_name: str
    grant: GrantView | None = None


@dataclass(frozen=True)
class ColumnDecision:
    """How someone sees a column where they may read its source: clear or by what mask, in words, and why."""

    name: str
    clear: bool
    shown: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Decision:
    """Whether someone may read a data source at an instant, and why; and what they would see of it.

    `columns` are in the order of the source; `filters` say which rows are seen, each by one policy.
    """

    person: str
    source: str
    at: datetime
    allowed: bool
    reasons: tuple[str, ...]
    columns: tuple[ColumnDecision, ...] = ()
    filters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Health:
    """What works and what does not: `checks` says `ok` or what is wrong; `ready` only if requests can be decided."""

    ready: bool
    checks: Mapping[str, str] = field(hash=False)
    warnings: tuple[str, ...] = ()
