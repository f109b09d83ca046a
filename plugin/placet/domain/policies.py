"""Data policies: what masks a column or filters rows, for whom, and what an approval could show clear."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from placet.domain.conditions import Condition, Holder, holds
from placet.domain.conditions import problem as condition_problem
from placet.domain.errors import Invalid
from placet.domain.masks import Mask
from placet.domain.products import LONGEST_NAME, Column, DataSource
from placet.domain.row_filters import RowFilter, lets_through
from placet.domain.scopes import MOST_COLUMNS, InDomain, NamedColumns, Scope, Tagged
from placet.domain.tags import BadTag, checked_tags

LONGEST_TEXT = 4_000

_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class DataPolicy:
    """A policy that masks columns or filters rows: for everyone, except who meets a condition, or for those who do.

    It has either a `mask` or a `filter`. Approvals lift masks of the first kind, never those of the second, and no
    filter. `revision` grows by one with each change; one that is no longer `active` is retired and does nothing.
    """

    id: str
    name: str
    mask: Mask | None
    scope: Scope
    everyone_except: Condition | None = None
    for_everyone_who: Condition | None = None
    description: str = ""
    created_at: datetime | None = None
    revision: int = 1
    active: bool = True
    filter: RowFilter | None = None

    def concerns(self, person: Holder) -> bool:
        """Whether it says anything about this person: that it masks, or that they are its exception."""
        return self.for_everyone_who is None or holds(self.for_everyone_who, person)

    def excepts(self, person: Holder) -> bool:
        """Whether this person is its exception."""
        return self.everyone_except is not None and holds(self.everyone_except, person)

    def stands_against(self, person: Holder) -> bool:
        """Whether it masks for this person in a way that no approval lifts."""
        return self.for_everyone_who is not None and holds(self.for_everyone_who, person)

    def filters(self, person: Holder) -> bool:
        """Whether it filters the rows that this person sees."""
        return self.filter is not None and self.concerns(person) and not self.excepts(person)

    @property
    def whom(self) -> str:
        """For whom it masks or filters, in words."""
        if self.for_everyone_who:
            return f"everyone {self.for_everyone_who}"
        return "everyone" + (f" except those {self.everyone_except}" if self.everyone_except else "")


class BadPolicy(Invalid):
    """A data policy that can't be as it is described; `about` says which part of it is wrong."""

    code = "bad-data-policy"
    title = "The data policy is not valid"


def refuse_bad_policy(policy: DataPolicy) -> None:
    """Raises BadPolicy for a name, a mask or a row filter, a scope or conditions that can't be."""
    if not 1 <= len(policy.name.strip()) <= LONGEST_NAME:
        raise BadPolicy(f"the name `{policy.name[:40]}` has to have 1 to {LONGEST_NAME} characters", about="name")
    if len(policy.description) > LONGEST_TEXT:
        raise BadPolicy(f"the description has to have no more than {LONGEST_TEXT} characters", about="description")
    _refuse_bad_effect(policy)
    refuse_bad_scope(policy.scope)
    if policy.everyone_except and policy.for_everyone_who:
        raise BadPolicy(
            "a policy is for everyone except some, or for everyone who ...: give one of both conditions",
            about="condition",
        )
    for condition in (policy.everyone_except, policy.for_everyone_who):
        if condition and (told := condition_problem(condition)):
            raise BadPolicy(f"the condition `{str(condition)[:40]}` can't be used: {told}", about="condition")


def _refuse_bad_effect(policy: DataPolicy) -> None:
    if (policy.mask is None) == (policy.filter is None):
        raise BadPolicy("a data policy masks columns or filters rows: give a mask or a row filter", about="mask")
    if policy.mask and policy.mask.problem:
        raise BadPolicy(f"nothing can be masked so: {policy.mask.problem}", about="mask")
    if policy.filter and policy.filter.problem:
        raise BadPolicy(f"rows can't be filtered so: {policy.filter.problem}", about="filter")
    if policy.filter and isinstance(policy.scope, InDomain):
        raise BadPolicy("a row filter is on columns: name them, or a tag that they carry", about="scope")


def refuse_bad_scope(scope: Scope) -> None:
    """Raises BadPolicy for too many columns, or a text that is no tag."""
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


def column_state(policies: Iterable[DataPolicy], source: DataSource, column: Column, person: Holder) -> ColumnState:
    """How a person sees a column under these policies, in whatever order they come."""
    known = list(policies)
    return state_under(masking(known, source, column), person, unconfirmed(known, source, column))


def masking(policies: Iterable[DataPolicy], source: DataSource, column: Column) -> tuple[DataPolicy, ...]:
    """Those of the policies that mask a column, for whomever: the strongest first."""
    found = (one for one in policies if one.active and one.mask and one.scope.covers(source, column))
    return tuple(sorted(found, key=_strength, reverse=True))


def unconfirmed(policies: Iterable[DataPolicy], source: DataSource, column: Column) -> bool:
    """Whether a column is masked for nobody having looked at it: where its source has any policy."""
    return waits(column) and any(policy.active and policy.scope.reaches(source) for policy in policies)


def state_under(strongest_first: Sequence[DataPolicy], person: Holder, unconfirmed: bool = False) -> ColumnState:
    """How a person sees a column under the policies that mask it.

    Of those that concern the person only the strongest masks: if they are its exception they see clear values, whatever
    weaker ones say, unless one stands against that which masks for everyone who is as they are.
    """
    concerning = [policy for policy in strongest_first if policy.concerns(person)]
    against = tuple(policy for policy in concerning if policy.stands_against(person))
    winner = next(iter(concerning), None)
    if winner and winner.excepts(person):
        winner = next(iter(against), None)
    return ColumnState(winner, against, unconfirmed)


def filtering(policies: Iterable[DataPolicy], source: DataSource) -> tuple[tuple[DataPolicy, frozenset[int]], ...]:
    """Those of the policies that filter the rows of a source, by id, each with the ids of the columns it looks at.

    A tag means the columns that carry it themselves. Where a policy names columns of which none is left, it looks at
    none, and lets no row through.
    """
    found = ((one, _looked_at(one.scope, source)) for one in policies if one.active and one.filter)
    return tuple(sorted(((one, ids) for one, ids in found if ids is not None), key=lambda pair: pair[0].id))


def _looked_at(scope: Scope, source: DataSource) -> frozenset[int] | None:
    match scope:
        case NamedColumns(id, columns) if id == source.id:
            return frozenset(column.id for column in source.columns if column.id in columns)
        case Tagged():
            return frozenset(column.id for column in source.columns if scope.on(column.tags)) or None
    return None


def row_is_seen(
    filters: Iterable[tuple[DataPolicy, frozenset[int]]], row: Mapping[int, object], person: Holder
) -> bool:
    """Whether a person sees a row, by its values under the ids of their columns: every filter has to let it through."""
    return all(
        bool(columns) and all(lets_through(policy.filter, row.get(id), person.attributes) for id in columns)
        for policy, columns in filters
        if policy.filter and policy.filters(person)
    )


def masks_instead(
    policies: Iterable[DataPolicy], policy: DataPolicy, source: DataSource, column: Column
) -> DataPolicy | None:
    """The strongest policy that masks a column for everyone and goes before this one, or None where none does."""
    rivals = (one for one in masking(policies, source, column) if not one.for_everyone_who)
    strongest = next(rivals, policy)
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
