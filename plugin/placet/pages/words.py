"""How times, terms and states read on the pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup, escape

from placet.domain.people import Person, PersonKind
from placet.domain.requests import Determination, Grant, Verdict
from placet.domain.terms import Term
from placet.service.columns import ColumnView


def when(at: datetime) -> Markup:
    """An instant as a `time` element, in UTC, to the minute."""
    return _time(at, f"{at.astimezone(UTC):%Y-%m-%d %H:%M}")


def exactly(at: datetime) -> Markup:
    """The same for an instant at which access begins or ends: to the second, where it is no whole minute."""
    at = at.astimezone(UTC)
    return _time(at, f"{at:%Y-%m-%d %H:%M:%S}") if at.second else when(at)


def _time(at: datetime, text: str) -> Markup:
    return Markup('<time datetime="{}">{} UTC</time>').format(at.astimezone(UTC).isoformat(), text)


def lasting(term: Term) -> Markup | str:
    """How long a term lasts, as it goes on after "approved"."""
    if term.duration:
        return f"for {term.duration}"
    return Markup("until {}").format(exactly(term.end)) if term.end else "with no end given"


def verdict(made: Determination) -> Markup | str:
    """What someone determined, with the term of an approval."""
    return Markup("approved {}").format(lasting(made.term)) if made.verdict is Verdict.APPROVE else "denied"


def span(grant: Grant) -> Markup:
    """From when until when a grant runs."""
    end = Markup("until {}").format(exactly(grant.end)) if grant.end else "with no end"
    return Markup("from {} {}").format(exactly(grant.start), end)


def contact(person: Person) -> str:
    """What tells a person from others of the same name."""
    kind = "service account" if person.kind is PersonKind.SERVICE_ACCOUNT else ""
    return ", ".join(part for part in (person.id, person.email, kind) if part)


def seen(view: ColumnView) -> str:
    """How someone sees a column, and whether an approval would show it clear."""
    if view.held_back:
        return "approved, held back by policy"
    if view.clear:
        return "clear, by an approval" if view.state.masked else "not masked"
    if view.state.clearable:
        return "masked"
    return "masked, and no approval could show it"


def told(message: str) -> Markup:
    """A message of ours, with what stands in backticks set as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(message))))  # noqa: S704 - escaped before


_CODE = re.compile("`([^`]*)`")

FILTERS: dict[str, Callable[..., Any]] = {
    "when": when,
    "exactly": exactly,
    "verdict": verdict,
    "span": span,
    "contact": contact,
    "seen": seen,
    "told": told,
}
