"""What the pages and the API show: plain values put together from the domain, ready to be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from placet.domain.forms import RequestForm
from placet.domain.products import DataProduct, DataSource, Domain
from placet.domain.requests import AccessRequest, Grant, GrantStatus, RequestType
from placet.storage import Page, Standing

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
    "SourceReach",
    "Standing",
]


@dataclass(frozen=True)
class GrantView:
    """A grant with its status now; `in_effect` is False until every platform has confirmed it, `problem` says why."""

    grant: Grant
    status: GrantStatus
    product_name: str
    in_effect: bool
    problem: str = ""
    beneficiary_name: str = ""


class Reach(StrEnum):
    """How a viewer stands to one data source of a product."""

    HAS_ACCESS = "has-access"
    WOULD_GAIN = "would-gain"
    NOT_NOW = "not-now"
    LEFT_DOMAIN = "left-domain"


@dataclass(frozen=True)
class SourceReach:
    """How the viewer stands to one data source; `through` names the products by which they have access to it."""

    reach: Reach
    through: tuple[str, ...] = ()


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


@dataclass(frozen=True)
class RequestCard:
    """A request as lists show it."""

    request: AccessRequest
    product_name: str
    requester_name: str
    beneficiary_name: str
    grant: GrantView | None = None


@dataclass(frozen=True)
class Decision:
    """Whether someone may read a data source at an instant, and why."""

    person: str
    source: str
    at: datetime
    allowed: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Health:
    """What works and what does not: `checks` says `ok` or what is wrong; `ready` only if requests can be decided."""

    ready: bool
    checks: Mapping[str, str] = field(hash=False)
    warnings: tuple[str, ...] = ()
