"""Access requests with the determinations made on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from peewee import SQL, Expression, Field, ModelSelect, fn

from placet.domain.forms import Quorum
from placet.domain.requests import (
    AccessRequest,
    BeneficiaryKind,
    Determination,
    RequestStatus,
    RequestType,
    Verdict,
    Whom,
)
from placet.domain.terms import Term
from placet.storage.errors import one_only
from placet.storage.fields import microseconds
from placet.storage.inbox import waiting_for
from placet.storage.paging import Key, Page, after, cut, decode, rows_wanted
from placet.storage.prepared import Prepared
from placet.storage.readers import FEW, Reader, is_for, readable_by, readings
from placet.storage.revisions import update_revision
from placet.storage.shapes import (
    acceptance_from_json,
    acceptance_to_json,
    column_from_json,
    column_to_json,
    digests,
    duration_from_text,
    duration_to_text,
    required_from_json,
    required_to_json,
)
from placet.storage.tables import DeterminationRow, RequestRow, RequestSourceRow
from placet.storage.transaction import Transaction, batches

OLDEST_FIRST: list[Field[object]] = [RequestRow.created_at, RequestRow.id]  # type: ignore[list-item]  # two types of key


def _is(status: RequestStatus) -> Expression:
    """The condition on the status, written out: only so does a database see that an index of pending ones answers."""
    condition: Expression = RequestRow.status == SQL(f"'{status.value}'")
    return condition


PENDING = _is(RequestStatus.PENDING)

_BY_ID = Prepared(RequestRow, lambda id: RequestRow.select().where(RequestRow.id == id))
_OPEN_FOR = Prepared(
    RequestRow,
    lambda beneficiary, kind, product, type: RequestRow.select().where(
        RequestRow.beneficiary == beneficiary,
        RequestRow.beneficiary_kind == kind,
        RequestRow.product == product,
        RequestRow.type == type,
        PENDING,
    ),
)
_DECIDED = Prepared(
    RequestSourceRow, lambda request: RequestSourceRow.update(pending=False).where(RequestSourceRow.request == request)
)
_DETERMINATIONS = Prepared(
    DeterminationRow,
    lambda requests: (
        DeterminationRow.select()
        .where(DeterminationRow.request.in_(requests))
        .order_by(DeterminationRow.at, DeterminationRow.id)
    ),
)

_DECIDED_FOR = Prepared(
    RequestRow,
    lambda beneficiary, kind, product, type: (
        RequestRow.select()
        .where(
            RequestRow.beneficiary == beneficiary,
            RequestRow.beneficiary_kind == kind,
            RequestRow.product == product,
            RequestRow.type == type,
            RequestRow.status.in_([RequestStatus.APPROVED.value, RequestStatus.DENIED.value]),
        )
        .order_by(RequestRow.decided_at.desc(), RequestRow.id.desc())
    ),
)


class Requests:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def get(self, id: str) -> AccessRequest | None:
        return self._one(self._in.first(_BY_ID(id)))

    def lock(self, id: str) -> AccessRequest | None:
        """The request, kept from other writers until the transaction ends."""
        return self._one(self._in.locked(_BY_ID(id)))

    def many(self, ids: Iterable[str]) -> list[AccessRequest]:
        """Those of the requests that exist, the oldest first of some hundred at a time."""
        return [
            request
            for batch in batches(sorted(set(ids)))
            for request in self._all(RequestRow.select().where(RequestRow.id.in_(batch)))
        ]

    def add(self, request: AccessRequest) -> None:
        """Keep a new request with its steward sources and no determinations.

        Raises AlreadyThere where the beneficiary has a pending request of this type for the product.
        """
        with one_only(f"`{request.whom}` has a pending request for this data product already: wait for that one"):
            self._in.add(RequestRow(id=request.id, revision=request.revision, **_fixed(request), **_changing(request)))
        self._in.add_later(RequestSourceRow, _source_rows(request))

    def save(self, request: AccessRequest) -> AccessRequest:
        """Keep a changed request; it comes back with its new revision. Whom it asks stays as it was added.

        Determinations are added by themselves. Raises StaleRevision where it was changed since it was read.
        """
        update_revision(self._in, RequestRow, request.id, request.revision, _changing(request))
        if request.final:
            self._in.change_later(_DECIDED.change(request.id))
        return replace(request, revision=request.revision + 1)

    def add_determination(self, made: Determination) -> None:
        """Keep a determination. Raises AlreadyThere where the steward has made one on this request."""
        with one_only(f"`{made.steward}` has determined this request already: a determination can't be edited"):
            self._in.add(
                DeterminationRow(
                    id=made.id,
                    request=made.request,
                    steward=made.steward,
                    verdict=made.verdict.value,
                    reason=made.reason,
                    at=made.at,
                    duration=duration_to_text(made.term.duration),
                    end=made.term.end,
                    stood_for=sorted(made.stood_for),
                )
            )

    def open_for(self, whom: Whom, product: str, type: RequestType) -> AccessRequest | None:
        """The pending request of this type for this beneficiary and product, of which there is one at most."""
        return self._one(self._in.first(_OPEN_FOR(whom.id, whom.kind.value, product, type.value)))

    def open_on(self, whom: Whom, products: Collection[str], type: RequestType) -> dict[str, str]:
        """The ids of the pending requests of this type for a beneficiary, by the product they are for."""
        query = RequestRow.select(RequestRow.product, RequestRow.id).where(
            is_for(RequestRow, whom), RequestRow.type == type.value, PENDING
        )
        found: dict[str, str] = {}
        for batch in batches(sorted(products)):
            found |= dict(self._in.tuples(query.where(RequestRow.product.in_(batch))))
        return found

    def page(
        self,
        requester: str | None = None,
        whom: Whom | None = None,
        product: str | None = None,
        status: RequestStatus | None = None,
        cursor: str | None = None,
        limit: int = 50,
        reader: Reader | None = None,
        type: RequestType | None = None,
    ) -> Page[AccessRequest]:
        """Requests, the newest first, those with some requester, beneficiary, product, status and type if given.

        With a reader, only those they may read.
        """
        wanted = {
            RequestRow.requester: requester,
            RequestRow.beneficiary: whom and whom.id,
            RequestRow.beneficiary_kind: whom and whom.kind.value,
            RequestRow.product: product,
        }
        conditions = [field == value for field, value in wanted.items() if value is not None]
        conditions += [_is(status)] if status else []
        conditions += [RequestRow.type == SQL(f"'{type.value}'")] if type else []
        conditions += self._readable(reader, conditions) if reader and requester != reader.person else []
        query = RequestRow.select().order_by(*(field.desc() for field in OLDEST_FIRST)).limit(rows_wanted(limit))
        if conditions:
            query = query.where(*conditions)
        if cursor:
            query = query.where(after(OLDEST_FIRST, decode(cursor, (int, str)), descending=True))
        page = cut(self._in.rows(query), limit, _key)
        return Page(tuple(self._whole(page.items)), page.next)

    def _readable(self, reader: Reader, conditions: Sequence[Expression]) -> list[Expression]:
        """What leaves the reader's requests over: their ids where they are few, of all or of what is wanted.

        Else the wanted ones are asked one by one in their order, and a page is full soon.
        """
        for wanted in ((), conditions) if conditions else ((),):
            found = self._few(reader, wanted)
            if found is not None:
                return [RequestRow.id.in_(found)]
        return [readable_by(reader)]

    def _few(self, reader: Reader, conditions: Sequence[Expression]) -> list[str] | None:
        """The ids of what the reader may read, if they are few; read up to the first that is too many."""
        found: set[str] = set()
        for query in readings(reader):
            found |= {id for (id,) in self._in.tuples(query.where(*conditions).limit(FEW + 1))}
            if len(found) > FEW:
                return None
        return sorted(found)

    def inbox(
        self, source_keys: Collection[str], excluding: str, cursor: str | None = None, limit: int = 50
    ) -> Page[AccessRequest]:
        """Pending requests that ask one of the steward sources, the oldest first, each once.

        Those that `excluding` has determined are left out: no one may determine a request twice.
        """
        page = waiting_for(self._in, source_keys, excluding, cursor, limit)
        found = {request.id: request for request in self.many(page.items)}
        return page.map(lambda id: found[id])

    def pending_for(self, product: str) -> list[AccessRequest]:
        """All pending requests for a product, the oldest first."""
        return self._all(RequestRow.select().where(RequestRow.product == product, PENDING))

    def count_pending_for(self, product: str) -> int:
        """How many requests for a product are pending."""
        return self._count(RequestRow.product == product, PENDING)

    def count_pending_of(self, person: str) -> int:
        """How many pending requests someone made or would benefit from."""
        mine, made_for = RequestRow.requester == person, is_for(RequestRow, Whom(person))
        return self._count(mine, PENDING) + self._count(made_for, PENDING, RequestRow.requester != person)

    def pending_renewals(self, grant: str) -> list[AccessRequest]:
        """The pending requests that would renew a grant, the oldest first."""
        return self._all(RequestRow.select().where(RequestRow.renews == grant, PENDING))

    def pending_of_people(self, people: Collection[str]) -> list[AccessRequest]:
        """The pending requests that some people made, and those for their benefit, the oldest first."""
        found: dict[str, RequestRow] = {}
        for batch in batches(sorted(set(people))):
            benefits = RequestRow.beneficiary.in_(batch) & (RequestRow.beneficiary_kind == BeneficiaryKind.PERSON.value)
            for party in (RequestRow.requester.in_(batch), benefits):
                rows = self._in.rows(RequestRow.select().where(party, PENDING))
                found |= {row.id: row for row in rows}
        return self._whole(sorted(found.values(), key=_key))

    def pending_asking(self, source_keys: Collection[str], unroutable: bool) -> list[AccessRequest]:
        """The pending requests that ask one of the steward sources and are flagged or not, the oldest first."""
        found: dict[str, RequestRow] = {}
        for batch in batches(digests(source_keys)):
            asking = RequestSourceRow.select(RequestSourceRow.request).where(
                RequestSourceRow.source.in_(batch), RequestSourceRow.pending
            )
            flagged = RequestRow.unroutable if unroutable else ~RequestRow.unroutable
            rows = self._in.rows(RequestRow.select().where(RequestRow.id.in_(asking), PENDING, flagged))
            found |= {row.id: row for row in rows}
        return self._whole(sorted(found.values(), key=_key))

    def decided_on(self, product: str, status: RequestStatus, limit: int) -> list[AccessRequest]:
        """The last requests for a product that were decided in this way, the latest first."""
        query = (
            RequestRow.select()
            .where(RequestRow.product == product, _is(status))
            .order_by(RequestRow.decided_at.desc(), RequestRow.id.desc())
            .limit(limit)
        )
        return self._whole(self._in.rows(query))

    def pending_of(self, whom: Whom) -> list[AccessRequest]:
        """The pending requests for a beneficiary, the oldest first."""
        return self._all(
            RequestRow.select().where(
                RequestRow.beneficiary == whom.id, RequestRow.beneficiary_kind == whom.kind.value, PENDING
            )
        )

    def decided_for(self, whom: Whom, product: str, type: RequestType, limit: int) -> list[AccessRequest]:
        """The last requests of a type for a beneficiary and product that were approved or denied, the latest first."""
        return self._whole(self._in.rows(_DECIDED_FOR(whom.id, whom.kind.value, product, type.value).limit(limit)))

    def submitted_since(self, since: datetime, cursor: str | None, limit: int) -> Page[AccessRequest]:
        """Requests made at an instant or later, the oldest first."""
        query = RequestRow.select().where(RequestRow.created_at >= since).order_by(*OLDEST_FIRST)
        if cursor:
            query = query.where(after(OLDEST_FIRST, decode(cursor, (int, str))))
        page = cut(self._in.rows(query.limit(rows_wanted(limit))), limit, _key)
        return Page(tuple(self._whole(page.items)), page.next)

    def due_to_lapse(self, now: datetime, limit: int = 100) -> list[AccessRequest]:
        """Pending requests whose time has passed, the longest past first."""
        query = (
            RequestRow.select()
            .where(PENDING, RequestRow.lapses_at <= now)
            .order_by(RequestRow.lapses_at, RequestRow.id)
            .limit(limit)
        )
        return self._whole(self._in.rows(query))

    def _count(self, *conditions: Expression) -> int:
        [(count,)] = self._in.tuples(RequestRow.select(fn.COUNT(SQL("*"))).where(*conditions))
        return int(count)

    def _all(self, query: ModelSelect[RequestRow]) -> list[AccessRequest]:
        return self._whole(self._in.rows(query.order_by(*OLDEST_FIRST)))

    def _one(self, row: RequestRow | None) -> AccessRequest | None:
        return self._whole([row])[0] if row else None

    def _whole(self, rows: Sequence[RequestRow]) -> list[AccessRequest]:
        """The requests of these rows, in their order, with their determinations."""
        made: dict[str, list[Determination]] = defaultdict(list)
        for batch in batches([row.id for row in rows]):
            for determination in self._in.rows(_DETERMINATIONS(list(batch))):
                made[determination.request].append(_determination(determination))
        return [_request(row, tuple(made[row.id])) for row in rows]


def _key(row: RequestRow) -> Key:
    return microseconds(row.created_at), row.id


def _fixed(request: AccessRequest) -> dict[str, object]:
    """What stays as it was submitted."""
    return {
        "type": request.type.value,
        "product": request.product,
        "requester": request.requester,
        "beneficiary": request.beneficiary,
        "beneficiary_kind": request.beneficiary_kind.value,
        "columns": list(map(column_to_json, request.columns)),
        "form": request.form,
        "form_version": request.form_version,
        "created_at": request.created_at,
        "quorum": request.quorum and request.quorum.value,
        "sources": list(map(required_to_json, request.sources)),
        "answers": dict(request.answers),
        "acceptance": acceptance_to_json(request.acceptance),
        "packs": dict(request.packs),
        "renews": request.renews,
        "justification": request.justification,
    }


def _changing(request: AccessRequest) -> dict[str, object]:
    return {
        "status": request.status.value,
        "decided_at": request.decided_at,
        "lapses_at": request.lapses_at,
        "unroutable": request.unroutable,
    }


def _source_rows(request: AccessRequest) -> list[dict[str, object]]:
    return [
        {
            "request": request.id,
            "source": source,
            "pending": not request.final,
            "created_at": request.created_at,
        }
        for source in digests({needed.source.key for needed in request.sources if needed.source})
    ]


def _request(row: RequestRow, determinations: tuple[Determination, ...]) -> AccessRequest:
    return AccessRequest(
        id=row.id,
        type=RequestType(row.type),
        product=row.product,
        requester=row.requester,
        beneficiary=row.beneficiary,
        form=row.form,
        form_version=row.form_version,
        created_at=row.created_at,
        quorum=Quorum(row.quorum) if row.quorum else None,
        sources=tuple(map(required_from_json, row.sources)),
        answers=row.answers,
        acceptance=acceptance_from_json(row.acceptance),
        packs=row.packs,
        status=RequestStatus(row.status),
        determinations=determinations,
        decided_at=row.decided_at,
        lapses_at=row.lapses_at,
        renews=row.renews,
        justification=row.justification,
        unroutable=row.unroutable,
        beneficiary_kind=BeneficiaryKind(row.beneficiary_kind),
        columns=tuple(map(column_from_json, row.columns)),
        revision=row.revision,
    )


def _determination(row: DeterminationRow) -> Determination:
    return Determination(
        id=row.id,
        request=row.request,
        steward=row.steward,
        verdict=Verdict(row.verdict),
        reason=row.reason,
        at=row.at,
        term=Term(duration_from_text(row.duration), row.end),
        stood_for=frozenset(row.stood_for),
    )
