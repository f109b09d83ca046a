"""Grants."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from peewee import Expression, ModelSelect

from placet.domain.requests import Grant, Revocation
from placet.storage.errors import one_only
from placet.storage.fields import microseconds
from placet.storage.paging import Page, after, cut, decode, rows_wanted
from placet.storage.prepared import Prepared, Slot
from placet.storage.revisions import update_revision
from placet.storage.tables import GrantRow, RequestRow
from placet.storage.transaction import Transaction, batches


class Grants:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def get(self, id: str) -> Grant | None:
        return _one(self._in.first(GrantRow.select().where(GrantRow.id == id)))

    def lock(self, id: str) -> Grant | None:
        """The grant, kept from other writers until the transaction ends."""
        return _one(self._in.locked(GrantRow.select().where(GrantRow.id == id)))

    def add(self, grant: Grant) -> None:
        """Keep a new grant. Raises AlreadyThere where its request has one."""
        with one_only(f"the request `{grant.request}` has its grant already"):
            self._in.add(GrantRow(id=grant.id, revision=grant.revision, **_columns(grant)))

    def save(self, grant: Grant) -> Grant:
        """Keep a changed grant; it comes back with its new revision. Raises StaleRevision where it has changed."""
        update_revision(self._in, GrantRow, grant.id, grant.revision, _columns(grant))
        return replace(grant, revision=grant.revision + 1)

    def live_for(self, beneficiary: str, product: str, now: datetime) -> list[Grant]:
        """The grants of one beneficiary on one product that are active or scheduled, by start."""
        return [_grant(row) for row in self._in.rows(_LIVE_FOR(beneficiary, product, now))]

    def live_of(self, beneficiaries: Collection[str], now: datetime) -> list[Grant]:
        """The grants of these beneficiaries that are active or scheduled, by start."""
        found = (
            self._all(GrantRow.select().where(GrantRow.beneficiary.in_(batch), _live(now)))
            for batch in batches(sorted(set(beneficiaries)))
        )
        return [grant for grants in found for grant in grants]

    def held_by(self, beneficiaries: Collection[str]) -> list[Grant]:
        """All grants of these beneficiaries, also ended ones, by start: a person's own, and those of their groups."""
        found = [
            grant
            for batch in batches(sorted(set(beneficiaries)))
            for grant in self._all(GrantRow.select().where(GrantRow.beneficiary.in_(batch)))
        ]
        return sorted(found, key=lambda grant: (grant.start, grant.id))

    def of_product(
        self, product: str, cursor: str | None = None, limit: int = 50, beneficiary: str | None = None
    ) -> Page[Grant]:
        """The grants on a product, of one beneficiary or of all, also ended ones, the latest start first."""
        query = GrantRow.select().where(GrantRow.product == product)
        if beneficiary is not None:
            query = query.where(GrantRow.beneficiary == beneficiary)
        query = query.order_by(GrantRow.start.desc(), GrantRow.id.desc()).limit(rows_wanted(limit))
        if cursor:
            query = query.where(after([GrantRow.start, GrantRow.id], decode(cursor, (int, str)), descending=True))
        page = cut(self._in.rows(query), limit, lambda row: (microseconds(row.start), row.id))
        return page.map(_grant)

    def live_on(self, product: str, now: datetime) -> list[Grant]:
        """All grants on a product that are active or scheduled, by start."""
        return self._all(GrantRow.select().where(GrantRow.product == product, _live(now)))

    def for_request(self, request: str) -> Grant | None:
        """The grant an approved request was given."""
        return _one(self._in.first(GrantRow.select().where(GrantRow.request == request)))

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
        return [_grant(row) for row in self._in.rows(query)]

    def _all(self, query: ModelSelect[GrantRow]) -> list[Grant]:
        return [_grant(row) for row in self._in.rows(query.order_by(GrantRow.start, GrantRow.id))]


def _live(now: datetime | Slot) -> Expression:
    """As `Grant.live_at` says."""
    ends_later = GrantRow.end.is_null() | (GrantRow.end > now)
    condition: Expression = ends_later & (GrantRow.revoked_at.is_null() | (GrantRow.revoked_at > now))
    return condition


_LIVE_FOR = Prepared(
    GrantRow,
    lambda beneficiary, product, now: (
        GrantRow.select()
        .where(GrantRow.beneficiary == beneficiary, GrantRow.product == product, _live(now))
        .order_by(GrantRow.start, GrantRow.id)
    ),
)


def _one(row: GrantRow | None) -> Grant | None:
    return _grant(row) if row else None


def _columns(grant: Grant) -> dict[str, object]:
    revocation = grant.revocation
    return {
        "request": grant.request,
        "product": grant.product,
        "beneficiary": grant.beneficiary,
        "start": grant.start,
        "end": grant.end,
        "revoked_by": revocation and revocation.by,
        "revoked_at": revocation and revocation.at,
        "revoked_why": revocation and revocation.reason,
        "expiry_told": grant.expiry_told,
    }


def _grant(row: GrantRow) -> Grant:
    return Grant(
        id=row.id,
        request=row.request,
        product=row.product,
        beneficiary=row.beneficiary,
        start=row.start,
        end=row.end,
        revocation=_revocation(row),
        expiry_told=row.expiry_told,
        revision=row.revision,
    )


def _revocation(row: GrantRow) -> Revocation | None:
    if row.revoked_at is None:
        return None
    return Revocation(row.revoked_by or "", row.revoked_at, row.revoked_why or "")
