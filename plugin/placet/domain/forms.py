"""Request forms: the questions, the data use agreement and the review flow; and the check of answers against them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from placet.domain.errors import Invalid
from placet.domain.people import StewardSource
from placet.domain.terms import BadTerm, Duration

LONGEST = {"short": 255, "long": 10_000}
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


@dataclass(frozen=True)
class Agreement:
    """A data use agreement, its body in Markdown."""

    name: str
    body: str
    version: int = 1


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
    """One version of a request form; `packs` names the rule packs in force that decide its requests."""

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


class BadForm(Invalid):
    """A request form that can't be as it is described."""

    code = "bad-request-form"
    title = "The request form is not valid"


class BadAnswers(Invalid):
    """Answers that do not fit the form; `problems` maps question ids to what is wrong."""

    code = "bad-answers"
    title = "The answers do not fit the form"


def refuse_bad_form(form: RequestForm) -> None:
    """Raises BadForm where the questions or the flow contradict themselves."""
    if not 1 <= len(form.name.strip()) <= LONGEST["short"]:
        raise BadForm(f"the name `{form.name[:40]}` has to have 1 to {LONGEST['short']} characters")
    seen: dict[str, Question] = {}
    for question in form.questions:
        _refuse_bad_question(question, seen)
        seen[question.id] = question
    _refuse_bad_flow(form.flow)


def _refuse_bad_question(question: Question, earlier: Mapping[str, Question]) -> None:
    if not question.id or question.id in earlier:
        raise BadForm(f"the question id `{question.id}` is empty or stands twice: give each question its own")
    if question.kind in (QuestionKind.ONE_OF, QuestionKind.SEVERAL_OF) and len(set(question.options)) < 2:
        raise BadForm(f"the question `{question.id}` needs at least two different options")
    if question.kind is QuestionKind.ACCESS_DURATION and question.label != DURATION_LABEL:
        raise BadForm(f"the label of the access duration `{question.id}` is fixed: `{DURATION_LABEL}`")
    if not question.label.strip():
        raise BadForm(f"the question `{question.id}` has no label")
    if question.shown_when and question.shown_when[0] not in earlier:
        raise BadForm(f"`{question.id}` depends on `{question.shown_when[0]}`, which is no earlier question")


def _refuse_bad_flow(flow: Flow) -> None:
    if flow.kind is FlowKind.LISTED and not flow.sources:
        raise BadForm("the form lists no steward source: add one, delegate to the product, or approve automatically")
    if flow.kind is not FlowKind.LISTED and flow.sources:
        raise BadForm(f"a form whose flow is `{flow.kind}` lists no steward sources of its own")
    for source in flow.sources:
        if source.problem:
            raise BadForm(f"`{source}` makes no one a data steward: {source.problem}")
    if len(set(flow.sources)) != len(flow.sources):
        raise BadForm("a steward source stands twice")
    if (flow.kind is FlowKind.AUTOMATIC) != bool(flow.justification.strip()):
        raise BadForm("an automatic approval needs a justification, and only that may have one")


def check_answers(form: RequestForm, answers: Mapping[str, object]) -> dict[str, object]:
    """The answers to the questions that are shown, cleaned. Raises BadAnswers with every problem found."""
    clean: dict[str, object] = {}
    problems: dict[str, str] = {}
    for question in form.questions:
        if not _shown(question, clean):
            continue
        try:
            value = _clean(question, answers.get(question.id))
            if value is not None:
                clean[question.id] = value
        except ValueError as error:
            problems[question.id] = str(error)
    for unknown in sorted(set(answers) - {question.id for question in form.questions}):
        problems[unknown] = "the form has no such question"
    if problems:
        told = "; ".join(f"`{question}`: {problem}" for question, problem in problems.items())
        raise BadAnswers(told, problems=problems)
    return clean


def _shown(question: Question, answered: Mapping[str, object]) -> bool:
    if not question.shown_when:
        return True
    other, wanted = question.shown_when
    given = answered.get(other)
    if isinstance(given, list):
        return wanted in given
    return ({True: "yes", False: "no"}[given] if isinstance(given, bool) else str(given)) == wanted


def _clean(question: Question, value: object) -> object:
    if value is None or value == "" or value == []:
        if question.required:
            raise ValueError("an answer is required")
        return None
    return _CLEANERS[question.kind](question, value)


def _text(limit: int, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("has to be text")
    if len(value) > limit:
        raise ValueError(f"is longer than {limit} characters")
    return value


def _one_of(question: Question, value: object) -> str:
    if value not in question.options:
        raise ValueError(f"has to be one of {', '.join(question.options)}")
    return str(value)


def _several_of(question: Question, value: object) -> list[str]:
    if not isinstance(value, list) or any(option not in question.options for option in value):
        raise ValueError(f"has to be a list out of {', '.join(question.options)}")
    return [option for option in question.options if option in value]


def _number(_: Question, value: object) -> int | float:
    try:
        number = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("has to be a number")
    return int(number) if number.is_integer() else number


def _date(_: Question, value: object) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise ValueError("has to be a date, as in `2027-01-31`") from None


def _yes_no(_: Question, value: object) -> bool:
    known = {"yes": True, "true": True, "no": False, "false": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in known:
        return known[value.lower()]
    raise ValueError("has to be yes or no")


def _duration(_: Question, value: object) -> str:
    try:
        return str(Duration.parse(str(value)))
    except BadTerm as error:
        raise ValueError(error.detail) from None


_CLEANERS = {
    QuestionKind.SHORT_ANSWER: lambda _, value: _text(LONGEST["short"], value),
    QuestionKind.LONG_ANSWER: lambda _, value: _text(LONGEST["long"], value),
    QuestionKind.ONE_OF: _one_of,
    QuestionKind.SEVERAL_OF: _several_of,
    QuestionKind.NUMBER: _number,
    QuestionKind.DATE: _date,
    QuestionKind.YES_NO: _yes_no,
    QuestionKind.ACCESS_DURATION: _duration,
}
