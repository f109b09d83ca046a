"""Asking for access: the form of a data product."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import cast

from flask import Response, request

from placet.domain.answers import BadAnswers
from placet.domain.errors import Invalid, PlacetError
from placet.domain.forms import RequestForm
from placet.domain.people import Person
from placet.domain.requests import ColumnRef, RequestType
from placet.identity.web import marketplace, signed_in, state
from placet.pages import answers, beneficiary
from placet.pages.numbers import whole_number
from placet.pages.refused import NOTHING, Problem, Refused, refused
from placet.pages.rendering import page, see_other
from placet.pages.return_to import allowed_return
from placet.service.views import ProductView
from placet.workflow.columns import BadColumns
from placet.workflow.refusals import NotRequestable

FIELDS = {"agreement-not-accepted": "agreement", "beneficiary-unclear": "for-other", "bad-columns": "columns"}


class UnknownType(Invalid):
    """Something is asked for that there is no request for."""

    code = "unknown-request-type"
    title = "This can't be asked for"


def show_form(id: str) -> Response:
    """The request form of a product."""
    asked = asked_type()
    return _form_page(marketplace().products.get(signed_in(), id), asked, NOTHING)


def submit(id: str) -> Response:
    """Ask for the product with the answers that were sent."""
    person, asked = signed_in(), asked_type()
    view = marketplace().products.get(person, id)
    form = view.form_for(asked)
    try:
        if form is None:
            raise NotRequestable(f"nobody can ask for clear values of `{view.card.product.name}`")
        whom = beneficiary.chosen(person, request.form)
        made = marketplace().requests.submit(
            person,
            id,
            whom=whom,
            answers=answers.read(form, request.form),
            accepts_agreement=request.form.get("agreement") == "accepted",
            type=asked,
            columns=_columns(asked),
            read=version_read(request.form.get("form", "")),
        )
    except PlacetError as error:
        now = marketplace().products.get(person, id)
        return _form_page(now, asked, _refused(error, form), getattr(error, "matches", ()))
    return see_other("placet.request", id=made.id, return_to=return_address() or None)


def _columns(asked: RequestType) -> list[ColumnRef]:
    """The columns that were ticked. Raises BadColumns for what no page of ours sends."""
    if asked is RequestType.DATA_ACCESS:
        return []
    ticked = [value.rpartition(":") for value in request.values.getlist("columns")]
    numbers = [whole_number(number) for _, _, number in ticked]
    if None in numbers:
        raise BadColumns("choose from the columns on the page")
    return [ColumnRef(source, number or 0) for (source, _, _), number in zip(ticked, numbers, strict=True)]


def _form_page(view: ProductView, asked: RequestType, refusal: Refused, matches: tuple[Person, ...] = ()) -> Response:
    form = view.form_for(asked)
    if form is None:
        return page("not_requestable.html", max(refusal.status, HTTPStatus.NOT_FOUND), product=view.card.product)
    return page(
        "request_access.html",
        refusal.status,
        view=view,
        product=view.card.product,
        form=form,
        asked=asked,
        ticked=request.values.getlist("columns"),
        fields=answers.fields_of(form),
        units=answers.UNITS,
        given=request.form,
        refusal=refusal,
        matches=matches,
        groups=beneficiary.groups_of(signed_in()),
        version=version_of(form),
        return_to=return_address(),
    )


def _refused(error: PlacetError, form: RequestForm | None) -> Refused:
    if form is None or error.code != BadAnswers.code:
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


def asked_type() -> RequestType:
    """What is asked for, data access where nothing is said. Raises UnknownType."""
    asked = request.args.get("type") or RequestType.DATA_ACCESS
    if asked not in list(RequestType):
        raise UnknownType(f"nobody can ask for `{asked}` here: use one of {', '.join(RequestType)} as `type`")
    return RequestType(asked)


def return_address() -> str:
    """The address in the catalog to go back to, where it is one that the settings allow."""
    return allowed_return(request.args.get("return_to", ""), state().settings.catalog_origins)
