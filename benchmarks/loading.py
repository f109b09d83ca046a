"""Loading a pack: how long it takes to read, check and join 50, 100 and 200 rules, and to ask the first question."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

from benchmarks.measure import side_by_side
from placet.engine import PackSource, load_pack

SIZES = (50, 100, 200)
ROUNDS = 5
KINDS = 20  # of facts that are given, and as many that are concluded

names = itertools.count()


def text(rules: int) -> str:
    """A pack with so many rules: joins, comparisons, `unless` and tallies over its kinds, on four levels."""
    kinds = [f"  k{n}: {{person, source, stage: number, at: instant}}" for n in range(KINDS)]
    made = [f"  d{n}: {{person, source}}" for n in range(KINDS)]
    head = ["pack: large", "about: As many rules as a pack may have.", "names: [person, source]", "reads:", *kinds]
    return "\n".join(
        [*head, "concludes:", *made, "  counted: {source, stage: number}", "rules:", *map(rule, range(rules))]
    )


def rule(number: int) -> str:
    """One rule; every fourth starts a chain, the others go on from the one before."""
    kind, level = number % KINDS, number % 4
    before = f"d{(number - 1) % KINDS}: {{person}}" if level else f"k{(number + 1) % KINDS}: {{person, stage: above 1}}"
    absent = f"k{(number + 2) % KINDS}: {{person, source}}"
    then = "counted: {source, stage: count $person}" if number % 10 == 9 else f"d{kind}: {{person, source}}"
    return f"""\
  rule {number}:
    when:
      - k{kind}: {{person, source, stage: at least {number % 7}, at: $at before 2026-12-31}}
      - {before}
    unless:
      - {absent}
    then:
      - {then}
    because: "{{source}} by rule {number}.\""""


def loading(rules: int) -> Callable[[], object]:
    """A function that loads such a pack anew: packs are kept by name and text."""
    written = text(rules)
    return lambda: load_pack(PackSource(f"large-{next(names)}.yaml", written))


def first_answer(rules: int) -> float:
    """Milliseconds of the first question to a pack that is loaded: both engines compile it."""
    pack = load_pack(PackSource(f"large-{next(names)}.yaml", text(rules)))
    start = time.process_time()
    pack.evaluate({})
    return (time.process_time() - start) * 1e3


def table() -> str:
    """Measure all sizes in turns and return the table in Markdown."""
    times = side_by_side({str(size): loading(size) for size in SIZES}, ROUNDS, calls=1)
    lines = [
        "| rules | to load, ms | ms a rule | against 50 rules | first question, ms |",
        "|---:|---:|---:|---:|---:|",
    ]
    for size in SIZES:
        taken = times[str(size)] / 1e3
        first = min(first_answer(size) for _ in range(ROUNDS))
        ratio = times[str(size)] / times[str(SIZES[0])]
        lines.append(f"| {size} | {taken:.0f} | {taken / size:.1f} | {ratio:.1f}x | {first:.0f} |")
    return "\n".join(lines)
