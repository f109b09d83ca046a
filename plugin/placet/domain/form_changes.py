"""What changed from one version of a request form to another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from placet.domain.forms import Flow, FlowKind, Question, RequestForm, in_order


@dataclass(frozen=True)
class Difference:
    """One thing that is said otherwise; empty where there was none, or is none any more."""

    what: str
    before: str
    after: str


def only_wording(before: RequestForm, after: RequestForm) -> bool:
    """Whether nothing but labels of questions and help was changed."""
    return _wordless(before) == _wordless(after)


def _wordless(form: RequestForm) -> tuple[object, ...]:
    agreed = form.agreement and (form.agreement.id, form.agreement.version)
    questions = tuple(replace(question, label="", help="") for question in form.questions)
    return form.name, form.flow, in_order(form.packs), agreed, questions


def differences(before: RequestForm, after: RequestForm) -> tuple[Difference, ...]:
    """Everything that is said otherwise, who decides first."""
    found = [*deciding_differences(before, after), *_plain(before, after), *_asked(before, after)]
    return tuple(found)


def deciding_differences(before: RequestForm, after: RequestForm) -> tuple[Difference, ...]:
    """What is said otherwise of who decides, and by which rules."""
    pairs = (
        ("who decides", _who(before.flow), _who(after.flow)),
        ("rule packs", ", ".join(in_order(before.packs)), ", ".join(in_order(after.packs))),
    )
    return tuple(Difference(*pair) for pair in pairs if pair[1] != pair[2])


def _plain(before: RequestForm, after: RequestForm) -> Iterator[Difference]:
    if before.name != after.name:
        yield Difference("name", before.name, after.name)
    if _agreed(before) != _agreed(after):
        yield Difference("data use agreement", _agreed(before), _agreed(after))


def _asked(before: RequestForm, after: RequestForm) -> Iterator[Difference]:
    was, now = ({question.id: question for question in form.questions} for form in (before, after))
    for id in dict.fromkeys([*was, *now]):
        old, new = was.get(id), now.get(id)
        if old != new:
            yield Difference(f"question {id}", _question(old), _question(new))
    kept = [id for id in was if id in now]
    if kept != (ordered := [id for id in now if id in was]):
        yield Difference("order of the questions", ", ".join(kept), ", ".join(ordered))


def _who(flow: Flow) -> str:
    if flow.kind is FlowKind.AUTOMATIC:
        lasting = f", for {flow.duration}" if flow.duration else ""
        return f"approved at once{lasting}: {flow.justification}"
    if flow.kind is FlowKind.DELEGATED:
        return f"{flow.quorum} of the steward sources that each data product lists"
    return f"{flow.quorum} of {', '.join(map(str, flow.sources))}"


def _agreed(form: RequestForm) -> str:
    return f"{form.agreement.name}, version {form.agreement.version}" if form.agreement else ""


def _question(question: Question | None) -> str:
    if question is None:
        return ""
    parts = [question.label, f"({question.kind}, {'required' if question.required else 'optional'})"]
    if question.options:
        parts.append(f"out of {', '.join(question.options)}")
    if question.shown_when:
        parts.append("if {} is {}".format(*question.shown_when))
    if question.help:
        parts.append(f"– {question.help}")
    return " ".join(parts)
