"""Entities in Cedar: people, groups, data sources and columns, with what was given to whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from placet.domain.policies import DataPolicy
from placet.emitter.cedar.policies import PLACES, pair
from placet.emitter.policy import Asked, Desired, Entitlement, Login, TargetColumn, TargetSource, asked_by, facts_of
from placet.emitter.rego.facts import microseconds

Plain = dict[str, object]
Span = tuple[datetime, datetime | None]


@dataclass(frozen=True)
class Entities:
    """The entities as JSON has them, and whose later spans found no place, with what they are of."""

    entities: list[Plain]
    cut: tuple[tuple[str, str], ...]


def entities(desired: Desired, sources: list[TargetSource]) -> Entities:
    """The entities that policies about some sources need; inactive logins are left out."""
    asked = Asked()
    for source in sources:
        asked |= asked_by(source)
    active = [login for _, login in sorted(desired.login_by_name.items()) if login.active]
    given = _given(desired, sources)
    spans = {login.name: _of(given, desired, login) for login in active}
    cut = [(name, key) for name, held in spans.items() for key, some in held.items() if len(some) > len(PLACES)]
    people = [_login(login, asked, spans[login.name]) for login in active]
    return Entities([*people, *(one for source in sources for one in _source(source))], tuple(cut))


def column_key(source: str, column: int) -> str:
    """A column of a source as one text; no source has an id that ends like it."""
    return pair(source, str(column))


Given = Mapping[tuple[str, str], list[tuple[str, Span]]]
"""What was given, by the kind of whom (`login`, `group`) and who: keys, each with a span."""


def _given(desired: Desired, sources: list[TargetSource]) -> Given:
    ids = {source.id for source in sources}
    held: dict[str, list[str]] = {}
    for source, products in desired.products_of.items():
        for product in products:
            held.setdefault(product, []).append(source)
    found: dict[tuple[str, str], list[tuple[str, Span]]] = {}
    for one in desired.entitlements:
        whom = ("login", one.login) if one.group is None else ("group", one.group)
        keys = _keys(one, [source for source in held.get(one.product, ()) if source in ids])
        found.setdefault(whom, []).extend((key, (one.start, one.end)) for key in keys)
    return found


def _keys(one: Entitlement, sources: list[str]) -> Iterable[str]:
    if not one.is_exception:
        return sources
    return [column_key(source, column) for source, column in one.columns if source in sources]


def _of(given: Given, desired: Desired, login: Login) -> dict[str, list[Span]]:
    """What was given to a login, itself and by groups, as spans that do not touch."""
    groups = [("group", group) for group in desired.groups_of.get(login.name, ())]
    found: dict[str, list[Span]] = {}
    for whom in [("login", login.name), *groups]:
        for key, span in given.get(whom, ()):
            found.setdefault(key, []).append(span)
    return {key: _joined(spans) for key, spans in sorted(found.items())}


def _joined(spans: list[Span]) -> list[Span]:
    """The same instants as spans that are apart, in order."""
    joined: list[Span] = []
    for start, end in sorted(spans, key=lambda span: span[0]):
        if end is not None and end <= start:
            continue
        if joined and _reaches(joined[-1][1], start):
            before, until = joined.pop()
            end = None if until is None or end is None else max(until, end)
            start = before
        joined.append((start, end))
    return joined


def _reaches(end: datetime | None, start: datetime) -> bool:
    return end is None or start <= end


def _login(login: Login, asked: Asked, given: Mapping[str, list[Span]]) -> Plain:
    facts = sorted(facts_of(login, asked))
    attributes: Plain = {
        "active": True,
        "attributes": [pair(key, value) for kind, key, value in facts if kind == "attribute"],
        "permissions": [value for kind, _, value in facts if kind == "permission"],
    }
    groups = [_uid("Group", value) for kind, _, value in facts if kind == "group"]
    tags = {key: _spans(spans) for key, spans in given.items() if spans}
    return {"uid": _uid("Login", login.name), "attrs": attributes, "parents": groups, "tags": tags}


def _spans(spans: list[Span]) -> Plain:
    return {place: _span(*span) for place, span in zip(PLACES, spans, strict=False)}


def _span(start: datetime, end: datetime | None) -> Plain:
    span: Plain = {"start": microseconds(start)}
    return span | ({} if end is None else {"end": microseconds(end)})


def _source(source: TargetSource) -> Iterator[Plain]:
    policies = [_uid("Policy", one.id) for one in (*source.allow, *source.guardrails)]
    own: Plain = {"key": source.id, "schema": source.schema, "name": source.name}
    yield {"uid": _uid("Source", source.id), "attrs": own, "parents": policies}
    for column in source.columns:
        yield _column(source, column)


def _column(source: TargetSource, column: TargetColumn) -> Plain:
    counting = _counting(column)
    attributes: Plain = {
        "key": column_key(source.id, column.id),
        "name": column.name,
        "confirmed": not column.unconfirmed,
        "masked": any(one.for_everyone_who is None for one in counting),
        **({} if column.unconfirmed else _mask(counting)),
    }
    parents = [_uid("Source", source.id), *(_uid("Policy", one.id) for one in counting)]
    return {"uid": _uid("Column", column_key(source.id, column.id)), "attrs": attributes, "parents": parents}


def _counting(column: TargetColumn) -> list[DataPolicy]:
    """The policies that count for clear values: all for everyone who, and the strongest of the others."""
    others = [one for one in column.masks if one.for_everyone_who is None]
    return [*(one for one in column.masks if one.for_everyone_who), *others[:1]]


def _mask(policies: list[DataPolicy]) -> Plain:
    """The mask, where all policies that count have the same one; Cedar can't tell which of several masks."""
    masks = {one.mask for one in policies}
    if len(masks) != 1:
        return {}
    return {"mask": {name: value for name, value in vars(masks.pop()).items() if value is not None}}


def _uid(kind: str, id: str) -> Plain:
    return {"type": f"Placet::{kind}", "id": id}


def tells_no_mask(column: TargetColumn) -> bool:
    """Whether several masks are possible for a column, of which Cedar can't tell one."""
    return not column.unconfirmed and len({one.mask for one in _counting(column)}) > 1
