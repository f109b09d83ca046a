"""Subscription policies as commands and views: who may read what without asking, and whom nothing lets read it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from placet.domain.conditions import to_json
from placet.domain.errors import NotFound, StaleRevision
from placet.domain.events import SubscriptionPolicyRetired, SubscriptionPolicySaved
from placet.domain.people import Person
from placet.domain.permissions import Action, refuse_unless_may
from placet.domain.products import DataSource
from placet.domain.scopes import OnSource
from placet.domain.subscriptions import SubscriptionPolicy, refuse_bad_subscription
from placet.service.context import Context, Transaction, new_id
from placet.service.policy_effects import Preview, preview
from placet.service.policy_scopes import (
    enforce,
    in_words,
    may_make_policies,
    may_manage,
    may_see,
    places_of,
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

OUT_OF_SIGHT = OnSource("")
"""What a policy is on where its source is not for the eyes of who reads it."""

SHOWN = 50
"""How many data sources a policy shows at once."""


@dataclass(frozen=True)
class SubscriptionView:
    """A subscription policy with the data sources it is about now; `others` says that some are left out.

    `on` is what it is on, in words that people know.
    """

    policy: SubscriptionPolicy
    on: str
    may_manage: bool
    sources: tuple[DataSource, ...]
    others: bool


class SubscriptionPolicies:
    """Make, change, retire and read subscription policies."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def list(
        self, actor: Person, active: bool = True, cursor: str = "", limit: int | None = None
    ) -> Page[SubscriptionPolicy]:
        """The policies in force, or those that are retired, by name; `OUT_OF_SIGHT` stands for an unseen source."""
        refuse_unless_may(actor, Action.READ_POLICIES)
        with self._context.store.reading() as session:
            page = session.subscriptions.page(active, cursor or None, self._context.page_size(limit))
            return page.map(lambda policy: _as_seen(session, actor, policy))

    def get(self, actor: Person, id: str) -> SubscriptionView:
        """One policy with the sources it is about now, as far as the actor may see them. Raises NotFound."""
        refuse_unless_may(actor, Action.READ_POLICIES)
        with self._context.store.reading() as session:
            kept = known_subscription(session.subscriptions.get(id), id)
            policy = _as_seen(session, actor, kept)
            found = session.policies.sources_of(kept.scope, SHOWN + 1) if policy.active else []
            near = [source for source in session.sources.many(found[:SHOWN]) if may_see(actor, source)]
            return SubscriptionView(
                policy,
                in_words(session, policy.scope),
                may_manage(session, actor, kept.scope),
                tuple(source for source in near if kept.reaches(source)),
                others=len(near) < len(found),
            )

    def may_make(self, actor: Person) -> bool:
        """Whether there is anything that the actor may make a policy for."""
        return may_make_policies(actor)

    def source_named(self, actor: Person, source: str) -> OnSource:
        """A data source by its id or `schema.table`. Raises NotFound."""
        with self._context.store.reading() as session:
            return OnSource(source_called(session, actor, source).id)

    def preview(self, actor: Person, policy: SubscriptionPolicy) -> Preview:
        """Who would gain access and who would lose it by a new policy, or by a changed one; nothing is changed.

        Raises what `create` and `replace` do.
        """
        with self._context.store.reading() as session:
            before = self._standing(session, actor, policy.id) if policy.id else None
            self._refuse_bad(session, actor, policy)
            return preview(session, actor, before, policy, self._context.clock.now())

    def preview_retirement(self, actor: Person, id: str) -> Preview:
        """Who would gain access and who would lose it if a policy were retired."""
        with self._context.store.reading() as session:
            standing = self._standing(session, actor, id)
            return preview(session, actor, standing, None, self._context.clock.now())

    def create(self, actor: Person, policy: SubscriptionPolicy) -> SubscriptionPolicy:
        """Put a new policy in force; an empty id is filled in. Raises Forbidden, NotFound, BadPolicy, AlreadyThere."""
        made = replace(policy, id=policy.id or new_id(), created_at=self._context.clock.now(), revision=1, active=True)
        with self._context.transaction() as transaction:
            transaction.session.sources.hold()
            self._refuse_bad(transaction.session, actor, made)
            transaction.session.subscriptions.add(made)
            enforce(self._context, transaction, made.scope)
            self._tell(transaction, actor, SubscriptionPolicySaved, made)
        return made

    def replace(self, actor: Person, policy: SubscriptionPolicy) -> SubscriptionPolicy:
        """Describe a policy anew.

        Raises Forbidden where the actor may not manage what it is on, before or then, StaleRevision where it was
        changed meanwhile, WrongState for one that is retired.
        """
        with self._context.transaction() as transaction:
            session = transaction.session
            session.sources.hold()
            before = self._changeable(session, actor, policy.id, policy.revision)
            changed = replace(policy, created_at=before.created_at, active=True)
            self._refuse_bad(session, actor, changed)
            saved = session.subscriptions.save(changed)
            enforce(self._context, transaction, before.scope, saved.scope)
            self._tell(transaction, actor, SubscriptionPolicySaved, saved)
        return saved

    def retire(self, actor: Person, id: str, revision: int) -> SubscriptionPolicy:
        """End a policy for good: it says nothing from now on, and can still be read."""
        with self._context.transaction() as transaction:
            transaction.session.sources.hold()
            before = self._changeable(transaction.session, actor, id, revision)
            saved = transaction.session.subscriptions.save(replace(before, active=False))
            enforce(self._context, transaction, before.scope)
            self._tell(transaction, actor, SubscriptionPolicyRetired, saved)
        return saved

    def _changeable(self, session: Session, actor: Person, id: str, revision: int) -> SubscriptionPolicy:
        """The policy as it is, which no one else changes until the end of the transaction."""
        refuse_who_makes_none(actor)
        policy = _manageable(session, actor, session.subscriptions.lock(id), id)
        if revision != policy.revision:
            raise StaleRevision(f"`{policy.name}` was changed meanwhile: read it again and repeat the change")
        return policy

    def _standing(self, session: Session, actor: Person, id: str) -> SubscriptionPolicy:
        refuse_who_makes_none(actor)
        return _manageable(session, actor, session.subscriptions.get(id), id)

    def _refuse_bad(self, session: Session, actor: Person, policy: SubscriptionPolicy) -> None:
        refuse_who_makes_none(actor)
        refuse_unknown_scope(session, actor, policy.scope)
        refuse_unless_may_manage(session, actor, policy.scope)
        refuse_bad_subscription(policy)

    def _tell(
        self, transaction: Transaction, actor: Person, event: type[PolicyEvent], policy: SubscriptionPolicy
    ) -> None:
        domains = [place.domain for place in places_of(transaction.session, policy.scope)]
        data = {
            "name": policy.name,
            "kind": policy.kind.value,
            "whom": str(policy.who),
            "revision": policy.revision,
            "policy": {"scope": vars(policy.scope), "who": to_json(policy.who), "description": policy.description},
        }
        at, domain = self._context.clock.now(), domains[0] if len(domains) == 1 else ""
        tell(transaction, [event(actor.id, at, policy.id, domain, data)])


def _as_seen(session: Session, actor: Person, policy: SubscriptionPolicy) -> SubscriptionPolicy:
    """The policy, without which source it names where the actor may not see that."""
    if not isinstance(policy.scope, OnSource):
        return policy
    source = session.sources.get(policy.scope.source)
    return policy if source is None or in_sight(session, actor, source) else replace(policy, scope=OUT_OF_SIGHT)


PolicyEvent = SubscriptionPolicySaved | SubscriptionPolicyRetired


def _manageable(session: Session, actor: Person, found: SubscriptionPolicy | None, id: str) -> SubscriptionPolicy:
    policy = known_subscription(found, id)
    refuse_unless_may_manage(session, actor, policy.scope)
    if not policy.active:
        raise WrongState(f"the subscription policy `{policy.name}` is retired: make a new one instead")
    return policy


def known_subscription(policy: SubscriptionPolicy | None, id: str) -> SubscriptionPolicy:
    """The policy, or NotFound."""
    if policy:
        return policy
    raise NotFound(f"no subscription policy has the id `{id}`")
