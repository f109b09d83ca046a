"""What a request form refers to has to be there when it is saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from placet.domain.errors import PackError
from placet.domain.forms import STANDARD_PACKS, BadForm, RequestForm, in_order
from placet.domain.people import Person, SourceKind, StewardSource
from placet.domain.products import DataProduct, ProductState
from placet.engine import load_pack
from placet.service.packs import kept
from placet.storage import Session

KNOWN: Mapping[SourceKind, Callable[[Session, StewardSource], bool]] = {
    SourceKind.USER: lambda session, source: session.people.person(source.name) is not None,
    SourceKind.GROUP: lambda session, source: session.people.group(source.name) is not None,
    SourceKind.DOMAIN_PERMISSION: lambda session, source: (
        not source.value or session.domains.get(source.value) is not None
    ),
}
"""Whether what a steward source names exists; attributes exist wherever someone has them."""


def refuse_missing(session: Session, form: RequestForm) -> None:
    """Raises BadForm where a form names packs that are not in force, or people, groups or domains that do not exist."""
    refuse_packs_not_in_force(session, form)
    for source in form.flow.sources:
        if source.kind in KNOWN and not KNOWN[source.kind](session, source):
            raise BadForm(f"the steward source `{source}` names a {source.kind} that does not exist: choose another")


def refuse_packs_not_in_force(session: Session, form: RequestForm) -> None:
    """A form names the standard packs, and only packs in force."""
    in_force = session.packs.in_force()
    if missing := [name for name in STANDARD_PACKS if name not in form.packs]:
        raise BadForm(f"every form needs the rule pack `{missing[0]}`")
    if unknown := [name for name in form.packs if name not in in_force]:
        raise BadForm(f"the rule pack `{unknown[0]}` is not in force: put it in force first, or leave it out")
    try:
        load_pack(*(kept(session, in_force[name]) for name in in_order(form.packs)))
    except PackError as error:
        raise BadForm(f"the packs {', '.join(form.packs)} can't decide together: {error.detail}") from None


def with_agreement(session: Session, form: RequestForm) -> RequestForm:
    """The form with the version of its agreement that it pins, the latest where none is named; it is not deleted now.

    Raises BadForm where there is none, or none any more.
    """
    if not form.agreement:
        return form
    session.agreements.share(form.agreement.id)
    pinned = session.agreements.get(form.agreement.id, form.agreement.version or None)
    if not pinned or pinned.retired:
        raise BadForm(f"no data use agreement has the id `{form.agreement.id}` and that version: choose another")
    return replace(form, agreement=pinned)


def is_steward_of(actor: Person, form: RequestForm, products: list[DataProduct]) -> bool:
    """Whether the sources of a form make someone a steward, in the domain of any product that it was published with.

    A draft counts for nothing: anyone who manages a domain makes one, by any form.
    """
    domains = {product.domain for product in products if product.state is not ProductState.DRAFT}
    return any(is_steward_in(actor, form, domain) for domain in (*domains, ""))


def is_steward_in(actor: Person, form: RequestForm, domain: str) -> bool:
    """Whether the sources of a form make someone a steward of what is asked for in a domain."""
    return actor.active and bool({source.in_domain(domain).key for source in form.flow.sources} & actor.source_keys())
