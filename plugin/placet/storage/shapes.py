"""Domain values as what JSON holds, and back; used for what is read and written as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from placet.domain.forms import Flow, FlowKind, Question, QuestionKind, Quorum, RequestForm
from placet.domain.people import SourceKind, StewardSource
from placet.domain.requests import Acceptance, ColumnRef, RequiredSource
from placet.domain.terms import Duration


def digest(key: str) -> str:
    """A steward source's key in 32 characters: keys may be longer than an index of PostgreSQL takes.

    128 bits of SHA-256; lookups by it find candidates, and who is a steward is judged on the sources themselves.
    """
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def digests(keys: Iterable[str]) -> list[str]:
    return sorted(map(digest, keys))


def source_to_json(source: StewardSource) -> list[str]:
    return [source.kind.value, source.name, source.value]


def source_from_json(parts: list[str]) -> StewardSource:
    kind, name, value = parts
    return StewardSource(SourceKind(kind), name, value)


def required_to_json(needed: RequiredSource) -> list[object]:
    return [needed.source and source_to_json(needed.source), needed.stage, needed.called]


def required_from_json(parts: list[Any]) -> RequiredSource:
    source, stage, called = parts
    return RequiredSource(source and source_from_json(source), stage, called)


def column_to_json(column: ColumnRef) -> list[object]:
    return [column.source, column.column, column.name]


def column_from_json(parts: list[Any]) -> ColumnRef:
    return ColumnRef(*parts)


def duration_to_text(duration: Duration | None) -> str | None:
    return None if duration is None else str(duration)


def duration_from_text(text: str | None) -> Duration | None:
    return None if text is None else Duration.parse(text)


def acceptance_to_json(accepted: Acceptance | None) -> dict[str, object] | None:
    if accepted is None:
        return None
    return {
        "agreement": accepted.agreement,
        "version": accepted.version,
        "name": accepted.name,
        "at": accepted.at.isoformat(),
        "on_behalf_of": accepted.on_behalf_of,
    }


def acceptance_from_json(kept: dict[str, Any] | None) -> Acceptance | None:
    if kept is None:
        return None
    return Acceptance(**kept | {"at": datetime.fromisoformat(kept["at"])})


def form_to_json(form: RequestForm) -> dict[str, object]:
    """Everything of a form that has no column of its own."""
    agreement = form.agreement
    return {
        "questions": [_question_to_json(question) for question in form.questions],
        "agreement": agreement and [agreement.id, agreement.version],
        "flow": _flow_to_json(form.flow),
        "packs": list(form.packs),
    }


def questions_from_json(kept: list[dict[str, Any]]) -> tuple[Question, ...]:
    return tuple(map(_question_from_json, kept))


def flow_from_json(kept: dict[str, Any]) -> Flow:
    return Flow(
        kind=FlowKind(kept["kind"]),
        quorum=Quorum(kept["quorum"]),
        sources=tuple(map(source_from_json, kept["sources"])),
        justification=kept["justification"],
        duration=duration_from_text(kept["duration"]),
    )


def _flow_to_json(flow: Flow) -> dict[str, object]:
    return {
        "kind": flow.kind.value,
        "quorum": flow.quorum.value,
        "sources": [source_to_json(source) for source in flow.sources],
        "justification": flow.justification,
        "duration": duration_to_text(flow.duration),
    }


def _question_to_json(question: Question) -> dict[str, object]:
    return {
        "id": question.id,
        "kind": question.kind.value,
        "label": question.label,
        "required": question.required,
        "help": question.help,
        "options": list(question.options),
        "shown_when": list(question.shown_when) if question.shown_when else None,
    }


def _question_from_json(kept: dict[str, Any]) -> Question:
    return Question(
        **kept
        | {
            "kind": QuestionKind(kept["kind"]),
            "options": tuple(kept["options"]),
            "shown_when": tuple(kept["shown_when"]) if kept["shown_when"] else None,
        }
    )
