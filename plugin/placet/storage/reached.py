"""By what someone has access, as a list of data sources by name, from indexes however much that is.

Where they have few, those are looked up and sorted. Where they have many, the sources are walked in their order and
each is asked, so that a page is full soon.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import reduce
from operator import or_

from peewee import SQL, ColumnBase, Expression, Field, fn

from placet.domain.requests import Whom
from placet.domain.scopes import SourceScope
from placet.storage.grants import ACCESS, live
from placet.storage.paging import Page, after, cut, decode, rows_wanted
from placet.storage.readers import is_for_each_kind
from placet.storage.scoped import opened
from placet.storage.tables import GrantRow, ProductSourceRow, SourceRow
from placet.storage.transaction import Transaction

FEW = 400
"""How many data sources are sorted at most, without being met in order."""

ORDER: list[Field[str]] = [SourceRow.schema, SourceRow.name, SourceRow.target]


def open_to(
    transaction: Transaction,
    beneficiaries: Collection[Whom],
    allowed: Collection[SourceScope],
    now: datetime,
    cursor: str | None,
    limit: int,
) -> Page[str]:
    """The ids of the sources of products on which one of the beneficiaries has a grant that has not ended.

    And of those that policies on something in `allowed` open.
    """
    theirs = [kind & ACCESS & live(now) for kind in is_for_each_kind(GrantRow, beneficiaries)]
    conditions = [_condition(transaction, theirs), *(SourceRow.id.in_(opened(scope)) for scope in allowed)]
    query = SourceRow.select(SourceRow.id, *ORDER).where(reduce(or_, conditions))
    query = query.order_by(*ORDER).limit(rows_wanted(limit))
    if cursor:
        query = query.where(after(ORDER, decode(cursor, (str, str, str))))
    page = cut(transaction.rows(query), limit, lambda row: (row.schema, row.name, row.target))
    return page.map(lambda row: row.id)


def _condition(transaction: Transaction, theirs: Sequence[Expression]) -> ColumnBase:
    """As the ids of the sources where those are few, else as a question to each; `theirs` says whose grants count."""
    found: set[str] = set()
    for grants in theirs:
        products = GrantRow.select(GrantRow.product).where(grants)
        every = ProductSourceRow.select(ProductSourceRow.source).where(ProductSourceRow.product.in_(products))
        found |= {id for (id,) in transaction.tuples(every.limit(FEW + 1))}
        if len(found) > FEW:
            return _asked(theirs)
    condition: ColumnBase = SourceRow.id.in_(sorted(found))
    return condition


def _asked(theirs: Sequence[Expression]) -> ColumnBase:
    """Whether a product that holds the source has one of the grants."""
    given = (
        fn.EXISTS(GrantRow.select(SQL("1")).where(grants, GrantRow.product == ProductSourceRow.product))
        for grants in theirs
    )
    holding = ProductSourceRow.select(SQL("1")).where(ProductSourceRow.source == SourceRow.id, reduce(or_, given))
    condition: ColumnBase = fn.EXISTS(holding)
    return condition
