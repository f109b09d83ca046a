"""What a handler hands back: the new values to keep, the verdict they rest on, and what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from placet.domain.events import Event
from placet.domain.products import DataProduct
from placet.domain.requests import AccessRequest, Determination, Grant


@dataclass(frozen=True)
class Ruling:
    """What the rules said to one question, as it is stored: `proof` holds facts, conclusions and their reasons."""

    question: str
    request: str
    proof: Mapping[str, object] = field(hash=False)
    packs: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True)
class Change:
    """Everything one command changes; the service writes all of it in one transaction, or nothing."""

    events: tuple[Event, ...]
    request: AccessRequest | None = None
    determination: Determination | None = None
    new_grant: Grant | None = None
    grants: tuple[Grant, ...] = ()
    requests: tuple[AccessRequest, ...] = ()
    product: DataProduct | None = None
    rulings: tuple[Ruling, ...] = ()
