"""A proof as JSON for programs and as indented lines for people."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from placet.engine.facts import row_of
from placet.engine.language import Env, Fact, Pattern, Step
from placet.engine.reasons import Names, reason, told
from placet.engine.resting import Resting
from placet.engine.values import Outward

if TYPE_CHECKING:
    from placet.engine.proofs import Proof


class JsonProof:
    """`{"facts": [{id, kind, values}], "conclusions": [{id, kind, values, rule, because, from, without}]}`."""

    def __init__(self, proof: Proof, names: Names) -> None:
        self.kinds, self.names, self.steps = proof.pack.program.kinds, names, proof.steps
        self.resting = Resting(proof.pack.program, proof.facts, proof.steps)
        kept = self.resting.below(proof.asked_for())
        self.facts = [fact for fact in proof.facts if fact in kept]
        self.concluded = [fact for fact in proof.steps if fact in kept]
        self.ids = {fact: f"f{n}" for n, fact in enumerate(self.facts, 1)}
        self.ids |= {fact: f"c{n}" for n, fact in enumerate(self.concluded, 1)}

    def shown(self) -> dict[str, Any]:
        """The whole proof."""
        return {
            "facts": [self._fact(fact) for fact in self.facts],
            "conclusions": [self._conclusion(fact, self.steps[fact]) for fact in self.concluded],
        }

    def _fact(self, fact: Fact) -> dict[str, Any]:
        values = {prop: _plain(value) for prop, value in row_of(fact, self.kinds).items()}
        return {"id": self.ids[fact], "kind": fact[0], "values": values}

    def _conclusion(self, fact: Fact, step: Step) -> dict[str, Any]:
        env = step.rule.env(step.premises)
        return {
            **self._fact(fact),
            "rule": str(step.rule),
            "because": reason(self.kinds, fact, step, self.names),
            "from": [self.ids[premise] for premise in step.rests_on],
            "without": [self._absent(pattern, env) for pattern in step.rule.unless],
        }

    def _absent(self, pattern: Pattern, env: Env) -> dict[str, Any]:
        """What had to be absent, and the facts that kept it from being concluded."""
        tests = [f"{test.prop} {test.how} {_listed(test.value.of(env))}" for test in pattern.tests]
        since = [self.ids[fact] for fact in self.resting.stopped(pattern, env)]
        return {"kind": pattern.kind, "tests": tests, "since": since}


def _plain(value: Outward) -> str | int | bool:
    """Instants as ISO 8601 in UTC, durations as seconds."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value // timedelta(seconds=1) if isinstance(value, timedelta) else value


def _listed(value: object) -> str:
    return ", ".join(sorted(map(str, value))) if isinstance(value, frozenset) else str(value)


class TextProof:
    """The reasons, each with what it rests on below it; what was shown before is not shown again."""

    def __init__(self, proof: Proof, names: Names) -> None:
        self.kinds, self.names = proof.pack.program.kinds, names
        self.steps, self.asked_for = proof.steps, proof.asked_for()
        self.resting = Resting(proof.pack.program, proof.facts, proof.steps)
        self.lines: list[str] = []
        self.above: set[Fact] = set()

    def shown(self) -> str:
        """The whole proof."""
        for fact in self.asked_for:
            self._add(fact, 0)
        return "\n".join(self.lines)

    def _add(self, fact: Fact, depth: int) -> None:
        step = self.steps.get(fact)
        said = told(self.kinds, fact, self.names)
        if not step:
            self._line(depth, said)
        elif fact in self.above:
            self._line(depth, f"[{said}], as above")
        else:
            self.above.add(fact)
            self._line(depth, f"{reason(self.kinds, fact, step, self.names)} [{said}]")
            self._add_below(step, depth + 1)

    def _add_below(self, step: Step, depth: int) -> None:
        for premise in step.rests_on:
            self._add(premise, depth)
        env = step.rule.env(step.premises)
        for pattern in step.rule.unless:
            since = self.resting.stopped(pattern, env)
            self._line(depth, f"no {pattern.kind}" + (", since:" if since else ""))
            for fact in since:
                self._add(fact, depth + 1)

    def _line(self, depth: int, text: str) -> None:
        self.lines.append("  " * depth + text)
