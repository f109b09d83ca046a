"""Asking for access: the form of a data product, and the way to it from a catalog that knows only a source's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from flask import Response, request

from placet.domain.answers import BadAnswers
from placet.domain.errors import Invalid, PlacetError
from placet.domain.forms import RequestForm
from placet.domain.people import Person
from placet.domain.requests import RequestType
from placet.identity.web import marketplace, signed_in, state, url_for
from placet.pages import answers, beneficiary
from placet.pages.numbers import whole_number
from placet.pages.refused import NOTHING, Problem, Refused, refused
from placet.pages.rendering import moved, page, see_other
from placet.pages.return_to import allowed_return
from placet.service.views import ProductView

FIELDS = {"agreement-not-accepted": "agreement", "beneficiary-unclear": "for-other"}


class UnknownType(Invalid):
    """Something is asked for that there is no request for."""

    code = "unknown-request-type"
    title = "This can't be asked for"


def find_form() -> Response:
    """Lead from the name of a data source to the form of the product that holds it; to a choice where several do."""
    person, asked = signed_in(), _asked_type()
    name = request.args.get("fullyQualifiedName", "").strip()
    if not name:
        raise Invalid("name the data source: `fullyQualifiedName=schema.table` has to stand in the address")
    found = marketplace().sources.products_holding(person, name)
    onward = {"type": asked.value, "return_to": return_address() or None}
    if len(found) == 1:
        return moved(url_for("placet.request_access", id=found[0].id, **onward))
    return page("sources.html", 200 if found else 404, name=name, found=found, onward=onward)


def show_form(id: str) -> Response:
    """The request form of a product."""
    _asked_type()
    return _form_page(marketplace().products.get(signed_in(), id), NOTHING)


def submit(id: str) -> Response:
    """Ask for the product with the answers that were sent."""
    person, asked = signed_in(), _asked_type()
    view = marketplace().products.get(person, id)
    try:
        whom = beneficiary.chosen(person, request.form)
        made = marketplace().requests.submit(
            person,
            id,
            whom=whom,
            answers=answers.read(view.form, request.form),
            accepts_agreement=request.form.get("agreement") == "accepted",
            type=asked,
            read=version_read(request.form.get("form", "")),
        )
    except PlacetError as error:
        now = marketplace().products.get(person, id)
        return _form_page(now, _refused(error, view.form), getattr(error, "matches", ()))
    return see_other("placet.request", id=made.id, return_to=return_address() or None)


def _form_page(view: ProductView, refusal: Refused, matches: tuple[Person, ...] = ()) -> Response:
    return page(
        "request_access.html",
        refusal.status,
        view=view,
        product=view.card.product,
        fields=answers.fields_of(view.form),
        units=answers.UNITS,
        given=request.form,
        refusal=refusal,
        matches=matches,
        groups=beneficiary.groups_of(signed_in()),
        version=version_of(view.form),
        return_to=return_address(),
    )


def _refused(error: PlacetError, form: RequestForm) -> Refused:
    if error.code != BadAnswers.code:
        return refused(error, FIELDS)
    found = answers.problems_of(form, cast(Mapping[str, str], error.facts["problems"]))
    return Refused(error.title, error.status, tuple(Problem(told, field) for field, told in found))


def version_read(written: str) -> tuple[str, int]:
    """The form and the version that the page showed; what names none is no form that there is."""
    form, _, version = written.rpartition(":")
    return form, whole_number(version) or 0


def version_of(form: RequestForm) -> str:
    """The version of the form that the page shows, as it is sent back."""
    return f"{form.id}:{form.version}"


def _asked_type() -> RequestType:
    asked = request.args.get("type") or RequestType.DATA_ACCESS
    if asked not in list(RequestType):
        raise UnknownType(f"nobody can ask for `{asked}` here: use one of {', '.join(RequestType)} as `type`")
    return RequestType(asked)


def return_address() -> str:
    """The address in the catalog to go back to, where it is one that the settings allow."""
    return allowed_return(request.args.get("return_to", ""), state().settings.catalog_origins)
