"""What a change of policies means: who gains and who loses what, on each data source.

For many people at once; of each of them `evaluate` says the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from placet.domain.policies import state_under
from placet.emitter.policy import Desired, Login, TargetColumn, TargetSource

Logins = frozenset[str]


@dataclass(frozen=True)
class Reach:
    """Who sees what of one source: its readers, those of them who see a column clear, and whose rows are filtered.

    Columns go by their ids, filters by those of their policies; all are logins.
    """

    readers: Logins = frozenset()
    clear: Mapping[int, Logins] = field(default_factory=dict, hash=False)
    filtered: Mapping[str, Logins] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Effect:
    """The difference that a change makes on one source, as logins.

    Who `gains` or `loses` access; of those with access before and after, who sees some column clear that they did not,
    or no longer, and who sees more rows, or fewer.
    """

    source: str
    gains: Logins
    loses: Logins
    clearer: Logins
    less_clear: Logins
    more_rows: Logins
    fewer_rows: Logins

    @property
    def nothing(self) -> bool:
        """Whether nobody sees anything else than before."""
        return not (self.gains or self.loses or self.clearer or self.less_clear or self.more_rows or self.fewer_rows)


def effect(source: str, before: Reach, after: Reach) -> Effect:
    """What changes for whom on a source."""
    staying = before.readers & after.readers
    return Effect(
        source,
        gains=after.readers - before.readers,
        loses=before.readers - after.readers,
        clearer=_more(before.clear, after.clear) & staying,
        less_clear=_more(after.clear, before.clear) & staying,
        more_rows=_more(after.filtered, before.filtered) & staying,
        fewer_rows=_more(before.filtered, after.filtered) & staying,
    )


def _more(before: Mapping[Any, Logins], after: Mapping[Any, Logins]) -> Logins:
    """Those who are under some key where they were not."""
    return frozenset[str]().union(*(those - before.get(key, frozenset()) for key, those in after.items()))


def reach(desired: Desired, source: TargetSource, at: datetime) -> Reach:
    """Who sees what of a source of the target at an instant, were all of them to connect with their own logins."""
    readers = _readers(desired, source, at)
    people = [desired.login_by_name[login] for login in readers]
    return Reach(
        readers,
        _clear(desired, source, people, at),
        {policy.id: frozenset(one.name for one in people if policy.filters(one)) for policy, _ in source.filters},
    )


def _readers(desired: Desired, source: TargetSource, at: datetime) -> Logins:
    known = {login.name for login in desired.logins if login.active}
    admitted: Logins = _holding(desired, source, at, None) & known
    for policy in source.allow:
        admitted |= {name for name in known if policy.lets(desired.login_by_name[name])}
    for policy in source.guardrails:
        admitted = frozenset(name for name in admitted if policy.lets(desired.login_by_name[name]))
    return admitted


def _clear(desired: Desired, source: TargetSource, people: Iterable[Login], at: datetime) -> dict[int, Logins]:
    """Those of the people who see each column clear; columns under the same policies are looked at once."""
    readers, found, alike = list(people), {}, dict[tuple[object, ...], tuple[Logins, Logins]]()
    for column in source.columns:
        key = (*(policy.id for policy in column.masks), column.unconfirmed)
        if key not in alike:
            alike[key] = _by_policies(column, readers)
        clear, clearable = alike[key]
        excepted = _holding(desired, source, at, column.id) if clearable else frozenset()
        found[column.id] = clear | (clearable & excepted)
    return found


def _by_policies(column: TargetColumn, people: Iterable[Login]) -> tuple[Logins, Logins]:
    """Those who see a column clear by the policies alone, and those who would by an approval."""
    states = {one.name: state_under(column.masks, one, column.unconfirmed) for one in people}
    clear = frozenset(name for name, state in states.items() if not state.masked)
    return clear, frozenset(name for name, state in states.items() if state.clearable)


def _holding(desired: Desired, source: TargetSource, at: datetime, column: int | None) -> Logins:
    """The logins with a running entitlement, of their own or of a group, to a source or to a column of it clear."""
    products, members = desired.products_of[source.id], {group.id: group.members for group in desired.groups}
    found = set[str]()
    for held in desired.entitlements:
        fits = (source.id, column) in held.columns if column is not None else not held.is_exception
        if fits and held.product in products and held.runs_at(at):
            found.update([held.login] if held.group is None else members.get(held.group, ()))
    return frozenset(found)
