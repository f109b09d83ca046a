"""A proof as JSON for programs and as indented lines for people."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from placet.engine.facts import row_of
from placet.engine.language import Env, Fact, Pattern, Step
from placet.engine.reasons import Names, reason, told
from placet.engine.values import Outward

if TYPE_CHECKING:
    from placet.engine.proofs import Proof


def as_json(proof: Proof, names: Names) -> dict[str, Any]:
    """`{"facts": [{id, kind, values}], "conclusions": [{id, kind, values, rule, because, from, without}]}`."""
    kept = proof.kept()
    ids = {fact: f"f{n}" for n, fact in enumerate((f for f in proof.facts if f in kept), 1)}
    ids |= {fact: f"c{n}" for n, fact in enumerate((f for f in proof.steps if f in kept), 1)}
    return {
        "facts": [_fact(proof, fact, ids) for fact in ids if fact not in proof.steps],
        "conclusions": [_conclusion(proof, f, step, ids, names) for f, step in proof.steps.items() if f in kept],
    }


def _fact(proof: Proof, fact: Fact, ids: dict[Fact, str]) -> dict[str, Any]:
    row = row_of(fact, proof.pack.program.kinds)
    return {"id": ids[fact], "kind": fact[0], "values": {prop: _plain(value) for prop, value in row.items()}}


def _plain(value: Outward) -> str | int | bool:
    """Instants as ISO 8601 in UTC, durations as seconds."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value // timedelta(seconds=1) if isinstance(value, timedelta) else value


def _conclusion(proof: Proof, fact: Fact, step: Step, ids: dict[Fact, str], names: Names) -> dict[str, Any]:
    env = step.rule.env(step.premises)
    return {
        **_fact(proof, fact, ids),
        "rule": str(step.rule),
        "because": reason(proof.pack.program.kinds, fact, step, names),
        "from": [ids[premise] for premise in step.rests_on],
        "without": [_absent(proof, pattern, env, ids) for pattern in step.rule.unless],
    }


def _absent(proof: Proof, pattern: Pattern, env: Env, ids: dict[Fact, str]) -> dict[str, Any]:
    """What had to be absent, and the facts that kept it from being concluded."""
    since = [ids[fact] for fact in proof.stopped(pattern, env)]
    tests = [f"{test.prop} {test.how} {_value(test.value.of(env))}" for test in pattern.tests]
    return {"kind": pattern.kind, "tests": tests, "since": since}


def _value(value: object) -> str:
    return ", ".join(sorted(map(str, value))) if isinstance(value, frozenset) else str(value)


def as_text(proof: Proof, names: Names) -> str:
    """The reasons, each with what it rests on below it; what was shown before is not shown again."""
    writer = TextProof(proof, names)
    for fact in proof.steps:
        if not proof.kinds or fact[0] in proof.kinds:
            writer.add(fact, 0)
    return "\n".join(writer.lines)


class TextProof:
    """Collects the lines of a proof."""

    def __init__(self, proof: Proof, names: Names) -> None:
        self.proof, self.names = proof, names
        self.lines: list[str] = []
        self.shown: set[Fact] = set()

    def add(self, fact: Fact, depth: int) -> None:
        """One fact and what it rests on."""
        kinds = self.proof.pack.program.kinds
        step = self.proof.steps.get(fact)
        said = told(kinds, fact, self.names)
        if not step:
            self._line(depth, said)
        elif fact in self.shown:
            self._line(depth, f"[{said}], as above")
        else:
            self.shown.add(fact)
            self._line(depth, f"{reason(kinds, fact, step, self.names)} [{said}]")
            self._rests_on(step, depth + 1)

    def _rests_on(self, step: Step, depth: int) -> None:
        for premise in step.rests_on:
            self.add(premise, depth)
        env = step.rule.env(step.premises)
        for pattern in step.rule.unless:
            since = self.proof.stopped(pattern, env)
            self._line(depth, f"no {pattern.kind}" + (", since:" if since else ""))
            for fact in since:
                self.add(fact, depth + 1)

    def _line(self, depth: int, text: str) -> None:
        self.lines.append("  " * depth + text)
