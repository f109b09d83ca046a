"""A million evaluations on durable-rules under AddressSanitizer, each compared with the reference; and flat memory.

    make engine-soak
    make engine-soak ARGS="--evaluations 20000 --seed 7"
    make engine-soak ARGS="--seed 7 --unit 12"         # one unit again: a difference or a report is told by its unit

Three parts, each a process of its own: without AddressSanitizer, where memory has to stay flat; under AddressSanitizer;
and under AddressSanitizer with every small string of Python watched as well. The exit code is not 0 where engines
differ, AddressSanitizer reports something, or memory grows.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from tests.engine.soak import sanitized
from tests.engine.soak.parts import Part
from tests.engine.soak.work import EVALUATIONS

FOLDER = Path(sys.prefix) / "asan"
MOST_GROWTH = 0.05
ROUNDS = 10  # of the same units, after the first of which memory has to stay as it is
FEWEST = 20  # units in each of them
MEMORY, SANITIZED, EVERY_BYTE = "memory", "AddressSanitizer", "and on Python's memory"


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    console = Console()
    folder = sanitized.build(FOLDER)
    if not _watches(folder):
        console.print("AddressSanitizer does not report what it has to: nothing was run", style="bold red")
        return 1
    console.print(f"seed {options.seed}: `--seed {options.seed} --unit N` runs a unit again")
    parts = _parts(options, folder)
    start = time.monotonic()
    _run(parts, console)
    console.print(_figures(parts))
    minutes = (time.monotonic() - start) / 60
    console.print(
        f"memory grew by {parts[0].growth:.1%} after the first of {ROUNDS} rounds; {minutes:.1f} minutes",
        highlight=False,
    )
    problems = [problem for part in parts for problem in part.problems()] + _grown(parts[0])
    for problem in problems:
        console.print(problem, style="red", markup=False, highlight=False)
    return int(bool(problems))


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make engine-soak", description=__doc__)
    parser.add_argument("--evaluations", type=int, default=1_000_000, help="under AddressSanitizer")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--unit", type=int, help="this unit alone")
    return parser.parse_args(arguments)


def _watches(folder: Path) -> bool:
    """Whether AddressSanitizer reports a hazard when the precaution against it is taken away."""
    command = [sys.executable, "-m", "tests.engine.soak.careless"]
    said = subprocess.run(command, env=sanitized.environment(folder), capture_output=True, text=True)
    return said.returncode != 0 and "ERROR: AddressSanitizer" in said.stderr


def _parts(options: argparse.Namespace, folder: Path) -> list[Part]:
    """A tenth as many evaluations for memory, and of those under AddressSanitizer a tenth on watched Python memory."""
    if options.unit is None:
        units = max(options.evaluations // EVALUATIONS, 10)
        tenth = units // 10
        memory, most, rest = range(max(tenth // ROUNDS, FEWEST)), range(units - tenth), range(units - tenth, units)
    else:
        memory = most = rest = range(options.unit, options.unit + 1)
    watched, every_byte = sanitized.environment(folder), sanitized.environment(folder, every_byte=True)
    return [
        Part(MEMORY, os.environ, memory, options.seed, ROUNDS),
        Part(SANITIZED, watched, most, options.seed),
        Part(EVERY_BYTE, every_byte, rest, options.seed),
    ]


def _run(parts: list[Part], console: Console) -> None:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console) as progress:
        for part in parts:
            task = progress.add_task(part.name, total=part.number * EVALUATIONS)
            part.run(partial(_go_on, part, progress, task))


def _go_on(part: Part, progress: Progress, task: TaskID) -> None:
    """Move the bar; a log, which shows none, gets a line now and then."""
    progress.advance(task, EVALUATIONS)
    if not progress.console.is_terminal and len(part.done) % (part.number // 10 or 1) == 0:
        progress.console.print(f"{part.name}: {part.total('evaluations'):,} evaluations", highlight=False)


def _figures(parts: list[Part]) -> Table:
    table = Table("part", "evaluations", "conclusions", "refused", "differences", "ended")
    for part in parts:
        differences = sum(len(unit["differences"]) for unit in part.done)
        numbers = [part.total("evaluations"), part.total("conclusions"), part.total("refused"), differences]
        table.add_row(part.name, *(f"{number:,}" for number in numbers), "badly" if part.ended_badly else "well")
    return table


def _grown(memory: Part) -> list[str]:
    if memory.growth <= MOST_GROWTH:
        return []
    return [f"{memory.name}: it grew by {memory.growth:.1%}, and {MOST_GROWTH:.0%} is what may be"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
