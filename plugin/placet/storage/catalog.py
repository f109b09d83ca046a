"""The catalog as a list that is searched and filtered, from indexes, however many products there are.

What few products have is looked up first, and those few are filtered and sorted. What many have is met soon when the
catalog is walked in its order, so each product is asked instead. `FEW` parts the two.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from peewee import SQL, ColumnBase, Expression, Field, ModelSelect, fn

from placet.domain.requests import BeneficiaryKind, RequestType, Whom
from placet.storage.paging import Page, after, cut, decode, rows_wanted
from placet.storage.readers import is_for
from placet.storage.tables import (
    ColumnTagRow,
    GrantRow,
    ProductRow,
    ProductSightRow,
    ProductSourceRow,
    ProductWordRow,
    RequestRow,
    SourceRow,
    SourceTagRow,
)
from placet.storage.transaction import Transaction
from placet.storage.words import beginning, words

FEW = 400
"""How many products are filtered and sorted at most, without being met in order."""

ORDER: list[Field[str]] = [ProductRow.sort_name, ProductRow.id]

LISTED = SQL("state IN ('published', 'suspended')")
"""Written out: only so does a database see that an index of products in the catalog answers."""


class Standing(StrEnum):
    """How someone stands to a product: whether they hold a grant, or wait for a verdict."""

    HAVE = "have"
    ASKED = "asked"
    NEITHER = "neither"


@dataclass(frozen=True)
class Wanted:
    """Which products of the catalog; what is empty filters nothing.

    `standing` is that of `person`, who is in the `groups`, at `now`.
    """

    person: str
    now: datetime
    search: str = ""
    domain: str = ""
    tag: str = ""
    target: str = ""
    standing: Standing | None = None
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Facet:
    """A filter, as the ids of the products that pass it and as a question to one product."""

    ids: ModelSelect[Any]
    asked: ColumnBase


def page_of(
    transaction: Transaction, groups: Collection[str], wanted: Wanted, cursor: str | None, limit: int
) -> tuple[list[ProductRow], str | None]:
    """The rows of one page by name, for a member of `groups`, and the cursor of the next."""
    query = ProductRow.select().where(LISTED, _open_to(groups))
    if wanted.domain:
        query = query.where(ProductRow.domain == wanted.domain)
    for condition in _conditions(transaction, wanted):
        query = query.where(condition)
    query = query.order_by(*ORDER).limit(rows_wanted(limit))
    if cursor:
        query = query.where(after(ORDER, decode(cursor, (str, str))))
    page: Page[ProductRow] = cut(transaction.rows(query), limit, lambda row: (row.sort_name, row.id))
    return list(page.items), page.next


def _conditions(transaction: Transaction, wanted: Wanted) -> list[ColumnBase]:
    asked = _passing(transaction, _facets(wanted))
    if wanted.standing is Standing.NEITHER:
        asked += [~_held(wanted).asked, ~_awaited(wanted).asked]
    return asked


def searched(transaction: Transaction, search: str) -> list[ColumnBase]:
    """The conditions that each word of a search begins a word of a product; the ids too, where those are few."""
    return _passing(transaction, [_worded(word) for word in sorted(words(search))])


def _passing(transaction: Transaction, facets: Sequence[Facet]) -> list[ColumnBase]:
    few = next((ids for facet in facets if (ids := _few(transaction, facet)) is not None), None)
    asked = [facet.asked for facet in facets]
    return asked if few is None else [ProductRow.id.in_(few), *asked]


def _facets(wanted: Wanted) -> list[Facet]:
    standing = {Standing.HAVE: _held, Standing.ASKED: _awaited}
    own = [standing[wanted.standing](wanted)] if wanted.standing in standing else []
    found = [_worded(word) for word in sorted(words(wanted.search))]
    tagged = [_tagged(wanted.tag)] if wanted.tag else []
    placed = [_placed(wanted.target)] if wanted.target else []
    return [*own, *found, *tagged, *placed]


def _few(transaction: Transaction, facet: Facet) -> list[str] | None:
    """The ids of the products that pass, if they are few; read up to the first that is too many."""
    found = transaction.tuples(facet.ids.limit(FEW + 1))
    return sorted({id for (id,) in found}) if len(found) <= FEW else None


def _open_to(groups: Collection[str]) -> Expression:
    named = ProductSightRow.select(SQL("1")).where(
        ProductSightRow.product == ProductRow.id, ProductSightRow.group.in_(sorted(groups))
    )
    condition: Expression = ~ProductRow.restricted | fn.EXISTS(named)
    return condition


def _worded(word: str) -> Facet:
    begun = beginning(ProductWordRow.word, word)
    one = ProductWordRow.select(SQL("1")).where(ProductWordRow.product == ProductRow.id, begun)
    return Facet(ProductWordRow.select(ProductWordRow.product).where(begun), fn.EXISTS(one))


def _tagged(tag: str) -> Facet:
    """Products with a source, or a column of one, that has the tag or one below it."""
    on_source, on_column = _below(SourceTagRow.tag, tag), _below(ColumnTagRow.tag, tag)
    sources = SourceTagRow.select(SourceTagRow.source).where(on_source) | ColumnTagRow.select(
        ColumnTagRow.source
    ).where(on_column)
    held = ProductSourceRow.product == ProductRow.id
    by_source = (
        ProductSourceRow.select(SQL("1"))
        .join(SourceTagRow, on=(SourceTagRow.source == ProductSourceRow.source))
        .where(held, on_source)
    )
    by_column = (
        ProductSourceRow.select(SQL("1"))
        .join(ColumnTagRow, on=(ColumnTagRow.source == ProductSourceRow.source))
        .where(held, on_column)
    )
    ids = ProductSourceRow.select(ProductSourceRow.product).where(ProductSourceRow.source.in_(sources))
    return Facet(ids, fn.EXISTS(by_source) | fn.EXISTS(by_column))


def _below(field: Field[str], tag: str) -> Expression:
    """The condition that a tag is this one or below it; `/` is the character after the one that parts them."""
    condition: Expression = (field == tag) | ((field > f"{tag}.") & (field < f"{tag}/"))
    return condition


def _placed(target: str) -> Facet:
    joined = SourceRow.id == ProductSourceRow.source
    ids = SourceRow.select(ProductSourceRow.product).join(ProductSourceRow, on=joined).where(SourceRow.target == target)
    one = (
        ProductSourceRow.select(SQL("1"))
        .join(SourceRow, on=joined)
        .where(ProductSourceRow.product == ProductRow.id, SourceRow.target == target)
    )
    return Facet(ids, fn.EXISTS(one))


def _held(wanted: Wanted) -> Facet:
    """Products of which someone, or a group of theirs, is a member now or later; a suspended one keeps its grants."""
    live = (
        _theirs(GrantRow, wanted)
        & (GrantRow.type == RequestType.DATA_ACCESS.value)
        & (GrantRow.end.is_null() | (GrantRow.end > wanted.now))
        & (GrantRow.revoked_at.is_null() | (GrantRow.revoked_at > wanted.now))
    )
    one = GrantRow.select(SQL("1")).where(live, GrantRow.product == ProductRow.id)
    return Facet(GrantRow.select(GrantRow.product).where(live), fn.EXISTS(one))


def _theirs(table: type[GrantRow | RequestRow], wanted: Wanted) -> Expression:
    condition = is_for(table, Whom(wanted.person))
    for group in sorted(wanted.groups):
        condition |= is_for(table, Whom(group, BeneficiaryKind.GROUP))
    return condition


def _awaited(wanted: Wanted) -> Facet:
    """Products for which a request for someone, or a group of theirs, waits for its verdict."""
    waits = (
        _theirs(RequestRow, wanted)
        & (RequestRow.type == RequestType.DATA_ACCESS.value)
        & (RequestRow.status == SQL("'pending'"))
    )
    one = RequestRow.select(SQL("1")).where(waits, RequestRow.product == ProductRow.id)
    return Facet(RequestRow.select(RequestRow.product).where(waits), fn.EXISTS(one))
