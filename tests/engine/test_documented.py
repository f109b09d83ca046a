"""The page about the rule language says what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from placet.engine import PackSource, load_pack
from placet.engine.cases import run_cases
from placet.engine.limits import LIMITS

PAGE = (Path(__file__).parent.parent.parent / "docs" / "rules-language.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
PACK, CASES = (text for kind, text in BLOCKS if kind == "yaml")
(CODE,) = (text for kind, text in BLOCKS if kind == "python")


def test_the_pack_on_the_page_holds_a_request_for_a_second_person() -> None:
    pack = load_pack("quorum", PackSource("two-people", PACK))
    assert pack.warnings == ()
    told = {
        "quorum": [{"rule": "any"}],
        "requires": [{"source": "s", "stage": 1}],
        "product rating": [{"product": "p", "rating": "secret"}],
        "determination": [{"steward": "ann", "verdict": "approve"}],
        "stood for": [{"steward": "ann", "source": "s"}],
    }
    held = pack.evaluate(told)
    assert held.because("hold") == ["The product is secret, and fewer than two people approved."]
    assert not held.holds("outcome")
    told["determination"] = [{"steward": one, "verdict": "approve"} for one in ("ann", "bob")]
    assert pack.evaluate(told).holds("outcome", status="approved")


def test_the_cases_on_the_page_hold(tmp_path: Path) -> None:
    (tmp_path / "page.cases.yaml").write_text(CASES)
    report = run_cases(tmp_path / "page.cases.yaml")
    assert (report.cases, report.problems) == (1, [])


def test_the_code_on_the_page_runs() -> None:
    space: dict[str, object] = {}
    exec(CODE.replace("said.because", "reasons = said.because"), space)
    assert space["reasons"] == ["Enough have approved, no one denied, nothing holds it."]


@pytest.mark.parametrize("what", LIMITS)
def test_the_limits_on_the_page_are_those_of_the_checker(what: str) -> None:
    assert (
        f"| {what.replace('one kind', 'one kind of fact')} | {LIMITS[what]} |" in PAGE
        or f"| {what} | {LIMITS[what]} |" in PAGE
    )


def test_the_words_of_the_language_are_on_the_page() -> None:
    from placet.engine.conditions import TIME_WORDS
    from placet.engine.language import COMPARISONS, TALLIES

    for word in [*TIME_WORDS, *TALLIES, *(how for how in COMPARISONS if how not in ("is", "in"))]:
        assert f"`{word}`" in PAGE or f"{word} " in PAGE
