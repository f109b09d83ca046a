"""The review inbox, and the page on which a data steward determines a request."""

from __future__ import annotations

from zoneinfo import available_timezones

from flask import Response, request

from placet.domain.errors import PlacetError
from placet.identity.web import marketplace, signed_in, state
from placet.pages.answers import UNITS
from placet.pages.determination import read_determination
from placet.pages.refused import NOTHING, Refused, refused
from placet.pages.rendering import page, see_other

FIELDS = {
    "reason-missing": "reason",
    "determination-unclear": "decision",
    "bad-term": "decision",
    "over-maximum-duration": "decision",
}


def show_inbox() -> Response:
    """The pending requests that wait for the person, the oldest first."""
    return page("inbox.html", found=marketplace().requests.inbox(signed_in(), request.args.get("cursor", "")))


def show_review(id: str) -> Response:
    """Everything a steward needs to decide."""
    return _review_page(id, NOTHING)


def determine(id: str) -> Response:
    """Give one's verdict."""
    person = signed_in()
    try:
        review = marketplace().requests.review(person, id)
        verdict, term = read_determination(request.form, review.requested_duration)
        marketplace().requests.determine(person, id, verdict=verdict, reason=request.form.get("reason", ""), term=term)
    except PlacetError as error:
        return _review_page(id, refused(error, FIELDS))
    return see_other("placet.review", id=id)


def _review_page(id: str, refusal: Refused) -> Response:
    person = signed_in()
    review = marketplace().requests.review(person, id)
    return page(
        "review.html",
        refusal.status,
        review=review,
        card=review.card,
        asked=review.card.request,
        mine=review.card.request.determined_by(person.id),
        given=request.form,
        refusal=refusal,
        units=UNITS,
        zone=state().settings.zone,
        zones=sorted(available_timezones()),
    )
