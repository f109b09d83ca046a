"""Keeping people, groups and logins: what every way into the directory checks, writes and tells alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from placet.domain.errors import AlreadyThere, Forbidden, Invalid, PlacetError
from placet.domain.events import Event, GroupSaved, LoginChanged, PersonSaved, TokenRevoked
from placet.domain.people import NOTHING_HELD, GlobalPermission, Group, Holdings, Person, PersonKind
from placet.domain.permissions import Action, refuse_unless_may
from placet.domain.requests import held_as
from placet.service.context import holders_of
from placet.service.directory import DirectoryChange, refuse_reserved
from placet.storage import Login
from placet.storage.people import holdings

MOST_TOLD = 100
"""So much of each list stands in one entry of the trail; longer ones go on in the next."""


class BadPerson(Invalid):
    """Nobody can be as it was described."""

    code = "bad-person"
    title = "A person can't be described so"


def keep_person(change: DirectoryChange, person: Person, before: Person | None, **said: object) -> None:
    """Write someone as they are given, and tell what they hold since and what no more.

    `before` is what is kept of them, also of someone removed. Raises Forbidden for the id of what happens by itself,
    BadPerson for another kind and what no person can be, AlreadyThere for an id that looks like someone else's.
    """
    refuse_bad_person(person, before)
    if before is None and (alike := change.session.people.alike(person.id)):
        raise AlreadyThere(
            f"`{person.id}` differs from `{alike}` only in case, width or spaces: nobody can tell two people by that"
        )
    if before and not before.active and change.session.directory.removed(person.id):
        change.session.notifications.forget(person.id)  # someone else was told that
    write_person(change, person, before, **said)


def refuse_bad_person(person: Person, before: Person | None) -> None:
    """Raises Forbidden, BadPerson."""
    refuse_reserved(person.id)
    if person.problem:
        raise BadPerson(f"`{person.id[:50]}` can't be described so: {person.problem}")
    if before and before.kind is not person.kind:
        raise BadPerson(f"`{person.id}` is a {before.kind}: that stays so, make another one instead")


def write_person(change: DirectoryChange, person: Person, before: Person | None, **said: object) -> None:
    """Write someone who may be so. Whoever answered for a service account until now may have its tokens: they end."""
    kept = replace(person, attributes=with_values(person.attributes))
    change.session.people.save(kept)
    if before and before.owner != kept.owner:
        end_tokens(change, before, kept.owner)
    was, now = before.source_keys() if before else frozenset(), kept.source_keys()
    _tell(change, PersonSaved, kept, {"given": now - was, "taken": was - now}, owner=kept.owner, **said)


def remove_person(change: DirectoryChange, known: Person) -> None:
    """Leave someone out of all lists, without anything they held: whoever is made anew under the id is someone else."""
    session = change.session
    write_person(change, Person(known.id, known.name, known.email, known.kind, known.owner, active=False), known)
    end_tokens(change, known)
    session.baskets.remove(known.id, session.baskets.of(known.id))
    governors = holders_of(session, GlobalPermission.GOVERNANCE)
    for login in session.logins.remove(known.id):
        change.tell(_changed_login(change, login, login.login, "", governors))
    change.remove_person(known)


def end_tokens(change: DirectoryChange, holder: Person, *told: str | None) -> None:
    """Revoke the tokens of someone; of a service account, its owner is told."""
    others = tuple(sorted({one for one in (holder.owner, *told) if one} - {change.actor}))
    for token in change.session.tokens.revoke_all(holder.id, change.actor, change.now):
        data = {"name": token.name, "holder": holder.id}
        change.tell(TokenRevoked(change.actor, change.now, token.id, data=data, tells=others))


def keep_group(change: DirectoryChange, group: Group, held: Holdings, before: Holdings = NOTHING_HELD) -> None:
    """Write a group, and tell what its members hold through it since and what no more."""
    kept = Holdings(with_values(held.attributes), held.permissions, held.domain_permissions)
    change.session.people.save_group(group, kept.attributes, kept.permissions, kept.domain_permissions)
    was, now = _keys(before), _keys(kept)
    _tell(change, GroupSaved, group, {"given": now - was, "taken": was - now})


def keep_missing_groups(change: DirectoryChange, ids: Iterable[str]) -> list[str]:
    """Make those of the groups that are not there yet; they hold nothing. The ids of what was made."""
    missing = [id for id in sorted(set(ids)) if change.session.people.group(id) is None]
    for id in missing:
        keep_group(change, Group(id, id), NOTHING_HELD)
    return missing


def tell_members(change: DirectoryChange, group: Group, joined: Iterable[str], left: Iterable[str]) -> None:
    """Tell who came into a group and who left it."""
    _tell(change, GroupSaved, group, {"joined": joined, "left": left})


def keep_logins(change: DirectoryChange, logins: Iterable[Login], actor: Person | None) -> None:
    """Write the logins that are new or others than before; each change is told to its person and to GOVERNANCE.

    The platform's own number for one that stays is kept. `actor` is None for whoever runs the server. Raises Forbidden
    where someone who has access on the platform would get another login and the actor may not change it, AlreadyThere
    where it is someone else's.
    """
    session = change.session
    governors = holders_of(session, GlobalPermission.GOVERNANCE)
    for login in logins:
        known = session.logins.of(login.person, login.target)
        old = known.login if known else ""
        if old == login.login:
            continue
        if actor and old and _has_access(change, login):
            refuse_unless_may(actor, Action.CHANGE_LOGIN)
        session.logins.save(login)
        change.tell(_changed_login(change, login, old, login.login, (login.person, *governors)))


def _has_access(change: DirectoryChange, login: Login) -> bool:
    """Whether someone, or a group they are in, has a grant on a product of the platform, also one that begins later."""
    session = change.session
    person = session.people.person(login.person)
    grants = session.grants.live_of(held_as(person), change.now) if person else ()
    return any(login.target in session.products.targets(product) for product in {grant.product for grant in grants})


def _changed_login(change: DirectoryChange, login: Login, old: str, new: str, told: Iterable[str]) -> LoginChanged:
    data = {"person": login.person, "target": login.target, "old": old, "new": new}
    tells = tuple(one for one in dict.fromkeys(told) if one != change.actor)
    return LoginChanged(change.actor, change.now, login.person, data=data, tells=tells)


def refuse_account(known: Person | None) -> None:
    """Raises Forbidden for a service account: those act by tokens alone, whoever the host says is asking."""
    if known and known.kind is PersonKind.SERVICE_ACCOUNT:
        raise Forbidden(f"`{known.id}` is a service account here, which acts by tokens alone: nobody signs in as it")


@contextmanager
def refused_as(kind: type[PlacetError]) -> Iterator[None]:
    """Whoever can't be kept is refused as the way in refuses."""
    try:
        yield
    except (BadPerson, AlreadyThere) as error:
        raise kind(error.detail) from error


def with_values(attributes: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """The attributes that have a value; the directory keeps no others."""
    return {key: values for key, values in attributes.items() if values}


def _keys(held: Holdings) -> set[str]:
    return {source.key for source in holdings(held.attributes, held.permissions, held.domain_permissions)}


def _tell(
    change: DirectoryChange,
    kind: type[Event],
    subject: Person | Group,
    lists: Mapping[str, Iterable[str]],
    **said: object,
) -> None:
    """Tell of someone or a group, in as many entries as the lists take: nothing of them is left out."""
    sorted_lists = {key: sorted(values) for key, values in lists.items()}
    starts = range(0, max(1, *map(len, sorted_lists.values())), MOST_TOLD)
    for part, start in enumerate(starts, 1):
        piece = {key: values[start : start + MOST_TOLD] for key, values in sorted_lists.items()}
        numbered = {"part": part, "parts": len(starts)} if len(starts) > 1 else {}
        change.tell(change.event(kind, subject.id, subject.name, **piece, **numbered, **said))
