"""The JSON Schema of a form and the check of answers are one: they are held to each other by random forms."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import event, given, settings
from jsonschema import Draft202012Validator, FormatChecker

from placet.domain.answers import KINDS, BadAnswers, check_answers
from placet.domain.form_checks import refuse_bad_form
from placet.domain.form_schema import json_schema
from placet.domain.forms import DURATION_LABEL, Question, QuestionKind, RequestForm
from tests.domain.random_forms import FLOW, answered, forms

MANY = settings(max_examples=400, deadline=None)


def valid(form: RequestForm, answers: dict[str, object]) -> bool:
    """What a validator of the draft says, formats asserted."""
    return Draft202012Validator(json_schema(form), format_checker=FormatChecker(["date"])).is_valid(answers)


def checked(form: RequestForm, answers: dict[str, object]) -> dict[str, object] | None:
    try:
        return check_answers(form, answers)
    except BadAnswers:
        return None


def unchanged(given: object, kept: object) -> bool:
    """Whether cleaning left an answer as it was; of several, in whichever order."""
    if isinstance(given, list) and isinstance(kept, list):
        return len(given) == len(kept) and all(one in kept for one in given)
    return given == kept and isinstance(given, bool) is isinstance(kept, bool)


@MANY
@given(form=forms())
def test_the_schema_of_every_form_that_may_be_is_one(form: RequestForm) -> None:
    refuse_bad_form(form)
    Draft202012Validator.check_schema(json_schema(form))


@pytest.mark.requirement("R1", clause="answers are checked")
@pytest.mark.requirement("F1", clause="question types")
@MANY
@given(pair=answered())
def test_the_schema_admits_exactly_what_the_check_takes_and_leaves_as_it_is(
    pair: tuple[RequestForm, dict[str, object]],
) -> None:
    """Answers to questions that are not shown are dropped by the one and left unread by the other."""
    form, answers = pair
    kept = checked(form, answers)
    shown = None if kept is None else {id: answers.get(id) for id in answers if id in kept}
    untouched = shown is not None and kept is not None and all(unchanged(shown[id], kept[id]) for id in kept)
    nothing_blank = kept is not None and not _blank(form, answers, kept)
    event(f"taken: {kept is not None}, as it was: {untouched and nothing_blank}")
    assert valid(form, answers) == (untouched and nothing_blank)


def _blank(form: RequestForm, answers: dict[str, object], kept: dict[str, object]) -> list[str]:
    """Shown questions to which nothing was said in so many words: null, blank text, an empty list."""
    shown = [
        question.id for question in form.questions if not question.shown_when or _holds(form, question.shown_when, kept)
    ]
    return [id for id in shown if id in answers and id not in kept]


def _holds(form: RequestForm, condition: tuple[str, str], kept: dict[str, object]) -> bool:
    other, wanted = condition
    if other not in kept:
        return False
    said = kept[other]
    if isinstance(said, list):
        return wanted in said
    return wanted == ({True: "yes", False: "no"}[said] if isinstance(said, bool) else str(said))


@pytest.mark.requirement("R1", clause="answers are checked")
@MANY
@given(pair=answered())
def test_what_is_kept_fits_the_schema_and_is_taken_again_as_it_is(pair: tuple[RequestForm, dict[str, object]]) -> None:
    form, answers = pair
    kept = checked(form, answers)
    if kept is not None:
        assert valid(form, kept)
        assert checked(form, kept) == kept


CLEANED: dict[QuestionKind, list[tuple[object, object]]] = {
    QuestionKind.SHORT_ANSWER: [],
    QuestionKind.LONG_ANSWER: [],
    QuestionKind.ONE_OF: [],
    QuestionKind.SEVERAL_OF: [(["a", "a"], ["a"])],
    QuestionKind.NUMBER: [("12", 12), (" 1.50 ", 1.5), ("1e3", 1000)],
    QuestionKind.DATE: [],
    QuestionKind.YES_NO: [("yes", True), ("FALSE", False)],
    QuestionKind.ACCESS_DURATION: [("1 months", "1 month"), (" 030 DAYS", "30 days")],
}
"""What the check takes beyond the schema, and what it makes of it; besides, no answer may be told as such."""


@pytest.mark.parametrize("kind", QuestionKind)
def test_where_the_check_takes_more_than_the_schema(kind: QuestionKind) -> None:
    label = DURATION_LABEL if kind is QuestionKind.ACCESS_DURATION else "Q"
    options = ("a", "b") if kind in (QuestionKind.ONE_OF, QuestionKind.SEVERAL_OF) else ()
    form = RequestForm("f", 1, "Form", FLOW, (Question("q", kind, label, options=options),))
    more: list[tuple[object, Any]] = [*CLEANED[kind], *((nothing, None) for nothing in (None, "", "  ", []))]
    for said, kept in more:
        assert check_answers(form, {"q": said}) == ({} if kept is None else {"q": kept})
        assert not valid(form, {"q": said})


def test_every_kind_of_question_stands_in_the_one_table() -> None:
    assert set(KINDS) == set(CLEANED) == set(QuestionKind)
