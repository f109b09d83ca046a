"""What lies under a tag, and what can be one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.domain.tags import MOST_TAGS, BadTag, checked_tags, covered, covers, lineage

PARTS = st.sampled_from(["HR", "HRX", "Pay", "Payroll", "P"])
TAGS = st.lists(PARTS, min_size=1, max_size=4).map(".".join)


@pytest.mark.requirement("D1", clause="a parent tag includes its children")
@pytest.mark.parametrize(
    ("above", "tag", "expected"),
    [
        ("HR", "HR", True),
        ("HR", "HR.Payroll", True),
        ("HR", "HR.Payroll.Bonus", True),
        ("HR", "HRX", False),
        ("HR", "HRX.Payroll", False),
        ("HR.Payroll", "HR", False),
        ("HR.Pay", "HR.Payroll", False),
        ("HR", "hr.Payroll", False),
        ("HR", "X.HR", False),
    ],
)
def test_a_tag_covers_itself_and_what_lies_under_it(above: str, tag: str, expected: bool) -> None:
    assert covers(above, tag) is expected
    assert covered({above, "Other"}, {tag}) is expected


@pytest.mark.requirement("D1", clause="a parent tag includes its children")
@given(TAGS, TAGS, TAGS)
def test_lying_under_is_an_order_and_never_a_matter_of_letters(first: str, second: str, third: str) -> None:
    assert covers(first, first)
    assert not (covers(first, second) and covers(second, first)) or first == second
    assert not (covers(first, second) and covers(second, third)) or covers(first, third)
    own, other = first.split("."), second.split(".")
    assert covers(first, second) == (other[: len(own)] == own)
    assert covers(first, second) == (first in lineage(second))


@given(st.frozensets(TAGS, max_size=4), st.frozensets(TAGS, max_size=4))
def test_some_tags_are_covered_where_one_of_them_is_by_one_of_the_others(above: set[str], tags: set[str]) -> None:
    assert covered(above, tags) == any(covers(one, tag) for one in above for tag in tags)


@pytest.mark.parametrize("tag", ["", " ", "HR ", " HR", "HR.", ".HR", "HR..Pay", "a\nb", "a\u2028b", "\x00", "x" * 256])
def test_what_is_no_tag_is_refused(tag: str) -> None:
    with pytest.raises(BadTag):
        checked_tags(["HR", tag])


def test_tags_are_words_of_a_line() -> None:
    assert checked_tags(["HR.Payroll", "needs a look", "x" * 255, "Ä"]) == {
        "HR.Payroll",
        "needs a look",
        "x" * 255,
        "Ä",
    }
    with pytest.raises(BadTag):
        checked_tags(map(str, range(MOST_TAGS + 1)))
