"""Proofs: the facts of an evaluation and the steps that led from them to each conclusion.

Stored as numbers (`compact`), rendered when shown (`as_json`, `as_text`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from placet.domain.errors import PackError
from placet.engine import proof_texts, reference
from placet.engine.language import Env, Fact, Head, Pattern, Step, Steps, Tally
from placet.engine.levels import may_meet
from placet.engine.reasons import NO_NAMES, Names

if TYPE_CHECKING:
    from placet.engine.packs import Pack


class Proof:
    """The facts and the steps of one evaluation."""

    def __init__(self, pack: Pack, facts: Sequence[Fact], steps: Steps, kinds: Sequence[str] = ()) -> None:
        self.pack, self.facts, self.steps, self.kinds = pack, tuple(facts), steps, tuple(kinds)
        self.held: reference.Held = {kind: {} for kind in pack.program.kinds}
        for fact in (*facts, *steps):
            self.held[fact[0]][fact] = True

    # --- to keep ---

    def compact(self) -> dict[str, Any]:
        """What a verdict stores, ready for JSON: pack hashes, every fact, and each step as numbers.

        `facts` holds [kind, value, ...] with instants as UTC seconds and durations as seconds. A step is [rule, head,
        premises] with premises numbered through facts and then steps; a tally adds [what it counted] and [over what].
        """
        number = {fact: n for n, fact in enumerate((*self.facts, *self.steps))}
        return {
            "packs": dict(self.pack.hashes),
            "facts": [list(fact) for fact in self.facts],
            "steps": [_numbered(step, number) for step in self.steps.values()],
            "kinds": list(self.kinds),
        }

    @classmethod
    def from_compact(cls, pack: Pack, data: Mapping[str, Any]) -> Proof:
        """A stored proof with the packs it was made by; raises PackError where these are others."""
        whole = pack.whole
        if dict(data["packs"]) != dict(whole.hashes):
            raise PackError([f"the proof was made by other packs ({_hashes(data['packs'])}): load those"])
        facts = [tuple(fact) for fact in data["facts"]]
        every: list[Fact] = list(facts)
        steps: Steps = {}
        for rule, head, premises, *tallied in data["steps"]:
            counted, over = tallied or ((), ())
            from_facts = tuple(every[n] for n in premises)
            step = Step(whole.program.rules[rule], head, from_facts, tuple(counted), tuple(every[n] for n in over))
            every.append(step.conclusion())
            steps[every[-1]] = step
        return cls(whole, facts, steps, data["kinds"])

    # --- what rests on what ---

    def stopped(self, pattern: Pattern, env: Env) -> list[Fact]:
        """Why nothing meets a pattern of `unless`: the facts that kept each rule from concluding it."""
        found: dict[Fact, bool] = {}
        for rule in self.pack.program.rules:
            if not rule.unless or rule.tallied or not any(may_meet(head, pattern) for head in rule.then):
                continue
            for way, _ in reference.matches(rule.when, self.held):
                if any(self._would_meet(head, way, pattern, env) for head in rule.then):
                    found |= dict.fromkeys(self._meeting(rule.unless, way))
        return list(found)

    @staticmethod
    def _would_meet(head: Head, way: Env, pattern: Pattern, env: Env) -> bool:
        if head.kind != pattern.kind:
            return False
        fact = (head.kind, *[value.of(way) for _, value in head.values if not isinstance(value, Tally)])
        return reference.bind(pattern, fact, env) is not None

    def _meeting(self, patterns: Sequence[Pattern], env: Env) -> list[Fact]:
        every = ((pattern, fact) for pattern in patterns for fact in self.held[pattern.kind])
        return [fact for pattern, fact in every if reference.bind(pattern, fact, env) is not None]

    def rests_on(self, fact: Fact) -> list[Fact]:
        """What a conclusion follows from, and what kept away the facts that had to be absent."""
        step = self.steps.get(fact)
        if not step:
            return []
        env = step.rule.env(step.premises)
        return [*step.rests_on, *(one for pattern in step.rule.unless for one in self.stopped(pattern, env))]

    def kept(self) -> set[Fact]:
        """The conclusions of the kinds that were asked for, and whatever they rest on."""
        kept: set[Fact] = set()
        todo = [fact for fact in self.steps if not self.kinds or fact[0] in self.kinds]
        while todo:
            fact = todo.pop()
            if fact not in kept:
                kept.add(fact)
                todo += self.rests_on(fact)
        return kept

    # --- to show ---

    def as_json(self, names: Names = NO_NAMES) -> dict[str, Any]:
        """Facts and conclusions, each with its rule, its reason, what it comes from, what had to be absent and why."""
        return proof_texts.as_json(self, names)

    def as_text(self, names: Names = NO_NAMES) -> str:
        """Each conclusion asked for and, indented under it, what it rests on: the reason first."""
        return proof_texts.as_text(self, names)


def _numbered(step: Step, number: Mapping[Fact, int]) -> list[Any]:
    made = [step.rule.number, step.head, [number[fact] for fact in step.premises]]
    return [*made, list(step.counted), [number[fact] for fact in step.over]] if step.over else made


def _hashes(packs: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {hash_[:12]}" for name, hash_ in packs.items())
