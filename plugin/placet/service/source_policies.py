"""The effective policy of one data source, in words: who may read it, and what of it."""

from __future__ import annotations

from collections.abc import Iterator

from placet.domain.people import Person
from placet.domain.permissions import Action, refuse_unless_may
from placet.domain.policies import DataPolicy
from placet.domain.products import DataProduct, ProductState
from placet.emitter.policy import TargetColumn, TargetSource
from placet.service.context import Context
from placet.service.desired import target_sources
from placet.service.policy_scopes import source_called


class SourcePolicies:
    """Say what is in force on a data source."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def described(self, actor: Person, source: str) -> list[str]:
        """The policy of a source, by its id or `schema.table`, line by line. Raises Forbidden, NotFound."""
        refuse_unless_may(actor, Action.READ_POLICIES)
        with self._context.store.reading() as session:
            known = source_called(session, actor, source)
            [target] = target_sources(session, [known])
            products = [one for one in session.products.holding(known.id) if one.domain in known.domains]
        return [f"{known.qualified_name} on {known.target}", *_access(target, products), *_data(target)]


def _access(target: TargetSource, products: list[DataProduct]) -> Iterator[str]:
    published = [one.name for one in products if one.state is ProductState.PUBLISHED]
    yield "may be read by"
    yield from (f"  whoever has a running grant on the data product {name}" for name in published)
    yield from (f"  those {policy.who}, by the policy {policy.name}" for policy in target.allow)
    if not published and not target.allow:
        yield "  nobody"
    if target.guardrails:
        yield "and only by"
        yield from (f"  those {policy.who}, by the guardrail {policy.name}" for policy in target.guardrails)


def _data(target: TargetSource) -> Iterator[str]:
    for column in target.columns:
        yield f"{column.name}: {_sight(column)}"
    names = {column.id: column.name for column in target.columns}
    for policy, looked_at in target.filters:
        columns = " and ".join(names[id] for id in sorted(looked_at)) or "no column, so no row is seen"
        yield f"rows: {columns} {policy.filter}, for {policy.whom}, by the data policy {policy.name}"


def _sight(column: TargetColumn) -> str:
    if column.unconfirmed:
        return "masked for everyone: nobody has confirmed it since it was found"
    return "; else ".join(map(_masked, column.masks)) or "clear"


def _masked(policy: DataPolicy) -> str:
    return f"{policy.mask} for {policy.whom}, by the data policy {policy.name}"
