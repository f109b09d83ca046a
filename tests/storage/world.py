"""Values to keep: the smallest marketplace that satisfies the database, and variations of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from placet.domain.forms import Flow, FlowKind, Quorum, RequestForm
from placet.domain.people import StewardSource
from placet.domain.products import DataProduct, DataSource, Domain, ProductState
from placet.domain.requests import AccessRequest, Determination, Grant, RequestType, RequiredSource, Verdict
from placet.storage import Session, Store

NOW = datetime(2027, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
ANN = StewardSource.user("ann")

DOMAIN = Domain("hr", "Human resources")
FORM = RequestForm("form", 1, "Form", Flow(FlowKind.LISTED, Quorum.ANY, (ANN,)))
SOURCE = DataSource("table", "warehouse", "public", "salaries", domains=frozenset({"hr"}))
PRODUCT = DataProduct("salaries", "Salaries", "hr", "form", 1, ("table",), state=ProductState.PUBLISHED)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def request(id: str = "request", **changed: Any) -> AccessRequest:
    """A pending request of Bob for himself, which asks Ann."""
    plain = AccessRequest(
        id=id,
        type=RequestType.DATA_ACCESS,
        product="salaries",
        requester="bob",
        beneficiary="bob",
        form="form",
        form_version=1,
        created_at=NOW,
        quorum=Quorum.ANY,
        sources=(RequiredSource(ANN),),
    )
    return replace(plain, **changed)


def determination(id: str = "determination", **changed: Any) -> Determination:
    """Ann's approval of the request."""
    plain = Determination(id, "request", "ann", Verdict.APPROVE, "needed for work", NOW + minutes(1))
    return replace(plain, **changed)


def grant(id: str = "grant", **changed: Any) -> Grant:
    """What the request was given: access for good."""
    return replace(Grant(id, "request", "salaries", "bob", NOW), **changed)


def furnish(store: Store) -> Store:
    """Keep the smallest marketplace: one domain, source, form and product."""
    with store.writing() as session:
        session.domains.save(DOMAIN)
        session.sources.save(SOURCE)
        session.forms.save(FORM)
        session.products.add(PRODUCT)
    return store


def keep_grant(session: Session, kept: Grant) -> None:
    """Keep a grant and a request that it was given for, whose id begins the same."""
    asked = request(kept.request, beneficiary=kept.beneficiary, product=kept.product)
    session.requests.add(replace(asked, status=asked.status.APPROVED, decided_at=kept.start))
    session.grants.add(kept)
