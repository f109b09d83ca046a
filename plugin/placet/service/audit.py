"""The audit trail as views: who did what, and proof that nothing was changed since."""

from __future__ import annotations

from placet.domain.people import Person
from placet.domain.permissions import Action, Place, refuse_unless_may
from placet.outbox.audit import Report, verify
from placet.service.context import Context
from placet.service.views import Page
from placet.storage import Entry


class AuditViews:
    """Read and verify the audit trail."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def page(self, actor: Person, domain: str = "", cursor: str = "", limit: int | None = None) -> Page[Entry]:
        """Entries, the newest first; those of one domain for who may only read that."""
        refuse_unless_may(actor, Action.READ_AUDIT, Place(domain=domain))
        with self._context.store.reading() as session:
            limit = self._context.page_size(limit)
            return session.audit.page(domain=domain or None, cursor=cursor or None, limit=limit)

    def verify(self, actor: Person, head: str = "") -> Report:
        """Walk the whole chain; with `head`, the hash noted last time, cut tails are found as well."""
        refuse_unless_may(actor, Action.READ_AUDIT)
        with self._context.store.reading() as session:
            return verify(session, head or None)
