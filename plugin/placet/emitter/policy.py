"""What a data platform should enforce: the desired state of a target, and the effective policy of each data source.

Plain values and pure functions. `evaluate` says what they mean; each target compiles them and is tested against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from placet.domain.conditions import Condition, HasAttribute, HasPermission, Holder, InGroup, inside
from placet.domain.people import GlobalPermission
from placet.domain.policies import DataPolicy, filtering, masking, unconfirmed
from placet.domain.products import DataSource
from placet.domain.subscriptions import SubscriptionKind, SubscriptionPolicy

Filter = tuple[DataPolicy, frozenset[int]]
"""A policy that filters rows, and the ids of the columns it looks at; of none, none lets any row through."""


@dataclass(frozen=True)
class TargetColumn:
    """A column that consumers see; `id` is the platform's own number for it, which survives a rename.

    `masks` are the policies that mask it, the strongest first; an `unconfirmed` one is masked for everyone.
    """

    id: int
    name: str
    type: str = ""
    masks: tuple[DataPolicy, ...] = ()
    unconfirmed: bool = False


@dataclass(frozen=True)
class TargetSource:
    """A data source on the platform, with the columns that have been imported; a newer column is not among them.

    `allow`, `guardrails` and `filters` are the birthright policies about it, each in the order of their ids.
    """

    id: str
    schema: str
    name: str
    columns: tuple[TargetColumn, ...]
    allow: tuple[SubscriptionPolicy, ...] = ()
    guardrails: tuple[SubscriptionPolicy, ...] = ()
    filters: tuple[Filter, ...] = ()

    @property
    def qualified_name(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class TargetProduct:
    """A published data product, and the ids of its data sources."""

    id: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Login:
    """A person's or service account's login on the platform, with what they hold; inactive while the person is.

    `native_id` is the platform's own number for the login; None is for the one it has when it is first seen. `groups`
    are the ids of all groups of theirs.
    """

    name: str
    native_id: int | None = None
    active: bool = True
    groups: frozenset[str] = frozenset()
    attributes: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)
    permissions: frozenset[GlobalPermission] = frozenset()


@dataclass(frozen=True)
class TargetGroup:
    """A group of people on the platform, by its id, and the logins of its members; a login's name is no group's id."""

    id: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Entitlement:
    """What a grant is on the platform, for `start <= t < end` (UTC): membership of a product, or some columns clear.

    It is for the login, or for whoever belongs to the `group` (an id) at that instant, where it names one; its `login`
    means nothing then. With `columns`, each the id of a source of the product and of a column there, it is a masking
    exception: clear values of those, and no access.
    """

    grant: str
    product: str
    login: str
    start: datetime
    end: datetime | None = None
    group: str | None = None
    columns: frozenset[tuple[str, int]] = frozenset()

    @property
    def is_exception(self) -> bool:
        """Whether it gives clear values rather than access."""
        return bool(self.columns)

    def runs_at(self, instant: datetime) -> bool:
        """Whether it gives access at this instant; the start belongs to it, the end does not."""
        return self.start <= instant and (self.end is None or instant < self.end)


@dataclass(frozen=True)
class Desired:
    """All that a target should enforce: published products, logins, groups, and the grants that have not ended.

    What is not in here gives no access: a suspended product is left out, and a login left out counts as inactive.
    Grants that have ended, or are for products, logins or groups left out, may be here or not; it makes no difference.
    """

    sources: tuple[TargetSource, ...] = ()
    products: tuple[TargetProduct, ...] = ()
    logins: tuple[Login, ...] = ()
    entitlements: tuple[Entitlement, ...] = ()
    groups: tuple[TargetGroup, ...] = ()

    @cached_property
    def source_by_id(self) -> dict[str, TargetSource]:
        return {source.id: source for source in self.sources}

    @cached_property
    def login_by_name(self) -> dict[str, Login]:
        return {login.name: login for login in self.logins}

    @cached_property
    def asked(self) -> Asked:
        """What the policies about its sources ask of people."""
        asked = Asked()
        for source in self.sources:
            asked |= asked_by(source)
        return asked

    @cached_property
    def groups_of(self) -> dict[str, frozenset[str]]:
        """The ids of the groups that each login is in, by its name; one that is in none is left out."""
        found: dict[str, set[str]] = {}
        for group in self.groups:
            for member in group.members:
                found.setdefault(member, set()).add(group.id)
        return {login: frozenset(groups) for login, groups in found.items()}

    @cached_property
    def products_of(self) -> dict[str, tuple[str, ...]]:
        """The ids of the products that hold each source of the target, by the source's id."""
        found: dict[str, list[str]] = {source.id: [] for source in self.sources}
        for product in self.products:
            for source in set(product.sources) & found.keys():
                found[source].append(product.id)
        return {source: tuple(sorted(products)) for source, products in found.items()}


@dataclass(frozen=True)
class ProductMembership:
    """Holds for a login that has a running entitlement of its own to a product which holds the source."""


@dataclass(frozen=True)
class GroupMembership:
    """Holds for a login in a group that has a running entitlement to a product which holds the source."""


@dataclass(frozen=True)
class KnownLogin:
    """Holds for an active login that the target has been told of, and that was not dropped and made anew since."""


@dataclass(frozen=True)
class ActsAsThemselves:
    """Holds unless someone the target knows has taken on another role for the moment.

    So nobody sheds what speaks against them, or borrows what speaks for another. A login the target does not know, such
    as a connection pool's, may act for those it knows.
    """


@dataclass(frozen=True)
class Meets:
    """Holds for a login whose person meets the condition of a subscription policy."""

    policy: SubscriptionPolicy


Term = ProductMembership | GroupMembership | KnownLogin | ActsAsThemselves | Meets


@dataclass(frozen=True)
class EffectivePolicy:
    """Who may read a source: some term of `allow` holds, and every one of `guardrails`."""

    source: str
    allow: tuple[Term, ...]
    guardrails: tuple[Term, ...]


def effective_policy(source: TargetSource) -> EffectivePolicy:
    """The policy of one source.

    It names no person with a grant, and no product: those are rows that its terms look up, so that an approval changes
    no policy.
    """
    return EffectivePolicy(
        source.id,
        allow=(ProductMembership(), GroupMembership(), *map(Meets, source.allow)),
        guardrails=(KnownLogin(), ActsAsThemselves(), *map(Meets, source.guardrails)),
    )


def target_source(
    source: DataSource, subscriptions: Iterable[SubscriptionPolicy] = (), policies: Iterable[DataPolicy] = ()
) -> TargetSource:
    """A data source with those of the birthright policies in force that are about it."""
    known = list(policies)
    reaching = sorted((one for one in subscriptions if one.active and one.reaches(source)), key=lambda one: one.id)
    return TargetSource(
        source.id,
        source.schema,
        source.name,
        tuple(
            TargetColumn(
                column.id,
                column.name,
                column.type,
                masking(known, source, column),
                unconfirmed(known, source, column),
            )
            for column in source.columns
        ),
        allow=tuple(one for one in reaching if one.kind is SubscriptionKind.ALLOW),
        guardrails=tuple(one for one in reaching if one.kind is SubscriptionKind.GUARDRAIL),
        filters=filtering(known, source),
    )


@dataclass(frozen=True)
class Asked:
    """What policies ask of people: no more of what is known of them has to be on a platform.

    `values` are the attributes whose every value counts, since rows are found by them.
    """

    groups: frozenset[str] = frozenset()
    attributes: frozenset[tuple[str, str]] = frozenset()
    permissions: frozenset[GlobalPermission] = frozenset()
    values: frozenset[str] = frozenset()

    def __or__(self, other: Asked) -> Asked:
        return Asked(
            self.groups | other.groups,
            self.attributes | other.attributes,
            self.permissions | other.permissions,
            self.values | other.values,
        )


def asked_by(source: TargetSource) -> Asked:
    """What the policies about one source ask of people."""
    masks = (policy for column in source.columns for policy in column.masks)
    return asked_in((*source.allow, *source.guardrails), (*masks, *(policy for policy, _ in source.filters)))


def asked_in(subscriptions: Iterable[SubscriptionPolicy], policies: Iterable[DataPolicy]) -> Asked:
    """What policies ask of people."""
    known = list(policies)
    conditions = [one.who for one in subscriptions]
    conditions += [one for policy in known for one in (policy.everyone_except, policy.for_everyone_who) if one]
    atoms = {atom for condition in conditions for atom in _atoms(condition)}
    return Asked(
        frozenset(atom.group for atom in atoms if isinstance(atom, InGroup)),
        frozenset((atom.key, atom.value) for atom in atoms if isinstance(atom, HasAttribute)),
        frozenset(atom.permission for atom in atoms if isinstance(atom, HasPermission)),
        frozenset(one.filter.attribute for one in known if one.filter and one.filter.attribute is not None),
    )


Fact = tuple[str, str, str]
"""Something that is held: `group`, `attribute` or `permission`, the key of an attribute, and what or which value."""


def facts_of(holder: Holder, asked: Asked) -> frozenset[Fact]:
    """What someone holds of that which is asked for."""
    pairs = {(key, value) for key, values in holder.attributes.items() for value in values}
    return frozenset(
        {
            *(("group", "", group) for group in holder.groups & asked.groups),
            *(("attribute", *pair) for pair in pairs if pair in asked.attributes or pair[0] in asked.values),
            *(("permission", "", one.value) for one in holder.permissions & asked.permissions),
        }
    )


def _atoms(condition: Condition) -> Iterator[Condition]:
    """The conditions that are made of no others."""
    parts = inside(condition)
    if not parts:
        yield condition
    for part in parts:
        yield from _atoms(part)
