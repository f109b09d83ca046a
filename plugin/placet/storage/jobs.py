"""Provisioning jobs: written in the transaction that calls for them, run by the worker until they succeed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from peewee import Expression, ModelSelect, fn

from placet.storage.event_tables import JobRow
from placet.storage.transaction import Transaction, batches


@dataclass(frozen=True)
class Job:
    """Something to bring into effect on a target; `subject` is what it is about: a grant's id, or a product's.

    `attempts` counts claims; `error` is what the last one ran into.
    """

    id: int
    kind: str
    target: str
    subject: str
    created_at: datetime
    due_at: datetime
    payload: Mapping[str, object] = field(default_factory=dict, hash=False)
    attempts: int = 0
    error: str = ""
    finished_at: datetime | None = None


class Jobs:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add(
        self,
        kind: str,
        target: str,
        subject: str,
        at: datetime,
        payload: Mapping[str, object] | None = None,
        turn: int = 0,
    ) -> None:
        """Queue a job, due at once; of those that are due, the ones of a lower turn go first."""
        row = {
            "kind": kind,
            "target": target,
            "subject": subject,
            "payload": dict(payload or {}),
            "created_at": at,
            "due_at": at,
            "attempts": 0,
            "error": "",
            "turn": turn,
        }
        self._in.add_later(JobRow, [row])

    def claim(self, now: datetime, lease: timedelta, but_on: Collection[str] = ()) -> Job | None:
        """Take the job of the first turn that is due longest, for as long as the lease; nobody else gets it meanwhile.

        Those on the targets `but_on` are left alone. A job on the same subject and target as one under lease waits: two
        at once could leave the older one's effect.
        """
        self._in.hold_queue("jobs")
        row = self._in.first(
            JobRow.select().where(_claimable(now, but_on)).order_by(JobRow.turn, JobRow.due_at, JobRow.id)
        )
        if row is None:
            return None
        row.attempts += 1
        taken = {"leased_until": now + lease, "attempts": row.attempts}
        self._in.change(JobRow.update(taken).where(JobRow.id == row.id))
        return _job(row)

    def alike(self, job: Job) -> list[int]:
        """The numbers of the other jobs of its kind, about the same and on the same target, not in effect yet."""
        same = (JobRow.kind == job.kind) & (JobRow.target == job.target) & (JobRow.subject == job.subject)
        query = JobRow.select().where(same, JobRow.id != job.id, JobRow.finished_at.is_null())
        return [other.id for other in self._in_order(query)]

    def done(self, id: int, at: datetime) -> None:
        """The job is in effect."""
        self.all_done([id], at)

    def all_done(self, ids: Sequence[int], at: datetime) -> None:
        """These jobs are in effect."""
        finished = {"finished_at": at, "leased_until": None, "error": ""}
        for batch in batches(ids):
            self._in.change(JobRow.update(finished).where(JobRow.id.in_(batch)))

    def failed(self, id: int, error: str, next_at: datetime) -> None:
        """The job is not in effect; it is due again at `next_at`."""
        again = {"error": error, "leased_until": None, "due_at": next_at}
        self._in.change(JobRow.update(again).where(JobRow.id == id, JobRow.finished_at.is_null()))

    def of_grant(self, grant: str) -> list[Job]:
        """All jobs about a grant, in the order they were queued."""
        return self._in_order(JobRow.select().where(JobRow.subject == grant))

    def waiting_for(self, subjects: Collection[str]) -> dict[str, str]:
        """Those of the subjects that have a job not in effect yet, each with what its last attempt ran into, if any."""
        waiting: dict[str, str] = {}
        for batch in batches(sorted(set(subjects))):
            unfinished = JobRow.select().where(JobRow.subject.in_(batch), JobRow.finished_at.is_null())
            for job in self._in_order(unfinished):
                waiting[job.subject] = job.error or waiting.get(job.subject, "")
        return waiting

    def unfinished(self, limit: int = 100) -> list[Job]:
        """Jobs not in effect yet, in the order they were queued."""
        return self._in_order(JobRow.select().where(JobRow.finished_at.is_null()).limit(limit))

    def waiting_on(self, target: str) -> list[Job]:
        """The jobs on a target that are not in effect yet, in the order they were queued."""
        return self._in_order(JobRow.select().where(JobRow.target == target, JobRow.finished_at.is_null()))

    def page_on(self, target: str, limit: int) -> list[Job]:
        """The first of the jobs on a target that are not in effect yet, in the order they were queued."""
        query = JobRow.select().where(JobRow.target == target, JobRow.finished_at.is_null())
        return self._in_order(query.limit(limit))

    def count_on(self, target: str) -> int:
        """How many jobs on a target are not in effect yet."""
        query = JobRow.select(fn.COUNT(JobRow.id)).where(JobRow.target == target, JobRow.finished_at.is_null())
        [(count,)] = self._in.tuples(query)
        return int(count)

    def last_done(self, target: str) -> Job | None:
        """The job on a target that came into effect last."""
        query = JobRow.select().where(JobRow.target == target, JobRow.finished_at.is_null(False))
        row = self._in.first(query.order_by(JobRow.finished_at.desc(), JobRow.id.desc()).limit(1))
        return _job(row) if row else None

    def retry(self, target: str, now: datetime) -> int:
        """Let every job on a target that failed be tried again now; how many."""
        waits = (JobRow.target == target) & JobRow.finished_at.is_null() & (JobRow.due_at > now)
        return self._in.change(JobRow.update({"due_at": now}).where(waits))

    def waiting(self, ids: Sequence[int]) -> list[Job]:
        """Those of the jobs that are not in effect yet."""
        found = [JobRow.select().where(JobRow.id.in_(batch), JobRow.finished_at.is_null()) for batch in batches(ids)]
        return [job for query in found for job in self._in_order(query)]

    def _in_order(self, query: ModelSelect[JobRow]) -> list[Job]:
        return [_job(row) for row in self._in.rows(query.order_by(JobRow.id))]


def _claimable(now: datetime, but_on: Collection[str]) -> Expression:
    other = JobRow.alias()
    running = other.select(other.id).where(
        other.subject == JobRow.subject,
        other.target == JobRow.target,
        other.finished_at.is_null(),
        other.leased_until > now,
    )
    condition: Expression = JobRow.finished_at.is_null() & (JobRow.due_at <= now) & ~fn.EXISTS(running)
    return condition & JobRow.target.not_in(sorted(but_on)) if but_on else condition


def _job(row: JobRow) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        target=row.target,
        subject=row.subject,
        created_at=row.created_at,
        due_at=row.due_at,
        payload=row.payload,
        attempts=row.attempts,
        error=row.error,
        finished_at=row.finished_at,
    )
