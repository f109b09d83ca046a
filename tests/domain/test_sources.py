"""What a new description makes of a known source."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placet.domain.products import Column, DataSource, Domain
from placet.domain.sources import (
    BadSource,
    ColumnChanges,
    Described,
    DescribedColumn,
    column_changes,
    described_again,
    first_described,
    placed,
    refuse_bad_description,
)

PII = frozenset({"PII"})


def described(*columns: str, numbers: tuple[int, ...] = (), tags: frozenset[str] = frozenset()) -> Described:
    """A source with these columns, numbered by a platform or not."""
    given = numbers or (None,) * len(columns)
    own = tuple(DescribedColumn(name, "text", number=number) for name, number in zip(columns, given, strict=True))
    return Described("shop", "orders", own, tags)


def known(*columns: str, numbers: tuple[int, ...] = ()) -> DataSource:
    """The source as it was described first, each of its columns tagged by its own name."""
    source = first_described("s1", "lake", described(*columns, numbers=numbers))
    return replace(source, columns=tuple(replace(one, tags=frozenset({one.name})) for one in source.columns))


def seen(source: DataSource) -> list[tuple[int, str, set[str], bool]]:
    return [(one.id, one.name, set(one.tags), one.confirmed) for one in source.columns]


def test_the_columns_of_a_first_description_are_confirmed_and_counted_where_they_have_no_numbers() -> None:
    assert seen(first_described("s1", "lake", described("a", "b"))) == [(1, "a", set(), True), (2, "b", set(), True)]
    numbered = first_described("s1", "lake", described("a", "b", numbers=(2, 7)))
    assert [one.id for one in numbered.columns] == [2, 7]
    assert numbered.numbered


@pytest.mark.requirement("D3", clause="a renamed column keeps its own")
def test_a_column_with_the_number_of_another_name_is_that_one_renamed() -> None:
    before = known("a", "b", numbers=(1, 3))
    after = described_again(before, described("x", "b", "c", numbers=(1, 3, 4)))
    assert seen(after) == [(1, "x", {"a"}, True), (3, "b", {"b"}, True), (4, "c", set(), False)]
    assert column_changes(before, after) == ColumnChanges(added=("c",), renamed=(("a", "x"),))


def test_without_numbers_columns_go_by_name_and_no_number_is_given_twice() -> None:
    before = known("a", "b")
    without = described_again(before, described("a"))
    assert column_changes(before, without) == ColumnChanges(dropped=("b",), dropped_ids=(2,))
    after = described_again(replace(without, last_column=2), described("c", "a"))
    assert seen(after) == [(3, "c", set(), False), (1, "a", {"a"}, True)]


def test_numbers_of_the_platform_take_the_place_of_ours_and_what_hung_on_those_ends() -> None:
    before = known("a", "b", "c")
    after = described_again(before, described("b", "a", "c", numbers=(1, 2, 3)))
    assert seen(after) == [(1, "b", {"b"}, True), (2, "a", {"a"}, True), (3, "c", {"c"}, True)]
    assert after.numbered
    assert column_changes(before, after) == ColumnChanges(dropped_ids=(1, 2))
    assert column_changes(before, after), "what hangs on these numbers has to follow, though no name has changed"


def test_a_file_about_numbered_columns_keeps_their_numbers() -> None:
    before = known("a", "b", numbers=(2, 5))
    after = described_again(before, described("b", "a"))
    assert (seen(after)[0][0], seen(after)[1][0], after.numbered) == (5, 2, True)
    more = described_again(before, described("a", "b", "c"))
    assert [one.id for one in more.columns] == [2, 5, 6]
    assert not more.numbered, "the platform has not said so"
    again = described_again(more, described("a", "b", "c", numbers=(2, 5, 9)))
    assert seen(again)[2] == (9, "c", set(), False)


def test_tags_are_added_and_none_is_lost() -> None:
    before = replace(known("a"), tags=frozenset({"Money"}))
    again = Described("shop", "orders", (DescribedColumn("a", "", PII),), frozenset({"Daily"}))
    after = described_again(before, again)
    assert (after.tags, after.columns[0].tags, after.columns[0].type) == ({"Money", "Daily"}, {"a", "PII"}, "text")


def test_a_description_without_columns_says_nothing_about_them() -> None:
    before = known("a", "b")
    assert described_again(before, described()) == before


@pytest.mark.parametrize(
    "wrong",
    [
        described("a", "a"),
        described("a", ""),
        described("a", "x" * 256),
        described("a", "b", numbers=(1, 1)),
        described("a", numbers=(40_000,)),
        replace(described("a"), name=""),
        replace(described("a"), schema="x" * 256),
    ],
)
def test_what_can_not_be_is_refused(wrong: Described) -> None:
    with pytest.raises(BadSource):
        refuse_bad_description(wrong)


def test_a_source_is_where_it_was_put_and_where_its_tags_bring_it() -> None:
    hr, pay = Domain("hr", "HR", tags=frozenset({"HR"})), Domain("pay", "Pay", tags=frozenset({"Pay"}))
    source = DataSource("s1", "lake", "a", "b", (Column(1, "c", "text", frozenset({"Pay"})),), frozenset({"HR.X"}))
    there = replace(source, domains=frozenset({"mine", "pay"}))
    assert placed(there, [hr, pay]).domains == {"mine", "hr"}, "the tag of a column brings its source nowhere"
