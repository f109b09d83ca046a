"""What is wrong with a pack is said with file, line and rule, and with the nearest known word."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from placet.domain.errors import PackError
from placet.engine import PackSource, load_pack
from placet.engine.findings import Finding
from placet.engine.joining import joined_packs
from tests.engine.small import pack_of, rule, rule_text

READS = "named: {name}, counted: {count: number}, timed: {at: instant}, worded: {size}, lasting: {wait: duration}"
CONCLUDES = "so: {name}, so many: {count: number}, so late: {at: instant}, so large: {size}"


def findings(text: str, file: str = "bad.yaml") -> tuple[Finding, ...]:
    return joined_packs([(file, dedent(text))]).findings


def problems(text: str) -> list[str]:
    with pytest.raises(PackError) as refused:
        load_pack(PackSource("bad.yaml", dedent(text)))
    return refused.value.problems


FRAME = [
    ("pack: [", "1:8: expected the node content, but found '<stream end>'", "not-yaml"),
    ("pack: x\nrulez: {}", "2:1: unknown `rulez`; did you mean `rules`?", "unknown-word"),
    ("- pack: x", "1:1: a list stands where `name: ..` is wanted", "wrong-shape"),
    (
        "pack: x\nreads: {a: {b: ?x}}",
        "2:16: expected the node content, but found '?'; variables are written `$name`",
        "not-yaml",
    ),
    ("just words", "1:1: `just words` stands where `name: ..` is wanted", "wrong-shape"),
    ("pack: x\npack: y", "2:1: `pack` stands here twice", "twice"),
    ("pack: x\nnames: name", "2:8: write a list: [one, two]", "wrong-shape"),
    ("pack: x\nnames: [na me]", "2:9: `na me` is not one word", "wrong-shape"),
    ("pack: x\nreads:\n  a: {b: [c, [d]]}", "3:14: a list of single words is wanted here", "wrong-shape"),
    (
        "pack: x\nreads:\n  a: {b: nmber}",
        "3:10: no type is called `nmber`; did you mean `number`?; types are number, instant, duration, flag",
        "unknown-word",
    ),
    (
        "pack: x\nreads:\n  a: {b c: number}",
        "3:7: `b c` can't be the name of a property: letters, digits and _ only",
        "wrong-shape",
    ),
    ("pack: x\nreads:\n  now: {t: number}", "3:3: `now` is {at: instant}", "wrong-type"),
    (
        "pack: x\nshares: [enuff]\nconcludes:\n  enough: {}",
        "2:10: this pack does not conclude `enuff`; did you mean `enough`?",
        "unknown-word",
    ),
    (
        "pack: x\nreads: &a {}\nrules: *a",
        "2:8: `&`, `*` and `!` mean something else in YAML: write `not` for `!=`, and repeat what is repeated",
        "no-meaning",
    ),
    (
        "pack: x\nreads: !!python/object:os.system {}",
        "2:8: `&`, `*` and `!` mean something else in YAML: write `not` for `!=`, and repeat what is repeated",
        "no-meaning",
    ),
    (
        "pack: x\nreads: !ev {}",
        "2:8: `&`, `*` and `!` mean something else in YAML: write `not` for `!=`, and repeat what is repeated",
        "no-meaning",
    ),
    ("pack: x\nreads: {? [a] : b}", "2:11: a key has to be a word", "wrong-shape"),
    ("pack: x\n---\npack: y", "2:1: another document begins here: a file holds one", "not-yaml"),
    ("pack: \x07", "1:7: the character '\\x07' can't stand in YAML", "not-yaml"),
    ("pack: x\nshares: [{a: b}]\n", "2:10: a list of kinds of fact is wanted here", "wrong-shape"),
    ("pack: x\nshares: [[a]]\n", "2:10: a list of kinds of fact is wanted here", "wrong-shape"),
    ("pack: x\nrules: " + "[" * 200_000, "2:19: lists and mappings stand too deep in each other", "too-deep"),
    ("pack: x\nrules:\n" + "- " * 100_000, "3:23: lists and mappings stand too deep in each other", "too-deep"),
    ("pack: x\nrules: " + "[" * 40 + "]" * 40, "2:19: lists and mappings stand too deep in each other", "too-deep"),
    ("a" * 300_000, "1:1: longer than 262144 characters: split it", "too-large"),
]


@pytest.mark.parametrize(("text", "message", "code"), FRAME, ids=[message[:60] for _, message, _ in FRAME])
@pytest.mark.requirement("N3", clause="linter")
def test_the_frame_of_a_pack_is_checked(text: str, message: str, code: str) -> None:
    first = findings(text)[0]
    assert (str(first), first.code) == (f"bad.yaml:{message}", code)
    assert problems(text)[0] == str(first)


RULES = [
    ("wen: [named]", "7: unknown `wen`; did you mean `when`?", "unknown-word"),
    (
        "when: [nmaed], then: [so: {name: x}]",
        "14: this pack neither reads nor concludes `nmaed`; did you mean `named`?",
        "unknown-word",
    ),
    (
        "when: [named: {nam: x}], then: [so: {name: x}]",
        "22: `named` has no `nam`; did you mean `name`?",
        "unknown-word",
    ),
    ("when: [named: x], then: [so: {name: x}]", "21: write `named: {name}`", "wrong-shape"),
    ("when: [[named]], then: [so: {name: x}]", "14: a list in a list has no meaning here", "wrong-shape"),
    ("when: [named: {name: {a: b}}], then: [so: {name: x}]", "28: `name` takes one value", "wrong-shape"),
    ("when: [named: {name}], then: [named: {name}]", "37: this pack does not conclude `named`", "not-declared"),
    ("when: [named: {name}], then: [so: {}]", "37: `so` also needs name", "missing-property"),
    ("when: [named: {name}]", "3: concludes nothing", "no-conclusion"),
    ("when: [], then: [so: {name: x}]", "3: `when` is empty: a rule starts from a fact", "no-condition"),
    (
        "when: [named: {name}], then: [so: {name: $nmae}]",
        "48: `nmae` in `$nmae` is bound by no pattern of `when`; did you mean `name`?",
        "unbound-variable",
    ),
    (
        "when: [named: {name: $a}], then: [so: {name}]",
        "46: `name` in `$name` is bound by no pattern of `when`",
        "unbound-variable",
    ),
    (
        "when: [named], unless: [named: {name: $a}], then: [so: {name: x}]",
        "45: `a` in `$a` is bound by no pattern of `when`",
        "unbound-variable",
    ),
    (
        "when: [named: {name}, counted: {count: $name}], then: [so: {name}]",
        "46: `$name` is a name, where a number is wanted",
        "wrong-type",
    ),
    (
        "when: [counted: {count}], then: [so: {name: $count}]",
        "51: `$count` is a number, where a name is wanted",
        "wrong-type",
    ),
    (
        "when: [worded: {size: larg}], then: [so: {name: x}]",
        "29: `larg` is not one of small, medium, large; did you mean `large`?",
        "wrong-type",
    ),
    ("when: [counted: {count: many}], then: [so: {name: x}]", "31: `many` is not a number", "wrong-type"),
    (
        "when: [counted: {count: 9007199254740992}], then: [so: {name: x}]",
        "31: `9007199254740992` is not a number",
        "wrong-type",
    ),
    ("when: [timed: {at: 2026-02-30}], then: [so: {name: x}]", "26: `2026-02-30` is not an instant", "wrong-type"),
    ("when: [lasting: {wait: 3 moons}], then: [so: {name: x}]", "30: `3 moons` is not a duration", "wrong-type"),
    (
        "when: [named: {name: below b}], then: [so: {name: x}]",
        "28: `below` does not fit `name`, which is a name",
        "wrong-type",
    ),
    (
        "when: [timed: {at: below $now}], then: [so: {name: x}]",
        "26: `below` does not fit `at`, which is an instant; write before, after, not before, not after",
        "wrong-type",
    ),
    (
        "when: [counted: {count: before 3}], then: [so: {name: x}]",
        "31: `before` does not fit `count`, which is a number; write below, above, at least, at most",
        "wrong-type",
    ),
    (
        "when: [counted: {count: $a and 3}], then: [so: {name: x}]",
        "31: `3` is no comparison: write `$n above 1 and below 9`",
        "no-meaning",
    ),
    (
        "when: [counted: {count: $a}, counted: {count: $a + 1}], then: [so: {name: x}]",
        "53: `$a + 1` can only be compared: before, after, below, above, at least, at most, not",
        "no-meaning",
    ),
    (
        "when: [counted: {count: $a}, counted: {count: below $a + $a}], then: [so: {name: x}]",
        "53: `$a + $a` holds more than one variable: conclude it first, then compare",
        "no-meaning",
    ),
    (
        "when: [counted: {count: $a}, counted: {count: below 3 - $a}], then: [so: {name: x}]",
        "53: `3 - $a` holds more than one variable: conclude it first, then compare",
        "no-meaning",
    ),
    (
        "when: [named: {name: [a, $b]}], then: [so: {name: x}]",
        "32: a list holds words, names or numbers, no variables",
        "wrong-shape",
    ),
    (
        "when: [named: {name: [a, [b]]}], then: [so: {name: x}]",
        "32: a list holds words, names or numbers, no variables",
        "wrong-shape",
    ),
    ("when: [named: {name}], then: [so: {name: [a, b]}]", "48: one conclusion has one value here", "wrong-shape"),
    ("when: [timed: {at}], then: [so late: {at: $at + $at}]", "49: `$at + $at` can't be computed", "wrong-type"),
    (
        "when: [counted: {count}, lasting: {wait}], then: [so many: {count: $count + $wait}]",
        "74: `$count + $wait` can't be computed",
        "wrong-type",
    ),
    (
        "when: [timed: {at}], then: [so many: {count: $at}]",
        "52: `$at` is an instant, where a number is wanted",
        "wrong-type",
    ),
    (
        "when: [timed: {at: $a}, timed: {at: $b}], then: [so late: {at: $a - $b}]",
        "70: `$a - $b` is a duration, where an instant is wanted",
        "wrong-type",
    ),
    ("when: [named: {name}], then: [so: {name: lowest $name}]", "48: `lowest $name` can't be computed", "wrong-type"),
    ("when: [timed: {at}], then: [so late: {at: lowest $at}]", "49: `lowest $at` can't be computed", "wrong-type"),
    (
        "when: [counted: {count}], then: [so many: {count: count $cuont}]",
        "57: `cuont` in `count $cuont` is bound by no pattern of `when`; did you mean `count`?",
        "unbound-variable",
    ),
    (
        "when: [named: {name}], then: [so: {name: 'a-{nmae}'}]",
        "48: `nmae` in `a-{nmae}` is bound by no pattern of `when`; did you mean `name`?",
        "unbound-variable",
    ),
]


@pytest.mark.parametrize(("clauses", "message", "code"), RULES, ids=[message[:60] for _, message, _ in RULES])
@pytest.mark.requirement("N3", clause="linter")
def test_a_rule_is_checked(clauses: str, message: str, code: str) -> None:
    column, text = message.split(": ", 1)
    wanted = Finding("bad.yaml", 7, int(column), "r", code, "error", text)
    made = rule_text(clauses, READS, CONCLUDES)
    assert wanted in findings(made)
    assert str(wanted) in problems(made)


@pytest.mark.requirement("N3", clause="linter")
def test_a_reason_names_what_is_bound_or_concluded() -> None:
    frame = (
        "pack: x\nnames: [name]\nreads: {n: {name}}\nconcludes: {so: {name}, too: {name, other: name}}\nrules:\n  r: "
    )
    both = "when: [n: {name: $a}], then: [so: {name: $a}, too: {name: $a, other: $a}]"
    assert pack_of(f'{frame}{{{both}, because: "{{a}} {{name}}"}}').warnings == ()
    for name in ("other", "nobody"):  # only one of the two conclusions has an `other`
        found = problems(f'{frame}{{{both}, because: "{{{name}}}"}}')
        assert [f"`{name}` in `{{{name}}}` is bound by no pattern of `when`" in problem for problem in found] == [True]


def test_two_tallies_in_one_conclusion_are_refused() -> None:
    with pytest.raises(PackError, match="`both` holds more than one tally: conclude them one by one"):
        rule(
            "when: [n: {n}], then: [both: {n: lowest $n, m: highest $n}]",
            "n: {n: number}",
            "both: {n: number, m: number}",
        )


def test_all_problems_are_told_at_once() -> None:
    found = problems(
        """\
        pack: x
        reads: {a: {b: nmber}}
        rules:
          r: {when: [c], then: [d]}
        """
    )
    assert [problem.split(" ")[0] for problem in found] == ["bad.yaml:2:16:", "bad.yaml:4:14:", "bad.yaml:4:25:"]


CIRCLES = [
    (
        "a: {when: [n: {n}], unless: [p: {n}], then: [q: {n}]}\n  b: {when: [q: {n}], then: [p: {n}]}",
        "a circle through `unless` or a tally has no meaning: `a` has to wait for all of `b`, `b` reads `a`",
    ),
    (
        "a: {when: [n: {n}], unless: [p: {n}], then: [p: {n}]}",
        "a circle through `unless` or a tally has no meaning: `a` has to wait for all of `a`",
    ),
    (
        "a: {when: [p: {n}], then: [q: {n: highest $n}]}\n  b: {when: [q: {n}], then: [p: {n}]}",
        "a circle through `unless` or a tally has no meaning: `a` has to wait for all of `b`, `b` reads `a`",
    ),
    (
        "a: {when: [n: {n}], then: [p: {n}]}\n  b: {when: [p: {n}], then: [q: {n: $n + 1}]}\n"
        "  c: {when: [q: {n}], then: [p: {n}]}",
        "rule `b`: computes a value from its own conclusions, which might never end",
    ),
]


@pytest.mark.parametrize(("rules", "message"), CIRCLES)
@pytest.mark.requirement("N3", clause="evaluation always ends")
def test_a_circle_is_refused_and_its_rules_are_named(rules: str, message: str) -> None:
    text = (
        f"pack: x\nreads: {{n: {{n: number}}}}\nconcludes: {{p: {{n: number}}, q: {{n: number}}}}\nrules:\n  {rules}\n"
    )
    assert any(message in problem for problem in problems(text)), problems(text)


@pytest.mark.requirement("N3", clause="evaluation always ends")
def test_a_name_may_not_grow_from_itself() -> None:
    found = problems(
        """\
        pack: x
        names: [name]
        reads: {n: {name}}
        concludes: {m: {name}}
        rules:
          start: {when: [n: {name}], then: [m: {name}]}
          grow: {when: [m: {name}], then: [m: {name: "a-{name}"}]}
        """
    )
    assert ["computes a value from its own conclusions" in problem for problem in found] == [True]


STEPS = [
    ('s: {when: [n: {name}], then: [n: {name: "a-{name}"}]}', "`s`: computes a value from its own conclusions"),
    ("s: {when: [counted: {c}], then: [c: {c: $c + 1}]}", "`s`: computes a value from its own conclusions"),
    ("s: {when: [c: {c}], then: [c: {c: lowest $c}]}", "`s`: a step is taken by itself and holds no tally"),
]


@pytest.mark.parametrize(("step", "message"), STEPS)
@pytest.mark.requirement("N3", clause="evaluation always ends")
def test_what_people_may_do_ends_as_well(step: str, message: str) -> None:
    """Else asking what is missing would never end."""
    text = f"""\
pack: x
names: [name]
reads: {{n: {{name}}, c: {{c: number}}}}
concludes: {{counted: {{c: number}}}}
rules:
  r: {{when: [c: {{c}}], then: [counted: {{c}}], because: so}}
could:
  {step}
"""
    assert any(message in problem for problem in problems(text)), problems(text)


def test_different_words_make_no_circle() -> None:
    pack = load_pack("quorum")
    approved = next(rule for rule in pack.program.rules if rule.name == "approved")
    denies = next(rule for rule in pack.program.rules if rule.name == "one denial denies")
    assert approved.level > denies.level


FIRST = """
    pack: first
    reads: {n: {n: number}}
    concludes: {p: {n: number}, q: {n: number}}
    shares: [p]
    rules:
      p: {when: [n: {n}], then: [p: {n}], because: "p {n}"}
      q: {when: [p: {n}], then: [q: {n}], because: "q {n}"}
"""


def test_another_pack_concludes_only_what_is_shared() -> None:
    added = """
        pack: added
        reads: {m: {n: number}}
        concludes: {KIND: {n: number}}
        rules: {r: {when: [m: {n}], then: [KIND: {n}], because: "KIND {n}"}}
    """
    joined = pack_of(FIRST, added.replace("KIND", "p"))
    assert joined.evaluate({"m": [{"n": 7}]}).of("q") == ({"n": 7},)
    with pytest.raises(PackError, match=r"pack1.yaml:4:13: `q` is for first alone to conclude; it shares p"):
        pack_of(FIRST, added.replace("KIND", "q"))


def test_packs_declare_a_kind_alike() -> None:
    with pytest.raises(PackError, match=r"pack1.yaml:3:9: `n` is {m: number} here, and {n: number} in another pack"):
        pack_of(FIRST, "\npack: added\nreads: {n: {m: number}}\n")


def test_two_packs_have_two_names() -> None:
    with pytest.raises(PackError, match="two packs are called `first`: give one another name"):
        pack_of(FIRST, "\npack: first\nreads: {n: {n: number}}\n")


ODD = [
    ("when: [named: {name: $lonely}], then: [so: {name: x}], because: y", "`lonely` is used nowhere else"),
    ("when: [named: {name}], then: [so: {name}]", "no `because`: what shall people read?"),
]


@pytest.mark.parametrize(("clauses", "message"), ODD)
@pytest.mark.requirement("N3", clause="linter")
def test_what_is_odd_is_a_warning(clauses: str, message: str) -> None:
    declared = "pack: x\nnames: [name]\nreads: {named: {name}}\nconcludes: {so: {name}}\n"
    pack = pack_of(f"{declared}rules:\n  r: {{{clauses}}}\n")
    assert [warning for warning in map(str, pack.warnings) if message in warning]


@pytest.mark.requirement("N3", clause="linter")
def test_what_can_never_be_used_is_a_warning() -> None:
    pack = pack_of(
        """\
        pack: x
        reads: {a: {}, unused: {}}
        concludes: {b: {w: [one, two]}, c: {}, never: {}}
        rules:
          b: {when: [a], then: [b: {w: one}], because: "b"}
          c: {when: [b: {w: two}], unless: [never], then: [c], because: "c"}
        """
    )
    assert [(str(warning), warning.code) for warning in pack.warnings] == [
        ("pack0.yaml:2:16: `unused` is used by no rule", "unused-kind"),
        ("pack0.yaml:3:40: nothing concludes `never`", "never-concluded"),
        ("pack0.yaml:6:14: rule `c`: can never apply, since nothing concludes such a `b`", "unreachable-rule"),
    ]


def test_shipped_packs_are_without_a_warning() -> None:
    assert load_pack("routing", "eligibility", "quorum", "expiry").warnings == ()


def test_a_pack_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"no pack called `qorum` is shipped; did you mean `quorum`\?"):
        load_pack("qorum")
    with pytest.raises(PackError, match=r"other.yaml:1:1: can't be read \(No such file or directory\)"):
        load_pack(tmp_path / "other.yaml")
    (tmp_path / "other.yaml").write_bytes(b"pack: \xff")
    with pytest.raises(PackError, match=r"other.yaml:1:1: is not UTF-8: save it so"):
        load_pack(tmp_path / "other.yaml")
