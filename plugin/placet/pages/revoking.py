"""Ending a grant before its end."""

from __future__ import annotations

from flask import Response, request

from placet.domain.errors import PlacetError
from placet.identity.web import marketplace, signed_in
from placet.pages.refused import NOTHING, Refused, refused
from placet.pages.rendering import page, see_other


def show_revocation(id: str) -> Response:
    """What would end, and the form that asks why."""
    return _revocation_page(id, NOTHING)


def revoke(id: str) -> Response:
    """End the grant at once."""
    person = signed_in()
    try:
        marketplace().grants.revoke(person, id, request.form.get("reason", ""))
    except PlacetError as error:
        return _revocation_page(id, refused(error, {"reason-missing": "reason"}))
    return see_other("placet.revocation", id=id)


def _revocation_page(id: str, refusal: Refused) -> Response:
    person = signed_in()
    view = marketplace().grants.get(person, id)
    may_revoke = marketplace().grants.may_revoke(person, id)
    kept = marketplace().access.kept(person, id) if may_revoke or view.grant.whom.person == person.id else None
    return page(
        "revoke.html",
        refusal.status,
        view=view,
        grant=view.grant,
        may_revoke=may_revoke,
        kept=kept,
        given=request.form,
        refusal=refusal,
    )
