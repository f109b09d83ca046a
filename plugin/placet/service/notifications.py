"""What people were told, as views and commands."""

from __future__ import annotations

from placet.domain.errors import NotFound
from placet.domain.people import Person
from placet.service.context import Context, refuse_inactive
from placet.service.views import Page
from placet.storage import Notification


class Notifications:
    """Read one's notifications."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def mine(self, actor: Person, cursor: str = "", limit: int | None = None) -> Page[Notification]:
        """What the actor was told, the newest first."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            return session.notifications.of(actor.id, cursor or None, self._context.page_size(limit))

    def unread(self, actor: Person) -> int:
        """How many the actor has not read."""
        with self._context.store.reading() as session:
            return session.notifications.unread(actor.id)

    def mark_read(self, actor: Person, id: str) -> None:
        """Note that the actor has read one of theirs. Raises NotFound for any other, and for one read before."""
        refuse_inactive(actor)
        with self._context.store.writing() as session:
            if not session.notifications.mark_read(id, actor.id, self._context.clock.now()):
                raise NotFound(f"no unread notification of yours has the id `{id}`")
