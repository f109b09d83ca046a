"""Which packs a pack is joined with: those of the forms by which requests are made."""

from __future__ import annotations

from placet.domain.forms import STANDARD_PACKS, RequestForm, in_order
from placet.engine import PackSource, load_pack
from placet.service.packs import kept
from placet.storage import Session

Combination = tuple[PackSource, ...]


def name_of(text: str) -> str:
    """The name a pack gives itself. Raises PackError where it can't be read."""
    return load_pack(PackSource("pack.yaml", text)).program.packs[0]


def source_of(name: str, text: str) -> PackSource:
    """A pack under the file name that messages about it use."""
    return PackSource(f"{name}.yaml", text)


def combinations(session: Session, name: str, text: str) -> list[Combination]:
    """The packs of every form in use that names this one, with `text` in its place; each combination once.

    One that no form names yet is joined with the standard packs, as it would be for a form that names it.
    """
    in_force = session.packs.in_force()
    lists = {in_order(form.packs) for form in forms_naming(session, name)} or {in_order((*STANDARD_PACKS, name))}
    return [
        tuple(source_of(name, text) if one == name else kept(session, in_force[one]) for one in names)
        for names in sorted(lists)
    ]


def forms_naming(session: Session, name: str) -> list[RequestForm]:
    """The forms in use that name a pack; the standard packs are named by all."""
    return [form for form in session.forms.in_use() if name in form.packs]
