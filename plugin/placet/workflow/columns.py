"""The columns of a masking exception: which ones can be asked for."""

from __future__ import annotations

from collections.abc import Mapping

from placet.domain.errors import Invalid
from placet.domain.forms import RequestForm
from placet.domain.requests import ColumnRef, RequestType
from placet.workflow.commands import SubmitRequest
from placet.workflow.situation import Situation, WantedColumn
from placet.workflow.standing import reads_standing

MOST_COLUMNS = 500


class BadColumns(Invalid):
    """Columns that can't be asked for; `problems` says of each what is wrong."""

    code = "bad-columns"
    title = "These columns can't be asked for"


class BadColumnsForThem(BadColumns):
    """The same, where the requester may not learn what about the beneficiary speaks against them."""


def refuse_bad_columns(command: SubmitRequest, situation: Situation, form: RequestForm) -> tuple[ColumnRef, ...]:
    """The columns asked for, each once and by its present name; none for data access. Raises BadColumns.

    It says why only to who may learn how columns stand to the beneficiary.
    """
    if command.type is RequestType.DATA_ACCESS:
        if command.columns:
            raise BadColumns("access is asked for to the whole data product: leave the columns out")
        return ()
    columns = tuple(dict.fromkeys(command.columns))
    if not 1 <= len(columns) <= MOST_COLUMNS:
        raise BadColumns(f"clear values can be asked for of 1 to {MOST_COLUMNS} columns at once, not of {len(columns)}")
    known = situation.states(columns)
    told = reads_standing(situation, form)
    if problems := {f"{one.source}:{one.column}": why for one in columns if (why := _problem(one, known, told))}:
        refusal = BadColumns if told else BadColumnsForThem
        raise refusal("; ".join(problems.values()), problems=problems)
    return tuple(known[one].ref for one in columns)


def _problem(column: ColumnRef, known: Mapping[ColumnRef, WantedColumn], told: bool) -> str:
    """Why a column can't be asked for, in words, or nothing where it can."""
    found = known.get(column)
    if found is None:
        return f"`{column.column}` of `{column.source}` is no column of the data product now: choose from its columns"
    why = _against(found)
    return why if told or not why else f"`{found.label}` can't be asked for on behalf of this beneficiary: leave it out"


def _against(column: WantedColumn) -> str:
    """What about the beneficiary keeps a column from being asked for, in words, or nothing."""
    if column.clear:
        return f"`{column.label}` is clear already by an approval with no end: leave it out"
    if not column.masked:
        return f"`{column.label}` is not masked: leave it out"
    if column.against:
        return f"no approval could show `{column.label}`: {', '.join(column.against)}: leave it out"
    return ""
