"""Data policies as commands and views: what masks which columns, and for whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from placet.domain.conditions import to_json
from placet.domain.errors import NotFound, StaleRevision
from placet.domain.events import DataPolicyRetired, DataPolicySaved, Event
from placet.domain.people import Person
from placet.domain.permissions import Action, refuse_unless_may
from placet.domain.policies import BadPolicy, DataPolicy, filtering, masks_instead, refuse_bad_policy, renumbered, waits
from placet.domain.products import Column, DataSource
from placet.domain.row_filters import to_json as filter_to_json
from placet.domain.scopes import NamedColumns
from placet.service.context import Context, Transaction, new_id
from placet.service.policy_effects import Preview, preview
from placet.service.policy_scopes import (
    enforce,
    in_words,
    may_make_policies,
    may_manage,
    may_see,
    names_in,
    places_of,
    refuse_unknown_columns,
    refuse_unknown_scope,
    refuse_unless_may_manage,
    refuse_who_makes_none,
    source_called,
)
from placet.service.saving import tell
from placet.service.source_views import in_sight
from placet.service.views import Page
from placet.storage import Session
from placet.workflow.refusals import WrongState

PolicyEvent = DataPolicySaved | DataPolicyRetired

OUT_OF_SIGHT = NamedColumns("", frozenset())
"""What a policy is on, for who may read it but not see the data source whose columns it names."""

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
        """The policies in force, or those that are retired, by name; `OUT_OF_SIGHT` stands for unseen columns."""
        refuse_unless_may(actor, Action.READ_POLICIES)
        with self._context.store.reading() as session:
            page = session.policies.page(active, cursor or None, self._context.page_size(limit))
            return page.map(lambda policy: _as_seen(session, actor, policy))

    def get(self, actor: Person, id: str) -> PolicyView:
        """One policy with the columns it masks now, on the sources that the actor may see. Raises NotFound."""
        refuse_unless_may(actor, Action.READ_POLICIES)
        with self._context.store.reading() as session:
            kept = known_policy(session.policies.get(id), id)
            policy = _as_seen(session, actor, kept)
            found = session.policies.sources_of(kept.scope, SHOWN + 1) if policy.active else []
            seen = [source for source in session.sources.many(found[:SHOWN]) if may_see(actor, source)]
            policies = session.policies.for_sources(seen)
            return PolicyView(
                policy,
                in_words(session, policy.scope),
                names_in(session, policy.scope),
                may_manage=may_manage(session, actor, kept.scope),
                sources=tuple(_masked(policies, policy, source) for source in seen),
                others=len(seen) < len(found),
            )

    def may_make(self, actor: Person) -> bool:
        """Whether there is anything that the actor may make a policy for."""
        return may_make_policies(actor)

    def columns_named(self, actor: Person, source: str, columns: Iterable[str]) -> NamedColumns:
        """Some columns of a data source, by their names and its id or `schema.table`. Raises NotFound, BadPolicy."""
        with self._context.store.reading() as session:
            found = source_called(session, actor, source)
        ids = {column.name: column.id for column in found.columns}
        names = list(columns)
        if missing := [name for name in names if name not in ids]:
            raise BadPolicy(
                f"`{found.qualified_name}` has no column `{missing[0]}`: there are {', '.join(ids)}", about="scope"
            )
        return NamedColumns(found.id, frozenset(ids[name] for name in names))

    def preview(self, actor: Person, policy: DataPolicy) -> Preview:
        """Who would see more and who less by a new policy, or by a changed one; nothing is changed.

        Raises what `create` and `replace` do.
        """
        with self._context.store.reading() as session:
            before = self._standing(session, actor, policy.id) if policy.id else None
            age = before.created_at if before else self._context.clock.now()
            planned = replace(policy, created_at=age)
            self._refuse_bad(session, actor, planned)
            return preview(session, actor, before, planned, self._context.clock.now())

    def preview_retirement(self, actor: Person, id: str) -> Preview:
        """Who would see more and who less if a policy were retired."""
        with self._context.store.reading() as session:
            return preview(session, actor, self._standing(session, actor, id), None, self._context.clock.now())

    def create(self, actor: Person, policy: DataPolicy) -> DataPolicy:
        """Put a new policy in force; an empty id is filled in. Raises Forbidden, NotFound, BadPolicy, AlreadyThere."""
        made = replace(policy, id=policy.id or new_id(), created_at=self._context.clock.now(), revision=1, active=True)
        with self._context.transaction() as transaction:
            transaction.session.sources.hold()
            self._refuse_bad(transaction.session, actor, made)
            transaction.session.policies.add(made)
            enforce(self._context, transaction, made.scope)
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
            enforce(self._context, transaction, before.scope, saved.scope)
            self._tell(transaction, actor, DataPolicySaved, saved)
        return saved

    def retire(self, actor: Person, id: str, revision: int) -> DataPolicy:
        """End a policy for good: it masks nothing from now on, and can still be read."""
        with self._context.transaction() as transaction:
            transaction.session.sources.hold()
            before = self._changeable(transaction.session, actor, id, revision)
            saved = transaction.session.policies.save(replace(before, active=False))
            enforce(self._context, transaction, before.scope)
            self._tell(transaction, actor, DataPolicyRetired, saved)
        return saved

    def _changeable(self, session: Session, actor: Person, id: str, revision: int) -> DataPolicy:
        """The policy as it is, which no one else changes until the end of the transaction."""
        refuse_who_makes_none(actor)
        policy = _manageable(session, actor, session.policies.lock(id), id)
        if revision != policy.revision:
            raise StaleRevision(f"`{policy.name}` was changed meanwhile: read it again and repeat the change")
        return policy

    def _standing(self, session: Session, actor: Person, id: str) -> DataPolicy:
        refuse_who_makes_none(actor)
        return _manageable(session, actor, session.policies.get(id), id)

    def _refuse_bad(self, session: Session, actor: Person, policy: DataPolicy) -> None:
        """Whoever may make none here is told that, and nothing of what is wrong with it."""
        refuse_who_makes_none(actor)
        refuse_unknown_scope(session, actor, policy.scope)
        refuse_unless_may_manage(session, actor, policy.scope)
        refuse_bad_policy(policy)
        refuse_unknown_columns(session, policy.scope)

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


def _manageable(session: Session, actor: Person, found: DataPolicy | None, id: str) -> DataPolicy:
    policy = known_policy(found, id)
    refuse_unless_may_manage(session, actor, policy.scope)
    if not policy.active:
        raise WrongState(f"the data policy `{policy.name}` is retired: make a new one instead")
    return policy


def known_policy(policy: DataPolicy | None, id: str) -> DataPolicy:
    """The policy, or NotFound."""
    if policy:
        return policy
    raise NotFound(f"no data policy has the id `{id}`")


def _as_seen(session: Session, actor: Person, policy: DataPolicy) -> DataPolicy:
    """The policy, without which columns it names where those are of a source that the actor may not see."""
    if not isinstance(policy.scope, NamedColumns):
        return policy
    source = session.sources.get(policy.scope.source)
    return policy if source is None or in_sight(session, actor, source) else replace(policy, scope=OUT_OF_SIGHT)


def _masked(policies: Iterable[DataPolicy], policy: DataPolicy, source: DataSource) -> MaskedSource:
    """The columns of a source that a policy is on, and those that are masked because it reaches the source."""
    known, looked_at = list(policies), _looked_at(policy, source)
    columns = (
        MaskedColumn(column, masks_instead(known, policy, source, column) if policy.mask else None, waits(column))
        for column in source.columns
        if waits(column) or column.id in looked_at
    )
    return MaskedSource(source, tuple(columns))


def _looked_at(policy: DataPolicy, source: DataSource) -> frozenset[int]:
    """The ids of the columns that a policy masks, or by which it filters rows."""
    if policy.filter:
        return frozenset(id for _, ids in filtering([policy], source) for id in ids)
    return frozenset(column.id for column in source.columns if policy.scope.covers(source, column))


def _described(policy: DataPolicy) -> dict[str, object]:
    """All of a policy, as the audit trail keeps it."""
    return {
        **({"mask": str(policy.mask)} if policy.mask else {}),
        **({"filter": filter_to_json(policy.filter)} if policy.filter else {}),
        "scope": {
            name: sorted(value) if isinstance(value, frozenset) else value for name, value in vars(policy.scope).items()
        },
        "everyone_except": policy.everyone_except and to_json(policy.everyone_except),
        "for_everyone_who": policy.for_everyone_who and to_json(policy.for_everyone_who),
        "description": policy.description,
    }
