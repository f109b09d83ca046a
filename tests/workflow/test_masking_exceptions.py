"""Asking for clear values of masked columns."""

from __future__ import annotations

import pytest

from placet.domain.requests import ColumnRef, RequestStatus, RequestType
from placet.workflow.columns import MOST_COLUMNS, BadColumns
from placet.workflow.refusals import AlreadyGranted
from placet.workflow.situation import WantedColumn
from tests.workflow.world import LEGAL, World, days, form, listed

EXCEPTION = RequestType.MASKING_EXCEPTION
AMOUNT, NAME, PLAIN, BARRED, CLEARED = (ColumnRef("s1", number) for number in range(5))


def world() -> World:
    made = World(form(listed(LEGAL)))
    states = {
        AMOUNT: (True, (), False),
        NAME: (True, (), False),
        PLAIN: (False, (), False),
        BARRED: (True, ("the data policy `secret`",), False),
        CLEARED: (True, (), True),
    }
    made.columns = {
        ref: WantedColumn(ColumnRef("s1", ref.column, f"c{ref.column}"), f"pay.salaries.c{ref.column}", *state)
        for ref, state in states.items()
    }
    return made


@pytest.mark.requirement("R2", clause="decided as a whole")
def test_an_exception_is_asked_for_and_approved_as_a_whole() -> None:
    here = world()
    request = here.submit("rita", type=EXCEPTION, columns=(AMOUNT, NAME, AMOUNT))
    assert [(one.column, one.name) for one in request.columns] == [(0, "c0"), (1, "c1")]
    assert here.determine("bob", term=days(3)).status is RequestStatus.APPROVED
    assert here.grant.type is EXCEPTION
    assert here.grant.columns == request.columns
    assert not here.grant.gives_access


@pytest.mark.requirement("R2", clause="columns")
@pytest.mark.parametrize("count", [0, MOST_COLUMNS + 1])
def test_of_none_and_of_too_many_columns_nobody_can_ask(count: int) -> None:
    with pytest.raises(BadColumns, match="1 to 500 columns"):
        world().submit("rita", type=EXCEPTION, columns=tuple(ColumnRef("s1", number) for number in range(count)))


@pytest.mark.requirement("R2", clause="out of reach is refused")
def test_each_column_that_can_not_be_asked_for_is_told_with_its_reason() -> None:
    unknown = ColumnRef("s1", 77)
    with pytest.raises(BadColumns) as refused:
        world().submit("rita", type=EXCEPTION, columns=(AMOUNT, PLAIN, BARRED, CLEARED, unknown))
    problems = refused.value.facts["problems"]
    assert isinstance(problems, dict)
    assert sorted(problems) == ["s1:2", "s1:3", "s1:4", "s1:77"]
    assert "not masked" in problems["s1:2"]
    assert "secret" in problems["s1:3"]
    assert "no end" in problems["s1:4"]


def test_access_is_asked_for_without_columns() -> None:
    with pytest.raises(BadColumns, match="leave the columns out"):
        world().submit("rita", columns=(AMOUNT,))


@pytest.mark.requirement("R8", clause="before the old end")
def test_asking_again_for_columns_of_an_exception_that_ends_prolongs_it() -> None:
    here = world()
    here.submit("rita", type=EXCEPTION, columns=(AMOUNT, NAME))
    here.determine("bob", term=days(3))
    first = here.grant
    again = here.submit("rita", type=EXCEPTION, columns=(NAME,))
    assert again.renews == first.id
    here.determine("bob", term=days(3))
    assert here.grant.start == first.end


def test_what_is_had_with_no_end_is_not_asked_for_again() -> None:
    here = world()
    here.submit("rita", type=EXCEPTION, columns=(AMOUNT,))
    here.determine("bob")
    with pytest.raises(AlreadyGranted, match="clear values of 1 column of Salaries"):
        here.submit("rita", type=EXCEPTION, columns=(AMOUNT,))


def test_the_columns_asked_for_are_told_to_the_rules() -> None:
    here = world()
    here.submit("rita", type=EXCEPTION, columns=(AMOUNT,))
    told = here.changes[-1].rulings[0].told
    assert told["wants column"] == [["pay.salaries", "c0"]]
    assert told["request type"] == [["masking-exception"]]
