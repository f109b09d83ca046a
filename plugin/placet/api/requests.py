"""Access requests: asking, deciding, taking back."""

from __future__ import annotations

from typing import Any

from placet.api.explanation_schemas import ExplanationSchema
from placet.api.listing import LINKED, LOCATED, PageQuery, linked, page_of
from placet.api.request_schemas import (
    NewDetermination,
    NewRequest,
    NewRequests,
    OptionalReason,
    RequestCardSchema,
    RequestQuery,
    RequestSchema,
    RequestsSchema,
)
from placet.api.resource import Resource
from placet.api.review_schemas import ReviewSchema
from placet.domain.answers import BadAnswers
from placet.domain.errors import EngineDisagreement, FactError, NotFound
from placet.domain.requests import AccessRequest, Whom
from placet.domain.terms import BadTerm
from placet.identity.web import marketplace, signed_in, state, url_for
from placet.service import BadCursor
from placet.service.basket_items import BadBasket
from placet.service.explaining import Explanation
from placet.service.review_values import Review
from placet.service.terms import term_from
from placet.service.views import Page, RequestCard
from placet.workflow import refusals
from placet.workflow.columns import BadColumns

requests = Resource("access-requests", "Access requests, and what stewards determine on them.")

RequestCardPage = page_of(RequestCardSchema)

SUBMITTING = (
    NotFound,
    refusals.ProductNotPublished,
    refusals.RequestOpen,
    refusals.AlreadyGranted,
    refusals.NotForThem,
    refusals.NotRequestable,
    refusals.AgreementMissing,
    refusals.FormChanged,
    refusals.TermTooLong,
    BadAnswers,
    BadColumns,
)
DETERMINING = (
    NotFound,
    refusals.NotASteward,
    refusals.RequestDecided,
    refusals.AlreadyDetermined,
    refusals.NotYourTurn,
    refusals.ProductNotPublished,
    refusals.RequestLapsedAlready,
    refusals.ReasonMissing,
    refusals.TermTooLong,
    BadTerm,
)
JUDGED = (EngineDisagreement, refusals.ContradictoryVerdict, FactError)
"""What the rules may say instead of a verdict; nothing has changed then."""


def whom_of(given: dict[str, Any]) -> Whom | None:
    """The beneficiary that was named, taken out of what was given, or None."""
    id, kind = given.pop("beneficiary"), given.pop("beneficiary_kind")
    return Whom(id, kind) if id else None


@requests.route("/access-requests")
@requests.arguments(RequestQuery, location="query")
@requests.response(200, RequestCardPage, headers=LINKED)
@requests.reads(BadCursor)
def listed(asked: dict[str, Any]) -> tuple[Page[RequestCard], dict[str, str]]:
    """List access requests

    The newest first. What the reader may not read is left out.
    """
    page = marketplace().requests.list(signed_in(), whom=whom_of(asked), **asked)
    return page, linked(page)


@requests.route("/access-requests/to-determine")
@requests.arguments(PageQuery, location="query")
@requests.response(200, RequestCardPage, headers=LINKED)
@requests.reads(BadCursor)
def inbox(asked: dict[str, Any]) -> tuple[Page[RequestCard], dict[str, str]]:
    """List what waits for a determination of the reader

    The oldest first.
    """
    page = marketplace().requests.inbox(signed_in(), **asked)
    return page, linked(page)


@requests.route("/access-requests", methods=["POST"])
@requests.arguments(NewRequest)
@requests.response(201, RequestSchema, headers=LOCATED)
@requests.changes(*SUBMITTING, *JUDGED)
def submit(given: dict[str, Any]) -> tuple[AccessRequest, dict[str, str]]:
    """Ask for access to a data product, or for clear values of masked columns

    It may be decided at once, where the form or the routing rules say so.
    """
    product, whom = given.pop("product"), whom_of(given)
    request = marketplace().requests.submit(signed_in(), product, whom=whom, read=given.pop("form"), **given)
    return request, {"Location": url_for("placet-access-requests.one", id=request.id)}


@requests.route("/access-requests/batch", methods=["POST"])
@requests.arguments(NewRequests)
@requests.response(201, RequestsSchema)
@requests.changes(BadBasket, *SUBMITTING, *JUDGED)
def submit_all(given: dict[str, Any]) -> dict[str, list[AccessRequest]]:
    """Ask for access to several data products at once: a request for each, or none

    What is refused of one of them says of which, as `product`, and nothing was asked for then.
    """
    whom = whom_of(given)
    return {"items": marketplace().requests.submit_all(signed_in(), whom, given["items"])}


@requests.route("/access-requests/<id>")
@requests.response(200, RequestCardSchema)
@requests.reads(NotFound)
def one(id: str) -> RequestCard:
    """Read an access request

    One that the reader may not read is not found.
    """
    return marketplace().requests.get(signed_in(), id)


@requests.route("/access-requests/<id>/explanation")
@requests.response(200, ExplanationSchema)
@requests.reads(NotFound)
def explain(id: str) -> Explanation:
    """Read why an access request stands as it does

    Every answer of the rules with its proof, what is missing and who could give it, and how the reader stands to it.
    """
    return marketplace().requests.explain(signed_in(), id)


@requests.route("/access-requests/<id>/review")
@requests.response(200, ReviewSchema)
@requests.reads(NotFound)
def review(id: str) -> Review:
    """Read all that a data steward needs to determine an access request

    Who reads it as its requester or beneficiary is not shown what was decided on the requests of others.
    """
    return marketplace().requests.review(signed_in(), id)


@requests.route("/access-requests/<id>/determinations", methods=["POST"])
@requests.arguments(NewDetermination)
@requests.response(201, RequestSchema)
@requests.changes(*DETERMINING, *JUDGED)
def determine(given: dict[str, Any], id: str) -> AccessRequest:
    """Determine an access request

    Answers with the request as the determination left it.
    """
    zone = given.pop("zone") or state().settings.zone
    term = term_from(**{name: given.pop(name) for name in ("duration", "end", "date")}, zone=zone)
    return marketplace().requests.determine(signed_in(), id, term=term, **given)


@requests.route("/access-requests/<id>/cancel", methods=["POST"])
@requests.arguments(OptionalReason)
@requests.response(200, RequestSchema)
@requests.changes(NotFound, refusals.RequestDecided)
def cancel(given: dict[str, Any], id: str) -> AccessRequest:
    """Take a pending access request back"""
    return marketplace().requests.cancel(signed_in(), id, **given)
