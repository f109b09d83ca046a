"""What two versions of a pack say otherwise."""

from __future__ import annotations

import pytest

from placet.domain.errors import PackError
from placet.engine import PackSource
from placet.engine.differences import Difference, differences

OLD = """\
pack: house
about: Rules of the house.

names: [person]
reads:
  asked:   {person}
  senior:  {person}
concludes:
  trusted: {person}

rules:
  seniors:
    when:
      - asked: {person}
      - senior: {person}
    then:
      - trusted: {person}
    because: "{person} is a senior."

  others:
    when:
      - asked: {person}
    unless:
      - senior: {person}
    then:
      - trusted: {person}
    because: "{person} is asked."
"""


def compared(old: str, new: str, text: str = OLD) -> list[tuple[str, str, str]]:
    """What differs once `old` stands as `new` in the text."""
    assert old in text
    changed = text.replace(old, new)
    return [
        (one.what, one.name, one.how) for one in differences(PackSource("a.yaml", text), PackSource("b.yaml", changed))
    ]


def test_layout_comments_and_order_make_no_difference() -> None:
    head, seniors, others = OLD.partition("  seniors:")[0], *OLD.partition("  seniors:")[2].split("\n\n")
    moved = f"{head}{others}\n  # the old ones\n  seniors:{seniors.replace('senior: {person}', 'senior: { person }')}\n"
    turned = moved.replace(
        "      - asked: {person}\n      - senior: { person }\n", "      - senior: {person}\n\n      - asked: {person}\n"
    )
    assert turned != moved
    assert differences(PackSource("a.yaml", OLD), PackSource("b.yaml", turned)) == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("is a senior.", "has been here for long.", [("rule", "seniors", "reworded")]),
        ("    unless:\n      - senior: {person}\n", "", [("rule", "others", "changed")]),
        ("  others:", "  strangers:", [("rule", "others", "removed"), ("rule", "strangers", "added")]),
        ("  senior:  {person}\n", "  senior:  {person}\n  junior:  {person}\n", [("fact", "junior", "added")]),
        ("asked:   {person}", "asked:   {person, since: instant}", [("fact", "asked", "changed")]),
    ],
    ids=["reworded", "changed", "renamed", "new fact", "other fact"],
)
def test_what_differs_is_named(old: str, new: str, expected: list[tuple[str, str, str]]) -> None:
    assert compared(old, new) == expected


def test_a_changed_rule_shows_its_lines() -> None:
    changed = OLD.replace("      - senior: {person}\n    then", "    then", 1)
    assert differences(PackSource("a.yaml", OLD), PackSource("b.yaml", changed)) == (
        Difference(
            "rule",
            "seniors",
            "changed",
            (
                " seniors:",
                "   when:",
                "     - asked: {person}",
                "-    - senior: {person}",
                "   then:",
                "     - trusted: {person}",
                '   because: "{person} is a senior."',
            ),
        ),
    )


def test_against_an_empty_pack_everything_is_added() -> None:
    found = differences(PackSource("a.yaml", "pack: house\n"), PackSource("b.yaml", OLD))
    assert {one.how for one in found} == {"added"}
    assert [one.name for one in found if one.what == "rule"] == ["seniors", "others"]


def test_a_pack_that_can_not_be_read_is_not_compared() -> None:
    with pytest.raises(PackError):
        differences(PackSource("a.yaml", OLD), PackSource("b.yaml", "pack: ["))
