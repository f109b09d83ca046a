"""The page that says why a request stands as it does."""

from __future__ import annotations

from flask import Response

from placet.domain.permissions import Action, may
from placet.identity.web import marketplace, signed_in
from placet.pages.rendering import page
from placet.service.explaining import Answer, Explanation


def show_why(id: str) -> Response:
    """Every answer of the rules, the first one first, what is missing, and how the viewer stands to it."""
    person = signed_in()
    found = marketplace().requests.explain(person, id)
    return page(
        "why.html",
        found=found,
        card=found.card,
        asked=found.card.request,
        names=found.names,
        sees_rules=may(person, Action.RULE_PACKS),
        answers=[(heading(one, found), one, one.reasons(found.names)) for one in found.answers],
    )


def heading(answer: Answer, found: Explanation) -> str:
    """The question in words."""
    if answer.question == "standing":
        return f"May {found.names.get(answer.about, answer.about)} determine it?"
    return "At submission: whom to ask" if answer.question == "opening" else "What follows from the determinations"
