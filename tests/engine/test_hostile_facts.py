"""Facts that were made to do harm: refused in a few words or answered rightly, with no crash and no wrong answer."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.domain.errors import FactError
from placet.engine import Evaluation, Pack, load_pack
from placet.engine.proofs import Proof
from tests.engine.small import concluded, pack_of

SHIPPED = ("routing", "eligibility", "quorum", "expiry")
LONGEST_MESSAGE = 400

Told = dict[str, list[dict[str, object]]]


@pytest.fixture(scope="module")
def joining() -> Pack:
    """Names are joined, negated, compared and counted; numbers are compared."""
    return pack_of(
        """
        pack: joining
        names: [name]
        reads: {a: {name, n: number}, b: {name}, stop: {name}}
        concludes: {both: {name}, free: {name}, other: {name}, many: {n: number}, more: {n: number}}
        rules:
          both: {when: [a: {name}, b: {name}], then: [both: {name}], because: "{name} is in both"}
          free: {when: [a: {name}], unless: [stop: {name}], then: [free: {name}], because: "nothing stops {name}"}
          other: {when: [a: {name}, b: {name: $other not $name}], then: [other: {name: $other}], because: "{name}"}
          many: {when: [a: {name}], then: [many: {n: count $name}], because: "there are {n}"}
          more: {when: [a: {n}, a: {n: $m above $n}], then: [more: {n: $m}], because: "{m} is more than {n}"}
        """
    )


NAMES = [
    "'",
    '"',
    "\\",
    "\0",
    "a\0b",
    "\n\r\t\x1b[31m\x7f",
    "\u202e\u2028\ufeff",
    "__import__('os')",
    "{name}",
    "$name",
    "%s %d",
    "'); raise SystemExit",
    *("go", "k", "l", "$and", "$not", "one", "id", "sid", "dist", "all", "run", "_", "r0", "p0", "n0$not", "a1", "s0"),
    *("f0", "c0", "find", "safe", "now", "none", "null", "true", "1", "-1", "1e3", "NaN", "0x10"),
    '","sid":"e0","k":0,"l":0,"x":"',
    "٣",
    "🐟" * 255,
    "e\u0301",
    "é",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_may_be_anything_and_stays_what_it_is(joining: Pack, name: str) -> None:
    told: Told = {
        "a": [{"name": name, "n": 1}, {"name": f"{name[:9]}x", "n": 2}],
        "b": [{"name": name}],
        "stop": [{"name": f"{name[:9]}x"}],
    }
    said = joining.evaluate(told)
    assert concluded(said, "both") == concluded(said, "free") == {(name,)}
    assert said.steps == joining.evaluate(told, engine="reference").steps
    assert f"{name} is in both" in said.because("both")
    stored = json.loads(json.dumps(said.proof().compact()))
    assert list(Proof.from_compact(joining, stored).steps.items()) == list(said.steps.items())


WRONG: list[object] = [
    "",
    "x" * 256,
    "x" * 1_000_000,
    "\ud800",
    "a\udfff",
    b"a",
    None,
    1,
    1.5,
    True,
    ["a"],
    ("a",),
    {"a": 1},
    [[[["a"]]]],
    object(),
    os,
]


@pytest.mark.parametrize("value", WRONG, ids=lambda value: type(value).__name__)
def test_what_is_no_name_is_refused_in_a_few_words(joining: Pack, value: object) -> None:
    for engine in ("both", "reference"):
        assert len(refused(joining, {"b": [{"name": value}]}, engine)) < LONGEST_MESSAGE


NO_NUMBERS: list[object] = [2**53, -(2**53), 10**400, 10**10_000, 1.0, float("nan"), True, "1", 1j, [1], None]


@pytest.mark.parametrize("value", NO_NUMBERS, ids=lambda value: type(value).__name__)
def test_what_is_no_number_is_refused_in_a_few_words(joining: Pack, value: object) -> None:
    assert len(refused(joining, {"a": [{"name": "x", "n": value}]})) < LONGEST_MESSAGE


def refused(pack: Pack, told: object, engine: str = "both") -> str:
    """What an author is told; it can be written to a log and sent as JSON."""
    with pytest.raises(FactError) as error:
        pack.evaluate(told, engine=engine)
    return json.loads(json.dumps(error.value.detail).encode())


@given(st.lists(st.integers(2**53 - 4, 2**53 - 1) | st.integers(-(2**53) + 1, -(2**53) + 4), min_size=1, max_size=6))
def test_numbers_are_compared_exactly_up_to_the_last(numbers: list[int]) -> None:
    pack = pack_of(
        """
        pack: largest
        reads: {n: {n: number}}
        concludes: {more: {n: number}, top: {n: number}}
        rules:
          more: {when: [n: {n}, n: {n: $m above $n}], then: [more: {n: $m}], because: "{m} is more than {n}"}
          top: {when: [n: {n}], then: [top: {n: highest $n}], because: "{n}"}
        """
    )
    said = pack.evaluate({"n": [{"n": number} for number in numbers]})
    assert concluded(said, "more") == {(number,) for number in numbers if number > min(numbers)}
    assert concluded(said, "top") == {(max(numbers),)}


class Liar(str):
    """A text that is something else to whoever asks it."""

    def __len__(self) -> int:
        return 3

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 7

    def __str__(self) -> str:
        return "liar"


class Small(int):
    """A number that says it is small."""

    def __abs__(self) -> int:
        return 1

    def __int__(self) -> int:
        return 1


def test_values_are_what_they_are_and_not_what_they_say(joining: Pack) -> None:
    told: Told = {"a": [{"name": Liar("ann"), "n": 1}], "b": [{"name": Liar("bob")}, {"name": "ann"}]}
    said = joining.evaluate(told)
    assert concluded(said, "both") == {("ann",)}
    assert concluded(said, "other") == {("bob",)}
    assert "has 256" in refused(joining, {"b": [{"name": Liar("x" * 256)}]})
    assert "too large" in refused(joining, {"a": [{"name": "x", "n": Small(2**53)}]})


NOT_FACTS: list[object] = [
    None,
    [],
    "a",
    {"a": None},
    {"a": 5},
    {"a": "x"},
    {"a": {"name": "x", "n": 1}},
    {"a": [None]},
    {"a": [[["x"]]]},
    {"a": iter([{"name": "x", "n": 1}])},
    {"a": [{"name": "x", "n": 1, 5: 6}]},
    {"a": [{None: 1}]},
    {1: []},
    {None: [{}]},
    {("a",): []},
    {"\ud800": []},
    {"x" * 1_000_000: []},
    {"a": [{"x" * 1_000_000: 1}]},
    {"k": [{}]},
    {"go": [{}]},
    {"both": [{"name": "x"}]},
    {"a": [{"name": "x", "n": 1, "sid": "e0"}]},
    {"a": [{"name": "x", "n": 1, "$and": []}]},
]


@pytest.mark.parametrize("told", NOT_FACTS, ids=range(len(NOT_FACTS)))
def test_what_are_no_facts_is_refused_in_a_few_words(joining: Pack, told: object) -> None:
    assert len(refused(joining, told)) < LONGEST_MESSAGE


def test_more_facts_than_one_question_may_have_are_refused_before_they_are_looked_at(joining: Pack) -> None:
    rows = [{"name": None}] * 5001
    assert refused(joining, {"b": rows}).startswith("5001 facts are more than the 5000")


# --- a request by any other name ---

PEOPLE, SOURCES = ("ann", "bob", "cid", "rita"), ("s1", "s2")


def request(named: dict[str, str]) -> Told:
    """A request of Rita's in the middle of its way, where people and sources have these names."""
    by = iter(named.values())
    ann, bob, cid, rita, one, two = by
    return {
        "quorum": [{"rule": "all"}],
        "requires": [{"source": one, "stage": 1}, {"source": two, "stage": 2}],
        "by person": [{"source": one, "person": ann}, {"source": two, "person": bob}, {"source": two, "person": rita}],
        "asked": [{"person": person} for person in (ann, bob, cid, rita)],
        "active": [{"person": person} for person in (ann, bob, rita)],
        "requester": [{"person": rita}],
        "determination": [{"steward": ann, "verdict": "approve"}],
        "stood for": [{"steward": ann, "source": one}],
    }


def renamed(said: Evaluation, named: dict[str, str]) -> set[tuple[object, ...]]:
    """All conclusions, with other names."""
    return {(kind, *[named.get(str(value), value) for value in rest]) for kind, *rest in said.steps}


anything = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20) | st.sampled_from(NAMES)


@settings(max_examples=150, deadline=None)
@given(st.lists(anything, min_size=6, max_size=6, unique=True))
def test_whatever_people_and_sources_are_called_the_answer_is_the_same(names: list[str]) -> None:
    pack = load_pack(*SHIPPED)
    plain = dict(zip((*PEOPLE, *SOURCES), (*PEOPLE, *SOURCES), strict=True))
    named = dict(zip(plain, names, strict=True))
    said = pack.evaluate(request(named))
    assert said.steps.keys() == renamed(pack.evaluate(request(plain)), named)
    assert list(said.steps.items()) == list(pack.evaluate(request(named), engine="reference").steps.items())


def test_nothing_that_facts_say_is_run(joining: Pack, tmp_path: Path) -> None:
    for text in programs(tmp_path / "was-here"):
        joining.evaluate({"a": [{"name": text, "n": 1}], "b": [{"name": text}]})
    assert not (tmp_path / "was-here").exists()


def programs(path: Path) -> Iterator[str]:
    """Python that leaves a file behind, in the ways in which it could get into a program that is written."""
    run = f"open({str(path)!r}, 'w')"
    yield from (run, f"{{{run}}}", f"'+{run}+'", f'"+{run}+"', f"\n{run}\n", f"'''+{run}+'''", f"\\'+{run}#")


def test_many_names_at_once_are_told_apart(joining: Pack) -> None:
    """More names than one question of the marketplace ever has, of which many begin and end alike."""
    names = [f"{'x' * 200}{number:04}" for number in range(2000)]
    random.Random(3).shuffle(names)
    told: Told = {"b": [{"name": name} for name in names], "a": [{"name": name, "n": 1} for name in names[:3]]}
    assert concluded(joining.only("both").evaluate(told), "both") == {(name,) for name in names[:3]}
