"""What a handler hands back: the new values to keep, the verdict they rest on, and what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from placet.domain.events import Event
from placet.domain.products import DataProduct
from placet.domain.reminders import Reminder
from placet.domain.requests import AccessRequest, Determination, Grant


@dataclass(frozen=True)
class Ruling:
    """What the rules said to one question, as it is stored.

    `told` is the whole vocabulary as it was told, also what no pack read; `proof` holds the facts that were read, the
    conclusions and their reasons.
    """

    question: str
    request: str
    told: Mapping[str, object] = field(hash=False)
    proof: Mapping[str, object] = field(hash=False)
    packs: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True)
class Change:
    """Everything one command changes; the service writes all of it in one transaction, or nothing.

    `new_request`, `new_grant` and `reminders` were not there before; `requests`, `grants` and `product` were. The
    reminders in `reminded` were told and go; those of a request that is final or a grant that has ended go by that.
    """

    events: tuple[Event, ...]
    new_request: AccessRequest | None = None
    determination: Determination | None = None
    new_grant: Grant | None = None
    requests: tuple[AccessRequest, ...] = ()
    grants: tuple[Grant, ...] = ()
    product: DataProduct | None = None
    rulings: tuple[Ruling, ...] = ()
    reminded: tuple[Reminder, ...] = ()
    reminders: tuple[Reminder, ...] = ()
