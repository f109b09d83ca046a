"""Domains in a file of definitions."""

from __future__ import annotations

from collections.abc import Sequence

from placet.domain.people import Person
from placet.domain.products import Domain
from placet.service.context import Context
from placet.service.definitions.kind import SET, WORD, Kind, Plain, Standing
from placet.service.definitions.shapes import Member, Record
from placet.service.domains import Domains
from placet.storage import Session


class DomainKind(Kind):
    """Domains."""

    section = "domains"
    shape = Record(
        {
            "name": Member(WORD, about="What people call it."),
            "description": Member(WORD, "", "What it is for."),
            "tags": Member(SET, [], "It holds every data source with one of these tags, and no others."),
        }
    )

    def ids(self, session: Session) -> list[str]:
        return sorted(domain.id for domain in session.domains.all())

    def standing(self, session: Session, ids: Sequence[str]) -> dict[str, Standing]:
        return {domain.id: _standing(domain) for domain in session.domains.many(ids)}

    def write(self, context: Context, actor: Person, id: str, wanted: Plain, standing: Standing | None) -> None:
        domain = Domain(id, wanted["name"], wanted["description"], frozenset(wanted["tags"]))
        if standing:
            Domains(context).save(actor, domain, standing.value.revision)
        else:
            Domains(context).create(actor, domain)


def _standing(domain: Domain) -> Standing:
    return Standing({"name": domain.name, "description": domain.description, "tags": sorted(domain.tags)}, domain)
