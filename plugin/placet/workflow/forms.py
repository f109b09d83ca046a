"""The life of a request form: versions of it, by whom, and its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from placet.domain.errors import Forbidden, StaleRevision
from placet.domain.form_changes import only_wording
from placet.domain.form_checks import refuse_bad_form
from placet.domain.forms import FormInUse, RequestForm
from placet.domain.people import Person
from placet.domain.permissions import Action, Place, may, refuse_unless_may


def first_version(actor: Person, form: RequestForm, at: datetime) -> RequestForm:
    """A new form as it is kept. Raises Forbidden, BadForm."""
    refuse_unless_may(actor, Action.CREATE_FORM)
    refuse_bad_form(form)
    return replace(form, version=1, created_by=actor.id, created_at=at, builtin=False, retired=False)


def next_version(
    actor: Person, form: RequestForm, latest: RequestForm, at: datetime, steward: bool = False
) -> RequestForm:
    """An edited form as it is kept; `form.version` is the version that was edited, `steward` whether of this form.

    Raises Forbidden, also where a steward changes more than the wording; StaleRevision, BadForm.
    """
    place = Place(creator=latest.created_by, steward=steward, builtin=latest.builtin)
    refuse_unless_may(actor, Action.REWORD_FORM, place)
    if form.version != latest.version:
        raise StaleRevision(f"the form `{latest.name}` has version {latest.version} by now: edit that one")
    if not may(actor, Action.EDIT_FORM, place) and not only_wording(latest, form):
        raise Forbidden(f"stewards of `{latest.name}` change only the labels of its questions and their help")
    refuse_bad_form(form)
    return replace(
        form,
        version=latest.version + 1,
        created_by=latest.created_by,
        created_at=at,
        builtin=latest.builtin,
        retired=False,
    )


def refuse_to_delete(actor: Person, form: RequestForm, asking: Sequence[str], unseen: int) -> None:
    """Raises Forbidden, and FormInUse where products ask by it: those named, and some that the actor may not see."""
    refuse_unless_may(actor, Action.EDIT_FORM, Place(creator=form.created_by, builtin=form.builtin))
    if asking or unseen:
        named = [*(f"`{name}`" for name in asking), *([f"{unseen} that you may not see"] if unseen else [])]
        raise FormInUse(f"data products ask by `{form.name}`: {', '.join(named)}; give them another form first")
