"""Rules tried on facts that someone writes down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from placet.engine import Engine, Evaluation, given_facts, load_pack, reference
from placet.engine.reasons import reason, told
from placet.service.combining import Combination

MOST_TRIES = 3_000_000
"""Of facts against patterns, in one simulation."""


@dataclass(frozen=True)
class Concluded:
    """One conclusion: the kind, the fact in one line, and why it holds."""

    kind: str
    fact: str
    because: str


@dataclass(frozen=True)
class Simulation:
    """Everything that follows from the facts, in the order in which it was concluded."""

    concluded: Sequence[Concluded]
    evaluation: Evaluation


def simulate(sources: Combination, facts: str, engine: Engine = "both", most: int = 5_000) -> Simulation:
    """What packs conclude from facts in YAML, written as `given` of a case: `requester: rita`.

    Raises PackError for packs, and FactError for facts, that can't be read or would take too long;
    EngineDisagreement as every verdict.
    """
    pack = load_pack(*sources)
    given = given_facts(pack, facts, most)
    reference.evaluate(pack.program, given, reference.Tries(MOST_TRIES))  # stops where the quicker engines would not
    said = pack.conclude(given, engine)
    kinds = pack.program.kinds
    found = [Concluded(fact[0], told(kinds, fact), reason(kinds, fact, step)) for fact, step in said.steps.items()]
    return Simulation(found, said)
