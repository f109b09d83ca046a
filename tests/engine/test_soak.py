"""The soak itself: its units come again, and what goes wrong in one is told. `make engine-soak` runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from placet.engine import encoding
from tests.engine.soak.parts import Part
from tests.engine.soak.work import EVALUATIONS, worked


def test_a_unit_is_the_same_wherever_it_is_run() -> None:
    command = [
        sys.executable,
        "-m",
        "tests.engine.soak.work",
        "--seed",
        "5",
        "--unit",
        "2",
        "--units",
        "2",
        "--rounds",
        "2",
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    for line, number in zip(said.stdout.splitlines(), (2, 3, 2, 3), strict=True):
        told, here = json.loads(line), worked(5, number)
        assert told.pop("memory") > 0
        assert told == {
            "number": number,
            "evaluations": EVALUATIONS,
            "conclusions": here.conclusions,
            "refused": here.refused,
            "differences": [],
        }
        assert here.conclusions > EVALUATIONS


def test_a_wrong_engine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(encoding.OPERATORS, "below", "$lte")
    monkeypatch.setitem(encoding.OPERATORS, "at least", "$gt")
    differences = [one for number in range(0, 60, 2) for one in worked(5, number).differences]
    assert any(one.startswith("durable-rules and the loops differ: ") for one in differences)


def test_a_process_that_dies_is_told_with_its_unit(tmp_path: Path) -> None:
    """As AddressSanitizer ends one that touches memory which is not its own."""
    (tmp_path / "durable_rules_engine.py").write_text("import os, sys\nsys.stderr.write('a report')\nos.abort()\n")
    part = Part("AddressSanitizer", {**os.environ, "PYTHONPATH": str(tmp_path)}, range(4, 9), seed=5)
    part.run(each=lambda: None)
    (problem,) = part.problems()
    assert problem.startswith("AddressSanitizer, --seed 5 --unit 4: ")
    assert "a report" in problem
    assert problem.endswith("exit code -6")


@pytest.mark.parametrize(
    ("pages", "growth"),
    [([50, 100, 104, 104], 0.04), ([100] * 6, 0.0), ([90, 100, 90, 90, 90, 120], 0.2), ([100, 100], 0.0), ([], 0.0)],
)
def test_memory_is_compared_with_what_it_was_after_the_first_round(pages: list[int], growth: float) -> None:
    part = Part("memory", {}, range(2), seed=1, rounds=3, done=[{"memory": number} for number in pages])
    assert part.growth == pytest.approx(growth)
