"""What is wrong with a pack is said with file, line and rule, and with the nearest known word."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

from placet.domain.errors import PackError
from placet.engine import PackSource, load_pack
from tests.engine.small import pack_of, rule

READS = "named: {name}, counted: {count: number}, timed: {at: instant}, worded: {size}, lasting: {wait: duration}"
CONCLUDES = "so: {name}, so many: {count: number}, so late: {at: instant}, so large: {size}, so: {name}"


def problems(text: str) -> list[str]:
    with pytest.raises(PackError) as refused:
        load_pack(PackSource("bad.yaml", dedent(text)))
    return refused.value.problems


FRAME = [
    ("pack: [", "bad.yaml:1: expected the node content, but found"),
    ("pack: x\nrulez: {}", "bad.yaml:2: unknown `rulez`; did you mean `rules`?"),
    ("- pack: x", "bad.yaml:1: a list stands where `name: ..` is wanted"),
    (
        "pack: x\nreads: {a: {b: ?x}}",
        "bad.yaml:2: expected the node content, but found '?'; variables are written `$name`",
    ),
    ("just words", "bad.yaml:1: `just words` stands where `name: ..` is wanted"),
    ("pack: x\npack: y", "bad.yaml:2: `pack` stands here twice"),
    ("pack: x\nnames: name", "bad.yaml:2: write a list: [one, two]"),
    ("pack: x\nnames: [na me]", "bad.yaml:2: `na me` is not one word"),
    ("pack: x\nreads:\n  a: {b: [c, [d]]}", "bad.yaml:3: a list of single words is wanted here"),
    ("pack: x\nreads:\n  a: {b: nmber}", "bad.yaml:3: no type is called `nmber`; did you mean `number`?"),
    ("pack: x\nreads:\n  a: {b c: number}", "bad.yaml:3: `b c` can't be the name of a property"),
    ("pack: x\nreads:\n  now: {t: number}", "bad.yaml:3: `now` is {at: instant}"),
    ("pack: x\nshares: [enuff]\nconcludes:\n  enough: {}", "bad.yaml:2: this pack does not conclude `enuff`"),
    ("pack: x\nreads: &a {}\nrules: *a", "bad.yaml:2: `&`, `*` and `!` mean something else in YAML"),
    ("pack: x\nreads: !!python/object:os.system {}", "bad.yaml:2: `&`, `*` and `!` mean something else in YAML"),
    ("pack: x\nreads: !ev {}", "bad.yaml:2: `&`, `*` and `!` mean something else in YAML"),
    ("pack: x\nreads: {? [a] : b}", "bad.yaml:2: a key has to be a word"),
    ("pack: x\n---\npack: y", "bad.yaml:2: but found another document"),
    ("pack: \x07", "bad.yaml:1: this is no YAML"),
    ("pack: x\nrules: " + "[" * 200_000, "bad.yaml:2: lists and mappings stand too deep in each other"),
    ("pack: x\nrules:\n" + "- " * 100_000, "bad.yaml:3: lists and mappings stand too deep in each other"),
    ("pack: x\nrules: " + "[" * 40 + "]" * 40, "bad.yaml:2: lists and mappings stand too deep in each other"),
    ("a" * 300_000, "bad.yaml:1: longer than 262144 characters: split it"),
]


@pytest.mark.parametrize(("text", "message"), FRAME, ids=[message[:60] for _, message in FRAME])
@pytest.mark.requirement("N3", clause="linter")
def test_the_frame_of_a_pack_is_checked(text: str, message: str) -> None:
    assert any(problem.startswith(message) for problem in problems(text)), problems(text)


RULES = [
    ("wen: [named]", "unknown `wen`; did you mean `when`?"),
    ("when: [nmaed], then: [so: {name: x}]", "neither reads nor concludes `nmaed`; did you mean `named`?"),
    ("when: [named: {nam: x}], then: [so: {name: x}]", "`named` has no `nam`; did you mean `name`?"),
    ("when: [named: x], then: [so: {name: x}]", "write `named: {name}`"),
    ("when: [[named]], then: [so: {name: x}]", "a list in a list has no meaning here"),
    ("when: [named: {name: {a: b}}], then: [so: {name: x}]", "`name` takes one value"),
    ("when: [named: {name}], then: [named: {name}]", "this pack does not conclude `named`"),
    ("when: [named: {name}], then: [so: {}]", "`so` also needs name"),
    ("when: [named: {name}]", "concludes nothing"),
    ("when: [], then: [so: {name: x}]", "`when` is empty: a rule starts from a fact"),
    (
        "when: [named: {name}], then: [so: {name: $nmae}]",
        "`nmae` in `$nmae` is bound by no pattern of `when`; did you mean `name`?",
    ),
    ("when: [named: {name: $a}], then: [so: {name}]", "`name` in `$name` is bound by no pattern of `when`"),
    (
        "when: [named], unless: [named: {name: $a}], then: [so: {name: x}]",
        "`a` in `$a` is bound by no pattern of `when`",
    ),
    (
        "when: [named: {name}, counted: {count: $name}], then: [so: {name}]",
        "`$name` is a name, where a number is wanted",
    ),
    ("when: [counted: {count}], then: [so: {name: $count}]", "`$count` is a number, where a name is wanted"),
    (
        "when: [worded: {size: larg}], then: [so: {name: x}]",
        "`larg` is not one of small, medium, large; did you mean `large`?",
    ),
    ("when: [counted: {count: many}], then: [so: {name: x}]", "`many` is not a number"),
    ("when: [counted: {count: 9007199254740992}], then: [so: {name: x}]", "`9007199254740992` is not a number"),
    ("when: [timed: {at: 2026-02-30}], then: [so: {name: x}]", "`2026-02-30` is not an instant"),
    ("when: [lasting: {wait: 3 moons}], then: [so: {name: x}]", "`3 moons` is not a duration"),
    ("when: [named: {name: below b}], then: [so: {name: x}]", "`below` does not fit `name`, which is a name"),
    ("when: [timed: {at: below $now}], then: [so: {name: x}]", "write before, after, not before, not after"),
    ("when: [counted: {count: before 3}], then: [so: {name: x}]", "write below, above, at least, at most"),
    ("when: [counted: {count: $a and 3}], then: [so: {name: x}]", "`3` is no comparison"),
    ("when: [counted: {count: $a}, counted: {count: $a + 1}], then: [so: {name: x}]", "`$a + 1` can only be compared"),
    (
        "when: [counted: {count: $a}, counted: {count: below $a + $a}], then: [so: {name: x}]",
        "conclude it first, then compare",
    ),
    (
        "when: [counted: {count: $a}, counted: {count: below 3 - $a}], then: [so: {name: x}]",
        "conclude it first, then compare",
    ),
    ("when: [named: {name: [a, $b]}], then: [so: {name: x}]", "a list holds words, names or numbers, no variables"),
    ("when: [named: {name: [a, [b]]}], then: [so: {name: x}]", "a list holds words, names or numbers, no variables"),
    ("when: [named: {name}], then: [so: {name: [a, b]}]", "one conclusion has one value here"),
    ("when: [timed: {at}], then: [so late: {at: $at + $at}]", "`$at + $at` can't be computed"),
    ("when: [counted: {count}, lasting: {wait}], then: [so many: {count: $count + $wait}]", "can't be computed"),
    ("when: [timed: {at}], then: [so many: {count: $at}]", "`$at` is an instant, where a number is wanted"),
    (
        "when: [timed: {at: $a}, timed: {at: $b}], then: [so late: {at: $a - $b}]",
        "`$a - $b` is a duration, where an instant is wanted",
    ),
    ("when: [named: {name}], then: [so: {name: lowest $name}]", "`lowest $name` can't be computed"),
    ("when: [timed: {at}], then: [so late: {at: lowest $at}]", "`lowest $at` can't be computed"),
    (
        "when: [counted: {count}], then: [so many: {count: count $cuont}]",
        "`cuont` in `count $cuont` is bound by no pattern",
    ),
    ("when: [named: {name}], then: [so: {name: 'a-{nmae}'}]", "`nmae` in `a-{nmae}` is bound by no pattern"),
]


@pytest.mark.parametrize(("clauses", "message"), RULES, ids=[message[:60] for _, message in RULES])
@pytest.mark.requirement("N3", clause="linter")
def test_a_rule_is_checked(clauses: str, message: str) -> None:
    reads, concludes = READS, CONCLUDES.removesuffix(", so: {name}")
    with pytest.raises(PackError) as refused:
        rule(clauses, reads, concludes)
    found = [problem for problem in refused.value.problems if message in problem]
    assert found, refused.value.problems
    assert re.match(r"pack0.yaml:\d+: rule `r`: ", found[0]), found[0]


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
    assert [problem.split(":")[1] for problem in found] == ["2", "4", "4", "4", "4"]


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
    with pytest.raises(PackError, match=r"pack1.yaml:4: `q` is for first alone to conclude; it shares p"):
        pack_of(FIRST, added.replace("KIND", "q"))


def test_packs_declare_a_kind_alike() -> None:
    with pytest.raises(PackError, match=r"pack1.yaml:3: `n` is .* here, and .* in another pack"):
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
    assert [warning for warning in pack.warnings if message in warning]


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
    assert pack.warnings == (
        "pack0.yaml:2: `unused` is used by no rule",
        "pack0.yaml:3: nothing concludes `never`",
        "pack0.yaml:6: rule `c`: can never apply, since nothing concludes such a `b`",
    )


def test_shipped_packs_are_without_a_warning() -> None:
    assert load_pack("routing", "eligibility", "quorum", "expiry").warnings == ()


def test_a_pack_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"no pack called `qorum` is shipped; did you mean `quorum`\?"):
        load_pack("qorum")
    with pytest.raises(PackError, match=r"other.yaml:1: can't be read \(No such file or directory\)"):
        load_pack(tmp_path / "other.yaml")
    (tmp_path / "other.yaml").write_bytes(b"pack: \xff")
    with pytest.raises(PackError, match=r"other.yaml:1: is not UTF-8: save it so"):
        load_pack(tmp_path / "other.yaml")
