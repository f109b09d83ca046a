"""Data use agreements as commands and views: each edit makes a new version, which a new version of a form takes up."""

from __future__ import annotations

from dataclasses import replace

from placet.domain.agreements import Agreement, AgreementInUse, refuse_bad_agreement
from placet.domain.errors import NotFound, StaleRevision
from placet.domain.events import AgreementDeleted, AgreementSaved
from placet.domain.people import Person
from placet.domain.permissions import Action, Place, may, refuse_unless_may
from placet.service.context import Context, Transaction, new_id, refuse_inactive
from placet.service.saving import tell
from placet.service.views import Page
from placet.storage import Session


class Agreements:
    """Make, edit, delete and read data use agreements."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def list(self, actor: Person, search: str = "", cursor: str = "", limit: int | None = None) -> Page[Agreement]:
        """The latest version of every agreement, by name."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            return session.agreements.page(search, cursor or None, self._context.page_size(limit))

    def get(self, actor: Person, id: str, version: int | None = None) -> Agreement:
        """One version, the latest where none is named; also of one that was deleted. Raises NotFound."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            return known_agreement(session, id, version)

    def versions(self, actor: Person, id: str, cursor: str = "", limit: int | None = None) -> Page[Agreement]:
        """Every version of an agreement, the latest first. Raises NotFound."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            known_agreement(session, id)
            return session.agreements.versions(id, cursor or None, self._context.page_size(limit))

    def asked_by(self, actor: Person, id: str) -> tuple[str, ...]:
        """The names of the forms that ask to accept it."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            return tuple(session.agreements.asked_by(id))

    def create(self, actor: Person, agreement: Agreement) -> Agreement:
        """Keep a new agreement as version 1; an empty id is filled in."""
        refuse_unless_may(actor, Action.CREATE_FORM)
        made = replace(agreement, id=agreement.id or new_id(), version=1, created_by=actor.id, retired=False)
        with self._context.transaction() as transaction:
            return self._keep(transaction, actor, made)

    def edit(self, actor: Person, agreement: Agreement) -> Agreement:
        """Keep a new version; `agreement.version` is the version that was edited.

        Forms keep the version they ask to accept. Raises Forbidden, NotFound, StaleRevision, BadAgreement.
        """
        with self._context.transaction() as transaction:
            latest = self._locked(transaction.session, actor, agreement.id, agreement.version)
            made = replace(agreement, version=latest.version + 1, created_by=latest.created_by, retired=False)
            return self._keep(transaction, actor, made)

    def delete(self, actor: Person, id: str, version: int | None = None) -> None:
        """Delete an agreement that no form asks to accept; what someone may have accepted is only offered no more.

        Raises AgreementInUse, Forbidden, NotFound, StaleRevision.
        """
        with self._context.transaction() as transaction:
            session = transaction.session
            latest = self._locked(session, actor, id, version)
            if forms := session.agreements.asked_by(id):
                named = ", ".join(f"`{form}`" for form in forms)
                raise AgreementInUse(f"forms ask to accept `{latest.name}`: {named}; take it out of them first")
            (session.agreements.retire if session.agreements.once_asked(id) else session.agreements.delete)(id)
            data = {"name": latest.name}
            tell(transaction, [AgreementDeleted(actor.id, self._context.clock.now(), id, data=data)])

    def may_edit(self, actor: Person, agreement: Agreement) -> bool:
        """Whether someone may edit and delete an agreement."""
        return not agreement.retired and may(actor, Action.EDIT_FORM, Place(creator=agreement.created_by))

    def _locked(self, session: Session, actor: Person, id: str, version: int | None) -> Agreement:
        """The latest version, which no one else changes; refused to who may not, and where it is another one by now."""
        session.agreements.lock(id)
        latest = known_agreement(session, id)
        refuse_unless_may(actor, Action.EDIT_FORM, Place(creator=latest.created_by))
        if latest.retired:
            raise NotFound(f"the data use agreement `{latest.name}` was deleted")
        if version not in (None, latest.version):
            raise StaleRevision(f"the agreement `{latest.name}` has version {latest.version} by now: take that one")
        return latest

    def _keep(self, transaction: Transaction, actor: Person, agreement: Agreement) -> Agreement:
        refuse_bad_agreement(agreement)
        made = replace(agreement, created_at=self._context.clock.now())
        transaction.session.agreements.save(made)
        data = {"name": made.name, "version": made.version}
        tell(transaction, [AgreementSaved(actor.id, self._context.clock.now(), made.id, data=data)])
        return made


def known_agreement(session: Session, id: str, version: int | None = None) -> Agreement:
    """One version of an agreement, the latest where none is named, or NotFound."""
    if agreement := session.agreements.get(id, version):
        return agreement
    raise NotFound(f"no data use agreement has the id `{id}`" + (f" and version {version}" if version else ""))
