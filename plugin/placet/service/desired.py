"""What a data platform should enforce, out of what is known here."""

from __future__ import annotations

from datetime import datetime

from placet.domain.people import Person
from placet.domain.products import DataProduct, DataSource, ProductState
from placet.domain.requests import Grant, Whom
from placet.emitter.policy import Desired, Entitlement, Login, TargetColumn, TargetProduct, TargetSource
from placet.service.reading import in_force
from placet.storage import Login as KnownLogin
from placet.storage import Session


def entitlement_of(grant: Grant, login: KnownLogin) -> Entitlement:
    return Entitlement(grant.id, grant.product, login.login, grant.start, grant.end)


def desired_state(session: Session, target: str, now: datetime) -> Desired:
    """The published products of a platform, the logins, and the grants that run or will.

    The sources of products that are not published now stay, with no way in: what consumers built on their views does
    too. A revocation counts whatever the time, as in `wanted_for`: else a clock that is behind would give access again.
    """
    sources = session.sources.all(target)
    ids = {source.id for source in sources}
    kept = [one for one in session.products.once_published() if ids & set(one.sources)]
    products = [one for one in kept if one.state is ProductState.PUBLISHED]
    logins = {login.person: login for login in session.logins.on(target)}
    active = {person.id for person in session.people.many(sorted(logins)) if person.active}
    grants = [grant for product in products for grant in session.grants.live_on(product.id, now)]
    shared = {source for product in kept for source in product.sources}
    return Desired(
        sources=tuple(target_source(source) for source in sources if source.id in shared),
        products=tuple(target_product(product, sources) for product in products),
        logins=tuple(target_login(login, login.person in active) for login in logins.values()),
        entitlements=tuple(
            entitlement_of(grant, logins[grant.beneficiary])
            for grant in grants
            if grant.gives_access and grant.whom.person in active and not grant.revocation
        ),
    )


def target_source(source: DataSource) -> TargetSource:
    columns = tuple(TargetColumn(column.id, column.name) for column in source.columns)
    return TargetSource(source.id, source.schema, source.name, columns)


def target_product(product: DataProduct, sources: list[DataSource]) -> TargetProduct:
    """A product with those of its sources that are here and still in its domain; what has left gives no access."""
    here = {source.id for source in sources if product.domain in source.domains}
    return TargetProduct(product.id, tuple(source for source in product.sources if source in here))


def target_login(login: KnownLogin, active: bool) -> Login:
    return Login(login.login, int(login.native_id) if login.native_id else None, active)


def desired_for(session: Session, person: Person, source: DataSource, at: datetime) -> Desired:
    """What should be enforced about one person and one source; the person stands for their login."""
    products = [one for one in session.products.holding(source.id) if in_force(one, Whom(person.id), person)]
    held = {product.id for product in products}
    own = [grant for grant in session.grants.held_by([Whom(person.id)]) if grant.gives_access and grant.given_at(at)]
    grants = [grant for grant in own if grant.product in held]
    login = KnownLogin(person.id, source.target, person.id)
    return Desired(
        sources=(target_source(source),),
        products=tuple(target_product(product, [source]) for product in products),
        logins=(Login(person.id),) if person.active else (),
        entitlements=tuple(entitlement_of(grant, login) for grant in grants),
    )
