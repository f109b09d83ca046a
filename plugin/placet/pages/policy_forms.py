"""The form of a data policy: read into the policy it describes, and filled in from one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation

from placet.domain.conditions import BadCondition, Condition, from_json, to_json
from placet.domain.errors import Invalid, PlacetError
from placet.domain.masks import Mask, MaskKind
from placet.domain.people import Person
from placet.domain.policies import BadPolicy, DataPolicy
from placet.domain.row_filters import BadFilter, Comparison, Literal, RowFilter
from placet.domain.scopes import InDomain, NamedColumns, Scope, Tagged
from placet.identity.web import marketplace
from placet.pages.refused import Refused, refused

FIELDS = {
    "bad-condition": "condition",
    "bad-mask": "mask",
    "bad-row-filter": "filter",
    "already-there": "name",
    "bad-choice": "scope",
    "not-found": "scope",
}
"""Where on the form a refusal is told, by its code; what a policy can't be says so by itself."""

LONGEST_CONDITION = 20_000
ROWS = "rows"
"""What stands on the form where a mask would, for a policy that filters rows."""

NUMBERS = ("first", "last", "places")


def told(error: PlacetError) -> Refused:
    """What an error says, put to the part of the form that it is about."""
    return refused(error, {**FIELDS, BadPolicy.code: str(error.facts.get("about", ""))})


class BadMask(Invalid):
    code = "bad-mask"


class BadChoice(Invalid):
    code = "bad-choice"


def policy_of(person: Person, given: Mapping[str, str], id: str = "", revision: int = 1) -> DataPolicy:
    """The policy that was described. Raises what `FIELDS` names, and NotFound for a source that is not there."""
    plain = DataPolicy(
        id,
        given.get("name", "").strip(),
        None if given.get("mask") == ROWS else _mask(given),
        _scope(person, given),
        filter=_filter(given) if given.get("mask") == ROWS else None,
        description=given.get("description", "").replace("\r\n", "\n"),
        revision=revision,
    )
    match given.get("whom", ""):
        case "all":
            return plain
        case "except":
            return replace(plain, everyone_except=condition_of(given.get("condition", "")))
        case "who":
            return replace(plain, for_everyone_who=condition_of(given.get("condition", "")))
    raise BadCondition("say for whom it masks: choose one of the three")


def condition_of(text: str) -> Condition:
    """The condition that was written as JSON. Raises BadCondition."""
    if not text.strip():
        raise BadCondition('write a condition, as `{"group": "x"}`, or let it mask for everyone')
    if len(text) > LONGEST_CONDITION:
        raise BadCondition(f"the condition is longer than {LONGEST_CONDITION} characters: make it shorter")
    try:
        return from_json(json.loads(text, object_pairs_hook=_each_once))
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadCondition(f"the condition is no JSON: {error.msg.lower()} in {where}") from None
    except (RecursionError, ValueError):
        raise BadCondition("the condition is no JSON that can be read: look for endless numbers or brackets") from None


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object as it was written; of two members of one name, JSON would keep the last without a word."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise BadCondition("a name stands twice in one object: put several conditions into `all` or `any`")
    return found


def _mask(given: Mapping[str, str]) -> Mask:
    kind = given.get("mask", "")
    if kind not in list(MaskKind):
        raise BadMask("choose what is seen in place of a value")
    text = given.get("text", "")
    numbers = {name: _number(given[name]) for name in NUMBERS if given.get(name, "").strip()}
    return Mask(MaskKind(kind), text if text or kind == MaskKind.CONSTANT else None, **numbers)


def _filter(given: Mapping[str, str]) -> RowFilter:
    """The row filter that was described. Raises BadFilter."""
    comparison = given.get("comparison", "")
    if comparison not in list(Comparison):
        raise BadFilter("choose how the values are compared")
    if key := given.get("attribute", "").strip():
        return RowFilter(Comparison(comparison), attribute=key)
    lines = [line.strip() for line in given.get("values", "").splitlines()]
    read = TYPES.get(given.get("type", ""), str)
    return RowFilter(Comparison(comparison), tuple(read(line) for line in lines if line))


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise BadFilter(f"`{text[:40]}` is no number") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadFilter(f"`{text[:40]}` is no date: write it as 2026-01-31") from None


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise BadFilter(f"`{text[:40]}` is neither true nor false")
    return text.lower() == "true"


TYPES: Mapping[str, Callable[[str], Literal]] = {"text": str, "number": _decimal, "date": _day, "true or false": _flag}


def _filter_fields(filter: RowFilter) -> dict[str, str]:
    kinds = {str: "text", Decimal: "number", date: "date", bool: "true or false"}
    values = [("true" if value else "false") if isinstance(value, bool) else str(value) for value in filter.values]
    return {
        "comparison": filter.comparison.value,
        "values": "\n".join(values),
        "type": kinds[type(filter.values[0])] if filter.values else "text",
        "attribute": filter.attribute or "",
    }


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise BadMask(f"`{text[:40]}` is no whole number") from None


def _scope(person: Person, given: Mapping[str, str]) -> Scope:
    match given.get("on", ""):
        case "columns":
            lines = [line.strip() for line in given.get("columns", "").splitlines()]
            return marketplace().data_policies.columns_named(
                person, given.get("source", "").strip(), filter(None, lines)
            )
        case "tag":
            return Tagged(given.get("tag", "").strip())
        case "domain":
            return InDomain(given.get("domain", ""))
    raise BadChoice("say what it is on: columns, a tag or a domain")


def filled(policy: DataPolicy, columns: tuple[str, ...]) -> dict[str, str]:
    """The fields of the form as this policy fills them in; `columns` are the names of those it is on."""
    condition = policy.everyone_except or policy.for_everyone_who
    parameters = {name: getattr(policy.mask, name, None) for name in ("text", *NUMBERS)}
    return {
        "name": policy.name,
        "description": policy.description,
        "mask": policy.mask.kind.value if policy.mask else ROWS,
        "whom": "except" if policy.everyone_except else "who" if policy.for_everyone_who else "all",
        "condition": json.dumps(to_json(condition), indent=2, ensure_ascii=False) if condition else "",
        "revision": str(policy.revision),
        **{name: str(value) for name, value in parameters.items() if value is not None},
        **(_filter_fields(policy.filter) if policy.filter else {}),
        **_scope_fields(policy.scope, columns),
    }


def _scope_fields(scope: Scope, columns: tuple[str, ...]) -> dict[str, str]:
    match scope:
        case NamedColumns(source, _):
            return {"on": "columns", "source": source, "columns": "\n".join(columns)}
        case Tagged(tag):
            return {"on": "tag", "tag": tag}
        case InDomain(domain):
            return {"on": "domain", "domain": domain}
