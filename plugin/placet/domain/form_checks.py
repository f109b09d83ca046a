"""What a request form may not be: every form is held to this when it is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sized

from placet.domain.answers import as_condition
from placet.domain.forms import (
    DURATION_LABEL,
    LONGEST_NAME,
    BadForm,
    Flow,
    FlowKind,
    Question,
    QuestionKind,
    RequestForm,
)

MOST_QUESTIONS, MOST_OPTIONS, MOST_SOURCES, MOST_PACKS = 200, 500, 100, 50
LONGEST_LABEL, LONGEST_HELP, LONGEST_OPTION, LONGEST_JUSTIFICATION = 1_000, 10_000, 255, 4_000
LONGEST_FORM = 256 * 1024
CHOSEN_FROM = (QuestionKind.ONE_OF, QuestionKind.SEVERAL_OF)


def refuse_bad_form(form: RequestForm) -> None:
    """Raises BadForm where the questions or the flow contradict themselves, or are too many or too long."""
    _refuse_length("the name of the form", form.name, LONGEST_NAME, shortest=1)
    _refuse_many("questions", form.questions, MOST_QUESTIONS)
    _refuse_many("rule packs", form.packs, MOST_PACKS)
    if sum(map(_length, form.questions)) > LONGEST_FORM:
        raise BadForm(f"the questions of the form have over {LONGEST_FORM} characters together: leave some out")
    seen: dict[str, Question] = {}
    for question in form.questions:
        _refuse_bad_question(question, seen)
        seen[question.id] = question
    if sum(question.kind is QuestionKind.ACCESS_DURATION for question in form.questions) > 1:
        raise BadForm("the form asks twice how long access is needed: keep one of these questions")
    _refuse_bad_flow(form.flow)


def _length(question: Question) -> int:
    return len(question.id) + len(question.label) + len(question.help) + sum(map(len, question.options))


def _refuse_bad_question(question: Question, earlier: Mapping[str, Question]) -> None:
    if not question.id.strip() or question.id in earlier:
        raise BadForm(f"the question id `{question.id}` is empty or stands twice: give each question its own")
    called = f"the question `{question.id[:40]}`"
    _refuse_length(f"the id of {called}", question.id, LONGEST_NAME, shortest=1)
    if question.kind is QuestionKind.ACCESS_DURATION and question.label != DURATION_LABEL:
        raise BadForm(f"the label of the access duration `{question.id}` is fixed: `{DURATION_LABEL}`")
    _refuse_length(f"the label of {called}", question.label, LONGEST_LABEL, shortest=1)
    _refuse_length(f"the help of {called}", question.help, LONGEST_HELP)
    _refuse_bad_options(called, question)
    _refuse_bad_condition(called, question, earlier)


def _refuse_bad_options(called: str, question: Question) -> None:
    if question.kind not in CHOSEN_FROM:
        if question.options:
            raise BadForm(f"{called} has options, but takes no choice: leave them out")
        return
    _refuse_many(f"options of {called}", question.options, MOST_OPTIONS)
    for option in question.options:
        _refuse_length(f"an option of {called}", option, LONGEST_OPTION, shortest=1)
    if len(question.options) < 2 or len(set(question.options)) < len(question.options):
        raise BadForm(f"{called} needs at least two different options, and none of them twice")


def _refuse_bad_condition(called: str, question: Question, earlier: Mapping[str, Question]) -> None:
    if not question.shown_when:
        return
    other, wanted = question.shown_when
    if other not in earlier:
        raise BadForm(f"`{question.id}` depends on `{other}`, which is no earlier question")
    try:
        written = as_condition(earlier[other], wanted)
    except ValueError as error:
        raise BadForm(f"{called} is shown after the answer `{wanted}` to `{other}`, but that {error}") from None
    if written != wanted:
        raise BadForm(f"{called} is shown after the answer `{wanted}` to `{other}`: write it as `{written}`")


def _refuse_bad_flow(flow: Flow) -> None:
    if flow.kind is FlowKind.LISTED and not flow.sources:
        raise BadForm("the form lists no steward source: add one, delegate to the product, or approve automatically")
    if flow.kind is not FlowKind.LISTED and flow.sources:
        raise BadForm(f"a form whose flow is `{flow.kind}` lists no steward sources of its own")
    _refuse_many("steward sources", flow.sources, MOST_SOURCES)
    for source in flow.sources:
        if source.problem:
            raise BadForm(f"`{source}` makes no one a data steward: {source.problem}")
    if len(set(flow.sources)) != len(flow.sources):
        raise BadForm("a steward source stands twice")
    if (flow.kind is FlowKind.AUTOMATIC) != bool(flow.justification.strip()):
        raise BadForm("an automatic approval needs a justification, and only that may have one")
    if flow.duration and flow.kind is not FlowKind.AUTOMATIC:
        raise BadForm("only an automatic approval has a duration: stewards give one themselves")
    _refuse_length("the justification", flow.justification, LONGEST_JUSTIFICATION)


def _refuse_many(what: str, things: Sized, most: int) -> None:
    if len(things) > most:
        raise BadForm(f"the form has {len(things)} {what}: {most} at most")


def _refuse_length(what: str, text: str, longest: int, shortest: int = 0) -> None:
    if len(text) > longest or (shortest and not text.strip()):
        raise BadForm(f"{what} has to have {shortest} to {longest} characters")
