"""The answers to a request form: what each kind of question takes, and the check against a form.

`KINDS` is the one table: answers are cleaned by it, the JSON Schema of a form is made from it, and pages choose the
field of a question by it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from placet.domain.errors import Invalid
from placet.domain.forms import Question, QuestionKind, RequestForm
from placet.domain.terms import LARGEST_AMOUNT, BadTerm, Duration, Unit

Schema = dict[str, object]

SHORT, LONG = 255, 10_000
"""Characters of a short and of a long answer."""

LARGEST_NUMBER = 2**53 - 1
"""Up to here every whole number is exact wherever JSON is read."""

END = r"(?![\s\S])"
"""The end of the text; `$` would also stand before a last line break."""

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_UNKEPT = re.compile("[\0\ud800-\udfff]")


class Field(StrEnum):
    """How a page asks: what sort of field takes the answer."""

    LINE = "line"
    AREA = "area"
    CHOICE = "choice"
    CHOICES = "choices"
    NUMBER = "number"
    DATE = "date"
    DURATION = "duration"


@dataclass(frozen=True)
class Kind:
    """What one kind of question is.

    `clean` gives the answer as it is kept, or raises ValueError; `schema` describes answers that cleaning leaves as
    they are.
    """

    clean: Callable[[Question, object], object]
    schema: Callable[[Question], Schema]
    field: Field


class BadAnswers(Invalid):
    """Answers that do not fit the form; `problems` maps question ids to what is wrong."""

    code = "bad-answers"
    title = "The answers do not fit the form"


def check_answers(form: RequestForm, answers: Mapping[str, object]) -> dict[str, object]:
    """The answers to the questions that are shown, cleaned. Raises BadAnswers with every problem found.

    Text that is blank, an empty list and None are no answer.
    """
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


def as_condition(question: Question, answer: str) -> str:
    """How a condition has to name an answer to a question. Raises ValueError where that can't be answered to it."""
    given: object = [answer] if question.kind is QuestionKind.SEVERAL_OF else answer
    value = _clean(question, given)
    if value is None:
        raise ValueError("an answer has to be named")
    return _named(value)[0]


def _shown(question: Question, answered: Mapping[str, object]) -> bool:
    if not question.shown_when:
        return True
    other, wanted = question.shown_when
    return other in answered and wanted in _named(answered[other])


def _named(answer: object) -> list[str]:
    """What conditions call an answer that was cleaned; of several, each."""
    if isinstance(answer, list):
        return [str(one) for one in answer]
    return [{True: "yes", False: "no"}[answer] if isinstance(answer, bool) else str(answer)]


def _clean(question: Question, value: object) -> object:
    if value is None or value == [] or (isinstance(value, str) and not value.strip()):
        if question.required:
            raise ValueError("an answer is required")
        return None
    return KINDS[question.kind].clean(question, value)


def _text(limit: int) -> Callable[[Question, object], str]:
    def clean(_: Question, value: object) -> str:
        if not isinstance(value, str):
            raise ValueError("has to be text")
        if len(value) > limit:
            raise ValueError(f"is longer than {limit} characters")
        if _UNKEPT.search(value):
            raise ValueError("holds a character that can't be kept: leave out NUL and halves of characters")
        return value

    return clean


def _text_schema(limit: int) -> Callable[[Question], Schema]:
    pattern = r"^(?=[\s\S]*\S)[^\u0000\ud800-\udfff]*" + END
    return lambda _: {"type": "string", "minLength": 1, "maxLength": limit, "pattern": pattern}


def _one_of(question: Question, value: object) -> str:
    if not isinstance(value, str) or value not in question.options:
        raise ValueError(f"has to be one of {', '.join(question.options)}")
    return value


def _several_of(question: Question, value: object) -> list[str]:
    if not isinstance(value, list) or any(option not in question.options for option in value):
        raise ValueError(f"has to be a list out of {', '.join(question.options)}")
    return [option for option in question.options if option in value]


def _several_schema(question: Question) -> Schema:
    return {"type": "array", "items": {"enum": list(question.options)}, "uniqueItems": True, "minItems": 1}


def _number(_: Question, value: object) -> int | float:
    number = _read_number(value)
    if not abs(number) <= LARGEST_NUMBER:  # what is no number at all is not
        raise ValueError(f"has to be a number, {LARGEST_NUMBER} at most, as in `12` or `1.5`")
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _read_number(value: object) -> int | float:
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return float(value)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan


def _date(_: Question, value: object) -> str:
    try:
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            raise ValueError
        return date.fromisoformat(value).isoformat()
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
        if not isinstance(value, str):
            raise ValueError("has to be a duration, as in `30 days`")
        return str(Duration.parse(value))
    except BadTerm as error:
        raise ValueError(error.detail) from None


def _duration_schema(_: Question) -> Schema:
    one = "|".join(unit.value[:-1] for unit in Unit)
    more = f"(?:[2-9]|[1-9][0-9]{{1,{len(str(LARGEST_AMOUNT)) - 1}}})"
    return {"type": "string", "pattern": f"^(?:1 (?:{one})|{more} (?:{'|'.join(Unit)})){END}"}


KINDS: Mapping[QuestionKind, Kind] = {
    QuestionKind.SHORT_ANSWER: Kind(_text(SHORT), _text_schema(SHORT), Field.LINE),
    QuestionKind.LONG_ANSWER: Kind(_text(LONG), _text_schema(LONG), Field.AREA),
    QuestionKind.ONE_OF: Kind(_one_of, lambda question: {"enum": list(question.options)}, Field.CHOICE),
    QuestionKind.SEVERAL_OF: Kind(_several_of, _several_schema, Field.CHOICES),
    QuestionKind.NUMBER: Kind(
        _number, lambda _: {"type": "number", "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER}, Field.NUMBER
    ),
    QuestionKind.DATE: Kind(
        _date, lambda _: {"type": "string", "format": "date", "pattern": f"^{_DATE.pattern}{END}"}, Field.DATE
    ),
    QuestionKind.YES_NO: Kind(_yes_no, lambda _: {"type": "boolean"}, Field.CHOICE),
    QuestionKind.ACCESS_DURATION: Kind(_duration, _duration_schema, Field.DURATION),
}
