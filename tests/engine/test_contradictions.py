"""Two rules that could conclude contradictory values: what is proved, what is shown, and that neither is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

import pytest

from placet.domain.errors import FactError, PackError
from placet.engine import Contradiction, Pack, PackSource, load_pack, reference, run_cases
from placet.engine import contradictions as looking
from placet.engine import ways as unfolding
from placet.engine.constraints import Store
from placet.engine.contradictions import contradictions
from placet.engine.facts import take_in
from placet.engine.language import Fact, Rule
from tests.engine.random_facts import random_facts
from tests.engine.random_packs import load, random_packs
from tests.engine.small import pack_of

SHIPPED = ("routing", "eligibility", "quorum", "expiry")
SINGLE = {"outcome": "status", "quorum": "rule", "runs until": "at", "lapses": "at"}
ONCE = ("form", "quorum", "cap", "now", "requester", "pending", "lapse after")

FRAME = """
    pack: small
    names: [person]
    words: {answer: [yes, no, maybe]}
    reads:
      asked: {person}
      form: {answer}
      size: {number: number}
      end: {at: instant}
      wait: {length: duration}
      tag: {person, group: person}
    concludes:
      so: {answer}
      at: {at: instant}
      number: {number: number}
      m: {person}
      big: {}
      of: {person, number: number}
    rules:
"""


def answers(rules: str, single: Mapping[str, str], once: tuple[str, ...] = ()) -> list[Contradiction]:
    frame = "\n".join(line[4:] for line in FRAME.strip("\n").split("\n"))
    lines = "".join(f"  {line.strip()}\n" for line in rules.strip().split("\n"))
    return contradictions(pack_of(f"{frame}\n{lines}").program, single, once)


SO = {"so": "answer"}
IMPOSSIBLE = [
    pytest.param(
        """a: {when: [asked], then: [so: {answer: yes}], because: x}
        b: {when: [size], unless: [so: {answer: yes}], then: [so: {answer: no}], because: x}""",
        SO,
        (),
        "`a` and `b` can't conclude two values of `answer` in `so`: "
        "`b` has `unless so: {answer: yes}`, which holds then",
        id="one waits for the other",
    ),
    pytest.param(
        """a: {when: [asked], then: [so: {answer: yes}], because: x}
        b: {when: [size], unless: [asked], then: [so: {answer: no}], because: x}""",
        SO,
        (),
        "`a` and `b` can't conclude two values of `answer` in `so`: `b` has `unless asked`, which holds then",
        id="one rests on what the other must not have",
    ),
    pytest.param(
        """m: {when: [asked: {person}], then: [m: {person}], because: x}
        a: {when: [asked: {person}], then: [so: {answer: yes}], because: x}
        b: {when: [size], unless: [m], then: [so: {answer: no}], because: x}""",
        SO,
        (),
        "`a` and `b` can't conclude two values of `answer` in `so`: `b` has `unless m`, which `m` concludes then",
        id="a third rule concludes what must not be",
    ),
    pytest.param(
        """a: {when: [size: {number: $n below 3}], then: [big], because: x}
        b: {when: [size: {number: below 3}], then: [so: {answer: yes}], because: x}
        c: {when: [size: {number: above 5}], then: [so: {answer: no}], because: x}""",
        SO,
        ("size",),
        "`b` and `c` can't conclude two values of `answer` in `so`: what they ask for excludes each other",
        id="tests exclude each other where there is one fact",
    ),
    pytest.param(
        "a: {when: [form: {answer}], then: [so: {answer}], because: x}",
        SO,
        ("form",),
        "`a`, applied twice, can't conclude two values of `answer` in `so`: the two values are one and the same",
        id="both from one fact",
    ),
    pytest.param(
        """a: {when: [end: {at}, wait: {length}], then: [at: {at: $at + $length}], because: x}
        b: {when: [end: {at}, wait: {length}], then: [at: {at: $at + $length}], because: x}""",
        {"at": "at"},
        ("end", "wait"),
        "`a` and `b` can't conclude two values of `at` in `at`: the two values are one and the same",
        id="computed alike",
    ),
    pytest.param(
        "a: {when: [end: {at}], then: [at: {at: earliest $at}], because: x}",
        {"at": "at"},
        (),
        "`a`, applied twice, can't conclude two values of `at` in `at`: "
        "it is taken over all that is alike, and so has one value",
        id="a tally without a group",
    ),
    pytest.param(
        """a: {when: [m: {person}], then: [so: {answer: yes}], because: x}
        b: {when: [asked], then: [so: {answer: no}], because: x}""",
        SO,
        (),
        "`a` and `b` can't conclude two values of `answer` in `so`: nothing concludes `m`",
        id="one never applies",
    ),
    pytest.param(
        """a: {when: [size: {number}], then: [of: {person: "n-{p}", number}], because: x}""".replace(
            "size: {number}", "size: {number}, asked: {person: $p}"
        )
        + """
        b: {when: [of: {person: m-x}], then: [so: {answer: yes}], because: x}
        c: {when: [asked], then: [so: {answer: no}], because: x}""",
        SO,
        (),
        "`b` and `c` can't conclude two values of `answer` in `so`: what they ask for excludes each other",
        id="no name made from variables begins so",
    ),
]


@pytest.mark.parametrize(("rules", "single", "once", "text"), IMPOSSIBLE)
@pytest.mark.requirement("N3", clause="linter")
def test_what_is_impossible_is_said_with_the_reason(
    rules: str, single: Mapping[str, str], once: tuple[str, ...], text: str
) -> None:
    assert text in [str(one) for one in answers(rules, single, once)]


SHOWN = [
    pytest.param(
        """a: {when: [asked], then: [so: {answer: yes}], because: x}
        b: {when: [size: {number: above 3}], then: [so: {answer: no}], because: x}""",
        SO,
        ["asked person-1", "size 4"],
        id="nothing keeps them apart",
    ),
    pytest.param(
        "a: {when: [end: {at}, wait: {length}], then: [at: {at: $at + $length}], because: x}",
        {"at": "at"},
        ["end 2026-01-02", "wait 1 day", "wait 2 days"],
        id="one rule from several facts",
    ),
    pytest.param(
        "a: {when: [tag: {person, group}], then: [of: {person, number: count $group}], because: x}",
        {"of": "number"},
        ["tag person-1, person-2", "tag person-4, person-3", "tag person-4, person-5"],
        id="a tally for each of a group",
    ),
    pytest.param(
        """n: {when: [asked: {person}], then: [number: {number: count $person}], because: x}
        a: {when: [number: {number: at least 3}], then: [so: {answer: yes}], because: x}
        b: {when: [asked], then: [so: {answer: no}], because: x}""",
        SO,
        ["asked person-2", "asked person-3", "asked person-4"],
        id="counted up to what is asked",
    ),
    pytest.param(
        """m: {when: [size], unless: [wait], then: [big], because: x}
        a: {when: [size], unless: [big], then: [so: {answer: yes}], because: x}
        b: {when: [size], then: [so: {answer: no}], because: x}""",
        SO,
        ["size 2", "wait 1 day"],
        id="a fact more undoes what keeps them apart",
    ),
    pytest.param(
        """a: {when: [tag: {person: $p, group: not $p}], then: [so: {answer: yes}], because: x}
        b: {when: [form: {answer: [no, maybe]}], unless: [form: {answer: not maybe}], then: [so: {answer: no}]}""",
        SO,
        ["form maybe", "tag person-1, person-2"],
        id="words are tried",
    ),
    pytest.param(
        """a: {when: [asked: {person: $p}], unless: [asked: {person: not $p}], then: [so: {answer: yes}], because: x}
        b: {when: [asked: {person: $q}], then: [so: {answer: no}], because: x}""",
        SO,
        ["asked person-1"],
        id="two that are one",
    ),
    pytest.param(
        """a: {when: [tag: {person, group}], unless: [tag: {group: not ann}], then: [so: {answer: yes}]}
        b: {when: [size], then: [so: {answer: no}], because: x}""",
        SO,
        ["size 1", "tag person-1, ann"],
        id="a name that the pack writes out",
    ),
]


@pytest.mark.parametrize(("rules", "single", "facts"), SHOWN)
@pytest.mark.requirement("N3", clause="linter")
def test_a_counterexample_is_as_small_as_can_be(rules: str, single: Mapping[str, str], facts: list[str]) -> None:
    shown = [one for one in answers(rules, single) if one.answer == "counterexample"]
    assert shown
    assert sorted(shown[-1].why.removeprefix("given `").split("` there is")[0].split("`, `")) == facts


def test_a_counterexample_can_be_pasted_as_a_case() -> None:
    text = "pack: p\nnames: ['a:b']\nreads: {'it''s': {n: 'a:b', at: instant, wait: duration}, on: {}}\n"
    text = text.replace("'a:b'", "person")
    text += "concludes: {so: {at: instant}}\nrules:\n"
    text += '  a: {when: ["it\'s": {n, at: $t, wait}, on], then: [so: {at: $t + $wait}], because: "{n}"}\n'
    pack = PackSource("p", text)
    (one,) = contradictions(load_pack(pack).program, {"so": "at"})
    assert one.case == (
        "  two values of so:\n"
        "    given:\n"
        '      "it\'s": [[person-1, 2026-01-01, 1 day], [person-2, 2026-01-02, 2 days]]\n'
        "      on: {}\n"
        "    expect:\n"
        "      so: [2026-01-02, 2026-01-04]\n"
    )
    assert run_cases(PackSource("c", f"packs: [p]\ncases:\n{one.case}"), pack).problems == []


def test_two_rules_have_one_answer_however_much_they_conclude() -> None:
    rules = """a: {when: [asked], then: [so: {answer: yes}, so: {answer: maybe}], because: x}
        b: {when: [form: {answer}], unless: [form: {answer: [no, maybe]}], then: [so: {answer}], because: x}
        c: {when: [size], unless: [asked], then: [so: {answer: no}], because: x}"""
    said = [("".join(rule.name for rule in one.rules), one.answer) for one in answers(rules, SO)]
    assert said == [
        ("aa", "counterexample"),
        ("ab", "counterexample"),  # of its two conclusions `b` contradicts the second only
        ("ac", "impossible"),
        ("bb", "undecided"),
        ("bc", "counterexample"),
    ]


def test_rules_that_conclude_very_much_are_left_open() -> None:
    many = ", ".join(f"number: {{number: {n}}}" for n in range(3000))
    rules = f"a: {{when: [asked], then: [{many}]}}\nb: {{when: [size: {{number}}], then: [number: {{number}}]}}"
    found = answers(rules, {"number": "number"})
    assert [one.answer for one in found] == ["undecided", "undecided", "counterexample"]


def test_what_is_told_once_is_never_told_twice_in_a_counterexample() -> None:
    rules = "a: {when: [form: {answer}, asked], then: [so: {answer}], because: x}"
    assert [one.answer for one in answers(rules, SO)] == ["counterexample"]
    assert [one.answer for one in answers(rules, SO, ("form",))] == ["impossible"]
    assert [one.answer for one in answers(rules, SO, ("asked",))] == ["counterexample"]


def test_what_nobody_tells_is_in_no_counterexample() -> None:
    program = load_pack("expiry").program
    assert [one.answer for one in contradictions(program, {"lapses": "at"})] == ["counterexample"]
    (one,) = contradictions(program, {"lapses": "at"}, told=["pending"])
    assert (one.answer, one.why) == ("impossible", "nothing concludes `lapse after`")


def test_what_takes_too_many_facts_is_left_open() -> None:
    rules = """n: {when: [asked: {person}], then: [number: {number: count $person}], because: x}
        a: {when: [number: {number: at least 40}], then: [so: {answer: yes}], because: x}
        b: {when: [asked], then: [so: {answer: no}], because: x}"""
    (one,) = answers(rules, SO)
    assert one.answer == "undecided"
    assert str(one).startswith(
        "`a` and `b` may be able to conclude two values of `answer` in `so`: that is not decided up"
    )


def test_the_shipped_packs_are_proved_to_decide_one_thing() -> None:
    found = contradictions(load_pack(*SHIPPED).program, SINGLE, ONCE)
    assert {one.answer for one in found} == {"impossible"}
    assert {one.kind for one in found} == SINGLE.keys()


def test_a_rule_that_would_undo_it_is_found() -> None:
    text = (
        load_pack("quorum").sources[0].text.replace("      - outcome: {status: denied}\n      - hold", "      - hold")
    )
    found = [
        one for one in contradictions(load_pack(PackSource("q", text)).program, SINGLE, ONCE) if one.kind == "outcome"
    ]
    assert {one.answer for one in found} == {"counterexample"}


# --- nothing that is said is wrong, on random packs ---


def wrong(seed: int) -> int:
    """How much of what is said about one random pack is refuted by evaluating it."""
    r = Random(seed)
    try:
        pack = load(random_packs(r))
    except PackError:
        return 0
    kinds = pack.program.kinds
    single = {h.kind: r.choice(list(kinds[h.kind])) for rule in pack.program.rules for h in rule.then if kinds[h.kind]}
    once = tuple(sorted(kind for kind in pack.program.given if r.random() < 0.4))
    found = contradictions(pack.program, single, once)
    return sum(_refuted(one, pack, once) for one in found) + _happening(found, pack, single, once, r)


def _refuted(one: Contradiction, pack: Pack, once: tuple[str, ...]) -> bool:
    """Whether a counterexample is none."""
    if one.answer != "counterexample":
        return False
    place = 1 + list(pack.program.kinds[one.kind]).index(one.prop)
    values = {fact[place] for fact in reference.evaluate(pack.program, one.facts) if fact[0] == one.kind}
    return len(values) < 2 or any(sum(fact[0] == kind for fact in one.facts) > 1 for kind in once)


def _happening(
    found: list[Contradiction], pack: Pack, single: Mapping[str, str], once: tuple[str, ...], r: Random
) -> int:
    """How often two rules conclude what they were said not to."""
    program, number = pack.program, 0
    open_ = {(one.kind, *one.rules) for one in found if one.answer != "impossible"}
    for _ in range(30):
        told = random_facts(r, pack, r.choice([2, 4, 7, 12]))
        told = {kind: rows[:1] if kind in once else rows for kind, rows in told.items()}
        try:
            facts = take_in(told, program.kinds, program.given)
            held: reference.Held = {kind: {} for kind in program.kinds}
            for fact in (*facts, *reference.evaluate(program, facts)):
                held[fact[0]][fact] = True
        except FactError:
            continue
        for kind, prop in single.items():
            place = 1 + list(program.kinds[kind]).index(prop)
            values = {rule: {f[place] for f in _by(rule, kind, held)} for rule in program.rules}
            closed = [one.rules for one in found if one.kind == kind and (kind, *one.rules) not in open_]
            number += sum(_differ(values[first], values[second]) for first, second in closed)
    return number


def _by(rule: Rule, kind: str, held: reference.Held) -> list[Fact]:
    """What a rule concludes, given all that holds."""
    return [fact for fact, _ in reference._conclusions(rule, held, reference.Tries()) if fact[0] == kind]


def _differ(one: set[object], other: set[object]) -> bool:
    return bool(one and other) and len(one | other) > 1


@pytest.mark.parametrize("start", range(0, 120, 40))
@pytest.mark.requirement("N3", clause="linter")
def test_nothing_impossible_happens_and_every_counterexample_is_one(start: int) -> None:
    assert [seed for seed in range(start, start + 40) if wrong(seed)] == []


def test_most_of_it_is_decided() -> None:
    answers = []
    for seed in range(60):
        try:
            program = load(random_packs(Random(seed))).program
        except PackError:
            continue
        heads = {head.kind for rule in program.rules for head in rule.then if program.kinds[head.kind]}
        answers += [
            one.answer for one in contradictions(program, {k: next(iter(program.kinds[k])) for k in sorted(heads)})
        ]
    assert answers.count("undecided") < len(answers) / 5
    assert min(answers.count("impossible"), answers.count("counterexample")) > len(answers) / 5


def _every_pattern_is_met(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(unfolding, "surely_meets", lambda atom, pattern, *_: atom.kind == pattern.kind)


def _all_is_told_once(patch: pytest.MonkeyPatch) -> None:
    plain = unfolding.Backwards.__init__
    patch.setattr(unfolding.Backwards, "__init__", lambda self, program, told, once: plain(self, program, told, told))


def _given_facts_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    plain = looking._Search.__init__

    def forget(self: looking._Search, *args: object) -> None:
        plain(self, *args)  # type: ignore[arg-type]  # whatever it takes
        self.backwards.told = frozenset(list(self.backwards.told)[::2])

    patch.setattr(looking._Search, "__init__", forget)


def _a_rule_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    plain = unfolding.Backwards.__init__

    def forget(self: unfolding.Backwards, *args: object) -> None:
        plain(self, *args)  # type: ignore[arg-type]  # whatever it takes
        for kind, writers in self.writers.items():
            self.writers[kind] = writers[:1]

    patch.setattr(unfolding.Backwards, "__init__", forget)


def _tests_are_stricter(patch: pytest.MonkeyPatch) -> None:
    plain = Store.gap
    patch.setattr(Store, "gap", lambda self, one, other, most: plain(self, one, other, most - 3))


def _alike_is_equal(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Store, "same", lambda self, one, other: self.kinds[self.root(one)] == self.kinds[self.root(other)])


def _nothing_is_evaluated(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(looking._Search, "_two", lambda self, steps: list(steps)[:2])


MUTANTS = [
    _every_pattern_is_met,
    _all_is_told_once,
    _given_facts_are_forgotten,
    _a_rule_is_forgotten,
    _tests_are_stricter,
    _alike_is_equal,
    _nothing_is_evaluated,
]


@pytest.mark.parametrize("break_it", MUTANTS)
def test_a_mistake_in_the_proofs_would_be_found(
    break_it: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    break_it(monkeypatch)
    tables = ("counterexample" not in _all_said(*one.values[:2]) for one in SHOWN)
    assert any(tables) or any(_wrong_or_broken(seed) for seed in range(80))


def _all_said(rules: object, single: object) -> list[str]:
    return [one.answer for one in answers(rules, single)]  # type: ignore[arg-type]  # rows of a table


def _wrong_or_broken(seed: int) -> bool:
    try:
        return wrong(seed) > 0
    except (KeyError, IndexError, StopIteration):
        return True


def test_words_that_are_chosen_alike_become_one() -> None:
    """As in this pack: what they were called before must still be found."""
    pack = load(random_packs(Random(784)))
    for kind in sorted({head.kind for rule in pack.program.rules for head in rule.then if head.values}):
        for prop in pack.program.kinds[kind]:
            contradictions(pack.program, {kind: prop})
