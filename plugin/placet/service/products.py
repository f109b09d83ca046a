"""Data products as commands: describing, publishing, suspending, unpublishing and deleting them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from placet.domain.errors import NotFound, StaleRevision
from placet.domain.events import ProductSourcesChanged, ProductUpdated
from placet.domain.forms import FlowKind, RequestForm
from placet.domain.people import Person, StewardSource
from placet.domain.permissions import Action, Place, refuse_unless_may
from placet.domain.products import BadProduct, DataProduct, ProductState, refuse_bad_product
from placet.domain.requests import Revocation
from placet.service.context import (
    Context,
    Transaction,
    found_product,
    known_form,
    known_product,
    managers_of,
    new_id,
)
from placet.service.saving import PRODUCT, add_jobs, save, tell
from placet.service.shelves import forms_of, shelf_around
from placet.service.situations import benefiting, parties_of, situation_with
from placet.storage import Session
from placet.workflow import products as workflow
from placet.workflow.change import Change
from placet.workflow.close import canceled
from placet.workflow.grants import Held, end_grants

Handler = Callable[[Person, workflow.Shelf], Change]


class ProductCommands:
    """Describe products and move them through their life."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def create(self, actor: Person, draft: DataProduct) -> DataProduct:
        """Keep a new product as a draft; an empty id is filled in. Raises Forbidden, BadProduct, NotFound."""
        refuse_unless_may(actor, Action.MANAGE_PRODUCT, Place(domain=draft.domain))
        refuse_bad_product(draft)
        now = self._context.clock.now()
        with self._context.transaction() as transaction:
            session = transaction.session
            made = _described(session, draft)
            made = replace(made, id=made.id or new_id(), state=ProductState.DRAFT, created_at=now, revision=1)
            made = replace(made, published_at=None)
            self._refuse_bad_change(session, None, made)
            session.products.add(made)
            tell(transaction, [self._told(ProductUpdated, actor, made, session)])
            return made

    def change(self, actor: Person, changed: DataProduct) -> DataProduct:
        """Describe a product anew; its state stays, and its domain once it was published.

        Raises StaleRevision where it was changed meanwhile, WrongState where it is deleted.
        """
        with self._context.transaction() as transaction:
            session = transaction.session
            now = locked_product(session, actor, changed.id, changed.revision)
            refuse_unless_may(actor, Action.MANAGE_PRODUCT, Place(domain=changed.domain))
            state = workflow.after(now, workflow.Step.CHANGE)
            if changed.domain != now.domain and state is not ProductState.DRAFT:
                raise BadProduct("the domain of a product is fixed when it is first published: make another product")
            product = _described(session, changed)
            product = replace(product, state=state, created_at=now.created_at, published_at=now.published_at)
            refuse_bad_product(product)
            self._refuse_bad_change(session, now, product)
            return self._save_change(transaction, actor, now, product)

    def _refuse_bad_change(self, session: Session, before: DataProduct | None, product: DataProduct) -> None:
        """What publishing refuses must not come in later by a change; a source that has left the domain may stay.

        Nor does a draft hold sources from elsewhere: whoever describes it would see their columns.
        """
        stays = before.sources if before and before.domain == product.domain else ()
        refuse_unknown_groups(session, product.visible_to - (before.visible_to if before else frozenset()))
        shelf = self._shelf(session, product)
        workflow.refuse_sources_elsewhere(shelf, [one for one in product.sources if one not in set(stays)])
        workflow.refuse_idle_stewards(shelf)
        if product.state is not ProductState.DRAFT:
            workflow.refuse_without_sources(product)
            workflow.refuse_undecidable(shelf)

    def _save_change(
        self, transaction: Transaction, actor: Person, before: DataProduct, product: DataProduct
    ) -> DataProduct:
        """Both the platforms of the old sources and those of the new have to follow."""
        session = transaction.session
        targets = set(session.products.targets(product.id))
        saved = session.products.save(product)
        targets |= set(session.products.targets(product.id))
        if before.state is not ProductState.DRAFT:
            add_jobs(session, PRODUCT, product.id, sorted(targets), self._context.clock.now())
        changed = ProductSourcesChanged if set(before.sources) != set(product.sources) else ProductUpdated
        tell(transaction, [self._told(changed, actor, product, session)])
        return saved

    def publish(self, actor: Person, product: str, revision: int | None = None) -> DataProduct:
        """Put a product into the catalog."""
        return self._move(actor, product, revision, workflow.publish)

    def suspend(self, actor: Person, product: str, revision: int | None = None) -> DataProduct:
        """Stop all access to it for now; its requests wait."""
        return self._move(actor, product, revision, workflow.suspend)

    def unpublish(self, actor: Person, product: str, revision: int | None = None) -> DataProduct:
        """Stop all access to it and take it out of the catalog."""
        return self._move(actor, product, revision, workflow.unpublish)

    def delete(self, actor: Person, product: str, revision: int | None = None) -> DataProduct:
        """End it for good: pending requests are canceled, grants revoked, all in one transaction."""
        with self._context.transaction() as transaction:
            session = transaction.session
            shelf = self._shelf(session, locked_product(session, actor, product, revision))
            change = workflow.delete(actor, shelf)
            ended = [*self._canceled(session, shelf, actor), *self._revoked(session, shelf, actor)]
            save(transaction, shelf.now, *ended, change)
            return known_product(session, product)

    def _move(self, actor: Person, product: str, revision: int | None, handler: Handler) -> DataProduct:
        with self._context.transaction() as transaction:
            session = transaction.session
            shelf = self._shelf(session, locked_product(session, actor, product, revision))
            save(transaction, shelf.now, handler(actor, shelf))
            return known_product(session, product)

    def _shelf(self, session: Session, product: DataProduct) -> workflow.Shelf:
        return shelf_around(self._context, session, product)

    def _canceled(self, session: Session, shelf: workflow.Shelf, actor: Person) -> Iterator[Change]:
        for known in session.requests.pending_for(shelf.product.id):
            request = session.requests.lock(known.id)
            if request and not request.final:
                parties = parties_of(session, request.requester, request.whom)
                situation = situation_with(self._context, session, shelf.product, *parties, ())
                yield canceled(request, situation, actor.id, "product deleted")

    def _revoked(self, session: Session, shelf: workflow.Shelf, actor: Person) -> Iterator[Change]:
        revocation = Revocation(actor.id, shelf.now, "product deleted")
        for grant in session.grants.live_on(shelf.product.id, shelf.now):
            yield end_grants(Held(grant, shelf.product, shelf.now, party=benefiting(session, grant.whom)), revocation)

    def _told(
        self, event: type[ProductUpdated | ProductSourcesChanged], actor: Person, product: DataProduct, session: Session
    ) -> ProductUpdated | ProductSourcesChanged:
        data = {"product": product.id, "product_name": product.name, "domain": product.domain}
        told = tuple(sorted(managers_of(session, product.domain) - {actor.id}))
        return event(actor.id, self._context.clock.now(), product.id, product.domain, data, told)


def _described(session: Session, product: DataProduct) -> DataProduct:
    """The product as it is kept: nothing twice, and forms without a version in their latest. Raises NotFound."""
    if session.domains.get(product.domain) is None:
        raise NotFound(f"no domain has the id `{product.domain}`")
    form = steady_form(session, product.form, product.form_version or None)
    masking = product.masking_form and steady_form(session, product.masking_form, product.masking_form_version or None)
    return replace(
        product,
        name=product.name.strip(),
        form_version=form.version,
        masking_form_version=masking.version if masking else product.masking_form_version,
        sources=tuple(dict.fromkeys(product.sources)),
        links=tuple(dict.fromkeys(product.links)),
        stewards=tuple(dict.fromkeys(product.stewards)),
    )


def refuse_unknown_groups(session: Session, groups: Iterable[str]) -> None:
    """A product is shown to groups that exist; a name that was mistyped would show it to nobody."""
    for group in sorted(groups):
        if session.people.group(group) is None:
            raise BadProduct(f"no group has the id `{group}`: name groups that exist, or none for everyone")


def locked_product(
    session: Session, actor: Person, id: str, revision: int | None = None, action: Action = Action.MANAGE_PRODUCT
) -> DataProduct:
    """The product, which no one else changes until the end of the transaction, for someone who may do this with it.

    Raises NotFound, Forbidden, and only then StaleRevision.
    """
    product = found_product(session.products.lock(id), id)
    refuse_unless_may(actor, action, Place(domain=product.domain))
    if revision is not None and revision != product.revision:
        raise StaleRevision(f"`{product.name}` was changed meanwhile: read it again and repeat the change")
    return product


def steady_form(session: Session, id: str, version: int | None = None) -> RequestForm:
    """A version of a form that no one deletes until the transaction ends. Raises NotFound where it was deleted."""
    session.forms.share(id)
    form = known_form(session, id, version)
    if form.retired:
        raise NotFound(f"the request form `{form.name}` was deleted: choose another")
    return form


def steward_sources(session: Session, product: DataProduct) -> tuple[StewardSource, ...]:
    """The sources that requests for this product would ask now, of either type."""
    flows = [known_form(session, *form).flow for form in forms_of(product)]
    listed = [product.stewards if flow.kind is FlowKind.DELEGATED else flow.sources for flow in flows]
    return tuple(dict.fromkeys(source.in_domain(product.domain) for sources in listed for source in sources))


def is_steward(session: Session, person: Person, product: DataProduct) -> bool:
    """Whether someone is a data steward of a product: active, and behind one of its sources."""
    return person.active and bool({one.key for one in steward_sources(session, product)} & person.source_keys())
