"""What the parties of a request held when it was submitted, beside what they hold now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from placet.domain.requests import AccessRequest
from placet.storage import Session
from placet.workflow.known import Known
from placet.workflow.situation import Situation
from placet.workflow.vocabulary import OPENING, kept, tell


class HeldKind(StrEnum):
    """What sort of thing someone holds, by the word that rules are told it with."""

    GROUP = "member"
    ATTRIBUTE = "attribute"
    PERMISSION = "holds"
    DOMAIN_PERMISSION = "holds in"


@dataclass(frozen=True)
class Held:
    """Something that someone held at submission, holds now, or both.

    `name` is the group, the key of the attribute, the permission, or the domain; `value` the attribute's value, or the
    permission in the domain.
    """

    kind: HeldKind
    name: str
    value: str = ""
    then: bool = False
    now: bool = False

    @property
    def changed(self) -> bool:
        return self.then != self.now


def held_by_parties(
    session: Session, request: AccessRequest, situation: Situation, told: bool
) -> Mapping[str, tuple[Held, ...]] | None:
    """What each party held and holds, by person id, in order; None where nothing was kept of the submission.

    `told` says whether the beneficiary is among them, where that is not the requester as well. What the rules were told
    then is compared with what they would be told now, so what no rule can hold counts too.
    """
    opening = next((one for one in session.verdicts.of(request.id) if one.question == OPENING), None)
    if opening is None:
        return None
    told_now = kept(tell(Known(request, situation), OPENING, list(HeldKind)), OPENING)
    then, now = facts_of(opening.told), facts_of(told_now)
    return {
        person.id: tuple(
            Held(kind, name, value, then=fact in then, now=fact in now)
            for fact in sorted(then | now, key=in_order)
            for kind, id, name, value in [fact]
            if id == person.id
        )
        for person in (situation.people if told else (situation.requester,))
    }


Fact = tuple[HeldKind, str, str, str]
"""What someone holds: its kind, the person, its name, and its value or nothing."""


def facts_of(told: Mapping[str, Iterable[Sequence[object]]]) -> set[Fact]:
    """What people hold, out of what rules are told."""
    rows = ((kind, [*map(str, row), ""]) for kind in HeldKind for row in told.get(kind, ()))
    return {(kind, row[0], row[1], row[2]) for kind, row in rows}


def in_order(fact: Fact) -> tuple[int, Fact]:
    """By kind in the order of the enumeration, and by name."""
    return list(HeldKind).index(fact[0]), fact
