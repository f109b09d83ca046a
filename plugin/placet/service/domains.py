"""Domains as commands and views."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from placet.domain.errors import AlreadyThere, NotFound, StaleRevision
from placet.domain.events import DomainDeleted, DomainSaved, DomainSourcesChanged, Event
from placet.domain.people import Group, Person
from placet.domain.permissions import Action, refuse_unless_may
from placet.domain.products import LONGEST_NAME, BadProduct, DataSource, Domain
from placet.domain.sources import DomainInUse, DynamicDomain
from placet.domain.tags import checked_tags
from placet.service.context import Context, Transaction, new_id, refuse_inactive
from placet.service.directory import changing_directory
from placet.service.membership import SourceChange, keep_sources, moves
from placet.service.saving import tell
from placet.service.views import Page
from placet.storage import Session


@dataclass(frozen=True)
class SourcesOfDomain:
    """A domain after sources were put in or taken out, with the ids of those that were."""

    domain: Domain
    entered: tuple[str, ...]
    left: tuple[str, ...]


@dataclass(frozen=True)
class Holders:
    """Who holds a permission in a domain themselves, also the inactive, and the groups whose members do."""

    people: tuple[Person, ...]
    groups: tuple[Group, ...]


class Domains:
    """Make, describe, list and delete domains, and say what is in them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def all(self, actor: Person) -> list[Domain]:
        """Every domain, by id."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            return session.domains.all()

    def page(self, actor: Person, cursor: str = "", limit: int | None = None) -> Page[Domain]:
        """The domains, by name."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            return session.domains.page(cursor or None, self._context.page_size(limit))

    def get(self, actor: Person, id: str) -> Domain:
        """The domain, or NotFound."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            return known_domain(session, id)

    def holders(self, actor: Person, id: str) -> Holders:
        """Who holds a permission in a domain: what is lost with it. For those who may delete it."""
        refuse_unless_may(actor, Action.SHAPE_DOMAINS)
        with self._context.store.reading() as session:
            known_domain(session, id)
            people, groups = session.people.holding_in(id)
            found = (session.people.group(group) for group in groups)
            return Holders(tuple(session.people.many(people)), tuple(group for group in found if group))

    def create(self, actor: Person, domain: Domain) -> Domain:
        """Make a domain; an empty id is filled in. Raises AlreadyThere for an id that is taken."""
        return self._keep(actor, replace(domain, id=domain.id or new_id()), None, new=True)

    def save(self, actor: Person, domain: Domain, revision: int | None = None) -> Domain:
        """Make a domain, or describe it anew; an empty id is filled in.

        Sources come and go with its tags, at once. Without tags it keeps what is in it, from then on by hand. Raises
        StaleRevision where `revision` is not the one it has.
        """
        return self._keep(actor, replace(domain, id=domain.id or new_id()), revision)

    def _keep(self, actor: Person, domain: Domain, revision: int | None, new: bool = False) -> Domain:
        refuse_unless_may(actor, Action.SHAPE_DOMAINS)
        made = checked(domain)
        with self._context.transaction() as transaction:
            session = transaction.session
            session.sources.hold()
            before = session.domains.get(made.id)
            if before and new:
                raise AlreadyThere(f"there is a domain with the id `{made.id}` already: choose another id")
            refuse_stale(before, made.id, revision)
            session.domains.save(made)
            told = self._follow_tags(transaction, actor, before, made)
            event = DomainSaved(actor.id, self._context.clock.now(), made.id, made.id, {"name": made.name})
            tell(transaction, [event, *told])
            return known_domain(session, made.id)

    def _follow_tags(
        self, transaction: Transaction, actor: Person, before: Domain | None, made: Domain
    ) -> Iterable[Event]:
        """Bring in what the tags take, and out what they do not."""
        if not made.dynamic or (before and before.tags == made.tags):
            return []
        session = transaction.session
        concerned = {source.id: source for source in session.sources.carrying(made.tags)}
        concerned |= {source.id: source for source in session.sources.in_domain(made.id)}
        return keep_sources(self._context, transaction, actor, moves(concerned.values(), session.domains.dynamic()))

    def delete(self, actor: Person, id: str, revision: int | None = None) -> None:
        """Remove a domain with the permissions held in it; its sources stay outside it.

        Whoever makes a domain of the same id later makes another one, and nobody holds anything in it. Raises
        DomainInUse where products are of it, deleted or not.
        """
        refuse_unless_may(actor, Action.SHAPE_DOMAINS)
        with changing_directory(self._context, actor.id) as change:
            session = change.session
            session.sources.hold()
            domain = known_domain(session, id)
            refuse_stale(domain, id, revision)
            if products := session.products.of_domain(id):
                names = ", ".join(f"`{one.name}` ({one.state})" for one in products[:3])
                told = f"{len(products)} data products are of `{domain.name}`, such as {names}"
                raise DomainInUse(f"{told}: their history names it, so it stays")
            out = [out_of(source, id) for source in session.sources.in_domain(id)]
            told_products = keep_sources(self._context, change.transaction, actor, out)
            session.domains.delete(id)
            event = DomainDeleted(actor.id, self._context.clock.now(), id, id, {"name": domain.name})
            for one in (event, *told_products):
                change.tell(one)
            change.take_permissions_in(id)

    def move_sources(
        self, actor: Person, id: str, put_in: Collection[str] = (), take_out: Collection[str] = ()
    ) -> SourcesOfDomain:
        """Put sources into a domain and take others out, by hand. Raises DynamicDomain, NotFound."""
        refuse_unless_may(actor, Action.SHAPE_DOMAINS)
        with self._context.transaction() as transaction:
            session = transaction.session
            session.sources.hold()
            domain = known_domain(session, id)
            refuse_dynamic(domain)
            into = [into_domain(source, id) for source in known_sources(session, put_in)]
            out = [out_of(source, id) for source in known_sources(session, set(take_out) - set(put_in))]
            told = keep_sources(self._context, transaction, actor, [*into, *out])
            entered = tuple(one.after.id for one in into if one.entered)
            left = tuple(one.after.id for one in out if one.left)
            if entered or left:
                data = {"name": domain.name, "entered": list(entered), "left": list(left)}
                event = DomainSourcesChanged(actor.id, self._context.clock.now(), id, id, data)
                tell(transaction, [event, *told])
            return SourcesOfDomain(domain, entered, left)


def into_domain(source: DataSource, domain: str) -> SourceChange:
    return SourceChange(source, replace(source, domains=source.domains | {domain}))


def out_of(source: DataSource, domain: str) -> SourceChange:
    return SourceChange(source, replace(source, domains=source.domains - {domain}))


def checked(domain: Domain) -> Domain:
    """The domain with its tags as a set. Raises BadProduct for a name that can't be, BadTag."""
    if not 1 <= len(domain.name.strip()) <= LONGEST_NAME:
        raise BadProduct(f"a domain needs a name of 1 to {LONGEST_NAME} characters")
    return replace(domain, tags=checked_tags(domain.tags))


def refuse_dynamic(domain: Domain) -> None:
    """Raises DynamicDomain where nobody puts sources in by hand."""
    if domain.dynamic:
        tags = ", ".join(f"`{tag}`" for tag in sorted(domain.tags))
        told = f"`{domain.name}` holds every data source tagged {tags}: change the tags of a source, or of the domain"
        raise DynamicDomain(told, tags=sorted(domain.tags))


def refuse_stale(before: Domain | DataSource | None, id: str, revision: int | None) -> None:
    """Raises StaleRevision where something has another revision than the one that was looked at."""
    if revision is not None and (before is None or before.revision != revision):
        raise StaleRevision(f"`{id}` was changed by someone else meanwhile: look at it again, then repeat your change")


def known_domain(session: Session, id: str) -> Domain:
    """The domain, or NotFound."""
    if domain := session.domains.get(id):
        return domain
    raise NotFound(f"no domain has the id `{id}`")


def known_sources(session: Session, ids: Collection[str]) -> list[DataSource]:
    """These sources, by id, or NotFound."""
    found = session.sources.many(ids)
    if missing := sorted(set(ids) - {source.id for source in found}):
        raise NotFound(f"no data source has the id `{missing[0]}`")
    return found
