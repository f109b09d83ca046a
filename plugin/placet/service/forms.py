"""Request forms as commands and views: each edit makes a new version."""

from __future__ import annotations

from dataclasses import replace

from placet.domain.errors import PackError, StaleRevision
from placet.domain.events import FormSaved
from placet.domain.forms import STANDARD_PACKS, BadForm, RequestForm, in_order, refuse_bad_form
from placet.domain.people import Person
from placet.domain.permissions import Action, Place, refuse_unless_may
from placet.engine import load_pack
from placet.service.context import Context, known_form, new_id, refuse_inactive
from placet.service.packs import kept
from placet.service.saving import tell
from placet.storage import Session


class Forms:
    """Make, edit and read request forms."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def latest(self, actor: Person) -> list[RequestForm]:
        """The latest version of every form."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            return session.forms.latest()

    def get(self, actor: Person, id: str, version: int | None = None) -> RequestForm:
        """One version of a form, the latest where none is named. Raises NotFound."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            return known_form(session, id, version)

    def create(self, actor: Person, form: RequestForm) -> RequestForm:
        """Keep a new form as version 1; an empty id is filled in."""
        refuse_unless_may(actor, Action.CREATE_FORM)
        made = replace(form, id=form.id or new_id(), version=1, created_by=actor.id, builtin=False)
        return self._keep(actor, made)

    def edit(self, actor: Person, form: RequestForm) -> RequestForm:
        """Keep a new version of a form; open requests and products stay with the version they have.

        `form.version` is the version that was edited. Raises StaleRevision where it is no longer the latest.
        """
        with self._context.store.reading() as session:
            latest = known_form(session, form.id)
        refuse_unless_may(actor, Action.EDIT_FORM, Place(creator=latest.created_by, builtin=latest.builtin))
        if form.version != latest.version:
            raise StaleRevision(f"the form `{latest.name}` has version {latest.version} by now: edit that one")
        made = replace(form, version=latest.version + 1, created_by=latest.created_by, builtin=False)
        return self._keep(actor, made)

    def _keep(self, actor: Person, form: RequestForm) -> RequestForm:
        refuse_bad_form(form)
        now = self._context.clock.now()
        with self._context.transaction() as transaction:
            transaction.session.packs.hold()
            refuse_packs_not_in_force(transaction.session, form)
            transaction.session.forms.save(replace(form, created_at=now))
            data = {"name": form.name, "version": form.version}
            tell(transaction, [FormSaved(actor.id, now, form.id, data=data)])
        return replace(form, created_at=now)


def refuse_packs_not_in_force(session: Session, form: RequestForm) -> None:
    """A form names the standard packs, and only packs in force."""
    in_force = session.packs.in_force()
    if missing := [name for name in STANDARD_PACKS if name not in form.packs]:
        raise BadForm(f"every form needs the rule pack `{missing[0]}`")
    if unknown := [name for name in form.packs if name not in in_force]:
        raise BadForm(f"the rule pack `{unknown[0]}` is not in force: put it in force first, or leave it out")
    try:
        load_pack(*(kept(session, in_force[name]) for name in in_order(form.packs)))
    except PackError as error:
        raise BadForm(f"the packs {', '.join(form.packs)} can't decide together: {error.detail}") from None
