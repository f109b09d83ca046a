"""Forms and the answers to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from placet.domain.answers import BadAnswers, check_answers
from placet.domain.form_checks import refuse_bad_form
from placet.domain.forms import (
    DURATION_LABEL,
    STANDARD_PACKS,
    BadForm,
    Flow,
    FlowKind,
    Question,
    QuestionKind,
    RequestForm,
    in_order,
)
from placet.domain.people import StewardSource
from placet.domain.terms import Duration

FINANCE = StewardSource.group("finance")
LISTED = Flow(FlowKind.LISTED, sources=(FINANCE,))
OPTIONS = ("red", "green", "blue")


def form(*questions: Question, flow: Flow = LISTED) -> RequestForm:
    return RequestForm("f", 1, "Form", flow, questions)


def asked(kind: QuestionKind, required: bool = False) -> RequestForm:
    return form(Question("q", kind, "Question", required, options=OPTIONS))


@pytest.mark.requirement("R1", clause="answers are checked")
@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        (QuestionKind.SHORT_ANSWER, "to know", "to know"),
        (QuestionKind.LONG_ANSWER, "a\nb", "a\nb"),
        (QuestionKind.ONE_OF, "red", "red"),
        (QuestionKind.SEVERAL_OF, ["blue", "red"], ["red", "blue"]),
        (QuestionKind.NUMBER, "42", 42),
        (QuestionKind.NUMBER, 1.5, 1.5),
        (QuestionKind.DATE, "2027-01-31", "2027-01-31"),
        (QuestionKind.YES_NO, "yes", True),
        (QuestionKind.YES_NO, False, False),
        (QuestionKind.ACCESS_DURATION, "1 months", "1 month"),
    ],
)
def test_fitting_answers_are_kept_cleaned(kind: QuestionKind, given: object, kept: object) -> None:
    assert check_answers(asked(kind), {"q": given}) == {"q": kept}


@pytest.mark.requirement("R1", clause="answers are checked")
@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (QuestionKind.SHORT_ANSWER, 7),
        (QuestionKind.SHORT_ANSWER, "a\0b"),
        (QuestionKind.LONG_ANSWER, "\ud800"),
        (QuestionKind.NUMBER, 2**53),
        (QuestionKind.NUMBER, "1_000"),
        (QuestionKind.NUMBER, "٣"),
        (QuestionKind.NUMBER, "infinity"),
        (QuestionKind.DATE, "20270131"),
        (QuestionKind.DATE, 20270131),
        (QuestionKind.ACCESS_DURATION, 30),
        (QuestionKind.SHORT_ANSWER, "x" * 256),
        (QuestionKind.LONG_ANSWER, "x" * 10_001),
        (QuestionKind.ONE_OF, "yellow"),
        (QuestionKind.ONE_OF, ["red"]),
        (QuestionKind.SEVERAL_OF, "red"),
        (QuestionKind.SEVERAL_OF, ["red", "yellow"]),
        (QuestionKind.NUMBER, "many"),
        (QuestionKind.NUMBER, True),
        (QuestionKind.NUMBER, "nan"),
        (QuestionKind.NUMBER, 10**400),
        (QuestionKind.DATE, "31.1.2027"),
        (QuestionKind.YES_NO, "maybe"),
        (QuestionKind.ACCESS_DURATION, "a while"),
    ],
)
def test_answers_that_do_not_fit_are_refused_by_question(kind: QuestionKind, given: object) -> None:
    with pytest.raises(BadAnswers) as refused:
        check_answers(asked(kind), {"q": given})
    assert list(refused.value.facts["problems"]) == ["q"]  # type: ignore[call-overload]  # a mapping


@pytest.mark.parametrize("nothing", [{}, {"q": ""}, {"q": " \n"}, {"q": None}, {"q": []}])
def test_a_required_answer_is_required(nothing: dict[str, Any]) -> None:
    for kind in QuestionKind:
        with pytest.raises(BadAnswers, match="required"):
            check_answers(asked(kind, required=True), nothing)
        assert check_answers(asked(kind), nothing) == {}


def test_every_problem_is_told_at_once_and_unknown_questions_too() -> None:
    two = form(Question("a", QuestionKind.NUMBER, "A"), Question("b", QuestionKind.SHORT_ANSWER, "B", required=True))
    with pytest.raises(BadAnswers) as refused:
        check_answers(two, {"a": "x", "c": "y"})
    assert set(refused.value.facts["problems"]) == {"a", "b", "c"}  # type: ignore[call-overload]  # a mapping


@pytest.mark.parametrize(
    ("kind", "answer", "wanted"),
    [(QuestionKind.YES_NO, "yes", "yes"), (QuestionKind.SEVERAL_OF, ["red"], "red"), (QuestionKind.NUMBER, "3", "3")],
)
def test_a_question_that_is_not_shown_is_neither_required_nor_kept(
    kind: QuestionKind, answer: object, wanted: str
) -> None:
    chained = form(
        Question("first", kind, "First", options=OPTIONS),
        Question("then", QuestionKind.SHORT_ANSWER, "Then", required=True, shown_when=("first", wanted)),
    )
    assert check_answers(chained, {"then": "hidden"}) == {}
    with pytest.raises(BadAnswers, match="then"):
        check_answers(chained, {"first": answer})
    assert set(check_answers(chained, {"first": answer, "then": "seen"})) == {"first", "then"}


NUMBER = Question("n", QuestionKind.NUMBER, "N")


@pytest.mark.parametrize(
    ("bad", "match"),
    [
        (RequestForm("f", 1, " ", LISTED), "name"),
        (RequestForm("f", 1, "x" * 256, LISTED), "name"),
        (form(NUMBER, NUMBER), "twice"),
        (form(Question("", QuestionKind.NUMBER, "N")), "empty"),
        (form(Question("n", QuestionKind.NUMBER, " ")), "label"),
        (form(Question("n", QuestionKind.ONE_OF, "N", options=("one",))), "options"),
        (form(Question("n", QuestionKind.NUMBER, "N", shown_when=("later", "1"))), "earlier"),
        (form(Question("n", QuestionKind.ACCESS_DURATION, "For how long")), DURATION_LABEL.replace("?", r"\?")),
        (form(flow=Flow(FlowKind.LISTED)), "no steward source"),
        (form(flow=Flow(FlowKind.LISTED, sources=(FINANCE, FINANCE))), "twice"),
        (form(flow=Flow(FlowKind.DELEGATED, sources=(FINANCE,))), "delegated"),
        (form(flow=Flow(FlowKind.AUTOMATIC)), "justification"),
        (form(flow=Flow(FlowKind.LISTED, sources=(FINANCE,), justification="why")), "justification"),
    ],
)
def test_a_form_that_contradicts_itself_is_refused(bad: RequestForm, match: str) -> None:
    with pytest.raises(BadForm, match=match):
        refuse_bad_form(bad)


CHOICE = Question("c", QuestionKind.ONE_OF, "C", options=("a", "b"))
DURATION = Question("d", QuestionKind.ACCESS_DURATION, DURATION_LABEL)


@pytest.mark.parametrize(
    ("bad", "match"),
    [
        (form(*(replace(NUMBER, id=str(number)) for number in range(201))), "201 questions: 200 at most"),
        (form(replace(NUMBER, id="x" * 256)), "the id of"),
        (form(replace(NUMBER, label="x" * 1_001)), "the label of"),
        (form(replace(NUMBER, help="x" * 10_001)), "the help of"),
        (form(replace(NUMBER, options=("a", "b"))), "takes no choice"),
        (form(replace(CHOICE, options=("a", "a", "b"))), "none of them twice"),
        (form(replace(CHOICE, options=("a", " "))), "an option of"),
        (form(replace(CHOICE, options=("a", "x" * 256))), "an option of"),
        (form(replace(CHOICE, options=tuple(map(str, range(501))))), "501 options"),
        (form(DURATION, replace(DURATION, id="again")), "asks twice"),
        (form(flow=replace(LISTED, sources=tuple(map(StewardSource.user, map(str, range(101)))))), "101 steward"),
        (form(flow=Flow(FlowKind.AUTOMATIC, justification="x" * 4_001)), "the justification"),
        (form(flow=replace(LISTED, duration=Duration.parse("1 day"))), "only an automatic approval"),
        (replace(form(), packs=tuple(map(str, range(51)))), "51 rule packs"),
    ],
)
def test_what_is_too_much_or_has_no_meaning_is_refused(bad: RequestForm, match: str) -> None:
    with pytest.raises(BadForm, match=match):
        refuse_bad_form(bad)


@pytest.mark.requirement("F1", clause="help and conditions")
@pytest.mark.parametrize(
    ("kind", "fine", "wrong", "written"),
    [
        (QuestionKind.ONE_OF, "red", "yellow", ""),
        (QuestionKind.SEVERAL_OF, "red", "red, green", ""),
        (QuestionKind.NUMBER, "1.5", "1.50", "1.5"),
        (QuestionKind.NUMBER, "3", "three", ""),
        (QuestionKind.DATE, "2027-01-31", "2027-02-31", ""),
        (QuestionKind.YES_NO, "yes", "true", "yes"),
        (QuestionKind.YES_NO, "no", "maybe", ""),
        (QuestionKind.ACCESS_DURATION, "30 days", "030 DAYS", "30 days"),
        (QuestionKind.SHORT_ANSWER, "None", " ", ""),
    ],
)
def test_a_condition_names_an_answer_that_can_be_given_as_it_is_kept(
    kind: QuestionKind, fine: str, wrong: str, written: str
) -> None:
    label = DURATION_LABEL if kind is QuestionKind.ACCESS_DURATION else "First"
    options = OPTIONS if kind in (QuestionKind.ONE_OF, QuestionKind.SEVERAL_OF) else ()
    first = Question("first", kind, label, options=options)
    then = Question("then", QuestionKind.SHORT_ANSWER, "Then", required=True, shown_when=("first", fine))
    refuse_bad_form(form(first, then))
    with pytest.raises(BadAnswers, match="then"):
        check_answers(form(first, then), {"first": [fine] if kind is QuestionKind.SEVERAL_OF else fine})
    assert check_answers(form(first, then), {}) == {}
    with pytest.raises(BadForm, match=f"write it as `{written}`" if written else "is shown after the answer"):
        refuse_bad_form(form(first, replace(then, shown_when=("first", wrong))))


def test_a_whole_form_is_fine() -> None:
    refuse_bad_form(form(NUMBER, Question("d", QuestionKind.ACCESS_DURATION, DURATION_LABEL)))


def test_standard_packs_come_first_however_packs_are_listed() -> None:
    listed = ["b", "expiry", "a", "quorum", "routing", "eligibility", "a"]
    assert in_order(listed) == in_order(reversed(listed)) == (*STANDARD_PACKS, "a", "b")
    assert in_order(["quorum", "b", "routing"]) == ("routing", "quorum", "b")
