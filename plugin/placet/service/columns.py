"""The columns of data sources as one person sees them: clear, masked and by what, and what an approval would show."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from placet.domain.people import Person
from placet.domain.policies import ColumnState, DataPolicy, column_state
from placet.domain.products import Column, DataSource
from placet.storage import Session

ColumnKey = tuple[str, int]
"""The id of a data source and of a column of it."""


@dataclass(frozen=True)
class ColumnView:
    """A column as one person sees it; `excepted` says whether an active masking exception of theirs covers it."""

    column: Column
    state: ColumnState
    excepted: bool = False

    @property
    def clear(self) -> bool:
        """Whether the person sees clear values."""
        return not self.state.masked or (self.excepted and self.state.clearable)

    @property
    def held_back(self) -> bool:
        """Whether an exception was approved that something stands against now."""
        return self.excepted and self.state.masked and not self.state.clearable


@dataclass(frozen=True)
class SourceColumns:
    """A data source with its columns, in order, as one person sees them."""

    source: DataSource
    columns: tuple[ColumnView, ...]


def columns_of(
    session: Session, sources: Iterable[DataSource], person: Person, cleared: Collection[ColumnKey] = ()
) -> list[SourceColumns]:
    """Every column of some sources as a person sees it; `cleared` are those that active exceptions of theirs cover."""
    known = list(sources)
    return as_seen(session.policies.for_sources(known), known, person, cleared)


def as_seen(
    policies: Sequence[DataPolicy],
    sources: Iterable[DataSource],
    person: Person,
    cleared: Collection[ColumnKey] = (),
) -> list[SourceColumns]:
    """As `columns_of`, with the policies that could reach the sources known."""
    return [
        SourceColumns(
            source,
            tuple(
                ColumnView(column, column_state(policies, source, column, person), (source.id, column.id) in cleared)
                for column in source.columns
            ),
        )
        for source in sources
    ]
