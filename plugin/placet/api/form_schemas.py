"""Request forms as the API shows and reads them."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, pre_dump, validate

from placet.api.base import LARGEST_VERSION, DurationText, Flag, Instant, Strict, about, text
from placet.api.stewards import StewardSourceSchema
from placet.domain.agreements import Agreement
from placet.domain.form_checks import (
    LONGEST_HELP,
    LONGEST_JUSTIFICATION,
    LONGEST_LABEL,
    LONGEST_OPTION,
    MOST_OPTIONS,
    MOST_PACKS,
    MOST_QUESTIONS,
    MOST_SOURCES,
)
from placet.domain.forms import (
    DURATION_LABEL,
    LONGEST_NAME,
    STANDARD_PACKS,
    Flow,
    FlowKind,
    Question,
    QuestionKind,
    Quorum,
    RequestForm,
)


class ShownWhen(Strict):
    question = text("The id of an earlier question.", shortest=1, required=True)
    answer = text("The answer to it that shows this one; `yes` or `no` for yes/no.", required=True)

    @pre_dump
    def named(self, pair: tuple[str, str], **_: Any) -> dict[str, str]:
        return dict(zip(("question", "answer"), pair, strict=True))

    @post_load
    def paired(self, given: dict[str, str], **_: Any) -> tuple[str, str]:
        return given["question"], given["answer"]


class QuestionSchema(Strict):
    id = text("What answers name it by.", shortest=1, required=True)
    kind = fields.Enum(QuestionKind, by_value=True, required=True, **about("What it takes for an answer."))
    label = text("The question itself; left out for `access-duration`, which has a fixed one.", LONGEST_LABEL, 1)
    required = Flag(load_default=False, **about("Whether it has to be answered where it is shown."))
    help = text("What helps to answer it.", LONGEST_HELP, load_default="")
    options = fields.List(
        fields.String(validate=validate.Length(1, LONGEST_OPTION)),
        load_default=(),
        validate=validate.Length(max=MOST_OPTIONS),
        **about("What there is to choose from, for `one-of` and `several-of`."),
    )
    shown_when = fields.Nested(
        ShownWhen, load_default=None, allow_none=True, **about("Shown only after this answer; null: always.")
    )

    @post_load
    def made(self, given: dict[str, Any], **_: Any) -> Question:
        fixed = DURATION_LABEL if given["kind"] is QuestionKind.ACCESS_DURATION else ""
        return Question(**{"label": fixed} | given | {"options": tuple(given["options"])})


class NamedAgreement(Strict):
    """The data use agreement that a form asks to accept."""

    id = text("Its id.", shortest=1, required=True)
    version = fields.Integer(
        load_default=0,
        strict=True,
        validate=validate.Range(1, LARGEST_VERSION),
        **about("The version that is accepted; left out: the latest, which stays the one of this form."),
    )

    @post_load
    def made(self, given: dict[str, Any], **_: Any) -> Agreement:
        return Agreement(**given)


class PinnedAgreement(NamedAgreement):
    """The version of a data use agreement that a version of a form asks to accept, with its text."""

    name = fields.String(required=True, **about("What it is called."))
    body = fields.String(required=True, **about("Its text, in Markdown."))


class FlowSchema(Strict):
    kind = fields.Enum(
        FlowKind,
        by_value=True,
        required=True,
        **about("`listed`: the sources here; `delegated`: those of each product; `automatic`: no one is asked."),
    )
    quorum = fields.Enum(
        Quorum,
        by_value=True,
        load_default=Quorum.ANY,
        **about("`any`: one determination decides; `all`: every steward source has to be met."),
    )
    sources = fields.List(
        fields.Nested(StewardSourceSchema),
        load_default=(),
        validate=validate.Length(max=MOST_SOURCES),
        **about("Who is asked, where the kind is `listed`."),
    )
    justification = text("Why no one is asked, where the kind is `automatic`.", LONGEST_JUSTIFICATION, load_default="")
    duration = DurationText(
        load_default=None, allow_none=True, **about("How long an automatic approval lasts, as `30 days`, or null.")
    )

    @post_load
    def made(self, given: dict[str, Any], **_: Any) -> Flow:
        return Flow(**given | {"sources": tuple(given["sources"])})


class FormFields(Strict):
    """What is said about a request form; on a change as a whole: what is left out is emptied."""

    name = text("What people call it.", LONGEST_NAME, 1, required=True)
    flow = fields.Nested(FlowSchema, required=True, **about("Who decides."))
    questions = fields.List(
        fields.Nested(QuestionSchema),
        load_default=(),
        validate=validate.Length(max=MOST_QUESTIONS),
        **about("The questions, in order."),
    )
    agreement = fields.Nested(
        NamedAgreement, load_default=None, allow_none=True, **about("The data use agreement to accept, or null.")
    )
    packs = fields.List(
        fields.String(validate=validate.Length(1, 255)),
        load_default=STANDARD_PACKS,
        validate=validate.Length(max=MOST_PACKS),
        **about("The names of the rule packs that decide its requests."),
    )


class FormSchema(FormFields):
    """One version of a request form."""

    id = fields.String(required=True, **about("Its id."))
    version = fields.Integer(required=True, **about("Its version; each change makes one more; also its `ETag`."))
    created_by = fields.String(required=True, **about("The id of who made it; empty for one that came with Placet."))
    created_at = Instant(required=True, allow_none=True, **about("When this version was made."))
    agreement = fields.Nested(
        PinnedAgreement, required=True, allow_none=True, **about("The data use agreement to accept, or null.")
    )
    retired = fields.Boolean(required=True, **about("Whether it was deleted and stays for the requests made with it."))
    builtin = fields.Boolean(required=True, **about("Whether it came with Placet and can't be changed."))


class ListedFormSchema(FormSchema):
    """One version of a request form, without its questions."""

    class Meta(FormSchema.Meta):
        exclude = ("questions",)


def form_from(given: dict[str, Any], **named: Any) -> RequestForm:
    """The form that was described; `named` are its id and the version that was edited."""
    several = {name: tuple(given[name]) for name in ("questions", "packs")}
    return RequestForm(**{**given, **several, **named})
