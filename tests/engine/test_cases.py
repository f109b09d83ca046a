"""The runner of cases notices what is wrong with a pack, and with a case."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from placet.domain.errors import PackError
from placet.engine.cases import CaseReport, run_cases

PACK = """\
pack: small
names: [person]
words: {size: [small, large]}
reads:
  asked: {person}
  bare: {}
  end: {at: instant, wait: duration, on: flag, count: number, size}
concludes:
  told: {person}
  said: {}
  last: {at: instant}
rules:
  told: {when: [asked: {person}], then: [told: {person}], because: "{person} was asked."}
  said: {when: [bare], then: [said], because: "It was said."}
  last: {when: [end: {at, wait}], then: [last: {at: $at + $wait}], because: "It ends at {at}, after {wait}."}
"""


def cases(folder: Path, text: str) -> CaseReport:
    (folder / "small.yaml").write_text(PACK)
    path = folder / "small.cases.yaml"
    path.write_text("packs: [small]\n" + dedent(text))
    return run_cases(path)


def test_cases_that_hold_are_no_problem(tmp_path: Path) -> None:
    report = cases(
        tmp_path,
        """\
        background: {asked: ann}
        cases:
          every way to write a row:
            given:
              asked: [bob, [cid], {person: dan}]
              bare: {}
              end: [[2026-01-31, 1 day, yes, 7, small]]
            expect:
              told: [ann, bob, cid, {person: dan}]
              said: {}
              last: 2026-02-01
            because: [ann was asked., It was said., "It ends at 2026-01-31, after 1 day."]
          nothing else:
            expect: {told: ann, said: none}
        """,
    )
    assert report.problems == []
    assert report.cases == 2
    assert report.hit == report.told == {"small/told", "small/said", "small/last"}
    assert report.missed == ()


PROBLEMS = [
    ("expect: {told: bob}", "reference concludes told ann, where told bob is expected"),
    ("expect: {told: none}", "both concludes told ann, where nothing is expected"),
    ("expect: {said: {}}", "reference concludes nothing, where said is expected"),
    ("because: [ann was askd.]", "reference gives no reason `ann was askd.`; did you mean `ann was asked.`?"),
    ("given: {askd: bob}", "no fact is called `askd`; did you mean `asked`?"),
    ("given: {told: bob}", "`told` is what the rules conclude, and can't be given"),
    ("given: {asked: [[bob, cid]]}", "`asked` has person, and `['bob', 'cid']` does not fit"),
    ("given: {asked: [{name: bob}]}", "`asked` has person, and `{'name': 'bob'}` does not fit"),
    ("given: {bare: [[bob]]}", "`bare` has no properties, and `['bob']` does not fit"),
    ("given: {end: [[soon, 1 day, yes, 7, small]]}", "`end`: `soon` is not an instant"),
    ("given: {end: [[2026-01-31, 1 day, yes, 7, smal]]}", "`end`: `smal` is not one of small, large"),
]


@pytest.mark.parametrize(("case", "problem"), PROBLEMS)
@pytest.mark.requirement("N3", clause="cases")
def test_a_case_that_does_not_hold_is_told(tmp_path: Path, case: str, problem: str) -> None:
    report = cases(
        tmp_path,
        f"cases:\n  this one: {{given: {{asked: ann}}, {case}}}\n".replace("given: {asked: ann}, given", "given"),
    )
    assert any(one.startswith(f"small.cases.yaml:3: case `this one`: {problem}") for one in report.problems)


def test_rules_that_no_case_hits_are_named(tmp_path: Path) -> None:
    report = cases(tmp_path, "cases:\n  one: {given: {asked: ann}, expect: {told: ann}}\n")
    assert report.missed == ("small/said", "small/last")
    assert report.told == set()


FILES = [
    ("casess: {}", "small.cases.yaml:2: unknown `casess`; did you mean `cases`?"),
    ("cases: {one: {givn: {}}}", "small.cases.yaml:2: unknown `givn`; did you mean `given`?"),
    ("cases: [one]", "small.cases.yaml:2: a list stands where `name: ..` is wanted"),
    ("cases: {one: said}", "small.cases.yaml:2: `said` stands where `name: ..` is wanted"),
    ("cases: {one: {expect: told}}", "small.cases.yaml:2: `told` stands where `name: ..` is wanted"),
    ("cases: {one: {given: [bare]}}", "small.cases.yaml:2: a list stands where `name: ..` is wanted"),
    ("background: bare", "small.cases.yaml:2: `bare` stands where `name: ..` is wanted"),
]


@pytest.mark.parametrize(("text", "problem"), FILES)
def test_a_file_that_holds_no_cases_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(PackError) as refused:
        cases(tmp_path, text)
    assert problem in refused.value.problems


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"none.cases.yaml:1: can't be read"):
        run_cases(tmp_path / "none.cases.yaml")
