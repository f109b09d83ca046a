"""What hosts can listen to: a blinker signal for each type of event, and one for all, sent after the commit.

A receiver is called as `receiver(app, event=..., id=...)`: the sender is the Flask app, `event` an `Event`, `id` what
webhooks carry as `webhook-id`. Signals are sent in the process that made the change, once; a process that dies between
its commit and its signals sends none. Webhooks survive that.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterable

from blinker import NamedSignal, Namespace

from placet.domain.errors import NotFound
from placet.domain.events import Event
from placet.outbox.recording import Recorded

log = logging.getLogger("placet.outbox")

_signals = Namespace()

event = _signals.signal("placet", "Everything that happened.")

_by_type = {kind.type: _signals.signal(kind.type, kind.__doc__) for kind in Event.__subclasses__()}


def of(type: str) -> NamedSignal:
    """The signal of one type of event, as `access_request.approved`. Raises NotFound for a type that does not exist."""
    if type in _by_type:
        return _by_type[type]
    close = difflib.get_close_matches(type, _by_type, 1)
    hint = f"did you mean `{close[0]}`?" if close else f"there are {', '.join(sorted(_by_type))}"
    raise NotFound(f"no event has the type `{type}`: {hint}")


def announce(sender: object, recorded: Iterable[Recorded]) -> None:
    """Tell every receiver what was committed. Never raises: what a receiver raises is logged and concerns no other."""
    for one in recorded:
        for signal in (_signals.signal(one.event.type), event):
            for receiver in signal.receivers_for(sender):
                try:
                    receiver(sender, event=one.event, id=one.id)
                except Exception:
                    log.exception("a receiver of `%s` failed on event %s", signal.name, one.id)
