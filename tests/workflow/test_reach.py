"""Whether anyone can decide a request, as people come and go."""

from __future__ import annotations

import pytest

from placet.domain.forms import Quorum
from placet.workflow.reach import reflagged
from tests.workflow.world import FINANCE, LEGAL, World, form, listed

ALL, ANY = listed(FINANCE, LEGAL, quorum=Quorum.ALL), listed(FINANCE, LEGAL)


def gone(world: World, *ids: str) -> None:
    for id in ids:
        world.change_person(id, active=False)


def flag(world: World) -> list[str]:
    """Judge the request anew and keep what changes; the types of what is told."""
    assert world.request
    change = reflagged(world.request, world.situation(), world.rules, "uma")
    if change is None:
        return []
    world.keep(change)
    return world.told()


@pytest.mark.requirement("F4", clause="later it waits")
@pytest.mark.parametrize(
    ("flow", "leaving", "told"),
    [
        (ANY, ("ann", "both"), []),
        (ANY, ("ann", "both", "bob"), ["access_request.unroutable"]),
        (ALL, ("ann",), []),
        (ALL, ("ann", "both"), ["access_request.unroutable"]),
        (ALL, ("bob", "both"), ["access_request.unroutable"]),
    ],
)
def test_it_is_flagged_when_no_one_can_decide_any_more_and_only_then(
    flow: object, leaving: tuple[str, ...], told: list[str]
) -> None:
    world = World(form(flow))  # type: ignore[arg-type]  # a flow
    world.submit()
    gone(world, *leaving)
    assert flag(world) == told
    assert flag(world) == [], "and told once"
    assert world.request
    assert not world.request.final


def test_the_managers_are_told_and_then_those_who_are_asked_too() -> None:
    world = World(form(ANY))
    world.submit()
    gone(world, "ann", "bob", "both")
    flag(world)
    [event] = world.changes[-1].events
    assert (event.actor, event.tells) == ("uma", ("mia",))
    assert "no active person" in event.told()
    world.change_person("bob", active=True)
    assert flag(world) == ["access_request.routable"]
    [event] = world.changes[-1].events
    assert event.tells == ("bob", "mia")


@pytest.mark.requirement("R12", clause="determinations count on")
def test_a_source_that_someone_has_met_needs_no_one_any_more() -> None:
    world = World(form(ALL))
    world.submit()
    world.determine("ann")
    gone(world, "ann", "both")
    assert flag(world) == []
    gone(world, "bob")
    assert flag(world) == ["access_request.unroutable"]


def test_who_has_determined_can_not_stand_in_for_another_source() -> None:
    world = World(form(ALL))
    world.submit()
    world.determine("ann")
    world.change_person("ann", groups=frozenset({"finance", "legal"}))
    gone(world, "bob", "both")
    assert flag(world) == ["access_request.unroutable"]


def test_the_requester_does_not_count_as_someone_who_can_decide() -> None:
    world = World(form(ANY))
    world.change_person("rita", groups=frozenset({"finance"}))
    world.submit()
    gone(world, "ann", "bob", "both")
    assert flag(world) == ["access_request.unroutable"]
