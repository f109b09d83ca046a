"""Whom a request is for: oneself, someone found in the directory, or a group of one's own."""

from __future__ import annotations

from placet.domain.errors import Invalid
from placet.domain.people import Group, Person
from placet.domain.requests import BeneficiaryKind, Whom
from placet.identity.web import marketplace
from placet.pages.answers import Sent

SOMEONE, A_GROUP = "person:", "group:"


class BeneficiaryUnclear(Invalid):
    """What was written names nobody, or more than one; `matches` are the people it may mean."""

    code = "beneficiary-unclear"
    title = "It is not clear whom the request is for"

    def __init__(self, detail: str, matches: tuple[Person, ...] = ()) -> None:
        super().__init__(detail)
        self.matches = matches


def groups_of(actor: Person) -> list[Group]:
    """The groups that the actor can ask for."""
    return marketplace().people.own_groups(actor)


def chosen(actor: Person, sent: Sent) -> Whom:
    """The beneficiary. Raises BeneficiaryUnclear rather than guess: a wrong one would be a wrong grant."""
    whom, written = sent.get("for", "me"), sent.get("other", "").strip()
    if whom.startswith(SOMEONE):
        return Whom(whom.removeprefix(SOMEONE))
    if whom.startswith(A_GROUP):
        return Whom(whom.removeprefix(A_GROUP), BeneficiaryKind.GROUP)
    if whom == "other":
        return Whom(_named(actor, written))
    if written:
        raise BeneficiaryUnclear(f"you wrote `{written}` but chose yourself: choose one of the two, or clear the field")
    return Whom(actor.id)


def _named(actor: Person, written: str) -> str:
    """The id of the one person who is called exactly that; anything less is shown to be chosen from."""
    if not written:
        raise BeneficiaryUnclear("write whom it is for: an id, an e-mail address or a name")
    found = marketplace().people.search(actor, written)
    exact = [person for person in found if written.casefold() in _called(person)]
    if len(exact) == 1:
        return exact[0].id
    if not found:
        raise BeneficiaryUnclear(f"nobody is called `{written}`: write an id, an e-mail address or a name")
    raise BeneficiaryUnclear(f"choose whom you mean by `{written}`, or write it in full", tuple(exact or found))


def _called(person: Person) -> set[str]:
    return {person.id.casefold(), person.email.casefold(), person.name.casefold()}
