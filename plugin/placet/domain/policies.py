"""Data policies: what masks a column, for whom, and what an approval could show clear."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from placet.domain.conditions import Condition, holds
from placet.domain.conditions import problem as condition_problem
from placet.domain.errors import Invalid
from placet.domain.people import LONGEST_WORD, Person
from placet.domain.products import LONGEST_NAME, Column, DataSource
from placet.domain.tags import BadTag, checked_tags, covers

LONGEST_TEXT = 4_000
MOST_COLUMNS = 500
MOST_KEPT = 100
"""Characters of a value that a partial mask may keep on one side."""

MOST_PLACES = 15
"""Places before and after the point to which a mask may round."""

_LAST = datetime.max.replace(tzinfo=UTC)


class MaskKind(StrEnum):
    """What stands in place of a value."""

    NULL = "null"
    CONSTANT = "constant"
    HASH = "hash"
    PARTIAL = "partial"
    ROUNDING = "rounding"


@dataclass(frozen=True)
class Mask:
    """What someone sees of a masked column; each kind has its own parameters and no others.

    `constant` shows `text`. `hash` shows the same word for the same value and no other. `partial` keeps the `first` and
    the `last` characters, and nothing of a value that is not longer than both together. `rounding` rounds numbers to
    `places` after the point: `-3` to thousands.
    """

    kind: MaskKind
    text: str | None = None
    first: int | None = None
    last: int | None = None
    places: int | None = None

    def __str__(self) -> str:
        return {
            MaskKind.NULL: "nothing at all (NULL)",
            MaskKind.CONSTANT: f"the text `{self.text}`",
            MaskKind.HASH: "a keyed hash",
            MaskKind.PARTIAL: f"the first {self.first} and the last {self.last} characters",
            MaskKind.ROUNDING: f"numbers rounded to {self.places} places after the point",
        }[self.kind]

    @property
    def problem(self) -> str:
        """Why this can't mask anything, in words, or nothing where it can."""
        wanted = _PARAMETERS[self.kind]
        given = {name for name in ("text", "first", "last", "places") if getattr(self, name) is not None}
        if given != set(wanted):
            needed = " and ".join(f"`{name}`" for name in wanted) or "no parameters"
            return f"a mask of the kind `{self.kind}` has {needed}"
        return self._out_of_range()

    def _out_of_range(self) -> str:
        if self.text is not None and len(self.text) > LONGEST_WORD:
            return f"the text of a mask has up to {LONGEST_WORD} characters"
        if self.places is not None and not -MOST_PLACES <= self.places <= MOST_PLACES:
            return f"numbers are rounded to -{MOST_PLACES} to {MOST_PLACES} places, and not to {self.places}"
        kept = [number for number in (self.first, self.last) if number is not None]
        if not all(0 <= number <= MOST_KEPT for number in kept) or (kept and not sum(kept)):
            return f"a partial mask keeps 0 to {MOST_KEPT} characters on each side, and at least one"
        return ""


_PARAMETERS: Mapping[MaskKind, tuple[str, ...]] = {
    MaskKind.NULL: (),
    MaskKind.CONSTANT: ("text",),
    MaskKind.HASH: (),
    MaskKind.PARTIAL: ("first", "last"),
    MaskKind.ROUNDING: ("places",),
}


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
        return self._on(source.tags) or any(self._on(column.tags) for column in source.columns)

    def covers(self, source: DataSource, column: Column) -> bool:
        return self._on(source.tags) or self._on(column.tags)

    def _on(self, tags: frozenset[str]) -> bool:
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


Scope = NamedColumns | Tagged | InDomain
"""`reaches` says whether some column of a source could be meant, `covers` whether this one is; the higher `rank` wins:
named columns over a deeper tag over a domain."""


@dataclass(frozen=True)
class DataPolicy:
    """A policy that masks columns: either for everyone, except who meets a condition, or for everyone who meets one.

    Approvals lift the first kind and never the second. `revision` grows by one with each change; one that is no longer
    `active` is retired and masks nothing.
    """

    id: str
    name: str
    mask: Mask
    scope: Scope
    everyone_except: Condition | None = None
    for_everyone_who: Condition | None = None
    description: str = ""
    created_at: datetime | None = None
    revision: int = 1
    active: bool = True

    def concerns(self, person: Person) -> bool:
        """Whether it says anything about this person: that it masks, or that they are its exception."""
        return self.for_everyone_who is None or holds(self.for_everyone_who, person)

    def excepts(self, person: Person) -> bool:
        """Whether this person is its exception."""
        return self.everyone_except is not None and holds(self.everyone_except, person)

    def stands_against(self, person: Person) -> bool:
        """Whether it masks for this person in a way that no approval lifts."""
        return self.for_everyone_who is not None and holds(self.for_everyone_who, person)

    @property
    def whom(self) -> str:
        """For whom it masks, in words."""
        if self.for_everyone_who:
            return f"everyone {self.for_everyone_who}"
        return "everyone" + (f" except those {self.everyone_except}" if self.everyone_except else "")


class BadPolicy(Invalid):
    """A data policy that can't be as it is described; `about` says which part of it is wrong."""

    code = "bad-data-policy"
    title = "The data policy is not valid"


def refuse_bad_policy(policy: DataPolicy) -> None:
    """Raises BadPolicy for a name, a mask, a scope or conditions that can't be."""
    if not 1 <= len(policy.name.strip()) <= LONGEST_NAME:
        raise BadPolicy(f"the name `{policy.name[:40]}` has to have 1 to {LONGEST_NAME} characters", about="name")
    if len(policy.description) > LONGEST_TEXT:
        raise BadPolicy(f"the description has to have no more than {LONGEST_TEXT} characters", about="description")
    if policy.mask.problem:
        raise BadPolicy(f"nothing can be masked so: {policy.mask.problem}", about="mask")
    _refuse_bad_scope(policy.scope)
    if policy.everyone_except and policy.for_everyone_who:
        raise BadPolicy(
            "a policy masks for everyone except some, or for everyone who ...: give one of both conditions",
            about="condition",
        )
    for condition in (policy.everyone_except, policy.for_everyone_who):
        if condition and (told := condition_problem(condition)):
            raise BadPolicy(f"the condition `{str(condition)[:40]}` can't be used: {told}", about="condition")


def _refuse_bad_scope(scope: Scope) -> None:
    match scope:
        case NamedColumns(_, columns) if not 1 <= len(columns) <= MOST_COLUMNS:
            raise BadPolicy(f"a policy names 1 to {MOST_COLUMNS} columns, and not {len(columns)}", about="scope")
        case Tagged(tag):
            try:
                checked_tags([tag])
            except BadTag as error:
                raise BadPolicy(error.detail, about="scope") from None


@dataclass(frozen=True)
class ColumnState:
    """How a column is seen by one person, before any approval.

    `masked_by` is the policy whose mask they see; `against` are the policies that mask for everyone who is as they are,
    and that no approval lifts, the strongest first; `unconfirmed` is a column that nobody has looked at yet.
    """

    masked_by: DataPolicy | None = None
    against: tuple[DataPolicy, ...] = ()
    unconfirmed: bool = False

    @property
    def masked(self) -> bool:
        return self.masked_by is not None or self.unconfirmed

    @property
    def clearable(self) -> bool:
        """Whether it is masked and an approval would show it clear."""
        return self.masked and not self.against and not self.unconfirmed


CLEAR = ColumnState()


def column_state(policies: Iterable[DataPolicy], source: DataSource, column: Column, person: Person) -> ColumnState:
    """How a person sees a column under these policies, in whatever order they come.

    Of the policies on the column that concern the person only the strongest masks: if they are its exception they see
    clear values, whatever weaker ones say, unless one stands against that which masks for everyone who is as they are.
    A column that is neither confirmed nor tagged is masked where its source has any policy.
    """
    reaching = [policy for policy in policies if policy.active and policy.scope.reaches(source)]
    unconfirmed = bool(reaching) and waits(column)
    concerning = (one for one in reaching if one.scope.covers(source, column) and one.concerns(person))
    strongest_first = sorted(concerning, key=_strength, reverse=True)
    against = tuple(policy for policy in strongest_first if policy.stands_against(person))
    winner = next(iter(strongest_first), None)
    if winner and winner.excepts(person):
        winner = next(iter(against), None)
    return ColumnState(winner, against, unconfirmed)


def masks_instead(
    policies: Iterable[DataPolicy], policy: DataPolicy, source: DataSource, column: Column
) -> DataPolicy | None:
    """The strongest policy that masks a column for everyone and goes before this one, or None where none does."""
    rivals = (one for one in policies if one.active and not one.for_everyone_who and one.scope.covers(source, column))
    strongest = max(rivals, key=_strength, default=policy)
    return strongest if _strength(strongest) > _strength(policy) else None


def renumbered(policy: DataPolicy, before: DataSource, after: DataSource) -> DataPolicy:
    """The policy on the same columns of a source whose columns have other ids by now: they go by their names.

    A column that is gone is left out; under another name it has come back as a new one, which is masked for everyone.
    """
    if not isinstance(policy.scope, NamedColumns) or policy.scope.source != after.id:
        return policy
    names = {column.name for column in before.columns if column.id in policy.scope.columns}
    return replace(
        policy, scope=NamedColumns(after.id, frozenset(column.id for column in after.columns if column.name in names))
    )


def waits(column: Column) -> bool:
    """Whether nobody has looked at a column yet: it is neither confirmed nor tagged."""
    return not column.confirmed and not column.tags


def _strength(policy: DataPolicy) -> tuple[tuple[int, int], float, str]:
    """The higher wins: by its scope, then the older one; ids tell those of one instant apart."""
    return policy.scope.rank, -(policy.created_at or _LAST).timestamp(), policy.id
