"""Proofs: the facts of an evaluation and the steps that led from them to each conclusion.

Stored as numbers (`compact`), rendered when shown (`as_json`, `as_text`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from placet.domain.errors import PackError
from placet.engine.language import Fact, Step, Steps
from placet.engine.proof_texts import JsonProof, Line, TextProof
from placet.engine.reasons import NO_NAMES, Names, reason

if TYPE_CHECKING:
    from placet.engine.packs import Pack


class Proof:
    """The facts and the steps of one evaluation."""

    def __init__(self, pack: Pack, facts: Sequence[Fact], steps: Steps, kinds: Sequence[str] = ()) -> None:
        self.pack, self.facts, self.steps, self.kinds = pack, tuple(facts), steps, tuple(kinds)

    def asked_for(self) -> list[Fact]:
        """The conclusions of the kinds that the proof is of."""
        return [fact for fact in self.steps if not self.kinds or fact[0] in self.kinds]

    def reasons(self, *kinds: str, names: Names = NO_NAMES) -> tuple[str, ...]:
        """The reasons for the conclusions of these kinds, each once."""
        known = self.pack.program.kinds
        found = (reason(known, fact, step, names) for fact, step in self.steps.items() if fact[0] in kinds)
        return tuple(dict.fromkeys(found))

    def values_of(self, type: str) -> set[str]:
        """Every value of a type, such as `person`, in the facts and the conclusions."""
        kinds = self.pack.program.kinds
        every = (*self.facts, *self.steps)
        return {
            value for fact in every for value, one in zip(fact[1:], kinds[fact[0]].values(), strict=True) if one == type
        }

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

    def as_json(self, names: Names = NO_NAMES) -> dict[str, Any]:
        """Facts and conclusions, each with its rule, its reason, what it comes from, what had to be absent and why."""
        return JsonProof(self, names).shown()

    def as_text(self, names: Names = NO_NAMES) -> str:
        """Each conclusion asked for and, indented under it, what it rests on: the reason first."""
        return TextProof(self, names).shown()

    def as_lines(self, names: Names = NO_NAMES) -> Iterator[Line]:
        """The lines of `as_text`, each with its depth; as many as are asked for are made."""
        return TextProof(self, names).lines()


def _numbered(step: Step, number: Mapping[Fact, int]) -> list[Any]:
    made = [step.rule.number, step.head, [number[fact] for fact in step.premises]]
    return [*made, list(step.counted), [number[fact] for fact in step.over]] if step.over else made


def _hashes(packs: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {hash_[:12]}" for name, hash_ in packs.items())
