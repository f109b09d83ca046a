"""What each part of the language means, on all engines."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from placet.engine import Evaluation, Pack, load_pack
from tests.engine.small import concluded, pack_of

Told = dict[str, list[dict[str, object]]]


def said(pack: Pack, told: Told) -> Evaluation:
    """What all engines say."""
    both, naive = pack.evaluate(told), pack.evaluate(told, engine="reference")
    assert both.steps == naive.steps
    return both


def one_rule(rule: str) -> Pack:
    return pack_of(
        f"""\
pack: language
names: [name, team]
words: {{size: [small, medium, large]}}
reads:
  now: {{at: instant}}
  person: {{name, team}}
  stop: {{name}}
  halt: {{team}}
  counted: {{name, number: number}}
  sized: {{name, size}}
  timed: {{name, at: instant}}
  span: {{name, from: number, to: number}}
concludes:
  so: {{name}}
  many: {{team, number: number}}
  first: {{at: instant}}
  made: {{name}}
rules:
  r: {{{rule}, because: "so"}}
"""
    )


PEOPLE: Told = {
    "person": [
        {"name": "ann", "team": "red"},
        {"name": "bob", "team": "red"},
        {"name": "cid", "team": "blue"},
    ]
}
COUNTED: Told = {"counted": [{"name": name, "number": number} for name, number in (("ann", 1), ("bob", 2), ("cid", 3))]}
SIZED: Told = {
    "sized": [{"name": "ann", "size": "small"}, {"name": "bob", "size": "medium"}, {"name": "cid", "size": "large"}]
}


def at(day: int, second: int = 0) -> datetime:
    return datetime(2026, 1, day, 0, 0, second, tzinfo=UTC)


TIMED: Told = {
    "now": [{"at": at(8)}],
    "timed": [{"name": "ann", "at": at(7)}, {"name": "bob", "at": at(8)}, {"name": "cid", "at": at(9)}],
}

MEANINGS = [
    ("a bare kind is met by any fact of it", "when: [person: {name}], then: [so: {name}]", PEOPLE, "ann bob cid"),
    ("a constant is met by the same", "when: [person: {name, team: red}], then: [so: {name}]", PEOPLE, "ann bob"),
    ("a list is met by one of it", "when: [counted: {name, number: [1, 3]}], then: [so: {name}]", COUNTED, "ann cid"),
    ("not", "when: [person: {name: $name not ann}], then: [so: {name}]", PEOPLE, "bob cid"),
    ("below", "when: [counted: {name, number: below 2}], then: [so: {name}]", COUNTED, "ann"),
    ("above", "when: [counted: {name, number: above 2}], then: [so: {name}]", COUNTED, "cid"),
    ("at most", "when: [counted: {name, number: at most 2}], then: [so: {name}]", COUNTED, "ann bob"),
    ("at least", "when: [counted: {name, number: at least 2}], then: [so: {name}]", COUNTED, "bob cid"),
    ("and", "when: [counted: {name, number: above 1 and below 3}], then: [so: {name}]", COUNTED, "bob"),
    ("words below", "when: [sized: {name, size: below medium}], then: [so: {name}]", SIZED, "ann"),
    ("words at least", "when: [sized: {name, size: at least medium}], then: [so: {name}]", SIZED, "bob cid"),
    ("before now", "when: [timed: {name, at: before $now}], then: [so: {name}]", TIMED, "ann"),
    ("not after now", "when: [timed: {name, at: not after $now}], then: [so: {name}]", TIMED, "ann bob"),
    ("not before", "when: [timed: {name, at: not before $now}], then: [so: {name}]", TIMED, "bob cid"),
    ("after", "when: [timed: {name, at: after 2026-01-08}], then: [so: {name}]", TIMED, "cid"),
    ("a day later", "when: [timed: {name, at: not before $now + 1 day}], then: [so: {name}]", TIMED, "cid"),
    ("a day earlier", "when: [timed: {name, at: before $now - 86399 seconds}], then: [so: {name}]", TIMED, "ann"),
    (
        "a variable joins",
        "when: [person: {name: bob, team: $t}, person: {name, team: $t}], then: [so: {name}]",
        PEOPLE,
        "ann bob",
    ),
    (
        "a variable may be compared before it is bound",
        "when: [counted: {name, number: below $n}, counted: {name: cid, number: $n}], then: [so: {name}]",
        COUNTED,
        "ann bob",
    ),
    (
        "words below another",
        "when: [person: {name: $name, team: $t}, sized: {name: $name, size: below large}], then: [so: {name}]",
        {**PEOPLE, **SIZED},
        "ann bob",
    ),
    (
        "two properties of one fact are compared",
        "when: [span: {name, from: $f, to: at most $f + 1}], then: [so: {name}]",
        {"span": [{"name": name, "from": 1, "to": to} for name, to in (("ann", 1), ("bob", 2), ("cid", 3))]},
        "ann bob",
    ),
    (
        "unless something meets it",
        "when: [person: {name}], unless: [stop: {name}], then: [so: {name}]",
        {**PEOPLE, "stop": [{"name": "ann"}]},
        "bob cid",
    ),
    (
        "each pattern of unless stands on its own",
        "when: [person: {name, team}], unless: [stop: {name}, halt: {team}], then: [so: {name}]",
        {**PEOPLE, "stop": [{"name": "ann"}], "halt": [{"team": "blue"}]},
        "bob",
    ),
    (
        "unless anything",
        "when: [person: {name}], unless: [stop], then: [so: {name}]",
        {**PEOPLE, "stop": [{"name": "x"}]},
        "",
    ),
]


@pytest.mark.parametrize(("rule", "told", "names"), [m[1:] for m in MEANINGS], ids=[m[0] for m in MEANINGS])
def test_a_rule_concludes_what_its_patterns_say(rule: str, told: Told, names: str) -> None:
    assert concluded(said(one_rule(rule), told), "so") == {(name,) for name in names.split()}


def test_a_tally_is_taken_over_each_group() -> None:
    pack = one_rule("when: [person: {name, team}], then: [many: {team, number: count $name}]")
    assert concluded(said(pack, PEOPLE), "many") == {("red", 2), ("blue", 1)}


def test_a_count_counts_different_values() -> None:
    pack = one_rule("when: [counted: {number: $n}, person: {team}], then: [many: {team, number: count $n}]")
    same = {"counted": [{"name": name, "number": 7} for name in ("ann", "bob")]}
    assert concluded(said(pack, {**PEOPLE, **same}), "many") == {("red", 1), ("blue", 1)}


def test_nothing_is_no_tally() -> None:
    pack = one_rule("when: [timed: {at}], then: [first: {at: earliest $at}]")
    assert said(pack, {}).of("first") == ()
    assert concluded(said(pack, TIMED), "first") == {(at(7),)}


def test_a_name_is_made_from_variables_once_and_braces_in_names_are_no_holes() -> None:
    pack = one_rule('when: [person: {name, team}], then: [made: {name: "{name}-of-{team}"}]')
    told: Told = {"person": [{"name": "{team}", "team": "{name}"}, {"name": "ann", "team": "red"}]}
    assert concluded(said(pack, told), "made") == {("{team}-of-{name}",), ("ann-of-red",)}


def test_rules_feed_each_other_until_nothing_new_comes() -> None:
    pack = pack_of(
        """
        pack: reach
        names: [place]
        reads: {way: {a: place, b: place}}
        concludes: {reach: {a: place, b: place}, far: {a: place, b: place}}
        rules:
          step: {when: [way: {a, b}], then: [reach: {a, b}], because: "a way"}
          more: {when: [reach: {a, b: $c}, way: {a: $c, b}], then: [reach: {a, b}], because: "by {c}"}
          far: {when: [reach: {a, b}], unless: [way: {a, b}], then: [far: {a, b}], because: "no way of its own"}
        """
    )
    ways = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "b")]
    told: Told = {"way": [{"a": a, "b": b} for a, b in ways]}
    got = said(pack, told)
    assert concluded(got, "reach") == {(a, b) for a in "abcd" for b in "bcd"}
    assert concluded(got, "far") == concluded(got, "reach") - set(ways)


def test_one_rule_may_conclude_several_facts() -> None:
    pack = one_rule("when: [person: {name, team}], then: [so: {name}, made: {name}, many: {team, number: count $name}]")
    got = said(pack, PEOPLE)
    assert concluded(got, "so") == concluded(got, "made") == {("ann",), ("bob",), ("cid",)}
    assert concluded(got, "many") == {("red", 2), ("blue", 1)}


def test_types_come_from_the_pack_and_not_from_yaml() -> None:
    pack = pack_of(
        """
        pack: types
        names: [name]
        reads: {answer: {answer: [yes, no, on, null, 2026-01-31]}, named: {name}, lit: {on: flag}}
        concludes: {so: {name}}
        rules:
          r: {when: [answer: {answer: no}], then: [so: {name: no}], because: so}
          s: {when: [answer: {answer: 2026-01-31}], then: [so: {name: 1.50}], because: so}
          t: {when: [answer: {answer: null}], then: [so: {name: null}], because: so}
          u: {when: [lit: {on: no}], then: [so: {name: off}], because: so}
        """
    )
    for answer, name in (("no", "no"), ("2026-01-31", "1.50"), ("null", "null"), ("yes", None)):
        assert concluded(said(pack, {"answer": [{"answer": answer}]}), "so") == ({(name,)} if name else set())
    assert concluded(said(pack, {"lit": [{"on": False}]}), "so") == {("off",)}


def test_kinds_of_names_are_different_even_where_the_names_are_the_same() -> None:
    told: Told = {"person": [{"name": "red", "team": "red"}]}
    pack = one_rule("when: [person: {name: $name, team: red}], then: [so: {name}]")
    assert concluded(said(pack, told), "so") == {("red",)}


def test_nothing_follows_from_nothing() -> None:
    assert load_pack("routing", "eligibility", "quorum", "expiry").evaluate({}).conclusions == {}
