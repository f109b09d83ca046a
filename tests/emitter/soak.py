"""A million decisions of random worlds of policies, each asked of the real server and of the reference evaluator.

    make differential
    make differential ARGS="--decisions 20000 --seed 7 --version 18"
    make differential ARGS="--seed 7041 --worlds 1"         # one world again: a difference is told by its seed

The exit code is not 0 where they differ, or where something of policies did not occur.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tests.emitter.policy_stage import EVERYTHING_MET, PolicyStage, Verdict
from tests.emitter.policy_worlds import random_world
from tests.emitter.worlds import world_on
from tests.servers import postgres_server


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    console = Console()
    console.print(f"seed {options.seed}: each world has the next one")
    start = time.monotonic()
    verdict = _run(options, console)
    console.print(_figures(verdict))
    console.print(f"{verdict.decisions:,} decisions in {(time.monotonic() - start) / 60:.1f} minutes", highlight=False)
    problems = list(verdict.differences)
    if not options.worlds:
        problems += [f"did not occur: {what}" for what in sorted(EVERYTHING_MET - verdict.met.keys())]
    for problem in problems:
        console.print(problem, style="red", markup=False, highlight=False)
    return int(bool(problems))


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make differential", description=__doc__)
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--worlds", type=int, help="this many worlds, however few decisions")
    parser.add_argument("--version", type=int, default=16, choices=(16, 18), help="of PostgreSQL")
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace, console: Console) -> Verdict:
    """Ask world after world, up to the first one with a difference."""
    total = Verdict()
    columns = (TextColumn("decisions"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        postgres_server(options.version) as server,
        world_on(server) as world,
        Progress(*columns, console=console) as bar,
    ):
        task = bar.add_task("", total=options.decisions)
        stage = PolicyStage(world)
        for seed in itertools.count(options.seed):
            verdict = stage.judge_world(random_world(seed, stage.names))
            total += verdict
            bar.update(task, completed=total.decisions)
            if verdict.differences:
                console.print(f"the world of seed {seed} differs", style="red")
                break
            if total.decisions >= options.decisions or seed - options.seed + 1 == options.worlds:
                break
    return total


def _figures(verdict: Verdict) -> Table:
    table = Table("what decided", "how often")
    for what, times in sorted(verdict.met.items()):
        table.add_row(what, f"{times:,}")
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
