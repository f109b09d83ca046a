"""Request forms as commands and views: each edit makes a new version."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from placet.domain.errors import NotFound, StaleRevision
from placet.domain.events import FormDeleted, FormSaved
from placet.domain.forms import RequestForm
from placet.domain.people import Person
from placet.domain.permissions import Action, Place, may, refuse_unless_may
from placet.domain.products import DataProduct
from placet.domain.requests import RequestType
from placet.service.context import Context, Transaction, known_form, new_id, refuse_inactive
from placet.service.form_checks import is_steward_in, is_steward_of, refuse_missing, with_agreement
from placet.service.product_views import sees
from placet.service.saving import tell
from placet.service.taking_up import keep, reached
from placet.service.views import Page
from placet.storage import Session
from placet.workflow.forms import first_version, next_version, refuse_to_delete


@dataclass(frozen=True)
class FormView:
    """A form with what the viewer may do with it, and the products in their sight that ask by it: for what, and by
    which version."""

    form: RequestForm
    latest: int
    may_edit: bool
    may_reword: bool
    products: tuple[tuple[DataProduct, RequestType, int], ...]


class Forms:
    """Make, edit, delete and read request forms."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def list(self, actor: Person, search: str = "", cursor: str = "", limit: int | None = None) -> Page[RequestForm]:
        """The latest version of every form, by name."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            return session.forms.page(search, cursor or None, self._context.page_size(limit))

    def get(self, actor: Person, id: str, version: int | None = None) -> RequestForm:
        """One version of a form, the latest where none is named; also of one that was deleted. Raises NotFound."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            return known_form(session, id, version)

    def view(self, actor: Person, id: str, version: int | None = None) -> FormView:
        """One version of a form, and how the actor stands to it."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            form, latest = known_form(session, id, version), known_form(session, id)
            asking = session.products.asking_by(id)
            place = _place(actor, latest, asking)
            return FormView(
                form,
                latest.version,
                may_edit=not latest.retired and may(actor, Action.EDIT_FORM, place),
                may_reword=not latest.retired and may(actor, Action.REWORD_FORM, place),
                products=tuple(_uses(id, [product for product in asking if sees(actor, product)])),
            )

    def versions(self, actor: Person, id: str, cursor: str = "", limit: int | None = None) -> Page[RequestForm]:
        """Every version of a form, the latest first. Raises NotFound."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            known_form(session, id)
            return session.forms.versions(id, cursor or None, self._context.page_size(limit))

    def packs(self, actor: Person) -> tuple[str, ...]:
        """The names of the rule packs in force, which a form may name."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            return tuple(sorted(session.packs.in_force()))

    def create(self, actor: Person, form: RequestForm) -> RequestForm:
        """Keep a new form as version 1; an empty id is filled in, an agreement is pinned to its latest version."""
        refuse_unless_may(actor, Action.CREATE_FORM)
        with self._context.transaction() as transaction:
            session = transaction.session
            session.packs.hold()
            named = with_agreement(session, replace(form, id=form.id or new_id()))
            made = first_version(actor, named, self._context.clock.now())
            self._save(transaction, actor, made)
            return made

    def edit(self, actor: Person, form: RequestForm) -> RequestForm:
        """Keep a new version of a form; `form.version` is the version that was edited.

        Open requests keep theirs. Products ask by the new version at once where it leaves who decides as it was, and
        where a steward made it, only in domains where they are one; else those who manage them are told, and take it
        up. Raises StaleRevision where it is not the latest.
        """
        with self._context.transaction() as transaction:
            session = transaction.session
            session.packs.hold()
            latest = offered_form(session, form.id)
            steward = is_steward_of(actor, latest, session.products.asking_by(form.id))
            place = Place(creator=latest.created_by, steward=steward, builtin=latest.builtin)
            refuse_unless_may(actor, Action.REWORD_FORM, place)
            made = next_version(actor, with_agreement(session, form), latest, self._context.clock.now(), steward)
            whole = may(actor, Action.EDIT_FORM, place)
            changes = reached(self._context, session, actor, made, lambda one: whole or _stewards(actor, latest, one))
            self._save(transaction, actor, made)
            keep(transaction, changes)
            return made

    def delete(self, actor: Person, id: str, version: int | None = None) -> None:
        """Delete a form that no product asks by; where requests were made with it, it is only offered no more.

        Raises FormInUse, NotFound, and StaleRevision where `version` is no longer the latest.
        """
        with self._context.transaction() as transaction:
            session = transaction.session
            session.packs.hold()
            form = offered_form(session, id)
            session.forms.lock(id)
            asking = session.products.asking_by(id)
            seen = [product.name for product in asking if sees(actor, product)]
            refuse_to_delete(actor, form, seen, len(asking) - len(seen))
            if version not in (None, form.version):
                raise StaleRevision(f"the form `{form.name}` has version {form.version} by now: look at it again")
            (session.forms.retire if session.forms.once_used(id) else session.forms.delete)(id)
            tell(transaction, [FormDeleted(actor.id, self._context.clock.now(), id, data={"name": form.name})])

    def _save(self, transaction: Transaction, actor: Person, form: RequestForm) -> None:
        refuse_missing(transaction.session, form)
        transaction.session.forms.save(form)
        data = {"name": form.name, "version": form.version}
        tell(transaction, [FormSaved(actor.id, self._context.clock.now(), form.id, data=data)])


def offered_form(session: Session, id: str) -> RequestForm:
    """The latest version of a form that was not deleted, or NotFound."""
    form = known_form(session, id)
    if form.retired:
        raise NotFound(f"the request form `{form.name}` was deleted: choose another")
    return form


def _stewards(actor: Person, form: RequestForm, product: DataProduct) -> bool:
    return is_steward_in(actor, form, product.domain)


def _uses(form: str, products: list[DataProduct]) -> Iterator[tuple[DataProduct, RequestType, int]]:
    """What each product asks for by a form, and by which version."""
    for product, type in itertools.product(products, RequestType):
        if (named := product.form_for(type)) and named[0] == form:
            yield product, type, named[1]


def _place(actor: Person, form: RequestForm, asking: list[DataProduct]) -> Place:
    return Place(creator=form.created_by, steward=is_steward_of(actor, form, asking), builtin=form.builtin)
