"""Data platforms: how they stand, what applying would do there, and what has drifted."""

from __future__ import annotations

from flask import Response

from placet.domain.errors import PlacetError
from placet.identity.web import marketplace, signed_in
from placet.pages.refused import NOTHING, Refused, refused
from placet.pages.rendering import page, see_other
from placet.service.targets import TargetState


def show_targets() -> Response:
    """Every data platform."""
    return page("targets.html", found=marketplace().targets.all(signed_in()))


def show_target(name: str) -> Response:
    """One of them."""
    return _shown(marketplace().targets.get(signed_in(), name))


def plan(name: str) -> Response:
    """What applying would do there now."""
    state = marketplace().targets.get(signed_in(), name)
    try:
        return _shown(state, plan=marketplace().targets.plan(signed_in(), name))
    except PlacetError as error:
        return _shown(state, refused(error, {}))


def verify(name: str) -> Response:
    """How it differs from what it should enforce."""
    state = marketplace().targets.get(signed_in(), name)
    try:
        return _shown(state, drift=marketplace().targets.verify(signed_in(), name))
    except PlacetError as error:
        return _shown(state, refused(error, {}))


def apply(name: str) -> Response:
    """Have a worker bring it to what it should enforce."""
    marketplace().targets.apply(signed_in(), name)
    return see_other("placet.target", name=name)


def retry(name: str) -> Response:
    """Have what failed there tried again now."""
    try:
        marketplace().targets.retry(signed_in(), name)
    except PlacetError as error:
        return _shown(marketplace().targets.get(signed_in(), name), refused(error, {}))
    return see_other("placet.target", name=name)


def _shown(state: TargetState, refusal: Refused = NOTHING, **found: object) -> Response:
    return page("target.html", refusal.status, state=state, refusal=refusal, **found)
