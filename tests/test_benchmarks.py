from __future__ import annotations

from pathlib import Path

import pytest

import benchmarks
from benchmarks.__main__ import PAGE, chosen, machine, written

PLACE = "# Performance\n\n<!-- verdict: begin -->\n{}<!-- verdict: end -->\n\nWhat it means.\n"


def test_a_table_takes_the_place_of_the_old_one_and_of_nothing_else() -> None:
    expected = PLACE.format(f"| new |\n\n{machine()}\n")
    assert written(PLACE.format("old\n"), "verdict", "| new |\n") == expected
    assert written(expected, "verdict", "| new |") == expected


@pytest.mark.parametrize("page", ["", "<!-- verdict: begin -->", "<!-- verdict: end -->", "<!-- other: begin -->"])
def test_a_page_without_a_place_for_the_table_is_refused(page: str) -> None:
    with pytest.raises(SystemExit, match="has no place for `verdict`"):
        written(page, "verdict", "| new |")


def test_a_benchmark_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SystemExit, match="no benchmark `verdicts`: there are verdict"):
        chosen(["verdicts"], {"verdict": str})


def test_all_benchmarks_are_run_where_none_is_named() -> None:
    known = {"verdict": str, "http": str}
    assert chosen([], known) == known
    assert chosen(["http"], known) == {"http": str}


def test_every_benchmark_has_its_place_on_the_page() -> None:
    modules = Path(benchmarks.__file__).parent.glob("*.py")
    for name in (module.stem for module in modules if "\ndef table(" in module.read_text()):
        assert written(PAGE.read_text(), name, "| new |") != PAGE.read_text()
