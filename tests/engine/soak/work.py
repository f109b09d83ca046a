"""The work of one part of the soak: units of evaluations, each told on a line of its own as JSON.

    python -m tests.engine.soak.work --seed 1 --unit 0 --units 100

Unit 7 of seed 1 is the same wherever it is run. Even units are random packs, odd ones the shipped packs on the facts of
their cases. Each evaluation is one of durable-rules that the loops and the reference evaluator have to agree with, step
by step.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from random import Random

from placet.domain.errors import EngineDisagreement, FactError, PackError
from placet.engine import Pack, load_pack
from placet.engine.case_file import CaseFile
from placet.engine.facts import take_in
from placet.engine.joining import join
from placet.engine.language import Fact
from tests.engine.random_facts import random_facts
from tests.engine.random_packs import random_packs

RULES = Path(__file__).parents[3] / "rules"
EVALUATIONS = 100  # in one unit
MOST_FACTS = 6  # of one kind

Facts = tuple[Fact, ...]


@dataclass
class Unit:
    """What came of one unit."""

    number: int
    evaluations: int = 0
    conclusions: int = 0
    refused: int = 0  # by all engines alike, since a number that was computed is too large
    differences: list[str] = field(default_factory=list)
    memory: int = 0  # pages of this process that are in memory after it


def main(arguments: list[str]) -> None:
    """Run units one after the other, and tell of each when it is done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unit", type=int, default=0, help="the first one")
    parser.add_argument("--units", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1, help="how often all of them are run")
    options = parser.parse_args(arguments)
    for _ in range(options.rounds):
        for number in range(options.unit, options.unit + options.units):
            unit = worked(options.seed, number)
            gc.collect()
            unit.memory = _memory()
            print(json.dumps(asdict(unit)), flush=True)


def worked(seed: int, number: int) -> Unit:
    """One unit."""
    r, unit = Random(f"{seed}/{number}"), Unit(number)
    pack, facts = _shipped(r) if number % 2 else _made_up(r)
    for _ in range(EVALUATIONS):
        _compare(pack, facts(), unit)
    return unit


def _made_up(r: Random) -> tuple[Pack, Callable[[], Facts]]:
    """Random packs that mean something, and random facts for them."""
    pack = None
    while pack is None:
        sources = tuple(one.source() for one in random_packs(r))
        with suppress(PackError):
            pack = Pack(join((source.name, source.text) for source in sources), sources)
    kinds, given, made = pack.program.kinds, pack.program.given, pack
    return made, lambda: take_in(random_facts(r, made, MOST_FACTS), kinds, given)


def _shipped(r: Random) -> tuple[Pack, Callable[[], Facts]]:
    """A shipped pack, and facts of one of its cases or of two at once, some left out, in any order."""
    pack, cases = r.choice(_shipped_packs())

    def facts() -> Facts:
        chosen = r.choice(cases)
        if r.random() < 0.5:
            chosen = (*chosen, *r.choice(cases))
        left = [fact for fact in dict.fromkeys(chosen) if r.random() < 0.95]
        return tuple(r.sample(left, len(left)))

    return pack, facts


@cache
def _shipped_packs() -> list[tuple[Pack, list[Facts]]]:
    """Every pack that ships with cases, with the facts of each case."""
    found = []
    for path in sorted(RULES.rglob("*.cases.yaml")):
        file = CaseFile(path.name, path.read_text(encoding="utf-8"))
        packs = [beside if (beside := path.parent / f"{n}.yaml").exists() else str(n) for n in file.packs]
        pack = load_pack(*packs)
        program = pack.program
        cases = [(*file.background(program), *file.given(case, program)) for case in file.cases.values()]
        found.append((pack, cases))
    return found


def _compare(pack: Pack, facts: Facts, unit: Unit) -> None:
    """One evaluation by all engines."""
    unit.evaluations += 1
    try:
        steps = pack.conclude(facts).steps
        other = pack.conclude(facts, "reference").steps
    except EngineDisagreement as error:
        unit.differences.append(f"durable-rules and the loops differ: {error.facts}")
    except FactError:
        unit.refused += 1
        unit.differences += _not_refused(pack, facts)
    else:
        unit.conclusions += len(steps)
        if list(steps.items()) != list(other.items()):
            unit.differences.append(f"durable-rules and the reference differ: {facts}")


def _not_refused(pack: Pack, facts: Facts) -> Iterator[str]:
    """The engines that answer what another refused."""
    for engine in ("durable", "reference"):
        try:
            pack.conclude(facts, engine)
        except FactError:
            continue
        yield f"{engine} answers what another engine refuses: {facts}"


def _memory() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1])


if __name__ == "__main__":
    main(sys.argv[1:])
