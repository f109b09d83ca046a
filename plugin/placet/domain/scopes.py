"""What a birthright policy is on: a data source or some of its columns, a tag, or a domain."""

from __future__ import annotations

from dataclasses import dataclass

from placet.domain.products import Column, DataSource
from placet.domain.tags import covers

MOST_COLUMNS = 500


@dataclass(frozen=True)
class NamedColumns:
    """Some columns of one data source, by their ids."""

    source: str
    columns: frozenset[int]

    def reaches(self, source: DataSource) -> bool:
        return source.id == self.source

    def covers(self, source: DataSource, column: Column) -> bool:
        return self.reaches(source) and column.id in self.columns

    @property
    def rank(self) -> tuple[int, int]:
        return 2, 0


@dataclass(frozen=True)
class Tagged:
    """Every column with a tag or one under it, and all columns of a source with it."""

    tag: str

    def reaches(self, source: DataSource) -> bool:
        return self.on(source.tags) or any(self.on(column.tags) for column in source.columns)

    def covers(self, source: DataSource, column: Column) -> bool:
        return self.on(source.tags) or self.on(column.tags)

    def on(self, tags: frozenset[str]) -> bool:
        """Whether the tag, or one under it, is among some tags."""
        return any(covers(self.tag, tag) for tag in tags)

    @property
    def rank(self) -> tuple[int, int]:
        return 1, self.tag.count(".")


@dataclass(frozen=True)
class InDomain:
    """Every column of every data source of a domain."""

    domain: str

    def reaches(self, source: DataSource) -> bool:
        return self.domain in source.domains

    def covers(self, source: DataSource, column: Column) -> bool:  # noqa: ARG002 - every column alike
        return self.reaches(source)

    @property
    def rank(self) -> tuple[int, int]:
        return 0, 0


@dataclass(frozen=True)
class OnSource:
    """A data source as a whole, by its id."""

    source: str


Scope = NamedColumns | Tagged | InDomain
"""`reaches` says whether some column of a source could be meant, `covers` whether this one is; the higher `rank` wins:
named columns over a deeper tag over a domain."""

SourceScope = OnSource | Tagged | InDomain
"""What a policy about whole data sources is on."""
