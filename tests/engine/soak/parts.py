"""The parts of the soak: processes that work off units, and what they told."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Told = Mapping[str, Any]  # a unit as `work` tells it


@dataclass
class Part:
    """One process, the environment it runs in, and the units it works off, in one round or several."""

    name: str
    environment: Mapping[str, str]
    units: range
    seed: int
    rounds: int = 1
    done: list[Told] = field(default_factory=list)
    ended_badly: str = ""  # what the process said where it did not come to its end

    def run(self, each: Callable[[], None]) -> None:
        """Work off the units; `each` is called after every one."""
        work = ["tests.engine.soak.work", "--seed", str(self.seed)]
        numbers = ["--unit", str(self.units.start), "--units", str(len(self.units)), "--rounds", str(self.rounds)]
        with tempfile.TemporaryFile("w+") as errors:
            command = [sys.executable, "-m", *work, *numbers]
            with subprocess.Popen(
                command, env=self.environment, stdout=subprocess.PIPE, stderr=errors, text=True
            ) as process:
                assert process.stdout
                for line in process.stdout:
                    self.done.append(json.loads(line))
                    each()
            errors.seek(0)
            if process.returncode or len(self.done) < self.number:
                self.ended_badly = f"{errors.read()}\nexit code {process.returncode}"

    def total(self, what: str) -> int:
        """The sum of a figure over all units."""
        return sum(int(unit[what]) for unit in self.done)

    @property
    def number(self) -> int:
        """How many units there are in all rounds."""
        return len(self.units) * self.rounds

    @property
    def growth(self) -> float:
        """By what part memory grew after the first round, at its highest.

        A question that needs more room than any before it makes the process larger for good, and is no leak: so the
        same units are run again, and the same work may not need more.
        """
        pages = [unit["memory"] for unit in self.done]
        first = len(self.units)
        return max(pages[first:]) / max(pages[:first]) - 1 if pages[first:] else 0.0

    def problems(self) -> list[str]:
        """What went wrong, with the command that runs it again."""
        found = [f"{self._again(unit['number'])}: {one}" for unit in self.done for one in unit["differences"]]
        if self.ended_badly:
            found.append(f"{self._again(self.units[len(self.done) % len(self.units)])}: {self.ended_badly}")
        return found

    def _again(self, unit: int) -> str:
        return f"{self.name}, --seed {self.seed} --unit {unit}"
