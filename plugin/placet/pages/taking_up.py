"""Where who manages a product takes a later version of its form into use, seeing what that changes."""

from __future__ import annotations

from flask import Response, request

from placet.domain.errors import Invalid, PlacetError
from placet.domain.requests import RequestType
from placet.identity.web import marketplace, signed_in
from placet.pages.numbers import version_of
from placet.pages.refused import NOTHING, Refused, refused
from placet.pages.rendering import page, see_other


def show_take_up(id: str) -> Response:
    """What the latest version of the form says otherwise than the one that the product asks by."""
    return _page(id, NOTHING)


def take_up(id: str) -> Response:
    """Let the product ask by the version that was shown."""
    version = version_of(request.form.get("version", ""))
    try:
        if version is None:
            raise Invalid("which version is taken up is not said: look at what it changes, and press the button there")
        marketplace().products.take_up_form(signed_in(), id, version, type=_type())
    except PlacetError as error:
        return _page(id, refused(error, {}))
    return see_other("placet.product", id=id)


def _type() -> RequestType:
    asked = request.args.get("type") or RequestType.DATA_ACCESS
    if asked not in list(RequestType):
        raise Invalid(f"a data product has no form for `{asked}`: use `type={RequestType.DATA_ACCESS}`")
    return RequestType(asked)


def _page(id: str, refusal: Refused) -> Response:
    type = _type()
    waiting = marketplace().products.waiting_form(signed_in(), id, type)
    return page("take_up.html", refusal.status, waiting=waiting, product=waiting.product, type=type, refusal=refusal)
