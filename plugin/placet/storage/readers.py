"""Which requests someone may read, as a condition of a query: a page leaves out what is not theirs before it is cut."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_

from peewee import SQL, Expression, ModelSelect, fn

from placet.domain.requests import BeneficiaryKind, Whom
from placet.storage.shapes import digests
from placet.storage.tables import DeterminationRow, GrantRow, ProductRow, RequestRow, RequestSourceRow

FEW = 400
"""How many requests are sorted at most, without being met in order."""


@dataclass(frozen=True)
class Reader:
    """Someone who reads what they take part in, and everything that is asked for in some domains.

    `source_keys` are the keys of the steward sources they stand for; what is for one of their `groups`, or for a
    service account among the `owned`, is theirs too.
    """

    person: str
    source_keys: frozenset[str]
    domains: frozenset[str]
    groups: frozenset[str] = frozenset()
    owned: frozenset[str] = frozenset()


def is_for(table: type[RequestRow | GrantRow], whom: Whom) -> Expression:
    """The condition that a request or grant is for a beneficiary."""
    condition: Expression = (table.beneficiary == whom.id) & (table.beneficiary_kind == whom.kind.value)
    return condition


def is_for_any(table: type[RequestRow | GrantRow], whoms: Iterable[Whom]) -> Expression:
    """The condition that a request or grant is for one of some beneficiaries, of whom there is at least one."""
    condition: Expression = reduce(or_, is_for_each_kind(table, whoms))
    return condition


def is_for_each_kind(table: type[RequestRow | GrantRow], whoms: Iterable[Whom]) -> list[Expression]:
    """The same in parts, one for each kind of beneficiary: an index answers each, together with what comes beside."""
    ids: dict[BeneficiaryKind, set[str]] = defaultdict(set)
    for whom in whoms:
        ids[whom.kind].add(whom.id)
    return [
        table.beneficiary.in_(sorted(those)) & (table.beneficiary_kind == kind.value) for kind, those in ids.items()
    ]


def readings(reader: Reader) -> list[ModelSelect[RequestRow]]:
    """The ids of what `readable_by` leaves over, in parts: each is found from an index of its own."""
    mine = RequestRow.select(RequestRow.id)
    inside = ProductRow.select(ProductRow.id).where(ProductRow.domain.in_(sorted(reader.domains)))
    asked = RequestSourceRow.select(RequestSourceRow.request).where(
        RequestSourceRow.source.in_(digests(reader.source_keys))
    )
    determined = DeterminationRow.select(DeterminationRow.request).where(DeterminationRow.steward == reader.person)
    return [
        mine.where(RequestRow.requester == reader.person),
        mine.where(is_for_any(RequestRow, _benefits(reader))),
        mine.where(RequestRow.id.in_(asked)),
        mine.where(RequestRow.id.in_(determined)),
        *([mine.where(RequestRow.product.in_(inside))] if reader.domains else []),
    ]


def _benefits(reader: Reader) -> list[Whom]:
    groups = (Whom(group, BeneficiaryKind.GROUP) for group in sorted(reader.groups))
    return [Whom(reader.person), *map(Whom, sorted(reader.owned)), *groups]


def readable_by(reader: Reader) -> Expression:
    """The condition that a request is the reader's own, asks or asked them, or is for a product of their domains."""
    asked = RequestSourceRow.select(SQL("1")).where(
        RequestSourceRow.request == RequestRow.id, RequestSourceRow.source.in_(digests(reader.source_keys))
    )
    determined = DeterminationRow.select(SQL("1")).where(
        DeterminationRow.request == RequestRow.id, DeterminationRow.steward == reader.person
    )
    inside = ProductRow.select(ProductRow.id).where(ProductRow.domain.in_(sorted(reader.domains)))
    condition: Expression = (
        (RequestRow.requester == reader.person)
        | is_for_any(RequestRow, _benefits(reader))
        | RequestRow.product.in_(inside)
        | fn.EXISTS(asked)
        | fn.EXISTS(determined)
    )
    return condition
