"""Random forms that may be, and random answers to them: fitting ones, nearly fitting ones, and anything JSON holds."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as some

from placet.domain.answers import as_condition
from placet.domain.forms import DURATION_LABEL, Flow, FlowKind, Question, QuestionKind, RequestForm
from placet.domain.people import StewardSource
from placet.domain.terms import Unit

FLOW = Flow(FlowKind.LISTED, sources=(StewardSource.group("finance"),))
WORDS = some.text(some.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=6)
LABELS = WORDS.filter(str.strip)
CHOSEN_FROM = (QuestionKind.ONE_OF, QuestionKind.SEVERAL_OF)

NUMBERS = some.integers(-(2**54), 2**54) | some.floats(allow_nan=False, allow_infinity=False) | some.integers(-3, 3)
DATES = some.dates().map(str) | some.sampled_from(["2027-02-29", "20270131", "2027-1-31", "0000-01-01", "2027-01-31\n"])
DURATIONS = some.builds(
    lambda amount, unit, end: f"{amount} {unit}{end}",
    some.integers(0, 12) | some.integers(9_998, 10_000),
    some.sampled_from([*Unit, *(unit.value[:-1] for unit in Unit), "fortnights"]),
    some.sampled_from(["", "", "", "\n", " "]),
)
ANYTHING = some.recursive(
    some.none() | some.booleans() | NUMBERS | some.text(max_size=6) | some.text("\x00 \ud800\n", max_size=3),
    lambda inside: some.lists(inside, max_size=3) | some.dictionaries(some.text(max_size=2), inside, max_size=2),
    max_leaves=4,
)


def fitting(question: Question) -> some.SearchStrategy[object]:
    """Answers of the question's kind, and some that only nearly are."""
    options = some.sampled_from([*question.options, "no option"]) if question.options else some.none()
    return {
        QuestionKind.SHORT_ANSWER: WORDS | some.sampled_from(["x" * 255, "x" * 256, " "]),
        QuestionKind.LONG_ANSWER: WORDS | some.sampled_from(["x" * 10_000, "x" * 10_001, "a\nb\n"]),
        QuestionKind.ONE_OF: options,
        QuestionKind.SEVERAL_OF: some.lists(options, max_size=4),
        QuestionKind.NUMBER: NUMBERS | NUMBERS.map(str),
        QuestionKind.DATE: DATES,
        QuestionKind.YES_NO: some.booleans() | some.sampled_from(["yes", "No", "maybe"]),
        QuestionKind.ACCESS_DURATION: DURATIONS,
    }[question.kind]


@some.composite
def questions(draw: some.DrawFn, earlier: Sequence[Question]) -> Question:
    """One more question, which may depend on one that stands before it."""
    asks_duration = any(one.kind is QuestionKind.ACCESS_DURATION for one in earlier)
    kind = draw(some.sampled_from([one for one in QuestionKind if not (asks_duration and one == "access-duration")]))
    options = draw(some.lists(LABELS, min_size=2, max_size=4, unique=True)) if kind in CHOSEN_FROM else []
    label = DURATION_LABEL if kind is QuestionKind.ACCESS_DURATION else draw(LABELS)
    condition = draw(conditions(draw(some.sampled_from(earlier)))) if earlier and draw(some.booleans()) else None
    return Question(
        f"q{len(earlier)}", kind, label, draw(some.booleans()), draw(WORDS), tuple(options), shown_when=condition
    )


@some.composite
def conditions(draw: some.DrawFn, other: Question) -> tuple[str, str] | None:
    """An answer to another question, as a condition has to name it."""
    said = str(draw(some.sampled_from(other.options) if other.options else fitting(other)))
    try:
        return other.id, as_condition(other, said.lower() if other.kind is QuestionKind.YES_NO else said)
    except ValueError:
        return None


@some.composite
def forms(draw: some.DrawFn) -> RequestForm:
    """A form of up to six questions."""
    asked: list[Question] = []
    for _ in range(draw(some.integers(0, 6))):
        asked.append(draw(questions(asked)))
    return RequestForm("f", 1, draw(LABELS), FLOW, tuple(asked))


@some.composite
def answered(draw: some.DrawFn) -> tuple[RequestForm, dict[str, object]]:
    """A form with answers, which mostly fit and often name what conditions wait for."""
    form = draw(forms())
    waited_for = {one.shown_when[0]: one.shown_when[1] for one in form.questions if one.shown_when}
    answers: dict[str, object] = {}
    for question in form.questions:
        how = draw(some.sampled_from(["fitting", "fitting", "fitting", "waited for", "none", "anything"]))
        if how == "waited for" and question.id in waited_for:
            answers[question.id] = as_given(question, waited_for[question.id])
        elif how != "none":
            answers[question.id] = draw(ANYTHING if how == "anything" else fitting(question))
    if draw(some.integers(0, 9)) == 0:
        answers["unknown"] = draw(ANYTHING)
    return form, answers


def as_given(question: Question, wanted: str) -> object:
    """The answer that a condition names, as it is kept."""
    if question.kind is QuestionKind.YES_NO:
        return wanted == "yes"
    if question.kind is QuestionKind.NUMBER:
        return float(wanted)
    return [wanted] if question.kind is QuestionKind.SEVERAL_OF else wanted
