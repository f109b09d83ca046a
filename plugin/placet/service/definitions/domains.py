"""Domains in a file of definitions."""

from __future__ import annotations

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
            "name": Member(WORD),
            "description": Member(WORD, ""),
            "tags": Member(SET, [], "It holds every data source with one of these tags, and no others."),
        }
    )

    def ids(self, session: Session) -> list[str]:
        return sorted(domain.id for domain in session.domains.all())

    def standing(self, session: Session, id: str) -> Standing | None:
        if not (domain := session.domains.get(id)):
            return None
        plain = {"name": domain.name, "description": domain.description, "tags": sorted(domain.tags)}
        return Standing(plain, domain)

    def write(self, context: Context, actor: Person, id: str, wanted: Plain, standing: Standing | None) -> None:
        domain = Domain(id, wanted["name"], wanted["description"], frozenset(wanted["tags"]))
        if standing:
            Domains(context).save(actor, domain, standing.value.revision)
        else:
            Domains(context).create(actor, domain)
