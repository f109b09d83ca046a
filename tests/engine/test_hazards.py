"""Where durable-rules 2.0.28 goes wrong by itself, and what keeps it right; one test or more for each hazard."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from placet.domain.errors import FactError, PackError
from placet.engine import Pack, load_pack
from placet.engine.durable import MOST_TOLD, Durable, Sids
from placet.engine.encoding import TRUE, Encoding, Tokens
from placet.engine.limits import LIMITS
from tests.engine.random_facts import random_facts
from tests.engine.random_packs import load, random_packs
from tests.engine.small import concluded, pack_of, rule


def packs() -> Iterator[Pack]:
    """The shipped packs, and random ones that use every part of the language."""
    yield load_pack("routing", "eligibility", "quorum", "expiry")
    for seed in range(60):
        try:
            yield load(random_packs(Random(seed)))
        except PackError:
            continue


def patterns(pack: Pack) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every pattern of every rule as durable-rules gets it."""
    for encoded in Encoding(pack.program).rules.values():
        for pattern in encoded["all"]:
            yield from pattern.items()


def test_every_join_ends_with_one_that_is_always_true() -> None:
    """Reading past a buffer: the last join condition of an `$and` must not be false."""
    joins = 0
    for pack in packs():
        for _, pattern in patterns(pack):
            conditions = pattern.get("$and", [pattern])
            if any(_looks_at_another_fact(one) for one in conditions):
                joins += 1
                assert conditions[-1] == TRUE
    assert joins > 50


def _looks_at_another_fact(condition: dict[str, Any]) -> bool:
    return any(isinstance(v, dict) and (k[0] != "$" or _looks_at_another_fact(v)) for k, v in condition.items())


def test_a_join_that_fails_for_every_fact_is_no_conclusion() -> None:
    pack = rule(
        "when: [n: {n: $a}, m: {n: above $a}], then: [so: {n: $a}]",
        "n: {n: number}, m: {n: number}",
        "so: {n: number}",
    )
    told = {"n": [{"n": number} for number in range(50)], "m": [{"n": -number} for number in range(50)]}
    for _ in range(200):
        assert pack.evaluate(told).of("so") == ()


def test_a_level_is_opened_by_the_first_pattern_of_each_rule() -> None:
    """Negation is not looked at again: nothing may be queued before all it denies is complete."""
    for pack in packs():
        encoding = Encoding(pack.program)
        for number, one in enumerate(pack.program.rules):
            assert encoding.rules[f"r{number}"]["all"][0] == {"go": {"$and": [{"k": 0}, {"l": one.level}]}}


def test_what_comes_last_still_blocks() -> None:
    pack = pack_of(
        """\
        pack: x
        names: [name]
        reads: {a: {name}, stop: {name}}
        concludes: {b: {name}, c: {name}, d: {name}}
        rules:
          b: {when: [a: {name}], unless: [stop: {name}], then: [b: {name}], because: b}
          c: {when: [a: {name}], unless: [b: {name}], then: [c: {name}], because: c}
          d: {when: [a: {name}], unless: [c: {name}], then: [d: {name}], because: d}
        """
    )
    said = pack.evaluate({"a": [{"name": "x"}, {"name": "y"}], "stop": [{"name": "x"}]})
    assert [concluded(said, kind) for kind in "bcd"] == [{("y",)}, {("x",)}, {("y",)}]


def test_a_rule_fires_in_every_state() -> None:
    """Freed garbage: a state in which no action ever ran can't be deleted."""
    for pack in packs():
        fires = [one for one in Encoding(pack.program).rules.values() if one == {"all": [{"go": {"k": 0}}]}]
        assert len(fires) == 1
    pack = load_pack("quorum")
    for _ in range(1000):
        assert pack.evaluate({}).conclusions == {}


def test_one_fact_may_meet_several_patterns_of_a_rule() -> None:
    pack = rule(
        "when: [n: {name: $a}, n: {name: $b}], then: [pair: {one: $a, two: $b}]",
        "n: {name}",
        "pair: {one: name, two: name}",
    )
    said = pack.evaluate({"n": [{"name": "x"}, {"name": "y"}]})
    assert concluded(said, "pair") == {("x", "x"), ("x", "y"), ("y", "x"), ("y", "y")}


def test_states_are_deleted_and_never_run_out() -> None:
    """Out of memory at 1,024 states."""
    pack = load_pack("quorum")
    told = {"quorum": [{"rule": "any"}], "determination": [{"steward": "ann", "verdict": "deny"}]}
    for _ in range(3000):
        assert pack.evaluate(told).holds("outcome", status="denied")


def test_a_state_is_deleted_after_a_refusal_as_well() -> None:
    pack = rule("when: [n: {n}], then: [so: {n: $n + 1}]", "n: {n: number}", "so: {n: number}")
    for _ in range(1500):
        with pytest.raises(FactError):
            pack.evaluate({"n": [{"n": 2**53 - 1}]})
    assert pack.evaluate({"n": [{"n": 1}]}).of("so") == ({"n": 2},)


def test_questions_do_not_see_the_facts_of_others() -> None:
    pack = load_pack("quorum")
    told = {"requires": [{"source": "s", "stage": 1}], "stood for": [{"steward": "ann", "source": "s"}]}
    approved = {"determination": [{"steward": "ann", "verdict": "approve"}]}
    assert pack.evaluate({**told, **approved}).holds("met")
    assert not pack.evaluate(told).holds("met")


def test_a_state_is_in_use_by_one_evaluation_at_a_time() -> None:
    sids = Sids()
    first, second = sids.take(), sids.take()
    assert first != second
    sids.give_back(first)
    assert sids.take() == first
    assert sids.take() not in (first, second)


def fnv(text: str) -> int:
    """The hash by which the engine tells states and facts apart (FNV-1a, 32 bits)."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def test_names_of_states_and_facts_differ_in_their_hashes() -> None:
    """The engine compares nothing but a 32-bit hash, and would mix two facts or two states in silence."""
    states = [f"e{number}" for number in range(1024)]
    assert len({fnv(sid) for sid in states}) == 1024
    facts = [str(number) for number in range(MOST_TOLD)] + [
        f"g{level}" for level in range(LIMITS["rules on one level"])
    ]
    taken = {fnv(fact) for fact in facts}
    assert len(taken) == len(facts)
    assert taken.isdisjoint(fnv(f"sid-{sid}") for sid in states)


def test_no_more_facts_are_told_than_were_found_to_differ() -> None:
    pack = rule(
        "when: [n: {n: $a}, n: {n: $b}], then: [pair: {a: $a, b: $b}]",
        "n: {n: number}",
        "pair: {a: number, b: number}",
        "again: {when: [pair: {a, b}], then: [pair: {a: $b, b: $a}], because: so}",
    )
    with pytest.raises(FactError, match=f"more than {MOST_TOLD} facts and conclusions"):
        pack.evaluate({"n": [{"n": number} for number in range(1 + int(MOST_TOLD**0.5))]}, engine="durable")


def test_facts_that_no_rule_reads_and_facts_told_twice_are_no_trouble() -> None:
    pack = load_pack("quorum").only("ends")
    told = {"quorum": [{"rule": "any"}] * 3, "determination": [{"steward": "ann", "verdict": "deny"}] * 3}
    assert pack.evaluate(told).conclusions == {}


def test_what_goes_wrong_in_an_action_is_raised() -> None:
    """The library keeps errors of actions in a state of its own; here they come out."""
    pack = rule("when: [n: {n}], then: [so: {n: $n + 1}]", "n: {n: number}", "so: {n: number}")
    with pytest.raises(FactError, match="the rules computed"):
        pack.evaluate({"n": [{"n": 2**53 - 1}]}, engine="durable")


def test_no_thread_is_started_and_the_host_of_the_library_is_not_loaded() -> None:
    before = threading.active_count()
    load_pack("quorum").evaluate({"quorum": [{"rule": "any"}]})
    assert threading.active_count() == before
    assert "durable.engine" not in sys.modules


def test_nothing_but_integers_enters_the_engine() -> None:
    """Coercions: `"7" > 5`, `True == 1`, `null`. Texts, flags, words and instants are integers by then."""
    for pack in packs():
        encoding = Encoding(pack.program)
        facts = pack.evaluate(random_facts(Random(1), pack, 5)).facts
        for number, fact in enumerate(facts):
            told = json.loads(encoding.writer(fact[0])(fact, number, "e0", Tokens()))
            assert (told.pop("id"), told.pop("sid")) == (str(number), "e0")
            assert {type(value) for value in told.values()} == {int}


def test_compiled_rules_hold_none_of_the_shapes_that_hang_or_fail() -> None:
    for pack in packs():
        for name, pattern in patterns(pack):
            conditions = pattern.get("$and")
            assert conditions is None or len(conditions) > 1
            assert name == "go" or name[0] in "pn"
            used = Counter(key for one in conditions or [pattern] for key in _operators(one))
            assert used.keys() <= {"$lt", "$gt", "$lte", "$gte", "$neq"}


def _operators(condition: dict[str, Any]) -> Iterator[str]:
    return (name for name in condition if name.startswith("$"))


def test_compiling_twice_gives_the_same() -> None:
    """The constructor of the library eats parts of what it is given; every compilation starts from the program."""
    program = load_pack("quorum").program
    facts = load_pack("quorum").evaluate({"automatic": [{"verdict": "deny"}]}).facts
    assert Encoding(program).rules == Encoding(program).rules
    assert Durable(program).evaluate(facts) == Durable(program).evaluate(facts) != {}


# --- limits: at each of them the answer is right, and beyond it the pack is refused ---


def at_most(name: str, beyond: int) -> Pack:
    """A pack that is as large as a limit allows, or by so much larger."""
    return pack_of(LARGE[name](LIMITS[name] + beyond))


def _flat(rules: str, reads: str, concludes: str) -> str:
    return f"pack: large\nnames: [name]\nreads: {{{reads}}}\nconcludes: {{{concludes}}}\nrules:\n{rules}"


def _many_rules(number: int) -> str:
    """All on one level, over kinds enough that no other limit is met."""
    lines = [f"  r{n}: {{when: [k{n % 5}: {{n: {n}}}], then: [so: {{n: {n}}}], because: so}}\n" for n in range(number)]
    return _flat("".join(lines), ", ".join(f"k{n}: {{n: number}}" for n in range(5)), "so: {n: number}")


def _many_on_one_kind(number: int) -> str:
    """Rules that look at one kind twice, and one that looks at it once where the number is odd."""
    pair = "when: [k: {n}, k: {n: $m}]"
    twice = [f"  r{n}: {{{pair}, then: [so: {{n: {n}}}], because: so}}\n" for n in range(number // 2)]
    once = "  s: {when: [k: {n}], then: [so: {n: -1}], because: so}\n" * (number % 2)
    return _flat("".join(twice) + once, "k: {n: number}", "so: {n: number}")


def _many_conditions(number: int) -> str:
    """Half of them joins, which are conditions of their own even where they read the same."""
    alone = [
        f"  r{n}: {{when: [k: {{n: above {n}}}], then: [so: {{n: {n}}}], because: so}}\n" for n in range(number // 2)
    ]
    joins = [
        f"  s{n}: {{when: [m: {{n}}, k: {{n: at least $n}}], then: [so: {{n: -{n}}}], because: so}}\n"
        for n in range(number - number // 2)
    ]
    return _flat("".join(alone + joins), "k: {n: number}, m: {n: number}", "so: {n: number}")


def _many_patterns(number: int) -> str:
    when = ", ".join("k: {n}" for _ in range(number))
    return _flat(f"  r: {{when: [{when}], then: [so: {{n}}], because: so}}\n", "k: {n: number}", "so: {n: number}")


def _long_pattern(number: int) -> str:
    tests = " and ".join(f"above -{n}" for n in range(1, number))  # the kind is a condition as well
    return _flat(
        f"  r: {{when: [k: {{n: $n {tests}}}], then: [so: {{n}}], because: so}}\n", "k: {n: number}", "so: {n: number}"
    )


def _many_kinds(number: int) -> str:
    lines = [f"  r{n}: {{when: [k{n}], then: [so: {{n: {n}}}], because: so}}\n" for n in range(0, number - 1, 20)]
    return _flat("".join(lines), ", ".join(f"k{n}: {{}}" for n in range(number - 1)), "so: {n: number}")


def _many_properties(number: int) -> str:
    kind = ", ".join(f"n{n}: number" for n in range(number))
    return _flat("  r: {when: [k: {n7: 7}], then: [so: {n: 7}], because: so}\n", f"k: {{{kind}}}", "so: {n: number}")


def _many_levels(number: int) -> str:
    """Levels of 190 rules, each of which waits for the one below."""
    waits = [f", unless: [t{n // 190 - 1}: {{n: {n // 190 * 190 - 190}}}]" if n >= 190 else "" for n in range(number)]
    lines = [
        f"  r{n}: {{when: [k{n % 7}]{waits[n]}, then: [t{n // 190}: {{n: {n}}}], because: so}}\n" for n in range(number)
    ]
    concludes = ", ".join(f"t{n}: {{n: number}}" for n in range(number // 190 + 1))
    return _flat("".join(lines), ", ".join(f"k{n}: {{}}" for n in range(7)), concludes)


LARGE = {
    "rules in all": _many_levels,
    "rules on one level": _many_rules,
    "patterns on one kind": _many_on_one_kind,
    "different conditions on one kind": _many_conditions,
    "patterns in one rule": _many_patterns,
    "conditions in one pattern": _long_pattern,
    "kinds of fact": _many_kinds,
    "properties of one kind": _many_properties,
}


def test_the_same_condition_on_one_fact_counts_once() -> None:
    number = LIMITS["different conditions on one kind"] + 1
    same = [f"  r{n}: {{when: [k: {{n: above 3}}], then: [so: {{n: {n}}}], because: so}}\n" for n in range(number)]
    pack = pack_of(_flat("".join(same), "k: {n: number}", "so: {n: number}"))
    assert len(pack.evaluate({"k": [{"n": 4}]}).of("so")) == number


@pytest.mark.parametrize("name", LIMITS)
def test_the_answer_is_right_at_a_limit(name: str) -> None:
    pack = at_most(name, 0)
    facts = {kind: _every_row(pack, kind) for kind in pack.program.given}
    said = pack.evaluate(facts)
    assert said.steps == pack.conclude(said.facts, "reference").steps != {}


def _every_row(pack: Pack, kind: str) -> list[dict[str, object]]:
    properties = pack.program.kinds[kind]
    if not properties:
        return [{}]
    return (
        [dict.fromkeys(properties, 7)] if len(properties) > 1 else [dict.fromkeys(properties, n) for n in (1, 60, 150)]
    )


PLACES = {  # of the first that is one too many, or of what is too large
    "rules in all": "1006:3: rule `r1000`: ",
    "patterns in one rule": "6:3: rule `r`: ",
    "conditions in one pattern": "6:14: rule `r`: ",
    "rules on one level": "206:3: rule `r200`: ",
    "patterns on one kind": "106:14: rule `s`: ",
    "different conditions on one kind": "56:24: rule `s25`: ",
    "kinds of fact": "4:13: ",
    "properties of one kind": "3:9: ",
}


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.requirement("N3", clause="linter")
def test_a_pack_beyond_a_limit_is_refused_in_the_words_of_its_author(name: str) -> None:
    with pytest.raises(PackError) as refused:
        at_most(name, 1)
    (problem,) = refused.value.problems
    assert re.match(
        rf"pack0.yaml:{PLACES[name]}{LIMITS[name] + 1} {name}\b.*, and the engine bears {LIMITS[name]}: ", problem
    )
