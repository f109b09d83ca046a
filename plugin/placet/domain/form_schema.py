"""The answers to a request form as a JSON Schema, draft 2020-12.

It describes answers as they are kept: what it admits, the check takes and leaves as it is. The check takes more, and
cleans it: `"yes"` for true, `"12"` for 12, `"1 months"` for `"1 month"`, an option named twice, and for no answer also
null, blank text and an empty list. `format` has to be asserted for the calendar to count.
"""

from __future__ import annotations

from collections.abc import Mapping

from placet.domain.answers import KINDS, Schema
from placet.domain.forms import Question, QuestionKind, RequestForm

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(form: RequestForm) -> Schema:
    """The schema of the answers to one version of a form.

    Questions that are not always shown stand under `if` and `then`: answers to those that are not shown are dropped
    unread, so they may be anything.
    """
    named = {question.id: question for question in form.questions}
    plain = [question for question in form.questions if not question.shown_when]
    conditional = [_conditional(question, named) for question in form.questions if question.shown_when]
    schema: Schema = {
        "$schema": DIALECT,
        "title": form.name,
        "type": "object",
        "properties": {
            question.id: True if question.shown_when else described(question) for question in form.questions
        },
        "required": [question.id for question in plain if question.required],
        "additionalProperties": False,
    }
    return {**schema, "allOf": conditional} if conditional else schema


def described(question: Question) -> Schema:
    """The schema of the answer to one question, with its words."""
    said = {"title": question.label, "description": question.help}
    return {**{key: text for key, text in said.items() if text}, **KINDS[question.kind].schema(question)}


def _conditional(question: Question, named: Mapping[str, Question]) -> Schema:
    then: Schema = {"properties": {question.id: described(question)}}
    if question.required:
        then["required"] = [question.id]
    conditions = dict(_conditions(question, named))
    return {"if": {"properties": conditions, "required": list(conditions)}, "then": then}


def _conditions(question: Question, named: Mapping[str, Question]) -> list[tuple[str, Schema]]:
    """What has to be answered for a question to be shown, back to one that always is."""
    if not question.shown_when:
        return []
    other, wanted = question.shown_when
    return [(other, _answered(named[other], wanted)), *_conditions(named[other], named)]


def _answered(question: Question, wanted: str) -> Schema:
    """The schema of the answers to a question that a condition names."""
    if question.kind is QuestionKind.SEVERAL_OF:
        return {"type": "array", "contains": {"const": wanted}}
    given = {"yes": True, "no": False}[wanted] if question.kind is QuestionKind.YES_NO else wanted
    return {"const": KINDS[question.kind].clean(question, given)}
