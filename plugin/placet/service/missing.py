"""What a request still lacks by its rules, and who could give it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from placet.domain.people import Person
from placet.domain.requests import AccessRequest
from placet.engine import Need
from placet.workflow.known import Known
from placet.workflow.rulebook import Rulebook
from placet.workflow.situation import Situation, stewards_of

MOST_AT_ONCE = 20
"""So many are looked at while a page is waited for that shows much else: each that is like no other costs time."""


@dataclass(frozen=True)
class Missing:
    """What is needed for an approval (None: it is out of reach), and who could approve for each steward source.

    `people` are those who could, by their ids. Nothing is needed of a request that is final.
    """

    needs: tuple[Need, ...] | None = ()
    could: Mapping[str, frozenset[str]] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)


def missing(request: AccessRequest, situation: Situation, rules: Rulebook, most: int | None = None) -> Missing:
    """What the rules say of the people that a request's steward sources name; no needs where these are over `most`."""
    if request.final:
        return Missing()
    ids = frozenset[str]().union(*stewards_of(request.sources, situation.stewards).values())
    known = Known(request, situation)
    people = {person.id: person for person in known.background.people(ids)}
    known = replace(known, asked=tuple(people.values()))
    names = {id: person.name for id, person in people.items()} | labels(request)
    return Missing(rules.needs(known, names) if most is None or len(ids) <= most else (), rules.could(known), people)


def labels(request: AccessRequest) -> dict[str, str]:
    """What people call the steward sources of a request, by what the rules call them."""
    found: dict[str, list[str]] = {}
    for needed in request.sources:
        found.setdefault(needed.key, []).append(needed.label)
    return {key: ", ".join(several) for key, several in found.items()}


def named_by(needs: tuple[Need, ...] | None) -> set[str]:
    """The ids that needs speak of: of those who could take a step, and of those who are alike."""
    found = {str(value) for need in needs or () for chance in need.chances for value in chance.values.values()}
    return found | {id for need in needs or () for others in need.alike.values() for id in others}
