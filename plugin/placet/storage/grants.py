"""Grants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from peewee import SQL, Expression, Field, ModelSelect, fn

from placet.domain.requests import BeneficiaryKind, ColumnRef, Grant, RequestType, Revocation, Whom
from placet.storage.errors import one_only
from placet.storage.fields import microseconds
from placet.storage.merging import first_of_each
from placet.storage.paging import Key, Page, after, cut, decode, rows_wanted
from placet.storage.prepared import Prepared, Slot
from placet.storage.readers import is_for, is_for_any, is_for_each_kind
from placet.storage.revisions import update_revision
from placet.storage.tables import GrantColumnRow, GrantRow, ProductSourceRow, RequestRow
from placet.storage.transaction import Transaction, batches

ORDER: list[Field[Any]] = [GrantRow.start, GrantRow.id]


def _is(type: RequestType) -> Expression:
    """The condition on the type, written out: only so does a database see that an index of exceptions answers."""
    condition: Expression = GrantRow.type == SQL(f"'{type.value}'")
    return condition


ACCESS, EXCEPTION = map(_is, (RequestType.DATA_ACCESS, RequestType.MASKING_EXCEPTION))


class Grants:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def get(self, id: str) -> Grant | None:
        return self._one(self._in.first(GrantRow.select().where(GrantRow.id == id)))

    def lock(self, id: str) -> Grant | None:
        """The grant, kept from other writers until the transaction ends."""
        return self._one(self._in.locked(GrantRow.select().where(GrantRow.id == id)))

    def add(self, grant: Grant) -> None:
        """Keep a new grant. Raises AlreadyThere where its request has one."""
        with one_only(f"the request `{grant.request}` has its grant already"):
            self._in.add(GrantRow(id=grant.id, revision=grant.revision, **_fixed(grant), **_changing(grant)))
        self._in.add_later(GrantColumnRow, _column_rows(grant))

    def save(self, grant: Grant) -> Grant:
        """Keep a changed grant; it comes back with its new revision. Columns may go, all else of what it gives stays.

        Raises StaleRevision where it has changed.
        """
        update_revision(self._in, GrantRow, grant.id, grant.revision, _changing(grant))
        if not grant.gives_access:
            self._in.change(GrantColumnRow.delete().where(GrantColumnRow.grant == grant.id))
            self._in.add_all(GrantColumnRow, _column_rows(grant))
        return replace(grant, revision=grant.revision + 1)

    def live_for(self, whom: Whom, product: str, type: RequestType, now: datetime) -> list[Grant]:
        """The grants of a type for one beneficiary on one product that are active or scheduled, by start."""
        return self._whole(self._in.rows(_LIVE_FOR(whom.id, whom.kind.value, product, type.value, now)))

    def live_of(self, beneficiaries: Iterable[Whom], now: datetime) -> list[Grant]:
        """The grants of these beneficiaries that are active or scheduled, by start."""
        wanted = list(beneficiaries)
        return self._all(GrantRow.select().where(is_for_any(GrantRow, wanted), live(now))) if wanted else []

    def count_live_of(self, whom: Whom, now: datetime) -> int:
        """How many grants of a beneficiary are active or scheduled."""
        return self._count(is_for(GrantRow, whom), live(now))

    def held_on(self, beneficiaries: Iterable[Whom], products: Iterable[str]) -> list[Grant]:
        """The grants of these beneficiaries on some products, also ended ones, by start."""
        return self._of_each(beneficiaries, products, lambda batch: [GrantRow.product.in_(batch)])

    def opening(self, beneficiaries: Iterable[Whom], sources: Iterable[str], now: datetime) -> list[Grant]:
        """The grants of these beneficiaries on products that hold one of some sources, now or later, by start."""

        def conditions(batch: Sequence[str]) -> list[Expression]:
            holding = ProductSourceRow.select(ProductSourceRow.product).where(ProductSourceRow.source.in_(batch))
            return [ACCESS, GrantRow.product.in_(holding), live(now)]

        return self._of_each(beneficiaries, sources, conditions)

    def clear_for(self, beneficiaries: Iterable[Whom], sources: Iterable[str], now: datetime) -> list[Grant]:
        """The masking exceptions of these beneficiaries for columns of some sources, now or later, by start."""

        def conditions(batch: Sequence[str]) -> list[Expression]:
            chosen = GrantColumnRow.select(GrantColumnRow.grant).where(GrantColumnRow.source.in_(batch))
            return [EXCEPTION, GrantRow.id.in_(chosen), live(now)]

        return self._of_each(beneficiaries, sources, conditions)

    def _of_each(
        self, whoms: Iterable[Whom], ids: Iterable[str], conditions: Callable[[Sequence[str]], list[Expression]]
    ) -> list[Grant]:
        """Each grant once that is for one of the beneficiaries and meets the conditions for some of the ids."""
        kinds = is_for_each_kind(GrantRow, whoms)
        found: dict[str, Grant] = {}
        for batch in batches(sorted(set(ids))):
            for kind in kinds:
                query = GrantRow.select().where(kind, *conditions(batch))
                found |= {grant.id: grant for grant in self._all(query)}
        return sorted(found.values(), key=lambda grant: (grant.start, grant.id))

    def page(self, beneficiaries: Iterable[Whom], cursor: str | None = None, limit: int = 50) -> Page[Grant]:
        """The grants of these beneficiaries, also ended ones, the latest start first."""
        return self._first_of_each(beneficiaries, (), cursor, limit)

    def exceptions(
        self, beneficiaries: Iterable[Whom], now: datetime, cursor: str | None = None, limit: int = 50
    ) -> Page[Grant]:
        """Their masking exceptions that are active or scheduled, the latest start first."""
        return self._first_of_each(beneficiaries, (EXCEPTION, live(now)), cursor, limit)

    def _first_of_each(
        self, beneficiaries: Iterable[Whom], conditions: Sequence[Expression], cursor: str | None, limit: int
    ) -> Page[Grant]:
        """Each beneficiary gives its latest from an index, and those are merged."""
        key = decode(cursor, (int, str)) if cursor else None
        queries = [
            _latest(GrantRow.select(*ORDER).where(is_for(GrantRow, whom), *conditions), key, limit)
            for whom in sorted(set(beneficiaries), key=lambda whom: (whom.kind, whom.id))
        ]
        found = sorted(first_of_each(self._in, queries, ("start", "id")), reverse=True)
        page: Page[tuple[int, str]] = cut(found, limit, lambda row: row)
        grants = {grant.id: grant for grant in self._of([id for _, id in page.items])}
        return page.map(lambda row: grants[row[1]])

    def _of(self, ids: Sequence[str]) -> list[Grant]:
        return [grant for batch in batches(ids) for grant in self._all(GrantRow.select().where(GrantRow.id.in_(batch)))]

    def of_product(
        self, product: str, cursor: str | None = None, limit: int = 50, whom: Whom | None = None
    ) -> Page[Grant]:
        """The grants on a product, of one beneficiary or of all, also ended ones, the latest start first."""
        query = GrantRow.select().where(GrantRow.product == product)
        if whom is not None:
            query = query.where(is_for(GrantRow, whom))
        query = _latest(query, decode(cursor, (int, str)) if cursor else None, limit)
        page = cut(self._in.rows(query), limit, lambda row: (microseconds(row.start), row.id))
        return Page(tuple(self._whole(page.items)), page.next)

    def live_on(self, product: str, now: datetime) -> list[Grant]:
        """All grants on a product that are active or scheduled, by start."""
        return self._all(GrantRow.select().where(GrantRow.product == product, live(now)))

    def count_live_on(self, product: str, now: datetime) -> int:
        """How many grants on a product are active or scheduled."""
        return self._count(GrantRow.product == product, live(now))

    def clearing(self, source: str, columns: Iterable[int], now: datetime) -> list[Grant]:
        """The masking exceptions that show some of these columns of a source clear, now or later, by start."""
        chosen = GrantColumnRow.select(GrantColumnRow.grant).where(
            GrantColumnRow.source == source, GrantColumnRow.number.in_(sorted(columns))
        )
        return self._all(GrantRow.select().where(GrantRow.id.in_(chosen), live(now)))

    def for_requests(self, requests: Collection[str]) -> list[Grant]:
        """The grants that these requests were given, by start."""
        found = (self._all(GrantRow.select().where(GrantRow.request.in_(batch))) for batch in batches(sorted(requests)))
        return [grant for grants in found for grant in grants]

    def renewing(self, grant: str) -> list[Grant]:
        """The grants of requests that renew this grant, by start."""
        renewals = RequestRow.select(RequestRow.id).where(RequestRow.renews == grant)
        return self._all(GrantRow.select().where(GrantRow.request.in_(renewals)))

    def ended_untold(self, now: datetime, limit: int = 100) -> list[Grant]:
        """Grants that reached their end, were not revoked, and whose end was not told yet, the longest ended first."""
        query = (
            GrantRow.select()
            .where(GrantRow.end <= now, ~GrantRow.expiry_told, GrantRow.revoked_at.is_null())
            .order_by(GrantRow.end, GrantRow.id)
            .limit(limit)
        )
        return self._whole(self._in.rows(query))

    def _all(self, query: ModelSelect[GrantRow]) -> list[Grant]:
        return self._whole(self._in.rows(query.order_by(GrantRow.start, GrantRow.id)))

    def _count(self, *conditions: Expression) -> int:
        [(count,)] = self._in.tuples(GrantRow.select(fn.COUNT(SQL("*"))).where(*conditions))
        return int(count)

    def _one(self, row: GrantRow | None) -> Grant | None:
        return self._whole([row])[0] if row else None

    def _whole(self, rows: Sequence[GrantRow]) -> list[Grant]:
        """The grants of these rows, in their order; of masking exceptions with their columns."""
        clear: dict[str, list[ColumnRef]] = defaultdict(list)
        exceptions = [row.id for row in rows if row.type == RequestType.MASKING_EXCEPTION]
        for batch in batches(exceptions):
            columns = GrantColumnRow.select().where(GrantColumnRow.grant.in_(batch))
            for one in self._in.rows(columns.order_by(GrantColumnRow.grant, GrantColumnRow.position)):
                clear[one.grant].append(ColumnRef(one.source, one.number, one.name))
        return [_grant(row, tuple(clear[row.id])) for row in rows]


def _latest(query: Any, key: Key | None, limit: int) -> Any:
    """The first rows of a query after a key, the latest start first."""
    query = query.order_by(*(field.desc() for field in ORDER)).limit(rows_wanted(limit))
    return query.where(after(ORDER, key, descending=True)) if key else query


def live(now: datetime | Slot) -> Expression:
    """The condition that a grant is active or scheduled, as `Grant.live_at` says."""
    ends_later = GrantRow.end.is_null() | (GrantRow.end > now)
    condition: Expression = ends_later & (GrantRow.revoked_at.is_null() | (GrantRow.revoked_at > now))
    return condition


_LIVE_FOR = Prepared(
    GrantRow,
    lambda beneficiary, kind, product, type, now: (
        GrantRow.select()
        .where(
            GrantRow.beneficiary == beneficiary,
            GrantRow.beneficiary_kind == kind,
            GrantRow.product == product,
            GrantRow.type == type,
            live(now),
        )
        .order_by(GrantRow.start, GrantRow.id)
    ),
)


def _fixed(grant: Grant) -> dict[str, object]:
    """What stays as it was approved."""
    return {
        "request": grant.request,
        "product": grant.product,
        "type": grant.type.value,
        "beneficiary": grant.beneficiary,
        "beneficiary_kind": grant.beneficiary_kind.value,
        "start": grant.start,
        "end": grant.end,
    }


def _changing(grant: Grant) -> dict[str, object]:
    revocation = grant.revocation
    return {
        "revoked_by": revocation and revocation.by,
        "revoked_at": revocation and revocation.at,
        "revoked_why": revocation and revocation.reason,
        "expiry_told": grant.expiry_told,
    }


def _column_rows(grant: Grant) -> list[dict[str, object]]:
    return [
        {"grant": grant.id, "position": position, "source": one.source, "number": one.column, "name": one.name}
        for position, one in enumerate(grant.columns)
    ]


def _grant(row: GrantRow, columns: tuple[ColumnRef, ...]) -> Grant:
    return Grant(
        id=row.id,
        request=row.request,
        product=row.product,
        beneficiary=row.beneficiary,
        start=row.start,
        end=row.end,
        revocation=_revocation(row),
        expiry_told=row.expiry_told,
        type=RequestType(row.type),
        beneficiary_kind=BeneficiaryKind(row.beneficiary_kind),
        columns=columns,
        revision=row.revision,
    )


def _revocation(row: GrantRow) -> Revocation | None:
    if row.revoked_at is None:
        return None
    return Revocation(row.revoked_by or "", row.revoked_at, row.revoked_why or "")
