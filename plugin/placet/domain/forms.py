"""Request forms: the questions, the data use agreement and the review flow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from placet.domain.agreements import Agreement
from placet.domain.errors import Conflict, Invalid
from placet.domain.people import StewardSource
from placet.domain.terms import Duration

LONGEST_NAME = 255
STANDARD_FORM = "standard"
"""The id of the form that comes with Placet."""
STANDARD_PACKS = ("routing", "eligibility", "quorum", "expiry")
"""The rule packs that every form has; those of its own come after them."""


def in_order(packs: Iterable[str]) -> tuple[str, ...]:
    """Names of packs in the order in which they are joined, however they were listed or kept: standard ones first.

    What a pack concludes is for the first alone, unless that shares it.
    """
    given = set(packs)
    return (*(name for name in STANDARD_PACKS if name in given), *sorted(given - {*STANDARD_PACKS}))


class QuestionKind(StrEnum):
    """What a question takes for an answer."""

    SHORT_ANSWER = "short-answer"
    LONG_ANSWER = "long-answer"
    ONE_OF = "one-of"
    SEVERAL_OF = "several-of"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes-no"
    ACCESS_DURATION = "access-duration"


DURATION_LABEL = "How long do you need access?"


@dataclass(frozen=True)
class Question:
    """One question; shown only when the question `shown_when[0]` was answered with `shown_when[1]`, if that is set."""

    id: str
    kind: QuestionKind
    label: str
    required: bool = False
    help: str = ""
    options: tuple[str, ...] = ()
    shown_when: tuple[str, str] | None = None


class Quorum(StrEnum):
    """`any`: one determination decides; `all`: every steward source must be met."""

    ANY = "any"
    ALL = "all"


class FlowKind(StrEnum):
    """Who is asked: the listed sources, those each product lists, or no one."""

    LISTED = "listed"
    DELEGATED = "delegated"
    AUTOMATIC = "automatic"


@dataclass(frozen=True)
class Flow:
    """The review flow of a form; exactly one kind."""

    kind: FlowKind
    quorum: Quorum = Quorum.ANY
    sources: tuple[StewardSource, ...] = ()
    justification: str = ""
    duration: Duration | None = None


@dataclass(frozen=True)
class RequestForm:
    """One version of a request form; `packs` names the rule packs in force that decide its requests.

    `agreement` is the version of it that this version of the form asks to accept. A `retired` form was deleted, and
    stays only because requests were made with it.
    """

    id: str
    version: int
    name: str
    flow: Flow
    questions: tuple[Question, ...] = ()
    agreement: Agreement | None = None
    created_by: str = ""
    created_at: datetime | None = None
    builtin: bool = False
    packs: tuple[str, ...] = STANDARD_PACKS
    retired: bool = False


class BadForm(Invalid):
    """A request form that can't be as it is described."""

    code = "bad-request-form"
    title = "The request form is not valid"


class FormInUse(Conflict):
    """A form that data products ask by stays."""

    code = "form-in-use"
    title = "The request form is in use"


def decides_alike(one: RequestForm, other: RequestForm) -> bool:
    """Whether the same people decide by the same rules: sources, quorum, flow and packs are the same."""
    return one.flow == other.flow and in_order(one.packs) == in_order(other.packs)
