"""By what someone has access, as values that pages and API show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from placet.domain.people import Person
from placet.domain.products import DataSource
from placet.domain.requests import GrantStatus
from placet.emitter.evaluate import NOTHING, Birthright
from placet.service.views import GrantView, Page


@dataclass(frozen=True)
class Way:
    """One way in: a grant, held directly or by being in a group.

    `gives` says whether it gives access now; where it does not, `why` says what keeps it, unless it is only scheduled.
    `without_login` names the platforms on which a member of the group can't use it, having no login there. `seen` says
    whether the data product is in the viewer's sight: who has access may not be able to open it any more.
    """

    view: GrantView
    group: str = ""
    group_name: str = ""
    why: str = ""
    without_login: tuple[str, ...] = ()
    seen: bool = True

    @property
    def gives(self) -> bool:
        return not self.why and self.view.status is GrantStatus.ACTIVE

    @property
    def in_effect(self) -> bool:
        """Whether every data platform has confirmed it, and knows who would use it."""
        return self.view.in_effect and not self.without_login

    @property
    def problem(self) -> str:
        """What keeps it from being in effect, as far as that is known."""
        return f"no login is known on {', '.join(self.without_login)}" if self.without_login else self.view.problem


@dataclass(frozen=True)
class SourceAccess:
    """A data source with every way in to it that has not ended, and what policies say of it and whose access it is."""

    source: DataSource
    ways: tuple[Way, ...]
    birthright: Birthright = NOTHING

    @property
    def readable(self) -> bool:
        """Whether something gives access now, and nothing keeps them from it."""
        ways_in = self.birthright.allowing or any(way.gives for way in self.ways)
        return bool(ways_in) and not self.birthright.preventing


@dataclass(frozen=True)
class Access:
    """By what a person has access at an instant: a page of the data sources, and one of the masking exceptions beside.

    The exceptions are those that have not ended.
    """

    person: Person
    at: datetime
    sources: Page[SourceAccess]
    exceptions: Page[Way]


@dataclass(frozen=True)
class Kept:
    """What a beneficiary still has when one grant ends: the other ways in to its data sources, or to its clear columns.

    `columns` has the other exceptions that show some of the same columns clear.
    """

    sources: tuple[SourceAccess, ...] = ()
    columns: tuple[Way, ...] = ()
