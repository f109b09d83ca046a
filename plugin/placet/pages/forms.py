"""Request forms: all of them, one as requesters see it with its versions, and the end of one."""

from __future__ import annotations

from flask import Response, request
from werkzeug.datastructures import MultiDict

from placet.domain.errors import PlacetError
from placet.domain.form_changes import Difference, differences
from placet.domain.forms import RequestForm, decides_alike
from placet.domain.permissions import Action, may
from placet.identity.web import marketplace, signed_in
from placet.pages import answers
from placet.pages.numbers import version_of
from placet.pages.refused import NOTHING, Refused, refused
from placet.pages.rendering import page, see_other
from placet.service.views import Page

VERSIONS = 20
"""How many versions the page of a form shows at once."""


def show_forms() -> Response:
    """The request forms, by name."""
    person, search = signed_in(), request.args.get("search", "")
    found = marketplace().forms.list(person, search, request.args.get("cursor", ""))
    return page("forms.html", found=found, search=search, may_create=may(person, Action.CREATE_FORM))


def show_form(id: str) -> Response:
    """One form: the latest version, or the one that `version` names."""
    return _form_page(id, NOTHING)


def delete_form(id: str) -> Response:
    """Delete a form that no product asks by."""
    try:
        marketplace().forms.delete(signed_in(), id, version_of(request.form.get("version", "")))
    except PlacetError as error:
        return _form_page(id, refused(error, {}))
    return see_other("placet.forms")


def _form_page(id: str, refusal: Refused) -> Response:
    person = signed_in()
    view = marketplace().forms.view(person, id, version_of(request.args.get("version", "")))
    kept = marketplace().forms.versions(person, id, request.args.get("cursor", ""), VERSIONS)
    return page(
        "form.html",
        refusal.status,
        view=view,
        form=view.form,
        fields=answers.fields_of(view.form),
        units=answers.UNITS,
        given=MultiDict[str, str](),
        nothing=NOTHING,
        versions=_with_changes(kept),
        kept=kept,
        refusal=refusal,
    )


def _with_changes(kept: Page[RequestForm]) -> list[tuple[RequestForm, tuple[Difference, ...], bool]]:
    """Each version with what it says otherwise than the one before, and whether it changed who decides."""
    pairs = zip(kept.items, [*kept.items[1:], None], strict=True)
    return [
        (after, differences(before, after) if before else (), bool(before and not decides_alike(before, after)))
        for after, before in pairs
    ]
