"""Facts are typed by the pack, and refused when they do not fit, before any engine sees them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum

import pytest

from placet.domain.errors import FactError
from placet.engine import Pack, load_pack
from placet.engine.facts import MOST_FACTS
from tests.engine.small import concluded, pack_of


@pytest.fixture
def typed() -> Pack:
    return pack_of(
        """
        pack: typed
        names: [name]
        reads:
          named:    {name}
          worded:   {size: [small, large]}
          counted:  {count: number}
          timed:    {at: instant}
          lasting:  {wait: duration}
          flagged:  {on: flag}
          bare:     {}
          two:      {name, count: number}
        concludes:
          named so:    {name}
          worded so:   {size: [small, large]}
          counted so:  {count: number}
          timed so:    {at: instant}
          lasting so:  {wait: duration}
          flagged so:  {on: flag}
          bare so:     {}
        rules:
          named: {when: [named: {name}], then: [named so: {name}], because: "{name}"}
          worded: {when: [worded: {size}], then: [worded so: {size}], because: "{size}"}
          counted: {when: [counted: {count}], then: [counted so: {count}], because: "{count}"}
          timed: {when: [timed: {at}], then: [timed so: {at}], because: "{at}"}
          lasting: {when: [lasting: {wait}], then: [lasting so: {wait}], because: "{wait}"}
          flagged: {when: [flagged: {on}], then: [flagged so: {on}], because: "{on}"}
          bare: {when: [bare], then: [bare so], because: "bare"}
        """
    )


class Size(StrEnum):
    SMALL = "small"


GOOD = [
    ("named", "name", "Ann Abel"),
    ("named", "name", "n" * 255),
    ("named", "name", "\"'`{}[]$!&*\\ \n\t\0\u202e ü 🐟"),
    ("named", "name", '","sid":"e1","k":0,"l":99,"x":"'),
    ("named", "name", "1"),
    ("named", "name", "null"),
    ("worded", "size", "small"),
    ("worded", "size", Size.SMALL),
    ("counted", "count", 0),
    ("counted", "count", 1),
    ("counted", "count", -(2**53) + 1),
    ("counted", "count", 2**53 - 1),
    ("timed", "at", datetime(2026, 1, 31, 12, tzinfo=UTC)),
    ("timed", "at", datetime(1, 1, 1, tzinfo=UTC)),
    ("timed", "at", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ("lasting", "wait", timedelta(days=30)),
    ("lasting", "wait", timedelta(seconds=-1)),
    ("flagged", "on", True),
    ("flagged", "on", False),
]


@pytest.mark.parametrize(("kind", "prop", "value"), GOOD)
def test_what_fits_goes_through_both_engines_and_comes_back_as_it_was(
    typed: Pack, kind: str, prop: str, value: object
) -> None:
    said = typed.evaluate({kind: [{prop: value}]})
    (back,) = said.of(f"{kind} so")
    assert back == {prop: value}
    assert type(back[prop]) is (str if isinstance(value, str) else type(value))


def test_an_instant_in_another_zone_is_the_same_instant(typed: Pack) -> None:
    noon = datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=2)))
    (row,) = typed.evaluate({"timed": [{"at": noon}]}).of("timed so")
    assert row["at"] == noon
    assert row["at"].tzinfo is UTC


def test_what_is_below_a_second_is_cut_and_never_rounded_up(typed: Pack) -> None:
    late = datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    early = datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC)
    said = typed.evaluate({"timed": [{"at": late}, {"at": early}]})
    assert concluded(said, "timed so") == {(late.replace(microsecond=0),), (early.replace(microsecond=0),)}


BAD = [
    ("named", {"name": ""}, "`name` of `named`: a name has 1 to 255 characters, and this one has 0"),
    ("named", {"name": "n" * 256}, "`name` of `named`: a name has 1 to 255 characters, and this one has 256"),
    ("named", {"name": 7}, "`name` of `named`: `7` is not a name: write it as a string"),
    ("named", {"name": None}, "`name` of `named`: `None` is not a name: write it as a string"),
    ("named", {"name": b"ann"}, "`name` of `named`: `b'ann'` is not a name: write it as a string"),
    ("worded", {"size": "smal"}, "`size` of `worded`: `smal` is not one of small, large; did you mean `small`?"),
    ("worded", {"size": 1}, "`size` of `worded`: `1` is not one of small, large"),
    ("counted", {"count": "7"}, "`count` of `counted`: `7` is not a number: give a whole number"),
    ("counted", {"count": True}, "`count` of `counted`: `True` is not a number: give a whole number"),
    ("counted", {"count": 7.0}, "`count` of `counted`: `7.0` is not a number: give a whole number"),
    ("counted", {"count": 2**53}, f"`count` of `counted`: `{2**53}` is too large: numbers stay below 2^53"),
    ("counted", {"count": -(2**53)}, f"`count` of `counted`: `{-(2**53)}` is too large: numbers stay below 2^53"),
    ("timed", {"at": datetime(2026, 1, 31)}, "`at` of `timed`: `2026-01-31 00:00:00` has no zone: give it in UTC"),  # noqa: DTZ001  # a naive one is the point
    ("timed", {"at": date(2026, 1, 31)}, "`2026-01-31` is not an instant: give a date and time with its zone"),
    ("timed", {"at": "2026-01-31"}, "`2026-01-31` is not an instant: give a date and time with its zone"),
    ("timed", {"at": 1767225600}, "`1767225600` is not an instant: give a date and time with its zone"),
    ("lasting", {"wait": 30}, "`wait` of `lasting`: `30` is not a duration: give a length of time"),
    ("flagged", {"on": 1}, "`on` of `flagged`: `1` is not a flag: give true or false"),
    ("flagged", {"on": "yes"}, "`on` of `flagged`: `yes` is not a flag: give true or false"),
    ("bare", {"name": "ann"}, "`bare` has no `name`; it has no properties"),
    ("two", {"name": "ann"}, "`two` also needs `count`; it has name, count"),
    ("two", {"name": "ann", "cuont": 1}, "`two` has no `cuont`; did you mean `count`?; it has name, count"),
    ("nmaed", {"name": "ann"}, "no fact is called `nmaed`; did you mean `named`?"),
    ("named so", {"name": "ann"}, "`named so` is what the rules conclude, and can't be given"),
]


@pytest.mark.parametrize(("kind", "row", "message"), BAD)
@pytest.mark.parametrize("engine", ["both", "reference"])
def test_what_does_not_fit_is_refused_and_named(
    typed: Pack, kind: str, row: dict[str, object], message: str, engine: str
) -> None:
    with pytest.raises(FactError) as refused:
        typed.evaluate({kind: [row]}, engine=engine)
    assert message in refused.value.detail


@pytest.mark.parametrize("rows", ["ann", ["ann"], [None], [["ann"]]])
def test_a_row_that_is_no_mapping_is_refused(typed: Pack, rows: object) -> None:
    with pytest.raises(FactError, match="a fact `named` is a mapping of its properties"):
        typed.evaluate({"named": rows})


def test_no_more_facts_are_taken_than_one_question_may_have(typed: Pack) -> None:
    rows = [{"count": number} for number in range(MOST_FACTS)]
    assert len(typed.evaluate({"counted": rows}).of("counted so")) == MOST_FACTS
    with pytest.raises(FactError, match=r"5001 facts are more than the 5000 that one question may have"):
        typed.evaluate({"counted": rows, "bare": [{}]})
    with pytest.raises(FactError, match=r"3 facts are more than the 2 that one question may have"):
        typed.evaluate({"counted": rows[:3]}, most=2)


def test_facts_that_no_pack_reads_can_be_left_out() -> None:
    pack = load_pack("quorum")
    told = {"quorum": [{"rule": "any"}], "member": [{"person": "ann", "group": "g"}], "met": [{"source": "s"}]}
    with pytest.raises(FactError, match="no fact is called `member`"):
        pack.evaluate(told)
    assert pack.relevant(told) == {"quorum": [{"rule": "any"}]}


def test_a_number_computed_beyond_what_the_engine_holds_is_refused_by_all_engines() -> None:
    pack = pack_of(
        """
        pack: adding
        reads: {n: {n: number}}
        concludes: {more: {n: number}}
        rules: {r: {when: [n: {n}], then: [more: {n: $n + 1}], because: "more than {n}"}}
        """
    )
    assert pack.evaluate({"n": [{"n": 2**53 - 2}]}).of("more") == ({"n": 2**53 - 1},)
    for engine in ("both", "durable", "reference"):
        with pytest.raises(FactError, match=f"the rules computed `{2**53}`"):
            pack.evaluate({"n": [{"n": 2**53 - 1}]}, engine=engine)
    assert pack.evaluate({"n": [{"n": 1}]}).of("more") == ({"n": 2},)


def test_a_name_joined_beyond_what_a_name_may_be_is_refused_by_all_engines() -> None:
    pack = pack_of(
        """
        pack: joining
        names: [name]
        reads: {n: {name}}
        concludes: {of: {name}}
        rules: {r: {when: [n: {name}], then: [of: {name: "of-{name}"}], because: "of {name}"}}
        """
    )
    assert pack.evaluate({"n": [{"name": "n" * 252}]}).of("of") == ({"name": "of-" + "n" * 252},)
    for engine in ("both", "durable", "reference"):
        with pytest.raises(FactError, match="the rules joined a name of 256 characters, and a name has at most 255"):
            pack.evaluate({"n": [{"name": "n" * 253}]}, engine=engine)


def test_an_instant_computed_outside_the_calendar_is_refused() -> None:
    pack = load_pack("expiry")
    told = {
        "pending": [{"request": "r", "since": datetime(9999, 12, 31, tzinfo=UTC)}],
        "lapse after": [{"wait": timedelta(days=2)}],
    }
    with pytest.raises(FactError, match="outside the calendar"):
        pack.evaluate(told).of("lapses")
