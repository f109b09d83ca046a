"""The columns of a masking exception: which ones can be asked for."""

from __future__ import annotations

from collections.abc import Mapping

from placet.domain.errors import Invalid
from placet.domain.requests import ColumnRef, RequestType
from placet.workflow.commands import SubmitRequest
from placet.workflow.situation import Situation, WantedColumn

MOST_COLUMNS = 500


class BadColumns(Invalid):
    """Columns that can't be asked for; `problems` says of each what is wrong."""

    code = "bad-columns"
    title = "These columns can't be asked for"


def refuse_bad_columns(command: SubmitRequest, situation: Situation) -> tuple[ColumnRef, ...]:
    """The columns asked for, each once and by its present name; none for data access. Raises BadColumns."""
    if command.type is RequestType.DATA_ACCESS:
        if command.columns:
            raise BadColumns("access is asked for to the whole data product: leave the columns out")
        return ()
    columns = tuple(dict.fromkeys(command.columns))
    if not 1 <= len(columns) <= MOST_COLUMNS:
        raise BadColumns(f"clear values can be asked for of 1 to {MOST_COLUMNS} columns at once, not of {len(columns)}")
    known = situation.states(columns)
    if problems := {f"{one.source}:{one.column}": why for one in columns if (why := _problem(one, known))}:
        raise BadColumns("; ".join(problems.values()), problems=problems)
    return tuple(known[one].ref for one in columns)


def _problem(column: ColumnRef, known: Mapping[ColumnRef, WantedColumn]) -> str:
    """Why a column can't be asked for, in words, or nothing where it can."""
    found = known.get(column)
    if found is None:
        return f"`{column.column}` of `{column.source}` is no column of the data product now: choose from its columns"
    if found.clear:
        return f"`{found.label}` is clear already by an approval with no end: leave it out"
    if not found.masked:
        return f"`{found.label}` is not masked: leave it out"
    if found.against:
        return f"no approval could show `{found.label}`: {', '.join(found.against)}: leave it out"
    return ""
