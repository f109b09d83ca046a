"""The answers to a request form: how its fields are called, read, and shown again with what was wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from placet.domain.answers import KINDS, LONG, SHORT
from placet.domain.answers import Field as Asked
from placet.domain.forms import Question, QuestionKind, RequestForm
from placet.domain.terms import Unit

Sent = MultiDict[str, str]
UNITS = tuple(unit.value for unit in Unit)
YES_NO = (("yes", "Yes"), ("no", "No"))


@dataclass(frozen=True)
class Field:
    """A question on the page; `id` is that of its first element, `condition` says in words when to answer it.

    `product` is the id of what is asked for, where the page asks for several.
    """

    question: Question
    id: str
    condition: str = ""
    product: str = ""

    @property
    def name(self) -> str:
        """What the answer is sent as; question ids are what people chose, so they are no ids of elements."""
        return named("answer", self.question.id, self.product)

    @property
    def asked(self) -> Asked:
        """What sort of field takes the answer."""
        return KINDS[self.question.kind].field

    @property
    def longest(self) -> int:
        """Characters that a text may have."""
        return LONG if self.asked is Asked.AREA else SHORT

    @property
    def unit(self) -> str:
        """What the unit of a duration is sent as."""
        return named("unit", self.question.id, self.product)

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """The values that can be chosen, each with its words."""
        if self.question.kind is QuestionKind.YES_NO:
            return YES_NO
        return tuple((option, option) for option in self.question.options)


def named(what: str, id: str, product: str) -> str:
    """What something is sent as; a product is told from others by its place before the rest, with its length."""
    return f"{len(product)}:{product}:{what}:{id}" if product else f"{what}:{id}"


def fields_of(form: RequestForm, product: str = "", item: str = "") -> list[Field]:
    """The questions of a form in their order; of several forms on a page, `item` begins the ids of the elements."""
    labels = {question.id: question.label for question in form.questions}
    return [
        Field(question, f"{item}answer-{place}", _condition(question, labels), product)
        for place, question in enumerate(form.questions, start=1)
    ]


def _condition(question: Question, labels: Mapping[str, str]) -> str:
    if not question.shown_when:
        return ""
    other, wanted = question.shown_when
    return f"Answer this only if you answered “{labels[other]}” with “{dict(YES_NO).get(wanted, wanted)}”."


def read(form: RequestForm, sent: Sent, product: str = "") -> dict[str, object]:
    """The answers by question id; the form itself checks them, and drops those to questions that are not shown."""
    return {field.question.id: _answer(field, sent) for field in fields_of(form, product)}


def _answer(field: Field, sent: Sent) -> object:
    if field.asked is Asked.CHOICES:
        return sent.getlist(field.name)
    answer = sent.get(field.name, "").replace("\r\n", "\n").strip()
    if field.asked is Asked.DURATION and answer:
        return f"{answer} {sent.get(field.unit, '')}"
    return answer


def problems_of(form: RequestForm, problems: Mapping[str, str], item: str = "") -> Iterable[tuple[str, str]]:
    """The id of each field that has a problem, with the problem in words."""
    for field in fields_of(form, item=item):
        if problem := problems.get(field.question.id):
            yield field.id, f"{field.question.label}: {problem}"
