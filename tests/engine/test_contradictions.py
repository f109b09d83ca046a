"""Rules that could conclude two values of something that takes one: proved impossible, shown, or left open."""

from __future__ import annotations

import random
from importlib import resources

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from placet.domain.errors import FactError, PackError
from placet.engine import Contradiction, PackSource, check_packs, load_pack, run_cases
from placet.engine.contradictions import contradictions
from tests.engine.random_facts import random_facts
from tests.engine.random_packs import load, random_packs

HEAD = """\
pack: small
names: [person]
words: {size: [small, medium, large]}
reads: {a: {person, n: number}, b: {person}, grade: {person, size}, sum: {n: number}}
concludes: {v: {w: [x, y]}, end: {n: number}, m: {person}}
rules:
"""


def quorum() -> str:
    return (resources.files("placet.rules") / "quorum.yaml").read_text(encoding="utf-8")


def answers(rules: str, single: dict[str, str], once: tuple[str, ...] = ()) -> list[Contradiction]:
    text = HEAD + "".join(f"  {line}\n" for line in rules.strip().splitlines())
    report = check_packs(PackSource("small.yaml", text), single=single, once=once)
    assert report.contradictions, [str(finding) for finding in report.findings]
    return list(report.contradictions)


def of_two(one: str, other: str, once: tuple[str, ...] = ()) -> Contradiction:
    """The answer for two rules, of which the first concludes `x` and the second `y`."""
    rules = f"one: {{{one}, then: [v: {{w: x}}], because: so}}\ntwo: {{{other}, then: [v: {{w: y}}], because: so}}"
    [found] = answers(rules, {"v": "w"}, once)
    return found


IMPOSSIBLE = [
    ("when: [sum: {n: above 3}]", "when: [sum: {n: at most 3}]", "excludes each other"),
    (
        "when: [grade: {person: ann, size: at least medium}], unless: [b]",
        "when: [b: {person: ann}]",
        "`one` has `unless b`",
    ),
    ("when: [b: {person}]", "when: [a: {person}], unless: [b]", "`two` has `unless b`"),
]


@pytest.mark.parametrize(("one", "other", "why"), IMPOSSIBLE)
def test_two_rules_that_exclude_each_other_are_proved_to(one: str, other: str, why: str) -> None:
    found = of_two(one, other, once=("sum",))
    assert (found.answer, why in found.why) == ("impossible", True), str(found)


POSSIBLE = [
    ("when: [sum: {n: above 3}]", "when: [sum: {n: at most 3}]"),
    ("when: [b: {person: ann}]", "when: [b: {person: not ann}]"),
    ("when: [grade: {size: at least medium}]", "when: [grade: {size: below large}]"),
    ("when: [a: {person, n: $n above 2}, b: {person}]", "when: [a: {person, n: $n below 2}], unless: [b: {person}]"),
    ("when: [m: {person}]", "when: [a: {person}]"),
]


@pytest.mark.parametrize(("one", "other"), POSSIBLE)
@pytest.mark.requirement("N3", clause="linter")
def test_two_rules_that_can_contradict_each_other_are_shown_with_facts_that_make_them(one: str, other: str) -> None:
    made = "make: {when: [b: {person}], then: [m: {person}], because: so}\n" if "m:" in one else ""
    both = f"one: {{{one}, then: [v: {{w: x}}], because: so}}\ntwo: {{{other}, then: [v: {{w: y}}], because: so}}"
    [found] = answers(made + both, {"v": "w"})
    assert found.answer == "counterexample", str(found)
    pack = load_pack(PackSource("small.yaml", HEAD + "".join(f"  {line}\n" for line in (made + both).splitlines())))
    assert {fact[1] for fact in pack.conclude(found.facts).steps if fact[0] == "v"} == {"x", "y"}


def test_a_counterexample_holds_nothing_that_is_not_needed() -> None:
    found = of_two("when: [a: {person}, b: {person}]", "when: [grade: {person}]")
    pack_facts = set(found.facts)
    assert len(pack_facts) == 3
    assert {fact[0] for fact in pack_facts} == {"a", "b", "grade"}


def test_one_rule_may_contradict_itself() -> None:
    rule = "r: {when: [sum: {n}], then: [end: {n}], because: so}"
    [twice] = answers(rule, {"end": "n"})
    assert twice.answer == "counterexample"
    assert {fact[1] for fact in twice.conclusions} == {fact[1] for fact in twice.facts}
    [never] = answers(rule, {"end": "n"}, once=("sum",))
    assert never.answer == "impossible"
    [tallied] = answers("r: {when: [sum: {n}], then: [end: {n: lowest $n}], because: so}", {"end": "n"})
    assert (tallied.answer, "one value" in tallied.why) == ("impossible", True)


@pytest.mark.requirement("N3", clause="linter")
def test_a_quorum_that_forgets_denials_is_found_out_with_a_case_to_paste() -> None:
    torn = quorum().replace("      - outcome: {status: denied}\n      - hold", "      - hold", 1)
    assert torn != quorum()
    packs = [load_pack(name).sources[0] for name in ("routing", "eligibility")]
    report = check_packs(*packs, PackSource("quorum.yaml", torn), single={"outcome": "status"}, once=("form",))
    assert {finding.code for finding in report.errors} == {"contradiction"}
    assert all(finding.line and finding.column > 1 for finding in report.errors)
    shown = [one for one in report.contradictions if one.answer == "counterexample"]
    for one in shown:
        cases = f"packs: [routing, eligibility, quorum]\ncases:\n{one.case}"
        said = run_cases(PackSource("pasted.cases.yaml", cases), PackSource("quorum.yaml", torn))
        assert said.problems == [], said.problems
    assert shown


def test_what_can_not_be_searched_to_its_end_is_left_open_and_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("placet.engine.contradictions.STEPS_FOR_TWO", 1)
    monkeypatch.setattr("placet.engine.contradictions.STEPS", 1)
    found = of_two("when: [b: {person}]", "when: [a: {person}]")
    assert (found.answer, "that is not decided up to" in str(found)) == ("undecided", True)


@given(seed=st.integers(0, 2**32))
@example(seed=784)  # words that are chosen alike become one
@settings(max_examples=60, deadline=None)
def test_what_is_said_to_be_impossible_never_happens(seed: int) -> None:
    r = random.Random(seed)
    try:
        pack = load(random_packs(r))
    except PackError:
        return
    concluded = sorted({head.kind for rule in pack.program.rules for head in rule.then if head.values})
    for kind in concluded:
        prop = r.choice(list(pack.program.kinds[kind]))
        found = contradictions(pack.program, {kind: prop})
        if not found or any(one.answer != "impossible" for one in found):
            continue
        place = 1 + list(pack.program.kinds[kind]).index(prop)
        for _ in range(20):
            try:
                said = pack.evaluate(random_facts(r, pack, 4), "reference")
            except FactError:
                continue
            assert len({fact[place] for fact in said.steps if fact[0] == kind}) < 2, (kind, prop, pack.sources)
