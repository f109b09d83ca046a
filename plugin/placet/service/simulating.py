"""Rules tried on facts that someone writes down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from placet.engine import Engine, Evaluation, given_facts, load_pack
from placet.engine.reasons import reason, told
from placet.service.combining import Combination


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

    Raises PackError for packs, and FactError for facts, that can't be read; EngineDisagreement as every verdict.
    """
    pack = load_pack(*sources)
    said = pack.conclude(given_facts(pack, facts, most), engine)
    kinds = pack.program.kinds
    found = [Concluded(fact[0], told(kinds, fact), reason(kinds, fact, step)) for fact, step in said.steps.items()]
    return Simulation(found, said)
