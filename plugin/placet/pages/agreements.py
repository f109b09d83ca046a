"""Data use agreements: all of them, one with its versions, and where they are written, with a preview of the text."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request

from placet.domain.agreements import LONGEST_BODY, Agreement, refuse_bad_agreement
from placet.domain.errors import Forbidden, Invalid, PlacetError
from placet.domain.permissions import TABLE, Action, may, refuse_unless_may
from placet.identity.web import marketplace, signed_in
from placet.pages.numbers import version_of
from placet.pages.refused import NOTHING, Refused, refused
from placet.pages.rendering import page, see_other

FIELDS = {"bad-data-use-agreement": "name", "already-there": "name"}


@dataclass(frozen=True)
class Draft:
    """What stands in the fields; `version` is that which is being edited, empty for a new agreement."""

    name: str = ""
    body: str = ""
    version: str = ""


def show_agreements() -> Response:
    """The agreements, by name."""
    person, search = signed_in(), request.args.get("search", "")
    found = marketplace().agreements.list(person, search, request.args.get("cursor", ""))
    return page("agreements.html", found=found, search=search, may_create=may(person, Action.CREATE_FORM))


def show_agreement(id: str) -> Response:
    """One agreement: the latest version, or the one that `version` names."""
    return _agreement_page(id, NOTHING)


def delete_agreement(id: str) -> Response:
    """Delete an agreement that no form asks to accept."""
    try:
        marketplace().agreements.delete(signed_in(), id, version_of(request.form.get("version", "")))
    except PlacetError as error:
        return _agreement_page(id, refused(error, {}))
    return see_other("placet.agreements")


def show_new_agreement() -> Response:
    """An empty agreement to begin with."""
    return _draft_page("", Draft(), NOTHING)


def write_new_agreement() -> Response:
    """Show the text, or keep the agreement."""
    return _write("")


def show_agreement_edit(id: str) -> Response:
    """The latest version, to be edited."""
    latest = marketplace().agreements.get(signed_in(), id)
    return _draft_page(id, Draft(latest.name, latest.body, str(latest.version)), NOTHING)


def write_agreement(id: str) -> Response:
    """Show the text, or keep it as a new version."""
    return _write(id)


def _write(id: str) -> Response:
    sent = {name: request.form.get(name, "").replace("\r\n", "\n").strip() for name in ("name", "body", "version")}
    draft, do = Draft(**sent), request.form.get("do")
    agreement = Agreement(id, version_of(draft.version) or 0, draft.name, draft.body)
    try:
        if do == "save":
            made = _keep(agreement)
            return see_other("placet.agreement", id=made.id)
        refuse_bad_agreement(agreement)
        if do != "preview":
            raise Invalid("what shall be done with the agreement is not said: press one of the buttons")
    except PlacetError as error:
        return _draft_page(id, draft, refused(error, FIELDS))
    return _draft_page(id, draft, NOTHING)


def _keep(agreement: Agreement) -> Agreement:
    agreements, person = marketplace().agreements, signed_in()
    return agreements.edit(person, agreement) if agreement.id else agreements.create(person, agreement)


def _draft_page(id: str, draft: Draft, refusal: Refused) -> Response:
    person = signed_in()
    latest = marketplace().agreements.get(person, id) if id else None
    if latest is None:
        refuse_unless_may(person, Action.CREATE_FORM)
    elif not marketplace().agreements.may_edit(person, latest):
        raise Forbidden(f"this agreement is for others to edit: {TABLE[Action.EDIT_FORM].who}")
    return page(
        "write_agreement.html", refusal.status, latest=latest, draft=draft, refusal=refusal, longest=LONGEST_BODY
    )


def _agreement_page(id: str, refusal: Refused) -> Response:
    person, version = signed_in(), version_of(request.args.get("version", ""))
    latest = marketplace().agreements.get(person, id)
    return page(
        "agreement.html",
        refusal.status,
        latest=latest,
        shown=marketplace().agreements.get(person, id, version),
        may_edit=marketplace().agreements.may_edit(person, latest),
        forms_asking=marketplace().agreements.asked_by(person, id),
        kept=marketplace().agreements.versions(person, id, request.args.get("cursor", "")),
        refusal=refusal,
    )
