"""The runner of cases notices what is wrong with a pack, and with a case."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from placet.domain.errors import PackError
from placet.engine import PackSource
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
    ("expect: {told: bob}", "44: case `this one`: told ann is concluded, where told bob is expected"),
    ("expect: {told: none}", "44: case `this one`: told ann is concluded, where nothing is expected"),
    ("expect: {said: {}}", "44: case `this one`: nothing is concluded, where said is expected"),
    (
        "because: [ann was askd.]",
        "45: case `this one`: no reason given is `ann was askd.`; did you mean `ann was asked.`?",
    ),
    ("because: [[ann]]", "45: case `this one`: a reason is one text: put it in quotes"),
    ("given: {askd: bob}", "22: case `this one`: no fact is called `askd`; did you mean `asked`?"),
    ("expect: {tld: bob}", "44: case `this one`: no fact is called `tld`; did you mean `told`?"),
    ("given: {told: bob}", "28: case `this one`: `told` is what the rules conclude, and can't be given"),
    ("given: {asked: [[bob, cid]]}", "30: case `this one`: `asked` is {person}, and `[bob, cid]` does not fit"),
    ("given: {asked: [{name: bob}]}", "30: case `this one`: `asked` is {person}, and `{name: bob}` does not fit"),
    ("given: {bare: [[bob]]}", "29: case `this one`: `bare` is {}, and `[bob]` does not fit"),
    ("given: {end: [[soon, 1 day, yes, 7, small]]}", "28: case `this one`: `end`: `soon` is not an instant"),
    (
        "given: {end: [[2026-01-31, 1 day, yes, 7, smal]]}",
        "28: case `this one`: `end`: `smal` is not one of small, large; did you mean `small`?",
    ),
]


@pytest.mark.parametrize(("case", "problem"), PROBLEMS, ids=[problem[19:] for _, problem in PROBLEMS])
@pytest.mark.requirement("N3", clause="cases")
def test_a_case_that_does_not_hold_is_told(tmp_path: Path, case: str, problem: str) -> None:
    report = cases(
        tmp_path,
        f"cases:\n  this one: {{given: {{asked: ann}}, {case}}}\n".replace("given: {asked: ann}, given", "given"),
    )
    assert f"small.cases.yaml:3:{problem}" in report.problems


def test_rules_that_no_case_hits_are_named(tmp_path: Path) -> None:
    report = cases(tmp_path, "cases:\n  one: {given: {asked: ann}, expect: {told: ann}}\n")
    assert report.missed == ("small/said", "small/last")
    assert report.told == set()


FILES = [
    ("casess: {}", "small.cases.yaml:2:1: unknown `casess`; did you mean `cases`?"),
    ("cases: {one: {givn: {}}}", "small.cases.yaml:2:15: case `one`: unknown `givn`; did you mean `given`?"),
    ("cases: [one]", "small.cases.yaml:2:8: a list stands where `name: ..` is wanted"),
    ("cases: {one: said}", "small.cases.yaml:2:14: case `one`: `said` stands where `name: ..` is wanted"),
    ("cases: {one: {expect: told}}", "small.cases.yaml:2:23: case `one`: `told` stands where `name: ..` is wanted"),
    ("cases: {one: {given: [bare]}}", "small.cases.yaml:2:22: case `one`: a list stands where `name: ..` is wanted"),
    ("background: bare", "small.cases.yaml:2:13: `bare` stands where `name: ..` is wanted"),
    ("cases: {", "small.cases.yaml:2:9: expected the node content, but found '<stream end>'"),
]


@pytest.mark.parametrize(("text", "problem"), FILES)
def test_a_file_that_holds_no_cases_is_told(tmp_path: Path, text: str, problem: str) -> None:
    report = cases(tmp_path, text)
    assert report.problems == [problem]
    assert report.cases == 0


def test_cases_are_run_from_a_text_on_packs_given_as_texts() -> None:
    text = "packs: [small]\ncases:\n  one: {given: {asked: ann}, expect: {told: bob}}\n"
    changed = PackSource("changed", PACK.replace("told: {person}]", "told: {person: bob}]"))
    report = run_cases(PackSource("kept", text), changed)
    assert (report.problems, report.cases, report.hit) == ([], 1, {"small/told"})
    report = run_cases(PackSource("kept", text), PackSource("unchanged", PACK))
    assert report.problems == ["kept:3:39: case `one`: told ann is concluded, where told bob is expected"]
    assert report.file == "kept"


def test_packs_are_looked_for_among_those_given_then_beside_the_file_then_among_those_shipped(tmp_path: Path) -> None:
    quorum = "pack: quorum\nreads: {a: {}}\nconcludes: {b: {}}\nrules: {r: {when: [a], then: [b], because: NAME}}\n"
    path = tmp_path / "quorum.cases.yaml"
    path.write_text("packs: [quorum]\ncases:\n  one: {given: {a: {}}, because: [beside]}\n")
    assert run_cases(path).problems[0] == "quorum.cases.yaml:3:17: case `one`: no fact is called `a`"
    (tmp_path / "quorum.yaml").write_text(quorum.replace("NAME", "beside"))
    assert run_cases(path).problems == []
    given = run_cases(path, PackSource("any name", quorum.replace("NAME", "given")))
    assert given.problems == ["quorum.cases.yaml:3:35: case `one`: no reason given is `beside`"]


def test_cases_that_name_no_pack_are_about_all_that_are_given() -> None:
    text = PackSource("kept", "cases:\n  one: {given: {asked: ann}, expect: {told: ann}}\n")
    assert run_cases(text, PackSource("small", PACK)).problems == []
    assert run_cases(text).problems == ["kept:1:1: says nothing about packs: begin with `packs: [quorum]`"]


def test_what_is_wrong_with_the_packs_of_a_file_is_told() -> None:
    text = PackSource("kept", "packs: [smal, quorum]\ncases: {}\n")
    assert run_cases(text, PackSource("small", PACK)).problems == [
        "kept:1:9: no pack called `smal` is shipped; there are eligibility, expiry, quorum, routing"
        "; did you mean `small`?"
    ]
    report = run_cases(
        PackSource("kept", "packs: [small]\n"), PackSource("small.yaml", PACK.replace("[asked", "[askd"))
    )
    assert report.problems[0].startswith("small.yaml:13:17: rule `told`: this pack neither reads nor concludes `askd`")


def test_a_case_that_would_take_for_ever_ends_in_a_problem() -> None:
    when = ", ".join(f"asked: {{person: $p{n}}}" for n in range(12))
    frame = "pack: a\nnames: [person]\nreads: {asked: {person}}\nconcludes: {b: {}}\n"
    pack = f"{frame}rules: {{r: {{when: [{when}], then: [b]}}}}"
    people = ", ".join(f"p{n}" for n in range(20))
    report = run_cases(PackSource("c", f"cases: {{one: {{given: {{asked: [{people}]}}}}}}"), PackSource("a", pack))
    assert report.problems == [
        "c:1:9: case `one`: too many ways to meet the patterns of a rule: let them share variables"
    ]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"none.cases.yaml:1:1: can't be read"):
        run_cases(tmp_path / "none.cases.yaml")


def test_cases_that_come_as_a_text_read_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret.yaml").write_text("pack: [of, others]\n")
    monkeypatch.chdir(tmp_path)
    report = run_cases(PackSource("x.cases.yaml", "packs: [secret.yaml]\ncases: {}\n"))
    assert [one.code for one in report.findings] == ["unknown-word"]
    assert "no pack called `secret.yaml` is shipped" in report.problems[0]
