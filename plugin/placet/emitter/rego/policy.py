"""The rules of a bundle: what stands in `rules.rego`, with the birthright policies of each source.

They name no person, no product and no grant.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from importlib.resources import files

from placet.domain.policies import DataPolicy
from placet.domain.row_filters import Literal, RowFilter
from placet.domain.subscriptions import SubscriptionPolicy
from placet.emitter.policy import Filter, TargetColumn, TargetSource
from placet.emitter.rego.conditions import Conditions, quoted
from placet.emitter.rego.facts import Plain

Extra = Callable[[TargetSource], "Sql"]


class Sql:
    """What a dialect of SQL adds to masks and filters; this one adds nothing."""

    def mask(self, column: TargetColumn, policy: DataPolicy) -> Plain:  # noqa: ARG002 - dialects look at them
        return {}

    def filter(self, source: TargetSource, filter: Filter) -> Plain:  # noqa: ARG002 - dialects look at them
        return {}


def policy_text(package: str, sources: Iterable[TargetSource], sql: Sql) -> str:
    """The rules about some sources, in a package of this name."""
    ordered = sorted(sources, key=lambda source: source.id)
    conditions = Conditions()
    shown = [_source(source, conditions, sql) for source in ordered]
    parts = [
        shipped("rules.rego", package),
        "# --- Conditions on people ---",
        conditions.text(),
        "# --- Data sources ---",
        f"tables := {_pretty(_tables(ordered))}",
        *(shown or ["sources := {}"]),
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def shipped(name: str, package: str) -> str:
    """One of the files with rules that never change, for a package of this name."""
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return text.replace("package placet", f"package {package}").replace("data.placet.", f"data.{package}.")


def _tables(sources: Iterable[TargetSource]) -> Plain:
    """The ids of sources by schema and name."""
    found: dict[str, dict[str, str]] = {}
    for source in sources:
        found.setdefault(source.schema, {})[source.name] = source.id
    return {schema: found[schema] for schema in sorted(found)}


def _source(source: TargetSource, conditions: Conditions, sql: Sql) -> str:
    described = {
        "allow": [_subscription(one, conditions) for one in source.allow],
        "guardrails": [_subscription(one, conditions) for one in source.guardrails],
        "columns": {column.name: _column(column, conditions, sql) for column in source.columns},
        "filters": [_filter(source, one, conditions, sql) for one in source.filters],
    }
    return f"sources[{quoted(source.id)}] := {_pretty(described)}"


def _subscription(policy: SubscriptionPolicy, conditions: Conditions) -> Plain:
    return {"policy": policy.id, "who": conditions.name(policy.who)}


def _column(column: TargetColumn, conditions: Conditions, sql: Sql) -> Plain:
    masks = [
        {"policy": policy.id, "mask": _mask(policy), **_whom(policy, conditions), **sql.mask(column, policy)}
        for policy in column.masks
    ]
    waiting = {"unconfirmed": True} if column.unconfirmed else {}
    return {"id": str(column.id), "type": column.type, "masks": masks, **waiting}


def _mask(policy: DataPolicy) -> Plain:
    """A mask with the parameters that its kind has."""
    assert policy.mask
    return {name: value for name, value in vars(policy.mask).items() if value is not None}


def _whom(policy: DataPolicy, conditions: Conditions) -> Plain:
    whom: Plain = {}
    if policy.everyone_except:
        whom["except"] = conditions.name(policy.everyone_except)
    if policy.for_everyone_who:
        whom["for"] = conditions.name(policy.for_everyone_who)
    return whom


def _filter(source: TargetSource, filter: Filter, conditions: Conditions, sql: Sql) -> Plain:
    """A filter with the names of its columns; of none, it lets no row through."""
    policy, ids = filter
    assert policy.filter
    names = [column.name for column in source.columns if column.id in ids]
    return {
        "policy": policy.id,
        "columns": names,
        **_compared(policy.filter),
        **_whom(policy, conditions),
        **sql.filter(source, filter),
    }


def _compared(filter: RowFilter) -> Plain:
    if filter.attribute is not None:
        return {"attribute": filter.attribute}
    return {"comparison": filter.comparison.value, "values": [_literal(value) for value in filter.values]}


def _literal(value: Literal) -> Plain:
    """A literal with its type, which a value has to be of; a number as text, which every reader keeps exactly."""
    match value:
        case bool():
            return {"boolean": value}
        case str():
            return {"text": value}
    return {"date": value.isoformat()} if hasattr(value, "isoformat") else {"number": f"{value:f}"}


def _pretty(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent="\t")
