"""How long things take, measured side by side."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


def side_by_side(functions: Mapping[str, Callable[[], object]], rounds: int, calls: int) -> dict[str, float]:
    """The processor time of a call of each function in microseconds: the median over rounds of some calls in a row.

    They take turns, so that whatever else the machine does meets all of them alike; the time of other processes does
    not count.
    """
    taken: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            taken[name].append(_time_of(function, calls))
    return {name: statistics.median(times) * 1e6 for name, times in taken.items()}


def _time_of(function: Callable[[], object], calls: int) -> float:
    start = time.process_time()
    for _ in range(calls):
        function()
    return (time.process_time() - start) / calls
