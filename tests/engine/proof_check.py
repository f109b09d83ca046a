"""Proofs and results checked without an engine and without levels: the stable model of a program, by definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from placet.engine.language import Fact, Pattern, Program, Rule, Step, Tally


def unfounded(program: Program, facts: Iterable[Fact], steps: Mapping[Fact, Step]) -> str:
    """What is wrong with the proofs: premises come first and meet `when`, and nothing that holds meets `unless`."""
    before = set(facts)
    every = _by_kind([*before, *steps])
    for fact, step in steps.items():
        env = step.rule.env(step.premises)
        if not before.issuperset({*step.premises, *step.over}):
            return f"{fact} rests on what comes after it"
        if not _meets_all(step.rule.when, step.premises, env):
            return f"the premises of {fact} do not meet `when`"
        if any(_meets(pattern, other, env) for pattern in step.rule.unless for other in every.get(pattern.kind, ())):
            return f"{fact} was concluded although something meets `unless`"
        if step.conclusion() != fact or step.rule not in program.rules:
            return f"{fact} is not what its rule concludes"
        before.add(fact)
    return ""


def missed(program: Program, facts: Iterable[Fact], steps: Mapping[Fact, Step]) -> str:
    """A conclusion that some rule would draw from all that holds, and that was not drawn; or a wrong tally."""
    held = set(facts) | steps.keys()
    every = _by_kind(held)
    for rule in program.rules:
        matches = list(_matches(rule, every))
        for number, head in enumerate(rule.then):
            wanted = _tallied(rule, number, matches) if head.tally() else {_plain(rule, number, env) for env in matches}
            if lost := wanted - held:
                return f"{rule} concludes {sorted(map(str, lost))[0]}"
            wrong = {f for f, s in steps.items() if s.rule is rule and s.head == number} - wanted
            if wrong:
                return f"{rule} does not conclude {sorted(map(str, wrong))[0]}"
    return ""


def _by_kind(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        found.setdefault(fact[0], []).append(fact)
    return found


def _meets_all(patterns: Iterable[Pattern], facts: tuple[Fact, ...], env: dict[str, Any]) -> bool:
    return all(_meets(pattern, fact, env) for pattern, fact in zip(patterns, facts, strict=True))


def _meets(pattern: Pattern, fact: Fact, env: dict[str, Any]) -> bool:
    return pattern.kind == fact[0] and all(t.holds(fact[t.place], t.value.of(env)) for t in pattern.tests)


def _matches(rule: Rule, every: Mapping[str, list[Fact]]) -> Iterator[dict[str, Any]]:
    """Each way to meet `when` with nothing that meets `unless`: all combinations, tried one after the other."""
    for premises in _combinations(rule, every, ()):
        env = rule.env(premises)
        if _meets_all(rule.when, premises, env) and not any(
            _meets(pattern, fact, env) for pattern in rule.unless for fact in every.get(pattern.kind, ())
        ):
            yield env


def _combinations(rule: Rule, every: Mapping[str, list[Fact]], chosen: tuple[Fact, ...]) -> Iterator[tuple[Fact, ...]]:
    if len(chosen) == len(rule.when):
        yield chosen
        return
    for fact in every.get(rule.when[len(chosen)].kind, ()):
        yield from _combinations(rule, every, (*chosen, fact))


def _plain(rule: Rule, number: int, env: dict[str, Any]) -> Fact:
    head = rule.then[number]
    return (head.kind, *[value.of(env) for _, value in head.values if not isinstance(value, Tally)])


def _tallied(rule: Rule, number: int, matches: list[dict[str, Any]]) -> set[Fact]:
    head = rule.then[number]
    groups: dict[Fact, set[Any]] = {}
    for env in matches:
        group = tuple(None if isinstance(value, Tally) else value.of(env) for _, value in head.values)
        groups.setdefault(group, set()).add(env[_tally(rule, number).variable])
    counts = {"count": len, "lowest": min, "highest": max, "earliest": min, "latest": max}
    count = counts[_tally(rule, number).how]
    return {(head.kind, *[count(values) if one is None else one for one in group]) for group, values in groups.items()}


def _tally(rule: Rule, number: int) -> Tally:
    tally = rule.then[number].tally()
    assert tally
    return tally
