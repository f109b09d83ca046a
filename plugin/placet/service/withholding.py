"""What is left out of a request for who may read it, but not what the rules were told about its beneficiary.

Whoever asks for another is the one that this is about: asking must be no way to learn what someone holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from placet.domain.people import Group, Person
from placet.domain.permissions import Action, may
from placet.domain.products import DataProduct
from placet.domain.requests import AccessRequest
from placet.engine import Need, Proof
from placet.service.reading import owned_by, request_place
from placet.storage import Session
from placet.workflow.vocabulary import PERSONAL

WITHHELD = "This rests on what you may not read about the beneficiary."


def reads_standing(session: Session, viewer: Person, request: AccessRequest, product: DataProduct) -> bool:
    """Whether someone may read what the rules were told about the beneficiary of a request."""
    return may(viewer, Action.READ_STANDING, request_place(request, product, viewer, owned_by(session, viewer)))


def as_shown(session: Session, request: AccessRequest, product: DataProduct, viewer: Person) -> AccessRequest:
    """A request as the viewer may read it: why it was decided at once in the words of its form, not in those of rules.

    What the rules say there may tell what the beneficiary holds, and so does which grant it prolongs.
    """
    if not (request.justification or request.renews) or reads_standing(session, viewer, request, product):
        return request
    form = session.forms.get(request.form, request.form_version)
    said = {"", form.flow.justification if form else ""}
    return replace(
        request, renews=None, justification=request.justification if request.justification in said else WITHHELD
    )


def tells_of(proof: Proof, person: str) -> bool:
    """Whether a proof shows what someone holds, or that they don't hold something."""
    shown = proof.as_json()
    told = (one["values"] for one in shown["facts"] if one["kind"] in PERSONAL)
    absent = (one["tests"] for made in shown["conclusions"] for one in made["without"] if one["kind"] in PERSONAL)
    return any(values["person"] == person for values in told) or any(_may_mean(tests, person) for tests in absent)


def _may_mean(tests: Iterable[str], person: str) -> bool:
    """Whether what had to be absent is not plainly about someone else."""
    named = [test for test in tests if test.startswith("person is ")]
    return f"person is {person}" in named or not named


def emptied(proof: Proof) -> Proof:
    """A proof that shows nothing."""
    return Proof(proof.pack, (), {}, proof.kinds)


def without_reasons(needs: tuple[Need, ...] | None) -> tuple[Need, ...] | None:
    """What is needed and who could give it, without why they could, which may tell of the beneficiary."""
    if needs is None:
        return None
    return tuple(replace(need, chances=tuple(replace(chance, because=()) for chance in need.chances)) for need in needs)


def only_named(beneficiary: Person | Group) -> Person | Group:
    """A person without anything that they hold; a group is only a name."""
    if isinstance(beneficiary, Group):
        return beneficiary
    nothing = frozenset[str]()
    return replace(beneficiary, groups=nothing, attributes={}, permissions=frozenset(), domain_permissions=frozenset())
