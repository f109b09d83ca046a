"""The rule packs: all of them, and one with its source, its cases and what the checker says."""

from __future__ import annotations

from flask import Response, request

from placet.identity.web import marketplace, signed_in, url_for
from placet.pages.rendering import moved, page
from placet.service.new_pack import new_pack


def show_packs() -> Response:
    """Every pack in force or on offer; `begin` leads to the form for a new one of that name."""
    cards = marketplace().rule_packs.all(signed_in())
    if begun := request.args.get("begin", "").strip():
        new_pack(begun)
        return moved(url_for("placet.try_pack", name=begun))
    return page("rules.html", cards=cards)


def show_pack(name: str) -> Response:
    """One pack: the one in force, or the version that `hash` names."""
    person = signed_in()
    view = marketplace().rule_packs.get(person, name, request.args.get("hash", ""))
    report = marketplace().rule_packs.check(person, view.text, view.cases)
    return page("rule_pack.html", view=view, card=view.card, report=report)
