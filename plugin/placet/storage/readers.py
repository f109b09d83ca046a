"""Which requests someone may read, as a condition of a query: a page leaves out what is not theirs before it is cut."""

from __future__ import annotations

from dataclasses import dataclass

from peewee import SQL, Expression, fn

from placet.domain.requests import BeneficiaryKind, Whom
from placet.storage.shapes import digests
from placet.storage.tables import DeterminationRow, GrantRow, ProductRow, RequestRow, RequestSourceRow


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


def readable_by(reader: Reader) -> Expression:
    """The condition that a request is the reader's own, asks or asked them, or is for a product of their domains."""
    asked = RequestSourceRow.select(SQL("1")).where(
        RequestSourceRow.request == RequestRow.id, RequestSourceRow.source.in_(digests(reader.source_keys))
    )
    determined = DeterminationRow.select(SQL("1")).where(
        DeterminationRow.request == RequestRow.id, DeterminationRow.steward == reader.person
    )
    inside = ProductRow.select(ProductRow.id).where(ProductRow.domain.in_(sorted(reader.domains)))
    benefits = is_for(RequestRow, Whom(reader.person))
    for account in sorted(reader.owned):
        benefits |= is_for(RequestRow, Whom(account))
    for group in sorted(reader.groups):
        benefits |= is_for(RequestRow, Whom(group, BeneficiaryKind.GROUP))
    condition: Expression = (
        (RequestRow.requester == reader.person)
        | benefits
        | RequestRow.product.in_(inside)
        | fn.EXISTS(asked)
        | fn.EXISTS(determined)
    )
    return condition
