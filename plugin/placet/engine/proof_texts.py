"""A proof as JSON for programs and as indented lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from placet.engine.facts import row_of
from placet.engine.language import Env, Fact, Pattern, Step
from placet.engine.reasons import Names, reason, told
from placet.engine.resting import Resting
from placet.engine.values import Outward

if TYPE_CHECKING:
    from placet.engine.proofs import Proof


Line = tuple[int, str]
"""How deep a line of a proof stands, and what it says."""


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
        self.above: set[Fact] = set()

    def shown(self) -> str:
        """The whole proof."""
        return "\n".join("  " * depth + text for depth, text in self.lines())

    def lines(self) -> Iterator[Line]:
        """Each line with its depth; without recursion, since a proof may be deeper than Python's stack."""
        waiting: list[tuple[int, Fact | str]] = [(0, fact) for fact in reversed(self.asked_for)]
        while waiting:
            depth, one = waiting.pop()
            if isinstance(one, str):
                yield depth, one
            else:
                yield depth, self._line(one)
                waiting += reversed([(depth + more, below) for more, below in self._below(one)])
                self.above.add(one)

    def _line(self, fact: Fact) -> str:
        step = self.steps.get(fact)
        said = told(self.kinds, fact, self.names)
        if not step:
            return said
        return f"[{said}], as above" if fact in self.above else f"{self._reason(fact, step)} [{said}]"

    def _reason(self, fact: Fact, step: Step) -> str:
        return reason(self.kinds, fact, step, self.names)

    def _below(self, fact: Fact) -> Iterator[tuple[int, Fact | str]]:
        """What stands under a conclusion the first time it is shown, and how much deeper."""
        step = self.steps.get(fact)
        if not step or fact in self.above:
            return
        yield from ((1, premise) for premise in step.rests_on)
        env = step.rule.env(step.premises)
        for pattern in step.rule.unless:
            since = self.resting.stopped(pattern, env)
            yield 1, f"no {pattern.kind}" + (", since:" if since else "")
            yield from ((2, one) for one in since)
