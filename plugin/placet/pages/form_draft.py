"""A request form while it is built: what stands in the fields, and the buttons that add, move and remove parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from werkzeug.datastructures import MultiDict

from placet.domain.agreements import Agreement
from placet.domain.errors import Invalid
from placet.domain.form_checks import MOST_QUESTIONS, MOST_SOURCES
from placet.domain.forms import (
    DURATION_LABEL,
    STANDARD_PACKS,
    BadForm,
    Flow,
    FlowKind,
    Question,
    QuestionKind,
    Quorum,
    RequestForm,
)
from placet.domain.people import SourceKind, StewardSource
from placet.domain.terms import Duration
from placet.pages.numbers import whole_number

Sent = MultiDict[str, str]


@dataclass(frozen=True)
class DraftQuestion:
    """A question as it stands in the fields; `depends_on` and `answer` are its condition."""

    id: str
    kind: str
    label: str = ""
    help: str = ""
    required: bool = False
    options: str = ""
    depends_on: str = ""
    answer: str = ""


@dataclass(frozen=True)
class DraftSource:
    """A steward source as it stands in the fields."""

    kind: str = SourceKind.USER.value
    name: str = ""
    value: str = ""


@dataclass(frozen=True)
class Draft:
    """Everything that stands in the fields; `version` is that which is being edited, 0 for a new form."""

    name: str = ""
    version: int = 0
    flow: str = FlowKind.LISTED.value
    quorum: str = Quorum.ANY.value
    justification: str = ""
    duration: str = ""
    agreement: str = ""
    packs: tuple[str, ...] = STANDARD_PACKS
    questions: tuple[DraftQuestion, ...] = ()
    sources: tuple[DraftSource, ...] = (DraftSource(),)


def draft_of(form: RequestForm) -> Draft:
    """A form as the fields show it."""
    flow, agreed = form.flow, form.agreement
    return Draft(
        name=form.name,
        version=form.version,
        flow=flow.kind.value,
        quorum=flow.quorum.value,
        justification=flow.justification,
        duration=str(flow.duration or ""),
        agreement=f"{agreed.version}@{agreed.id}" if agreed else "",
        packs=form.packs,
        questions=tuple(map(_draft_question, form.questions)),
        sources=tuple(DraftSource(one.kind.value, one.name, one.value) for one in flow.sources),
    )


def _draft_question(question: Question) -> DraftQuestion:
    depends_on, answer = question.shown_when or ("", "")
    return DraftQuestion(
        question.id,
        question.kind.value,
        question.label,
        question.help,
        question.required,
        "\n".join(question.options),
        depends_on,
        answer,
    )


def read_draft(sent: Sent) -> Draft:
    """What was sent; browsers end lines in their own way."""
    questions = range(_count(sent, "questions", MOST_QUESTIONS))
    sources = range(_count(sent, "sources", MOST_SOURCES))
    names = ("name", "flow", "quorum", "justification", "duration", "agreement")
    return Draft(
        **{name: _text(sent, name) for name in names},
        version=_count(sent, "version", 2**31 - 1),
        packs=tuple(dict.fromkeys((*STANDARD_PACKS, *sent.getlist("packs")))),
        questions=tuple(_read_question(sent, f"question-{number}") for number in questions),
        sources=tuple(
            DraftSource(*(_text(sent, f"source-{number}-{part}") for part in ("kind", "name", "value")))
            for number in sources
        ),
    )


def _read_question(sent: Sent, at: str) -> DraftQuestion:
    parts = ("id", "kind", "label", "help", "options", "depends_on", "answer")
    return DraftQuestion(
        **{part: _text(sent, f"{at}-{part}") for part in parts}, required=sent.get(f"{at}-required") == "yes"
    )


def _text(sent: Sent, name: str) -> str:
    return sent.get(name, "").replace("\r\n", "\n").strip()


def _count(sent: Sent, name: str, most: int) -> int:
    return min(whole_number(sent.get(name, "")) or 0, most)


def form_of(draft: Draft, id: str) -> RequestForm:
    """The form that was drafted. Raises BadForm where a field holds what can't be one, BadTerm for a duration."""
    try:
        kind = FlowKind(draft.flow)
        listed = draft.sources if kind is FlowKind.LISTED else ()
        automatic = kind is FlowKind.AUTOMATIC
        flow = Flow(
            kind,
            Quorum(draft.quorum),
            tuple(StewardSource(SourceKind(one.kind), one.name, one.value) for one in listed),
            draft.justification if automatic else "",
            Duration.parse(draft.duration) if automatic and draft.duration else None,
        )
        questions = tuple(map(_question, draft.questions))
    except ValueError as error:
        raise BadForm(f"something was chosen that there is not: {error}") from None
    return RequestForm(id, draft.version, draft.name, flow, questions, _agreement(draft), packs=draft.packs)


def _question(draft: DraftQuestion) -> Question:
    kind = QuestionKind(draft.kind)
    chosen = kind in (QuestionKind.ONE_OF, QuestionKind.SEVERAL_OF)
    return Question(
        draft.id,
        kind,
        DURATION_LABEL if kind is QuestionKind.ACCESS_DURATION else draft.label,
        draft.required,
        draft.help,
        tuple(line.strip() for line in draft.options.splitlines() if line.strip()) if chosen else (),
        (draft.depends_on, draft.answer) if draft.depends_on else None,
    )


def _agreement(draft: Draft) -> Agreement | None:
    """The agreement that was chosen, as `version@id`; version 0 is the latest."""
    if not draft.agreement:
        return None
    version, _, id = draft.agreement.partition("@")
    return Agreement(id, whole_number(version) or 0)


def pressed(draft: Draft, do: str, new_kind: str) -> Draft:
    """The draft after a button such as `remove-question:2` was pressed. Raises Invalid for one that there is not."""
    act, _, place = do.partition(":")
    if act == "add-question":
        _refuse_more("questions", len(draft.questions), MOST_QUESTIONS)
        return replace(draft, questions=(*draft.questions, _blank(draft, new_kind)))
    if act == "add-source":
        _refuse_more("steward sources", len(draft.sources), MOST_SOURCES)
        return replace(draft, sources=(*draft.sources, DraftSource()))
    number = whole_number(place)
    if act == "remove-source" and number is not None and number < len(draft.sources):
        return replace(draft, sources=(*draft.sources[:number], *draft.sources[number + 1 :]))
    if act in _MOVES and number is not None and number < len(draft.questions):
        return replace(draft, questions=_MOVES[act](draft.questions, number))
    raise Invalid("what shall be done with the form is not said: press one of the buttons")


def _refuse_more(what: str, there: int, most: int) -> None:
    if there >= most:
        raise Invalid(f"the form has {there} {what} already, and {most} at most: remove one first")


def _blank(draft: Draft, kind: str) -> DraftQuestion:
    taken = {question.id for question in draft.questions}
    id = next(f"question-{number}" for number in range(1, len(taken) + 2) if f"question-{number}" not in taken)
    return DraftQuestion(id, kind)


def _removed(questions: Sequence[DraftQuestion], number: int) -> tuple[DraftQuestion, ...]:
    return (*questions[:number], *questions[number + 1 :])


def _up(questions: Sequence[DraftQuestion], number: int) -> tuple[DraftQuestion, ...]:
    if number == 0:
        return tuple(questions)
    before, moved = questions[number - 1], questions[number]
    return (*questions[: number - 1], moved, before, *questions[number + 1 :])


def _down(questions: Sequence[DraftQuestion], number: int) -> tuple[DraftQuestion, ...]:
    return _up(questions, number + 1) if number + 1 < len(questions) else tuple(questions)


_MOVES: Mapping[str, Callable[[Sequence[DraftQuestion], int], tuple[DraftQuestion, ...]]] = {
    "remove-question": _removed,
    "up-question": _up,
    "down-question": _down,
}
