"""Writing changes: the new values, the verdicts they rest on, the work for the data platforms, and what happened."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from placet.domain.events import Event
from placet.domain.reminders import About
from placet.domain.requests import AccessRequest, Grant
from placet.service.context import Transaction, new_id
from placet.storage import KeptVerdict, Session
from placet.workflow.change import Change

GRANT, REVOKE, ENDED = "grant", "revoke", "ended"
PRODUCT, DIRECTORY, CATALOG, POLICIES = "product", "directory", "catalog", "policies"
"""The kinds of provisioning job; the subject of the first three is a grant, of the others what changed."""


TURNS = {REVOKE: 0, PRODUCT: 1, DIRECTORY: 1, CATALOG: 1, POLICIES: 1, GRANT: 2, ENDED: 2}
"""What takes access away goes first, what may do both comes next, and what gives it last."""


def save(transaction: Transaction, at: datetime, *changes: Change) -> list[AccessRequest]:
    """Write everything that changed, and then tell of all of it; the caller's transaction makes it all or nothing.

    Returns the requests among it as they are now.
    """
    saved = [request for change in changes for request in keep(transaction.session, change, at)]
    tell(transaction, [event for change in changes for event in change.events])
    return saved


def keep(session: Session, change: Change, at: datetime) -> list[AccessRequest]:
    """Write what changed, without telling; the requests among it as they are now."""
    if change.product:
        session.products.save(change.product)
        add_jobs(session, PRODUCT, change.product.id, session.products.targets(change.product.id), at)
    if change.new_request:
        session.requests.add(change.new_request)
    _save_grants(session, change, at)
    _save_reminders(session, change)
    if change.determination:
        session.requests.add_determination(change.determination)
    session.verdicts.add_all(
        KeptVerdict(new_id(), ruling.request, at, ruling.question, ruling.told, ruling.proof, ruling.packs)
        for ruling in change.rulings
    )
    saved = [session.requests.save(request) for request in change.requests]
    return [*saved, change.new_request] if change.new_request else saved


def _save_grants(session: Session, change: Change, at: datetime) -> None:
    """The new grant and those that changed, each with the work it means for the platforms."""
    if change.new_grant:
        session.grants.add(change.new_grant)
        add_grant_jobs(session, GRANT, change.new_grant, at)
    for grant in change.grants:
        session.grants.save(grant)
        if grant.revocation or grant.expiry_told:
            add_grant_jobs(session, REVOKE if grant.revocation else ENDED, grant, at)


def _save_reminders(session: Session, change: Change) -> None:
    """The new reminders, without those that were told and those of what is over."""
    session.reminders.remove(change.reminded)
    for request in change.requests:
        if request.final:
            session.reminders.end(About.REQUEST, request.id)
    for grant in change.grants:
        if grant.revocation or grant.expiry_told:
            session.reminders.end(About.GRANT, grant.id)
    session.reminders.add_all(change.reminders)


def add_grant_jobs(session: Session, kind: str, grant: Grant, at: datetime) -> None:
    """The work that a grant means for the platforms of its product."""
    add_jobs(session, kind, grant.id, session.products.targets(grant.product), at)


def add_jobs(session: Session, kind: str, subject: str, targets: Iterable[str], at: datetime) -> None:
    """One provisioning job for each platform, in the transaction of what made it necessary."""
    for target in targets:
        session.jobs.add(kind, target, subject, at, turn=TURNS[kind])


def tell(transaction: Transaction, events: Iterable[Event]) -> None:
    """Record what happened: audit entry, outbox row and notifications, in the transaction of the change."""
    transaction.tell(events)
