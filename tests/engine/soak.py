"""The comparison of the engines for as long as one likes, and whether memory stays flat.

    python -m tests.engine.soak --seed 1 --packs 20000 --evaluations 100000

Prints what was run; the exit code is 1 where the engines differ, a proof does not hold, or memory grows.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from random import Random

from placet.domain.errors import EngineDisagreement, PackError
from placet.engine import Pack, PackSource, load_pack
from tests.engine.proof_check import unfounded
from tests.engine.random_packs import random_facts, random_pack

SHIPPED = ("routing", "eligibility", "quorum", "expiry")
MOST_GROWTH = 0.05  # of memory after a tenth of the evaluations


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    seen: Counter[str] = Counter()
    for number in range(options.packs):
        _compare_random_pack(Random(f"{options.seed}/{number}"), seen, number)
    growth = _evaluate_shipped(Random(options.seed), options.evaluations, seen)
    print(", ".join(f"{number} {what}" for what, number in seen.items()))
    print(f"memory grew by {growth:.1%} over {options.evaluations} evaluations of the shipped packs")
    return int(bool(seen["differences"] or seen["unfounded proofs"]) or growth > MOST_GROWTH)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--packs", type=int, default=2000)
    parser.add_argument("--evaluations", type=int, default=20_000)
    return parser.parse_args(arguments)


def _compare_random_pack(r: Random, seen: Counter[str], number: int) -> None:
    text = random_pack(r).text()
    try:
        pack = load_pack(PackSource("random.yaml", text))
    except PackError:
        seen["packs refused"] += 1
        return
    seen["packs compared"] += 1
    for _ in range(5):
        _compare(pack, r, seen, f"pack {number}:\n{text}")


def _compare(pack: Pack, r: Random, seen: Counter[str], told: str) -> None:
    facts = random_facts(r, pack, 6)
    try:
        said = pack.evaluate(facts)
    except EngineDisagreement as error:
        seen["differences"] += 1
        print(told, error.facts)
        return
    seen["evaluations"] += 1
    seen["conclusions"] += len(said.steps)
    if said.steps != pack.conclude(said.facts, "reference").steps:
        seen["differences"] += 1
        print(told, said.facts)
    if wrong := unfounded(pack.program, said.facts, said.steps):
        seen["unfounded proofs"] += 1
        print(told, said.facts, wrong)


def _evaluate_shipped(r: Random, evaluations: int, seen: Counter[str]) -> float:
    """How much memory grows, as a part, over many evaluations of the shipped packs after the first tenth."""
    pack, before = load_pack(*SHIPPED), 0
    for number in range(evaluations):
        if number == evaluations // 10:
            before = _memory()
        _compare(pack, r, seen, "the shipped packs")
    return _memory() / before - 1 if before else 0.0


def _memory() -> int:
    """Pages of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
