"""What every service needs: the store, the clock, the settings, the rule packs and whom to tell."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from placet.domain.clock import Clock
from placet.domain.errors import Forbidden, NotFound
from placet.domain.events import Event
from placet.domain.forms import RequestForm
from placet.domain.people import Directory, DomainPermission, GlobalPermission, Group, Person, StewardSource
from placet.domain.products import DataProduct
from placet.domain.requests import AccessRequest, Grant
from placet.emitter.target import CatalogSource, Target
from placet.outbox.recording import Recorded, record
from placet.service.packs import Rulebooks
from placet.settings import Settings
from placet.storage import Session, Store

LARGEST_PAGE = 200
"""Rows of a page, however many were asked for."""


def new_id() -> str:
    """A fresh random id."""
    return str(uuid.uuid4())


@dataclass
class Context:
    """Shared by the services of one marketplace; `announce` is called after each commit with what was recorded.

    `directory` is the host's, where that says who exists and what they hold.
    """

    store: Store
    clock: Clock
    settings: Settings
    rulebooks: Rulebooks
    targets: Mapping[str, Target]
    announce: Callable[[tuple[Recorded, ...]], None]
    directory: Directory | None = None

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One write transaction; what was recorded in it is announced once it is committed."""
        with self.store.writing() as session:
            transaction = Transaction(session)
            yield transaction
        self.announce(tuple(transaction.recorded))

    def target(self, name: str) -> Target:
        """The data platform of this name. Raises NotFound."""
        if name not in self.targets:
            known = ", ".join(self.targets) or "none"
            raise NotFound(f"no data platform is called `{name}`: known are {known}; `PLACET_TARGETS` names them")
        return self.targets[name]

    def catalog(self, target: str) -> Mapping[tuple[str, str], CatalogSource]:
        """What is on a data platform, by schema and name. Raises NotFound, TargetError where it can't be asked."""
        return {(one.schema, one.name): one for one in self.target(target).read_catalog()}

    def page_size(self, limit: int | None) -> int:
        """How many rows a page holds: as many as were asked for, or as the settings say, up to `LARGEST_PAGE`."""
        return min(limit or self.settings.page_size, LARGEST_PAGE)


@dataclass
class Transaction:
    """A transaction under way and what it has recorded so far."""

    session: Session
    recorded: list[Recorded] = field(default_factory=list)

    def tell(self, events: Iterable[Event]) -> None:
        """Record what happened: audit entry, outbox row and notifications."""
        self.recorded.extend(record(self.session, list(events)))


def person_known(session: Session, id: str) -> Person:
    """The person, or NotFound."""
    if person := session.people.person(id):
        return person
    raise NotFound(f"no person has the id `{id}`")


def people_known(session: Session, *ids: str) -> dict[str, Person]:
    """These people by id, or NotFound."""
    found = {person.id: person for person in session.people.many(ids)}
    if missing := [id for id in ids if id not in found]:
        raise NotFound(f"no person has the id `{missing[0]}`")
    return found


def group_known(session: Session, id: str) -> Group:
    """The group, or NotFound."""
    if group := session.people.group(id):
        return group
    raise NotFound(f"no group has the id `{id}`")


def group_called(session: Session, id: str) -> Group:
    """The group, or where it was deleted since, what its id says of it."""
    return session.people.group(id) or Group(id, id)


def refuse_inactive(actor: Person) -> None:
    if not actor.active:
        raise Forbidden(f"`{actor.id}` is not active and may do nothing")


def stewards_in(session: Session) -> Callable[[StewardSource], frozenset[str]]:
    """A function from a steward source to the ids of the active people it makes stewards; asks once for each source."""
    known: dict[StewardSource, frozenset[str]] = {}

    def stewards(source: StewardSource) -> frozenset[str]:
        if source not in known:
            known[source] = session.people.steward_ids(source)
        return known[source]

    return stewards


def known_product(session: Session, id: str) -> DataProduct:
    """The product, or NotFound."""
    return found_product(session.products.get(id), id)


def found_product(product: DataProduct | None, id: str) -> DataProduct:
    if product:
        return product
    raise NotFound(f"no data product has the id `{id}`")


def steady_product(session: Session, id: str) -> DataProduct:
    """The product, which no one changes until the end of the transaction, or NotFound."""
    return found_product(session.products.share(id), id)


def steady_product_of(session: Session, request: str) -> DataProduct:
    """As `steady_product`, the product a request is for, or NotFound for the request."""
    if product := session.products.share_asked(request):
        return product
    raise NotFound(f"no request has the id `{request}`")


def known_request(session: Session, id: str) -> AccessRequest:
    """The request, or NotFound."""
    if request := session.requests.get(id):
        return request
    raise NotFound(f"no request has the id `{id}`")


def known_grant(session: Session, id: str) -> Grant:
    """The grant, or NotFound."""
    if grant := session.grants.get(id):
        return grant
    raise NotFound(f"no grant has the id `{id}`")


def known_form(session: Session, id: str, version: int | None = None) -> RequestForm:
    """One version of a form, the latest where none is named, or NotFound."""
    if form := session.forms.get(id, version):
        return form
    raise NotFound(f"no request form has the id `{id}`" + (f" and version {version}" if version else ""))


def holders_of(session: Session, permission: GlobalPermission) -> tuple[str, ...]:
    """The ids of the active people who hold a global permission, in order."""
    return tuple(sorted(session.people.steward_ids(StewardSource.permission(permission))))


def managers_of(session: Session, domain: str) -> frozenset[str]:
    """The ids of those who manage the data products of a domain."""
    source = StewardSource.domain_permission(DomainPermission.MANAGE_DATA_PRODUCTS, domain)
    return session.people.steward_ids(source)
