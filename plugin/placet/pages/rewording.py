"""Where the stewards of a form change the wording of its questions and help, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, request

from placet.domain.errors import Forbidden, PlacetError, StaleRevision
from placet.domain.forms import Question, QuestionKind, RequestForm
from placet.domain.permissions import TABLE, Action
from placet.identity.web import marketplace, signed_in
from placet.pages.refused import NOTHING, Refused, refused
from placet.pages.rendering import page, see_other


def show_wording(id: str) -> Response:
    """The labels and the help of a form's questions."""
    return _page(id, NOTHING)


def reword(id: str) -> Response:
    """Keep a version of the form with another wording."""
    person = signed_in()
    latest = marketplace().forms.get(person, id)
    try:
        if request.form.get("version") != str(latest.version):
            raise StaleRevision(f"the form `{latest.name}` has version {latest.version} by now: look at that one")
        marketplace().forms.edit(person, _reworded(latest))
    except PlacetError as error:
        return _page(id, refused(error, {}))
    return see_other("placet.form", id=id)


def _reworded(form: RequestForm) -> RequestForm:
    return replace(form, questions=tuple(_said(*numbered) for numbered in enumerate(form.questions)))


def _said(number: int, question: Question) -> Question:
    label = request.form.get(f"label-{number}", question.label).strip()
    help = request.form.get(f"help-{number}", question.help).replace("\r\n", "\n").strip()
    fixed = question.kind is QuestionKind.ACCESS_DURATION
    return replace(question, label=question.label if fixed else label, help=help)


def _page(id: str, refusal: Refused) -> Response:
    view = marketplace().forms.view(signed_in(), id)
    if not view.may_reword:
        raise Forbidden(f"the wording of this form is for others to change: {TABLE[Action.REWORD_FORM].who}")
    return page("reword_form.html", refusal.status, form=view.form, given=request.form, refusal=refusal)
