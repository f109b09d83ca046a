"""Data use agreements and request forms in a file of definitions; a change makes a new version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from placet.domain.agreements import Agreement
from placet.domain.forms import STANDARD_PACKS, Flow, FlowKind, Question, QuestionKind, Quorum, RequestForm
from placet.domain.people import Person
from placet.domain.terms import Duration
from placet.service.agreements import Agreements
from placet.service.context import Context
from placet.service.definitions.kind import (
    AT_ONCE,
    SET,
    STEWARD,
    WORD,
    WORDS,
    Kind,
    Plain,
    Standing,
    every,
    plain_steward,
    steward_from,
)
from placet.service.definitions.shapes import Flag, Left, Member, Number, Record, Several, Word
from placet.service.forms import Forms
from placet.storage import Session


def duration(text: str) -> str:
    """A duration as it is written everywhere; empty for none. Raises BadTerm."""
    return str(Duration.parse(text)) if text else ""


DURATION = Word(checked=duration)


class AgreementKind(Kind):
    """Data use agreements."""

    section = "agreements"
    shape = Record(
        {
            "name": Member(WORD, about="What people call it."),
            "body": Member(WORD, about="What is accepted, as Markdown."),
        }
    )

    def ids(self, session: Session) -> list[str]:
        found = every(lambda cursor: session.agreements.page(cursor=cursor, limit=AT_ONCE))
        return sorted(agreement.id for agreement in found)

    def standing(self, session: Session, ids: Sequence[str]) -> dict[str, Standing]:
        found = filter(None, map(session.agreements.get, ids))
        return {one.id: Standing({"name": one.name, "body": one.body}, one, gone=one.retired) for one in found}

    def write(self, context: Context, actor: Person, id: str, wanted: Plain, standing: Standing | None) -> None:
        agreements = Agreements(context)
        if standing:
            agreements.edit(actor, Agreement(id, standing.value.version, wanted["name"], wanted["body"]))
        else:
            agreements.create(actor, Agreement(id, name=wanted["name"], body=wanted["body"]))


FLOW = Record(
    {
        "kind": Member(Word(tuple(FlowKind)), about="`listed`: by `sources`; `delegated`: by those of each product."),
        "quorum": Member(
            Word(tuple(Quorum)), Quorum.ANY.value, "Whether one of the sources decides, or all of them have to agree."
        ),
        "sources": Member(Several(STEWARD), [], "Whom it makes data stewards; for `listed`."),
        "justification": Member(WORD, "", "Why nobody is asked; for `automatic`."),
        "duration": Member(DURATION, "", "For how long, as `90 days`; none: for good. For `automatic`."),
    }
)
SHOWN_WHEN = Record(
    {"question": Member(WORD, about="The id of the question."), "answer": Member(WORD, about="The answer to it.")}
)
QUESTION = Record(
    {
        "id": Member(WORD, about="By which answers and conditions name it."),
        "kind": Member(Word(tuple(QuestionKind)), about="What is answered."),
        "label": Member(WORD, about="What is asked."),
        "required": Member(Flag(), False, "Whether it has to be answered where it is shown."),
        "help": Member(WORD, "", "What helps to answer it."),
        "options": Member(WORDS, [], "What there is to choose from."),
        "shown_when": Member(SHOWN_WHEN, None, "The answer to an earlier question without which it is not shown."),
    }
)


class FormKind(Kind):
    """Request forms, without the one that comes with Placet."""

    section = "forms"
    shape = Record(
        {
            "name": Member(WORD, about="What people call it."),
            "flow": Member(FLOW, about="Who decides."),
            "questions": Member(Several(QUESTION), [], "What is asked, in order."),
            "agreement": Member(WORD, "", "The id of the data use agreement that it asks to accept."),
            "agreement_version": Member(Number(), Left.KEPT, "Left out: the version it has, or the latest."),
            "packs": Member(SET, sorted(STANDARD_PACKS), "The names of the rule packs that decide its requests."),
        }
    )

    def ids(self, session: Session) -> list[str]:
        found = every(lambda cursor: session.forms.page(cursor=cursor, limit=AT_ONCE))
        return sorted(form.id for form in found if not form.builtin)

    def standing(self, session: Session, ids: Sequence[str]) -> dict[str, Standing]:
        return {form.id: self._standing(session, form) for form in filter(None, map(session.forms.get, ids))}

    def _standing(self, session: Session, form: RequestForm) -> Standing:
        named, latest = form.agreement, form.agreement and session.agreements.get(form.agreement.id)
        plain = {
            "name": form.name,
            "flow": _plain_flow(form.flow),
            "questions": [_plain_question(question) for question in form.questions],
            "agreement": named.id if named else "",
            "agreement_version": named.version if named else 0,
            "packs": sorted(form.packs),
        }
        current = not named or (latest is not None and latest.version == named.version)
        return Standing(plain, form, frozenset({"agreement_version"} if current else ()), gone=form.retired)

    def write(self, context: Context, actor: Person, id: str, wanted: Plain, standing: Standing | None) -> None:
        form = RequestForm(
            id,
            standing.value.version if standing else 1,
            wanted["name"],
            _flow(wanted["flow"]),
            tuple(map(_question, wanted["questions"])),
            _agreement(wanted, standing),
            packs=tuple(wanted["packs"]),
        )
        if standing:
            Forms(context).edit(actor, form)
        else:
            Forms(context).create(actor, form)


def _agreement(wanted: Plain, standing: Standing | None) -> Agreement | None:
    if not wanted["agreement"]:
        return None
    return Agreement(wanted["agreement"], version_of("agreement", wanted, standing))


def version_of(member: str, wanted: Plain, standing: Standing | None) -> int:
    """The version that the file says, else the one it has; 0, for the latest, of what it did not name before."""
    version = f"{member}_version"
    if version in wanted:
        return int(wanted[version])
    if standing and standing.plain[member] == wanted[member]:
        return int(standing.plain[version])
    return 0


def _flow(given: Plain) -> Flow:
    return Flow(
        FlowKind(given["kind"]),
        Quorum(given["quorum"]),
        tuple(map(steward_from, given["sources"])),
        given["justification"],
        Duration.parse(given["duration"]) if given["duration"] else None,
    )


def _plain_flow(flow: Flow) -> Plain:
    return {
        "kind": flow.kind.value,
        "quorum": flow.quorum.value,
        "sources": [plain_steward(source) for source in flow.sources],
        "justification": flow.justification,
        "duration": str(flow.duration or ""),
    }


def _question(given: Plain) -> Question:
    shown: Any = given["shown_when"]
    return Question(
        given["id"],
        QuestionKind(given["kind"]),
        given["label"],
        given["required"],
        given["help"],
        tuple(given["options"]),
        (shown["question"], shown["answer"]) if shown else None,
    )


def _plain_question(question: Question) -> Plain:
    shown = question.shown_when
    return {
        "id": question.id,
        "kind": question.kind.value,
        "label": question.label,
        "required": question.required,
        "help": question.help,
        "options": list(question.options),
        "shown_when": {"question": shown[0], "answer": shown[1]} if shown else None,
    }
