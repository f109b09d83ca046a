"""The requests one made, one of them, and taking it back."""

from __future__ import annotations

from flask import Response, request

from placet.domain.errors import Invalid, PlacetError
from placet.domain.requests import RequestStatus
from placet.identity.web import marketplace, signed_in
from placet.pages.asking import return_address
from placet.pages.refused import NOTHING, Refused, refused
from placet.pages.rendering import page, see_other


def show_requests() -> Response:
    """The requests the person made, the newest first."""
    status = request.args.get("status", "")
    if status and status not in list(RequestStatus):
        raise Invalid(f"no request is `{status}`: choose one of {', '.join(RequestStatus)}")
    found = marketplace().requests.mine(
        signed_in(), request.args.get("cursor", ""), status=RequestStatus(status) if status else None
    )
    return page("requests.html", found=found, statuses=tuple(RequestStatus), chosen=status)


def show_request(id: str) -> Response:
    """One request: where it stands, what was answered, who has determined it, and who still could."""
    return _request_page(id, NOTHING)


def cancel(id: str) -> Response:
    """Take a pending request back."""
    try:
        marketplace().requests.cancel(signed_in(), id, request.form.get("reason", ""))
    except PlacetError as error:
        return _request_page(id, refused(error, {"reason-missing": "reason"}))
    return see_other("placet.request", id=id)


def _request_page(id: str, refusal: Refused) -> Response:
    review = marketplace().requests.review(signed_in(), id)
    return page(
        "request.html",
        refusal.status,
        review=review,
        card=review.card,
        asked=review.card.request,
        given=request.form,
        refusal=refusal,
        return_to=return_address(),
    )
