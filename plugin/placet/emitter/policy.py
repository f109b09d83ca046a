"""What a data platform should enforce: the desired state of a target, and the effective policy of each data source.

Plain values and pure functions. `evaluate` says what they mean; each target compiles them and is tested against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property


@dataclass(frozen=True)
class TargetColumn:
    """A column that consumers see; `id` is the platform's own number for it, which survives a rename."""

    id: int
    name: str


@dataclass(frozen=True)
class TargetSource:
    """A data source on the platform, with the columns that have been imported; a newer column is not among them."""

    id: str
    schema: str
    name: str
    columns: tuple[TargetColumn, ...]

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
    """A person's or service account's login on the platform; inactive while the person is.

    `native_id` is the platform's own number for the login; None is for the one it has when it is first seen.
    """

    name: str
    native_id: int | None = None
    active: bool = True


@dataclass(frozen=True)
class TargetGroup:
    """A group of people on the platform, by its id, and the logins of its members; a login's name is no group's id."""

    id: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Entitlement:
    """What a grant is on the platform: membership of a product for `start <= t < end` (UTC).

    It is for the login, or for whoever belongs to the `group` (an id) at that instant, where it names one; its `login`
    means nothing then.
    """

    grant: str
    product: str
    login: str
    start: datetime
    end: datetime | None = None
    group: str | None = None

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


Term = ProductMembership | GroupMembership | KnownLogin | ActsAsThemselves


@dataclass(frozen=True)
class EffectivePolicy:
    """Who may read a source: some term of `allow` holds, and every one of `guardrails`."""

    source: str
    allow: tuple[Term, ...]
    guardrails: tuple[Term, ...]


def effective_policy(source: TargetSource) -> EffectivePolicy:
    """The policy of one source.

    It names no person, group or product: those are rows that its terms look up, so that an approval changes no policy.
    """
    return EffectivePolicy(
        source.id, allow=(ProductMembership(), GroupMembership()), guardrails=(KnownLogin(), ActsAsThemselves())
    )
