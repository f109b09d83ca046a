"""One question for everything the checker knows: packs, their cases, and what the host tells and asks for."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from placet.engine import CheckReport, PackSource, check_packs, load_pack, run_cases
from placet.engine.findings import Finding
from placet.engine.language import Kinds

SHIPPED = ("routing", "eligibility", "quorum", "expiry")
RULES = Path(__file__).parent.parent.parent / "rules"
HOOKS = ("hold", "barred", "lapse after")
SINGLE = {"outcome": "status", "quorum": "rule", "runs until": "at", "lapses": "at"}
ONCE = ("form", "quorum", "cap", "now", "requester", "pending")
ASKED = (
    *("requires", "by person", "quorum", "unroutable", "outcome", "runs until", "lapses", "remind", "nudge"),
    *("stands for", "may not", "may determine", "met", "unmet", "open"),
)


def shipped(last: str) -> list[PackSource]:
    """The shipped packs as stored texts, one of them at the end."""
    return [load_pack(name).sources[0] for name in sorted(SHIPPED, key=lambda name: name == last)]


def told() -> Kinds:
    kinds = load_pack(*SHIPPED).program.kinds
    return {kind: properties for kind, properties in kinds.items() if kind not in HOOKS}


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.requirement("N3", clause="linter")
def test_nothing_is_to_be_said_of_the_shipped_packs(name: str) -> None:
    cases = (RULES / f"{name}.cases.yaml").read_text()
    report = check_packs(*shipped(name), cases=cases, asked=ASKED, single=SINGLE, once=ONCE, known=told(), hooks=HOOKS)
    assert report.findings == ()
    assert report.ok
    assert report.cases is not None
    assert report.cases.cases >= 7
    assert {one.answer for one in report.contradictions} == {"impossible"}


def check(text: str, **also: object) -> list[tuple[str, str, str]]:
    """The findings for one pack: the line without the file, the code, the severity."""
    report = check_packs(PackSource("x.yaml", dedent(text)), **also)  # type: ignore[arg-type]  # whatever is tested
    return [(str(one).removeprefix("x.yaml:"), one.code, one.severity) for one in report.findings]


NEVER = [
    (
        "when: [c: {n: below 3 and above 5}], then: [so]",
        "8:21: rule `r`: can never apply, since `n` of `c` can't be all that is asked of it",
    ),
    (
        "when: [c: {n: below 4 and above 3}], then: [so]",
        "8:21: rule `r`: can never apply, since `n` of `c` can't be all that is asked of it",
    ),
    (
        "when: [c: {n: $n below 4}, c: {n: $m above $n}, c: {n: $m below 2}, c: {n: $n above 2}], then: [so]",
        "8:82: rule `r`: can never apply, since `n` of `c` can't be all that is asked of it",
    ),
    (
        "when: [w: {size: above large}], then: [so]",
        "8:24: rule `r`: can never apply, since `size` of `w` can't be all that is asked of it",
    ),
    (
        "when: [t: {at: $a}, t: {at: $b after $a}, t: {at: after $b and before $a + 2 seconds}], then: [so]",
        "8:57: rule `r`: can never apply, since `at` of `t` can't be all that is asked of it",
    ),
    (
        "when: [p: {a: $x, b: not $x}, n: {name: $x}, p: {a: $y, b: $x}, p: {a: ann, b: $y}, p: {a: not $x, b: bob}, "
        "p: {a: $x, b: ann}, p: {a: $y, b: not ann}, w: {size: [small]}, w: {size: $s not small}, w: {size: $s below "
        "medium}], then: [so]",
        "8:214: rule `r`: can never apply, since `size` of `w` can't be all that is asked of it",
    ),
    (
        "when: [n: {name: [ann, bob]}], unless: [n], then: [so]",
        "8:47: rule `r`: can never apply, since what meets its `when` meets `n` under `unless` as well",
    ),
    (
        "when: [p: {a: $x, b: $x}], unless: [n: {name: $x}, p: {a: $x}], then: [so]",
        "8:58: rule `r`: can never apply, since what meets its `when` meets `p` under `unless` as well",
    ),
    (
        "when: [w: {size}], unless: [w: {size: [small, medium, large]}], then: [so]",
        "8:35: rule `r`: can never apply, since what meets its `when` meets `w` under `unless` as well",
    ),
    ("when: [q], then: [so]", "8:14: rule `r`: can never apply, since nothing concludes such a `q`"),
]
SOMETIMES = [
    "when: [c: {n: below 5 and above 3}], then: [so]",
    "when: [c: {n: below 3}, c: {n: above 5}], then: [so]",
    "when: [t: {at: $a}, t: {at: $b after $a}, t: {at: after $b and before $a + 3 seconds}], then: [so]",
    "when: [n: {name: ann}], unless: [n: {name: bob}], then: [so]",
    "when: [p: {a: $x, b: $y}], unless: [p: {a: $y, b: $x}], then: [so]",
    "when: [w: {size}], unless: [w: {size: [small, medium]}], then: [so]",
    "when: [c: {n: $n}, c: {n: $m}], unless: [c: {n: above $n}], then: [so]",
]
NEVER_FRAME = """\
pack: x
names: [name]
words: {size: [small, medium, large]}
reads: {n: {name}, c: {n: number}, t: {at: instant}, w: {size}, p: {a: name, b: name}}
concludes: {so: {}, q: {}, m: {name}}
rules:
  base: {when: [n: {name}], then: [m: {name}], because: "{name}"}
"""


@pytest.mark.parametrize(("clauses", "text"), NEVER)
@pytest.mark.requirement("N3", clause="linter")
def test_a_rule_that_can_never_apply_is_a_warning(clauses: str, text: str) -> None:
    found = check(f"{NEVER_FRAME}  r: {{{clauses}, because: x}}\n")
    assert (text, "unreachable-rule", "warning") in found


@pytest.mark.parametrize("clauses", SOMETIMES)
def test_a_rule_that_sometimes_applies_is_none(clauses: str) -> None:
    assert "unreachable-rule" not in [code for _, code, _ in check(f"{NEVER_FRAME}  r: {{{clauses}, because: x}}\n")]


def test_what_rests_on_a_rule_that_can_never_apply_can_never_apply() -> None:
    found = check(
        """\
        pack: x
        reads: {c: {n: number}}
        concludes: {a: {}, b: {}, d: {}, e: {}}
        rules:
          a: {when: [c: {n: below 3 and above 3}], then: [a], because: x}
          b: {when: [a], then: [b], because: x}
          d: {when: [e], then: [d], because: x}
          e: {when: [d], then: [e], because: x}
        """
    )
    why = "can never apply, since only rules that can never apply conclude such a"
    assert [text for text, code, _ in found if code == "unreachable-rule"] == [
        "5:21: rule `a`: can never apply, since `n` of `c` can't be all that is asked of it",
        f"6:14: rule `b`: {why} `a`",
        f"7:14: rule `d`: {why} `e`",
        f"8:14: rule `e`: {why} `d`",
    ]


KNOWN: Kinds = {"form": {"answer": ("yes", "no")}, "size": {"number": "number"}}
HOST = """\
    pack: x
    words: {answer: [yes, no]}
    reads: {fomr: {answer}, size: {number: duration}, hold: {}, soo: {answer}}
    concludes: {so: {answer}}
    rules:
      a: {when: [fomr: {answer}, size, hold, soo], then: [so: {answer}], because: x}
"""


@pytest.mark.requirement("N3", clause="linter")
def test_what_nobody_tells_is_an_error_with_the_nearest_word() -> None:
    assert check(HOST, known=KNOWN, hooks=["hold"]) == [
        ("3:9: nobody tells or concludes `fomr`; did you mean `form`?", "unknown-word", "error"),
        (
            "3:25: `size` is {number: duration} here, and is told as {number}",
            "wrong-type",
            "error",
        ),
        ("3:61: nobody tells or concludes `soo`; did you mean `so`?", "unknown-word", "error"),
    ]
    assert ("3:51: nobody tells or concludes `hold`", "unknown-word", "error") in check(HOST, known=KNOWN)
    assert check(HOST) == []


def test_what_another_pack_concludes_is_told() -> None:
    other = PackSource("o", "pack: o\nreads: {form: {answer: [yes, no]}}\nconcludes: {hold: {}}\n")
    report = check_packs(PackSource("x.yaml", dedent(HOST)), other, known=KNOWN)
    assert [one.text for one in report.findings if "`hold`" in one.text and one.severity == "error"] == []


@pytest.mark.requirement("N3", clause="linter")
def test_a_conclusion_that_nobody_reads_is_a_warning() -> None:
    text = """\
    pack: x
    reads: {a: {}}
    concludes: {outcom: {}, between: {}, noise: {}}
    rules:
      a: {when: [a], then: [between], because: x}
      b: {when: [between], then: [outcom, noise], because: x}
    """
    nobody = "no rule does, and the marketplace does not ask for it"
    assert check(text, asked=["outcome"]) == [
        (f"3:13: nobody reads `outcom`: {nobody}; did you mean `outcome`?", "unread-conclusion", "warning"),
        (f"3:38: nobody reads `noise`: {nobody}", "unread-conclusion", "warning"),
    ]
    assert [text[:4] for text, _, _ in check(text, asked=["outcom"])] == ["3:38"]
    assert check(text) == []


TWO = """\
    pack: x
    reads: {a: {}, b: {}}
    concludes: {so: {answer: [yes, no]}}
    rules:
      a: {when: [a], then: [so: {answer: yes}], because: A is.}
      b: {when: [b], then: [so: {answer: no}], because: B is.}
"""


@pytest.mark.requirement("N3", clause="linter")
def test_a_contradiction_is_an_error_at_the_second_of_the_two_conclusions() -> None:
    wanted = (
        "6:25: rule `b`: `a` and `b` can conclude two values of `answer` in `so`, and then nothing is decided: "
        "given `a`, `b` there is `so yes` and `so no`"
    )
    assert check(TWO, single={"so": "answer"}) == [(wanted, "contradiction", "error")]
    report = check_packs(PackSource("x.yaml", dedent(TWO)), single={"so": "answer"})
    (one,) = report.contradictions
    assert run_cases(PackSource("c", f"cases:\n{one.case}"), PackSource("x.yaml", dedent(TWO))).problems == []


def test_many_contradictions_are_summed_up() -> None:
    rules = "".join(f"  r{n}: {{when: [a: {{n: {n}}}], then: [so: {{n: {n}}}], because: x}}\n" for n in range(40))
    text = f"pack: x\nreads: {{a: {{n: number}}}}\nconcludes: {{so: {{n: number}}}}\nrules:\n{rules}"
    found = check(text, single={"so": "n"})
    assert [code for _, code, _ in found] == ["contradiction"] * 10 + ["undecided-contradiction"]
    assert found[-1][0].endswith("that is not decided up to 0 facts, nor of 769 more pairs")


@pytest.mark.requirement("N3", clause="cases")
def test_rules_without_a_case_are_warnings_and_cases_that_fail_are_errors() -> None:
    untold = "5:3: rule `a`: no case expects its reason, so one that holds for the wrong reason would not be noticed"
    assert check(TWO, cases="cases: {one: {given: {a: {}}, expect: {so: yes}}}\n") == [
        (untold, "untold-reason", "warning"),
        ("6:3: rule `b`: no case makes it apply", "untested-rule", "warning"),
    ]
    both = "cases: {one: {given: {a: {}, b: {}}, expect: {so: yes}, because: [A is., B is.]}}\n"
    (failed,) = check_packs(PackSource("x.yaml", dedent(TWO)), cases=both).findings
    assert failed == Finding(
        *("x.cases.yaml", 1, 47, "", "failed-case", "error"),
        "so no, so yes is concluded, where so yes is expected",
        "one",
    )


def test_cases_may_name_shipped_packs_and_those_given() -> None:
    added = PackSource("mine", "pack: mine\nnames: [reason]\nconcludes: {hold: {reason}}\n")
    report = check_packs(load_pack("quorum").sources[0], added, cases="packs: [quorum, mine]\ncases: {}\n")
    assert report.ok
    assert report.cases is not None
    assert report.cases.pack == "mine"


def test_a_pack_that_is_no_program_is_told_with_all_that_is_wrong() -> None:
    report: CheckReport = check_packs(
        PackSource("b.yaml", "pack: b\nrulez: {}\n"),
        PackSource("a.yaml", "pack: ["),
        PackSource("c.yaml", "pack: c\nreads: {x: {}}\nrules:\n  r: {when: [y], then: [x]}\n"),
        known={},
    )
    assert not report.ok
    assert (report.contradictions, report.cases) == ((), None)
    assert [str(one).split(": ")[0] for one in report.findings] == [
        *("a.yaml:1:8", "b.yaml:2:1", "c.yaml:2:9", "c.yaml:4:3", "c.yaml:4:14", "c.yaml:4:25"),
    ]


def test_no_pack_is_no_mistake() -> None:
    assert check_packs().findings == ()
