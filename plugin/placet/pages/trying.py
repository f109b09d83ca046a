"""The form on which a rule pack is written, checked, tried, and put in force."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from flask import Response, request

from placet.domain.errors import Invalid, NotFound, PackError, PlacetError
from placet.domain.forms import STANDARD_PACKS
from placet.domain.people import Person
from placet.domain.permissions import Action, refuse_unless_may
from placet.engine import CheckReport
from placet.engine.differences import Difference
from placet.engine.packs import sha256
from placet.identity.web import marketplace, signed_in, state
from placet.pages.refused import NOTHING, Problem, Refused, refused
from placet.pages.rendering import page, see_other
from placet.service.checking import refuse_faulty
from placet.service.combining import name_of
from placet.service.new_pack import new_pack
from placet.service.pack_views import LONGEST_TEXT
from placet.service.replaying import MOST_AT_ONCE, Replayed
from placet.service.simulating import Simulation

LOOKS_BACK = timedelta(days=90)
MOST_LISTED = 50
"""Requests of a replay, and conclusions of a simulation times ten, that one page lists."""
FIELDS = {"bad-fact": "facts", "bad-since": "since", "text-too-long": "text"}


class BadSince(Invalid):
    code = "bad-since"


class TextTooLong(Invalid):
    code = "text-too-long"


@dataclass(frozen=True)
class Draft:
    """What stands in the form; `confirmed` tells what was compared, and `replacing` the hash it was compared with."""

    text: str
    cases: str
    facts: str
    packs: tuple[str, ...]
    since: str
    replacing: str = ""
    confirmed: str = ""

    @property
    def hash(self) -> str:
        """Tells this pack with these cases from any other."""
        return sha256(f"{self.text}\0{self.cases}")


@dataclass(frozen=True)
class Tried:
    """What came of the button that was pressed.

    `confirm` is the name under which the pack can be put in force now, in place of the one of the hash `replacing`.
    """

    report: CheckReport | None = None
    differences: tuple[Difference, ...] | None = None
    replayed: Replayed | None = None
    simulation: Simulation | None = None
    confirm: str = ""
    replacing: str = ""


def show_form(name: str) -> Response:
    """The form with the pack in force, or the version or the offer that is asked for, or a new one to begin with."""
    person = signed_in()
    text, cases = _begun(person, name)
    since = (state().clock.now() - LOOKS_BACK).date().isoformat()
    return _page(name, Draft(text, cases, "", STANDARD_PACKS, since), Tried(), NOTHING)


def try_pack(name: str) -> Response:
    """What the button says; the form comes back with what came of it, or leads to the pack that is in force now."""
    person, draft = signed_in(), _sent()
    refuse_unless_may(person, Action.RULE_PACKS)
    try:
        refuse_long(draft)
        if request.form.get("do") == "put":
            return _put_in_force(person, draft)
        tried = _act()(person, draft)
    except PlacetError as error:
        return _page(name, draft, Tried(), _refused(error))
    return _page(name, draft, tried, NOTHING)


def _begun(person: Person, name: str) -> tuple[str, str]:
    """The text and the cases to begin with."""
    hash, origin = request.args.get("hash", ""), request.args.get("offer", "")
    try:
        view = marketplace().rule_packs.get(person, name, hash)
    except NotFound:
        if hash:
            raise
        return new_pack(name)
    offers = {offer.origin: offer for offer in view.card.offers}
    if origin and origin not in offers:
        raise NotFound(f"no rule pack `{name}` is on offer as `{origin}`")
    begun = offers[origin] if origin else view
    return begun.text, begun.cases


def _sent() -> Draft:
    """What was sent; browsers end lines in their own way, which would change the hash of a pack."""
    sent = {name: request.form.get(name, "").replace("\r\n", "\n") for name in ("text", "cases", "facts")}
    given = {name: request.form.get(name, "").strip() for name in ("since", "replacing", "confirmed")}
    return Draft(**sent, **given, packs=tuple(request.form.getlist("packs")))


def refuse_long(draft: Draft) -> None:
    for field in ("text", "cases", "facts"):
        if len(getattr(draft, field)) > LONGEST_TEXT:
            raise TextTooLong(f"the {field} are longer than {LONGEST_TEXT} characters: make two packs of it")


def _act() -> Callable[[Person, Draft], Tried]:
    do = request.form.get("do", "")
    if do not in ACTS:
        raise Invalid("what shall be done with the pack is not said: press one of the buttons")
    return ACTS[do]


def _check(person: Person, draft: Draft) -> Tried:
    return Tried(report=marketplace().rule_packs.check(person, draft.text, draft.cases))


def _compare(person: Person, draft: Draft) -> Tried:
    return Tried(differences=marketplace().rule_packs.compare(person, name_of(draft.text), draft.text))


def _replay(person: Person, draft: Draft) -> Tried:
    since = instant_of(draft.since)
    return Tried(replayed=marketplace().rule_packs.replay(person, draft.text, since, most=MOST_AT_ONCE))


def _simulate(person: Person, draft: Draft) -> Tried:
    return Tried(simulation=marketplace().rule_packs.simulate(person, draft.facts, draft.packs, draft.text))


def _ask(person: Person, draft: Draft) -> Tried:
    """All that is to be known before the pack is put in force."""
    report = marketplace().rule_packs.check(person, draft.text, draft.cases)
    refuse_faulty(report)
    name = name_of(draft.text)
    replacing = hash_in_force(person, name)
    return Tried(
        report,
        marketplace().rule_packs.compare(person, name, draft.text),
        _replay(person, draft).replayed,
        confirm=name,
        replacing=replacing,
    )


def hash_in_force(person: Person, name: str) -> str:
    """The hash of the pack in force under a name, or nothing."""
    cards = marketplace().rule_packs.all(person)
    return next((card.in_force.hash for card in cards if card.name == name and card.in_force), "")


ACTS: Mapping[str, Callable[[Person, Draft], Tried]] = {
    "check": _check,
    "compare": _compare,
    "replay": _replay,
    "simulate": _simulate,
    "ask": _ask,
}


def _put_in_force(person: Person, draft: Draft) -> Response:
    """Only what was compared and looked at before."""
    if draft.confirmed != draft.hash:
        raise Invalid("the pack is not the one whose differences were shown: press `Put in force` and look at them")
    view = marketplace().rule_packs.put_in_force(person, draft.text, draft.cases, draft.replacing)
    return see_other("placet.rule_pack", name=view.card.name)


def instant_of(since: str) -> datetime:
    """The beginning of a day in UTC. Raises BadSince."""
    try:
        return datetime.combine(date.fromisoformat(since), time(), UTC)
    except ValueError:
        raise BadSince(f"`{since}` is no date: write it as `2026-01-31`") from None


def _refused(error: PlacetError) -> Refused:
    """Each problem of a pack with the field that it is in."""
    if isinstance(error, PackError):
        return Refused(error.title, error.status, tuple(Problem(one, field_of(one)) for one in error.problems))
    return refused(error, FIELDS)


def field_of(problem: str) -> str:
    """Where a problem is, by the file that its line names."""
    return "cases" if problem.partition(":")[0].endswith(".cases.yaml") else "text"


def _page(name: str, draft: Draft, tried: Tried, refusal: Refused) -> Response:
    cards = marketplace().rule_packs.all(signed_in())
    return page(
        "try_pack.html",
        refusal.status,
        name=name,
        there=name in {card.name for card in cards},
        in_force=[card.name for card in cards if card.in_force],
        draft=draft,
        tried=tried,
        refusal=refusal,
        most=MOST_LISTED,
        longest=LONGEST_TEXT,
    )
