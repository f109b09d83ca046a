"""The columns of a masking exception as a data steward has to know them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from placet.domain.people import Group, Person
from placet.domain.policies import ColumnState, DataPolicy
from placet.domain.requests import AccessRequest, ColumnRef
from placet.service.columns import columns_of
from placet.service.exceptions import as_person
from placet.storage import Session


@dataclass(frozen=True)
class AskedColumn:
    """A column of which clear values are asked for: what it is called now, and the tags on it and on its source.

    `asked_as` is what it was called when it was asked for. A column that is gone by now has no `source`. `state` is how
    the beneficiary sees it before any approval, or None where that is not for the viewer's eyes.
    """

    asked_as: str
    source: str = ""
    name: str = ""
    tags: frozenset[str] = frozenset()
    source_tags: frozenset[str] = frozenset()
    state: ColumnState | None = None

    @property
    def masked_by(self) -> tuple[DataPolicy, ...]:
        """The policies that mask it for the beneficiary: the one whose mask they see, then those no approval lifts."""
        if self.state is None:
            return ()
        winner = (self.state.masked_by,) if self.state.masked_by else ()
        return (*winner, *(one for one in self.state.against if one not in winner))


def asked_columns(
    session: Session, request: AccessRequest, beneficiary: Person | Group, told: bool
) -> tuple[AskedColumn, ...]:
    """The columns of a request in its order; `told` says whether how they stand to the beneficiary is shown."""
    sources = session.sources.many({one.source for one in request.columns})
    found = columns_of(session, sources, as_person(session, beneficiary)) if sources else []
    known = {
        ColumnRef(one.source.id, view.column.id): AskedColumn(
            view.column.name,
            one.source.qualified_name,
            view.column.name,
            view.column.tags,
            one.source.tags,
            view.state if told else None,
        )
        for one in found
        for view in one.columns
    }
    gone = AskedColumn("")
    return tuple(replace(known.get(one, gone), asked_as=one.name) for one in request.columns)
