"""What a data platform should enforce, out of what is known here."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from placet.domain.people import Person
from placet.domain.products import DataProduct, DataSource, ProductState
from placet.domain.requests import Grant, Whom, held_as
from placet.emitter.policy import (
    Desired,
    Entitlement,
    Login,
    TargetGroup,
    TargetProduct,
    TargetSource,
    target_source,
)
from placet.service.reading import in_force
from placet.storage import Login as KnownLogin
from placet.storage import Session


def entitlement_of(grant: Grant, login: str = "") -> Entitlement:
    """What a grant is on a platform: for this login, or for the group it was given to."""
    group = grant.beneficiary if grant.whom.is_group else None
    columns = frozenset((column.source, column.column) for column in grant.columns)
    return Entitlement(grant.id, grant.product, login, grant.start, grant.end, group, columns)


def desired_state(session: Session, target: str, now: datetime) -> Desired:
    """The published products of a platform, the logins, the grants that run or will, and the groups that have some.

    A source is shared where a product has held it, or a policy allows reading it. The sources of products that are not
    published now stay, with no way in through them: what consumers built on their views does too. A revocation counts
    whatever the time, as in `wanted_for`: else a clock that is behind would give access again.
    """
    sources = session.sources.all(target)
    ids = {source.id for source in sources}
    kept = [one for one in session.products.once_published() if ids & set(one.sources)]
    products = [one for one in kept if one.state is ProductState.PUBLISHED]
    logins = {login.person: login for login in session.logins.on(target)}
    active = {person.id: person for person in session.people.many(sorted(logins)) if person.active}
    live = [grant for product in products for grant in session.grants.live_on(product.id, now)]
    given = [grant for grant in live if not grant.revocation]
    groups = target_groups(session, target, {grant.beneficiary for grant in given if grant.whom.is_group})
    held = {source for product in kept for source in product.sources}
    return Desired(
        sources=tuple(one for one in target_sources(session, sources) if one.id in held or one.allow),
        products=tuple(target_product(product, sources) for product in products),
        logins=tuple(target_login(login, active.get(login.person)) for login in logins.values()),
        entitlements=(
            *(entitlement_of(grant, logins[grant.whom.person].login) for grant in given if grant.whom.person in active),
            *(entitlement_of(grant) for grant in given if grant.whom.is_group),
        ),
        groups=groups,
    )


def target_groups(session: Session, target: str, ids: Collection[str]) -> tuple[TargetGroup, ...]:
    """Those of the groups that there are, each with the logins that its active members have on a platform."""
    members = session.people.members_of(ids)
    people = session.people.many(sorted({person for those in members.values() for person in those}))
    known = session.logins.of_people([person.id for person in people if person.active])
    logins = {login.person: login.login for login in known if login.target == target}
    return tuple(
        TargetGroup(group, tuple(logins[person] for person in those if person in logins))
        for group, those in members.items()
    )


def target_sources(session: Session, sources: Collection[DataSource]) -> list[TargetSource]:
    """Data sources with the birthright policies about them."""
    subscriptions, policies = session.subscriptions.for_sources(sources), session.policies.for_sources(sources)
    return [target_source(source, subscriptions, policies) for source in sources]


def target_product(product: DataProduct, sources: list[DataSource]) -> TargetProduct:
    """A product with those of its sources that are here and still in its domain; what has left gives no access."""
    here = {source.id for source in sources if product.domain in source.domains}
    return TargetProduct(product.id, tuple(source for source in product.sources if source in here))


def target_login(login: KnownLogin, person: Person | None) -> Login:
    """The login of an active person, with what they hold, or of no one."""
    number = int(login.native_id) if login.native_id else None
    return login_of(person, login.login, number) if person else Login(login.login, number, active=False)


def login_of(person: Person, login: str, number: int | None = None) -> Login:
    """A login of this name with all that its person holds."""
    return Login(login, number, person.active, person.groups, person.attributes, person.permissions)


def desired_for(session: Session, person: Person, sources: Collection[DataSource], at: datetime) -> Desired:
    """What should be enforced about one person and some sources; the person stands for their login, alone in groups."""
    whom, ids = Whom(person.id), [source.id for source in sources]
    products = [one for one in session.products.holding_any(ids) if in_force(one, whom, person)]
    held = {product.id for product in products}
    given = [one for one in session.grants.held_on(held_as(person), held) if one.given_at(at)]
    return Desired(
        sources=tuple(target_sources(session, sources)),
        products=tuple(target_product(product, list(sources)) for product in products),
        logins=(login_of(person, person.id),),
        entitlements=tuple(entitlement_of(grant, grant.whom.person) for grant in given),
        groups=tuple(TargetGroup(group, (person.id,)) for group in sorted(person.groups)),
    )
