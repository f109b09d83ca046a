"""Reads the form with which a data steward determines a request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from placet.domain.errors import Invalid
from placet.domain.requests import Verdict
from placet.domain.terms import FOR_GOOD, Term
from placet.pages.answers import Sent
from placet.service.terms import term_from


class DeterminationUnclear(Invalid):
    """The fields contradict each other, or say too little to act on."""

    code = "determination-unclear"
    title = "It is not clear what you determine"


class Choice(NamedTuple):
    """One way to determine: its words, its verdict, the field that goes with it, and how the term is read."""

    words: str
    verdict: Verdict
    field: str
    term: Callable[[Sent], Term]


def read_determination(sent: Sent, asked_for: str) -> tuple[Verdict, Term]:
    """The verdict and its term; `asked_for` is the duration that the requester gave. Raises Invalid.

    An end beside another choice is refused rather than dropped: access would last longer than its giver meant.
    """
    choices = _choices(asked_for)
    chosen = choices.get(sent.get("decision", ""))
    if chosen is None:
        raise DeterminationUnclear("choose whether you approve, approve for a time, or deny")
    _refuse_other_ends(sent, chosen, choices)
    if chosen.field and not _filled(sent, chosen):
        raise DeterminationUnclear(
            f"you chose to {chosen.words}, but did not say which end: fill in the field below it"
        )
    return chosen.verdict, chosen.term(sent)


def _refuse_other_ends(sent: Sent, chosen: Choice, choices: dict[str, Choice]) -> None:
    for other in choices.values():
        if other is not chosen and _filled(sent, other):
            raise DeterminationUnclear(
                f"you chose to {chosen.words}, but also filled in how to {other.words}: choose that, or clear its field"
            )


def _filled(sent: Sent, choice: Choice) -> bool:
    return bool(choice.field and sent.get(choice.field, "").strip())


def _choices(asked_for: str) -> dict[str, Choice]:
    always = {
        "approve": Choice("approve", Verdict.APPROVE, "", lambda _: FOR_GOOD),
        "for": Choice("approve for a time", Verdict.APPROVE, "amount", _duration),
        "day": Choice("approve until the end of a day", Verdict.APPROVE, "day", _day),
        "instant": Choice("approve until an instant", Verdict.APPROVE, "instant", _instant),
        "deny": Choice("deny", Verdict.DENY, "", lambda _: FOR_GOOD),
    }
    words = f"approve for {asked_for}"
    asked = {"asked": Choice(words, Verdict.APPROVE, "", lambda _: term_from(duration=asked_for))}
    return always | (asked if asked_for else {})


def _duration(sent: Sent) -> Term:
    return term_from(duration=f"{sent['amount'].strip()} {sent.get('unit', '')}")


def _day(sent: Sent) -> Term:
    return term_from(date=sent["day"].strip(), zone=sent.get("zone", ""))


def _instant(sent: Sent) -> Term:
    """A local time is one in the zone beside it; browsers send no other."""
    written, zone = sent["instant"].strip(), sent.get("zone", "")
    try:
        read = datetime.fromisoformat(written)
        return term_from(end=(read if read.tzinfo else read.replace(tzinfo=ZoneInfo(zone))).isoformat())
    except (ValueError, OSError, KeyError):
        raise DeterminationUnclear(
            f"`{written}` in zone `{zone}` is no instant: give it as `2027-01-31T12:00`, and a zone as `Europe/Berlin`"
        ) from None
