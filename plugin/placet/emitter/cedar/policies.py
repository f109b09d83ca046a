"""Policies in Cedar: a few that never change, and one for each birthright policy.

They name no person and no product. For clear values Cedar has to know less than the order of all policies: whoever one
"for everyone who" is about never sees them; else it is the strongest of the others that counts, and its exception or an
approval lifts it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from importlib.resources import files

from placet.domain.conditions import AllOf, AnyOf, Condition, HasAttribute, HasPermission, InGroup, Not
from placet.domain.policies import DataPolicy
from placet.domain.subscriptions import SubscriptionPolicy
from placet.emitter.policy import TargetSource

READ, SEE_CLEAR = 'Placet::Action::"read"', 'Placet::Action::"seeClear"'
PLACES = ("first", "second", "third", "fourth")


def schema_text() -> str:
    """The schema, which never changes."""
    return files(__package__).joinpath("schema.cedarschema").read_text(encoding="utf-8")


def quoted(text: str) -> str:
    """A text as Cedar reads it: quotes and backslashes escaped, and everything that does not show by its number."""
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else f"\\u{{{ord(character):x}}}"


def pair(key: str, value: str) -> str:
    """An attribute with one of its values, as one text that no other pair has."""
    return json.dumps([key, value], ensure_ascii=False)


def policy_text(sources: Iterable[TargetSource]) -> str:
    """All policies about some sources."""
    known = list(sources)
    allowing = {one.id: one for source in known for one in source.allow}
    guarding = {one.id: one for source in known for one in source.guardrails}
    masking = {one.id: one for source in known for column in source.columns for one in column.masks}
    parts = [
        *_unchanging(),
        *(_allowing(policy) for _, policy in sorted(allowing.items())),
        *(_guarding(policy) for _, policy in sorted(guarding.items())),
        *(text for _, policy in sorted(masking.items()) for text in _masking(policy)),
    ]
    return "\n\n".join(parts) + "\n"


def _unchanging() -> Iterator[str]:
    yield _given("granted", READ, "Placet::Source")
    yield _given("shown by an approval", SEE_CLEAR, "Placet::Column")
    yield (
        f'@id("not masked")\npermit (principal is Placet::Login, action == {SEE_CLEAR}, resource is Placet::Column)\n'
        "when { principal.active && !resource.masked };"
    )
    yield (
        f'@id("unconfirmed")\nforbid (principal, action == {SEE_CLEAR}, resource is Placet::Column)\n'
        "unless { resource.confirmed };"
    )


def _given(id: str, action: str, kind: str) -> str:
    """What was given for a time: one of the spans runs."""
    spans = "principal.getTag(resource.key)"
    runs = [f"{_there(spans, place)}{_runs(f'{spans}.{place}')}" for place in PLACES]
    return (
        f"@id({quoted(id)})\npermit (principal is Placet::Login, action == {action}, resource is {kind})\nwhen {{\n"
        "  principal.active && principal.hasTag(resource.key) && (\n    "
        + " ||\n    ".join(f"({one})" for one in runs)
        + "\n  )\n};"
    )


def _there(spans: str, place: str) -> str:
    return "" if place == PLACES[0] else f"{spans} has {place} && "


def _runs(span: str) -> str:
    return f"{span}.start <= context.now && !({span} has end && {span}.end <= context.now)"


def _allowing(policy: SubscriptionPolicy) -> str:
    return _policy(f"allow {policy.id}", f"permit (principal is Placet::Login, action == {READ}", policy.id, policy.who)


def _guarding(policy: SubscriptionPolicy) -> str:
    return _policy(f"guardrail {policy.id}", "forbid (principal, action", policy.id, Not(policy.who))


def _masking(policy: DataPolicy) -> Iterator[str]:
    if policy.for_everyone_who:
        head = f"forbid (principal, action == {SEE_CLEAR}"
        yield _policy(f"mask {policy.id}", head, policy.id, policy.for_everyone_who)
    elif policy.everyone_except:
        head = f"permit (principal is Placet::Login, action == {SEE_CLEAR}"
        yield _policy(f"exception of mask {policy.id}", head, policy.id, policy.everyone_except)


def _policy(name: str, head: str, id: str, condition: Condition) -> str:
    """A policy about what is under a birthright policy; what permits asks for an active login first."""
    known = "principal.active && " if head.startswith("permit") else ""
    when = f"when {{ {known}{_condition(condition)} }};"
    return f"@id({quoted(name)})\n{head}, resource in Placet::Policy::{quoted(id)})\n{when}"


def _condition(condition: Condition) -> str:
    """A condition as an expression of Cedar, always in brackets of its own."""
    match condition:
        case InGroup(group):
            return f"(principal in Placet::Group::{quoted(group)})"
        case HasAttribute(key, value):
            return f"(principal.attributes.contains({quoted(pair(key, value))}))"
        case HasPermission(permission):
            return f"(principal.permissions.contains({quoted(permission.value)}))"
        case AllOf(parts):
            return f"({' && '.join(map(_condition, parts))})"
        case AnyOf(parts):
            return f"({' || '.join(map(_condition, parts))})"
        case Not(part):
            return f"(!{_condition(part)})"
