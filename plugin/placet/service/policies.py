"""Data policies as commands and views: what masks which columns, and for whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from placet.domain.conditions import to_json
from placet.domain.errors import NotFound, StaleRevision
from placet.domain.events import DataPolicyRetired, DataPolicySaved, Event
from placet.domain.people import Person
from placet.domain.permissions import Action, Place, may, refuse_unless_may
from placet.domain.policies import (
    BadPolicy,
    DataPolicy,
    InDomain,
    NamedColumns,
    Scope,
    Tagged,
    masks_instead,
    refuse_bad_policy,
    renumbered,
    waits,
)
from placet.domain.products import Column, DataSource
from placet.service.context import Context, Transaction, new_id
from placet.service.saving import tell
from placet.service.views import Page
from placet.storage import Session
from placet.workflow.refusals import WrongState

PolicyEvent = DataPolicySaved | DataPolicyRetired

SHOWN = 50
"""How many data sources a policy shows at once."""


@dataclass(frozen=True)
class MaskedColumn:
    """A column that a policy is on; `instead` is a stronger one that masks it first, `waiting` one nobody looked at."""

    column: Column
    instead: DataPolicy | None = None
    waiting: bool = False


@dataclass(frozen=True)
class MaskedSource:
    """A data source that a policy reaches, with the columns that are masked there now."""

    source: DataSource
    columns: tuple[MaskedColumn, ...]


@dataclass(frozen=True)
class PolicyView:
    """A data policy with what it masks now; `others` says that sources are left out, for there are many or unseen ones.

    `on` is what it is on, in words that people know, and `named` the names of the columns it names.
    """

    policy: DataPolicy
    on: str
    named: tuple[str, ...]
    may_manage: bool
    sources: tuple[MaskedSource, ...]
    others: bool


class DataPolicies:
    """Make, change, retire and read data policies."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def list(self, actor: Person, active: bool = True, cursor: str = "", limit: int | None = None) -> Page[DataPolicy]:
        """The policies in force, or those that are retired, by name."""
        refuse_unless_may(actor, Action.READ_POLICIES)
        with self._context.store.reading() as session:
            return session.policies.page(active, cursor or None, self._context.page_size(limit))

    def get(self, actor: Person, id: str) -> PolicyView:
        """One policy with the columns it masks now, on the sources that the actor may see. Raises NotFound."""
        refuse_unless_may(actor, Action.READ_POLICIES)
        with self._context.store.reading() as session:
            policy = known_policy(session.policies.get(id), id)
            found = session.policies.sources_of(policy.scope, SHOWN + 1) if policy.active else []
            seen = [source for source in session.sources.many(found[:SHOWN]) if _may_see(actor, source)]
            policies = session.policies.for_sources(seen)
            return PolicyView(
                policy,
                _on(session, policy.scope),
                _names(session, policy.scope),
                may_manage=all(may(actor, Action.MANAGE_POLICIES, one) for one in places_of(session, policy.scope)),
                sources=tuple(_masked(policies, policy, source) for source in seen),
                others=len(seen) < len(found),
            )

    def may_make(self, actor: Person) -> bool:
        """Whether there is anything that the actor may make a policy for."""
        domains = {domain for domain, _ in actor.domain_permissions} | {""}
        return any(may(actor, Action.MANAGE_POLICIES, Place(domain=domain)) for domain in domains)

    def columns_named(self, actor: Person, source: str, columns: Iterable[str]) -> NamedColumns:
        """Some columns of a data source, by their names and its id or `schema.table`. Raises NotFound, BadPolicy."""
        with self._context.store.reading() as session:
            found = _named(session, actor, source)
        ids = {column.name: column.id for column in found.columns}
        names = list(columns)
        if missing := [name for name in names if name not in ids]:
            raise BadPolicy(
                f"`{found.qualified_name}` has no column `{missing[0]}`: there are {', '.join(ids)}", about="scope"
            )
        return NamedColumns(found.id, frozenset(ids[name] for name in names))

    def create(self, actor: Person, policy: DataPolicy) -> DataPolicy:
        """Put a new policy in force; an empty id is filled in. Raises Forbidden, NotFound, BadPolicy, AlreadyThere."""
        made = replace(policy, id=policy.id or new_id(), created_at=self._context.clock.now(), revision=1, active=True)
        with self._context.transaction() as transaction:
            transaction.session.sources.hold()
            self._refuse_bad(transaction.session, actor, made)
            transaction.session.policies.add(made)
            self._tell(transaction, actor, DataPolicySaved, made)
        return made

    def replace(self, actor: Person, policy: DataPolicy) -> DataPolicy:
        """Describe a policy anew; it stays as old as it is.

        Raises Forbidden where the actor may not manage what it is on, before or then, StaleRevision where it was
        changed meanwhile, WrongState for one that is retired.
        """
        with self._context.transaction() as transaction:
            session = transaction.session
            session.sources.hold()
            before = self._changeable(session, actor, policy.id, policy.revision)
            changed = replace(policy, created_at=before.created_at, active=True)
            self._refuse_bad(session, actor, changed)
            saved = session.policies.save(changed)
            self._tell(transaction, actor, DataPolicySaved, saved)
        return saved

    def retire(self, actor: Person, id: str, revision: int) -> DataPolicy:
        """End a policy for good: it masks nothing from now on, and can still be read."""
        with self._context.transaction() as transaction:
            transaction.session.sources.hold()
            before = self._changeable(transaction.session, actor, id, revision)
            saved = transaction.session.policies.save(replace(before, active=False))
            self._tell(transaction, actor, DataPolicyRetired, saved)
        return saved

    def _changeable(self, session: Session, actor: Person, id: str, revision: int) -> DataPolicy:
        """The policy as it is, which no one else changes until the end of the transaction."""
        self._refuse_who_makes_none(actor)
        policy = known_policy(session.policies.lock(id), id)
        for place in places_of(session, policy.scope):
            refuse_unless_may(actor, Action.MANAGE_POLICIES, place)
        if not policy.active:
            raise WrongState(f"the data policy `{policy.name}` is retired: make a new one instead")
        if revision != policy.revision:
            raise StaleRevision(f"`{policy.name}` was changed meanwhile: read it again and repeat the change")
        return policy

    def _refuse_bad(self, session: Session, actor: Person, policy: DataPolicy) -> None:
        """Whoever may make none here is told that, and nothing of what is wrong with it."""
        self._refuse_who_makes_none(actor)
        refuse_unknown_scope(session, actor, policy.scope)
        for place in places_of(session, policy.scope):
            refuse_unless_may(actor, Action.MANAGE_POLICIES, place)
        refuse_bad_policy(policy)
        refuse_unknown_columns(session, policy.scope)

    def _refuse_who_makes_none(self, actor: Person) -> None:
        """Raises Forbidden for who may make a policy nowhere, before it is read what for."""
        if not self.may_make(actor):
            refuse_unless_may(actor, Action.MANAGE_POLICIES)
        refuse_unless_may(actor, Action.READ_POLICIES)

    def _tell(self, transaction: Transaction, actor: Person, event: type[PolicyEvent], policy: DataPolicy) -> None:
        tell(transaction, [policy_event(transaction.session, event, actor, self._context.clock.now(), policy)])


def follow_columns(
    session: Session, actor: Person, at: datetime, before: DataSource | None, after: DataSource
) -> list[Event]:
    """Keep policies on the columns they name where the ids of these have changed; what that changed.

    The caller has called `session.sources.hold()`, as whoever changes a policy does.
    """
    if before is None or before.numbered == after.numbered:
        return []
    moved = [(policy, renumbered(policy, before, after)) for policy in session.policies.for_sources([after])]
    saved = [session.policies.save(now) for was, now in moved if now != was]
    return [policy_event(session, DataPolicySaved, actor, at, policy) for policy in saved]


def policy_event(
    session: Session,
    event: type[PolicyEvent],
    actor: Person,
    at: datetime,
    policy: DataPolicy,
) -> Event:
    """What happened to a policy, with all of it; it belongs to a domain where the policy is on that one alone."""
    domains = [place.domain for place in places_of(session, policy.scope)]
    data = {"name": policy.name, "whom": policy.whom, "revision": policy.revision, "policy": _described(policy)}
    return event(actor.id, at, policy.id, domains[0] if len(domains) == 1 else "", data)


def known_policy(policy: DataPolicy | None, id: str) -> DataPolicy:
    """The policy, or NotFound."""
    if policy:
        return policy
    raise NotFound(f"no data policy has the id `{id}`")


def places_of(session: Session, scope: Scope) -> list[Place]:
    """Where the permission has to be held to make policies for a scope: in every one of these.

    A tag may stand in any domain, so a policy on one is for those whose permission holds everywhere.
    """
    match scope:
        case NamedColumns(id, _):
            source = session.sources.get(id)
            domains = sorted(source.domains) if source else []
            return [Place(domain=domain) for domain in domains] or [Place()]
        case InDomain(domain):
            return [Place(domain=domain)]
        case Tagged():
            return [Place()]


def refuse_unknown_scope(session: Session, actor: Person, scope: Scope) -> None:
    """Raises NotFound for a source or domain that is not there, or not for the actor's eyes."""
    match scope:
        case InDomain(domain) if session.domains.get(domain) is None:
            raise NotFound(f"no domain has the id `{domain}`")
        case NamedColumns(id, _):
            source = session.sources.get(id)
            if source is None or not _may_see(actor, source):
                raise NotFound(f"no data source that you may see has the id `{id}`")


def refuse_unknown_columns(session: Session, scope: Scope) -> None:
    """Raises BadPolicy for a column that its data source has not."""
    if not isinstance(scope, NamedColumns):
        return
    source = session.sources.get(scope.source)
    if source and (missing := sorted(scope.columns - {column.id for column in source.columns})):
        raise BadPolicy(f"`{source.qualified_name}` has no column with the id `{missing[0]}`", about="scope")


def _may_see(actor: Person, source: DataSource) -> bool:
    return may(actor, Action.SEE_SOURCE, Place(domains=source.domains))


def _named(session: Session, actor: Person, name: str) -> DataSource:
    """The one data source of an id or name that the actor may see. Raises NotFound, also where there are several."""
    schema, _, table = name.rpartition(".")
    exact = session.sources.get(name)
    known = [exact] if exact else session.sources.named(schema, table)
    found = [source for source in known if _may_see(actor, source)]
    if len(found) > 1:
        told = ", ".join(f"`{source.id}` on {source.target}" for source in found)
        raise NotFound(f"several data sources are called `{name}`: give the id of one, {told}")
    if not found:
        raise NotFound(f"no data source that you may see is called `{name}`: write its id, or `schema.table`")
    return found[0]


def _masked(policies: Iterable[DataPolicy], policy: DataPolicy, source: DataSource) -> MaskedSource:
    """The columns of a source that a policy is on, and those that are masked because it reaches the source."""
    known = list(policies)
    columns = (
        MaskedColumn(column, masks_instead(known, policy, source, column), waits(column))
        for column in source.columns
        if waits(column) or policy.scope.covers(source, column)
    )
    return MaskedSource(source, tuple(columns))


def _on(session: Session, scope: Scope) -> str:
    """What a scope is on, by the names that people know."""
    match scope:
        case NamedColumns(id, _):
            source = session.sources.get(id)
            names = ", ".join(_names(session, scope)) or "no column"
            return f"{names} of {source.qualified_name if source else id}"
        case Tagged(tag):
            return f"columns and data sources tagged {tag}, or with a tag under it"
        case InDomain(id):
            domain = session.domains.get(id)
            return f"every column in the domain {domain.name if domain else id}"


def _names(session: Session, scope: Scope) -> tuple[str, ...]:
    """The names of the columns that a scope names, in the order of their source; of those that are gone, none."""
    if not isinstance(scope, NamedColumns):
        return ()
    source = session.sources.get(scope.source)
    return tuple(column.name for column in source.columns if column.id in scope.columns) if source else ()


def _described(policy: DataPolicy) -> dict[str, object]:
    """All of a policy, as the audit trail keeps it."""
    return {
        "mask": str(policy.mask),
        "scope": {
            name: sorted(value) if isinstance(value, frozenset) else value for name, value in vars(policy.scope).items()
        },
        "everyone_except": policy.everyone_except and to_json(policy.everyone_except),
        "for_everyone_who": policy.for_everyone_who and to_json(policy.for_everyone_who),
        "description": policy.description,
    }
