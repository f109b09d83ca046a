"""The form builder: every button sends the whole form, and it comes back with what the button did."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, request

from placet.domain.errors import Forbidden, PlacetError
from placet.domain.form_changes import differences
from placet.domain.form_checks import refuse_bad_form
from placet.domain.forms import STANDARD_PACKS, FlowKind, QuestionKind, Quorum, RequestForm, decides_alike
from placet.domain.people import Person, SourceKind
from placet.domain.permissions import TABLE, Action, refuse_unless_may
from placet.identity.web import marketplace, signed_in
from placet.pages import answers
from placet.pages.form_draft import Draft, draft_of, form_of, pressed, read_draft
from placet.pages.refused import NOTHING, Refused, refused
from placet.pages.rendering import page, see_other
from placet.service import LARGEST_PAGE

FIELDS = {"bad-term": "duration", "already-there": "name"}


def show_new() -> Response:
    """An empty form to begin with."""
    return _page(signed_in(), "", Draft(), NOTHING)


def build_new() -> Response:
    """What the button says, on a form that is not there yet."""
    return _build("")


def show_edit(id: str) -> Response:
    """The latest version of a form, to be edited."""
    person = signed_in()
    return _page(person, id, draft_of(marketplace().forms.get(person, id)), NOTHING)


def build_edit(id: str) -> Response:
    """What the button says, on a form of which this makes a new version."""
    return _build(id)


def _build(id: str) -> Response:
    person, draft, do = signed_in(), read_draft(request.form), request.form.get("do", "")
    try:
        if do == "save":
            made = _save(person, form_of(draft, id))
            return see_other("placet.form", id=made.id)
        if do == "preview":
            refuse_bad_form(form_of(draft, id))
        else:
            draft = pressed(draft, do, request.form.get("new-kind", ""))
    except PlacetError as error:
        return _page(person, id, draft, refused(error, FIELDS))
    return _page(person, id, draft, NOTHING)


def _save(person: Person, form: RequestForm) -> RequestForm:
    forms = marketplace().forms
    return forms.edit(person, form) if form.id else forms.create(person, form)


def _page(person: Person, id: str, draft: Draft, refusal: Refused) -> Response:
    _refuse_others(person, id)
    latest = marketplace().forms.get(person, id) if id else None
    shown = _shown(person, draft, id)
    changed = differences(latest, shown) if latest and shown else ()
    return page(
        "build_form.html",
        refusal.status,
        id=id,
        draft=draft,
        latest=latest,
        shown=shown,
        fields=answers.fields_of(shown) if shown else (),
        changed=changed,
        waits=bool(latest and shown and not decides_alike(latest, shown)),
        given=request.form,
        nothing=NOTHING,
        units=answers.UNITS,
        refusal=refusal,
        question_kinds=list(QuestionKind),
        source_kinds=list(SourceKind),
        flows=list(FlowKind),
        quorums=list(Quorum),
        standard=STANDARD_PACKS,
        packs=marketplace().forms.packs(person),
        agreements=_agreements(person, latest, draft.agreement),
    )


def _refuse_others(person: Person, id: str) -> None:
    """Raises Forbidden for who may not make forms, or not edit this one."""
    if not id:
        refuse_unless_may(person, Action.CREATE_FORM)
    elif not marketplace().forms.view(person, id).may_edit:
        raise Forbidden(f"this form is for others to edit ({TABLE[Action.EDIT_FORM].who}): make one of your own")


def _shown(person: Person, draft: Draft, id: str) -> RequestForm | None:
    """The form as it would be, where it can be."""
    try:
        form = form_of(draft, id)
        refuse_bad_form(form)
        named = form.agreement
        text = named and marketplace().agreements.get(person, named.id, named.version or None)
    except PlacetError:
        return None
    return replace(form, agreement=text)


def _agreements(person: Person, latest: RequestForm | None, chosen: str) -> list[tuple[str, str]]:
    """What can be chosen: the latest version of each, the one that the form asks for now, and what was chosen before.

    Nothing that was chosen is lost because it is gone: keeping the form then says so.
    """
    found = marketplace().agreements.list(person, limit=LARGEST_PAGE).items
    offered = [(f"0@{one.id}", f"{one.name}, version {one.version} (the latest)") for one in found]
    if latest and (now := latest.agreement):
        offered.insert(0, (f"{now.version}@{now.id}", f"{now.name}, version {now.version} (as it is)"))
    if chosen and chosen not in dict(offered):
        offered.insert(0, (chosen, f"{chosen.partition('@')[2]}: there is no such agreement"))
    return offered
