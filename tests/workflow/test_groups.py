"""Requests for a group."""

from __future__ import annotations

import pytest

from placet.domain.errors import Forbidden
from placet.domain.people import GlobalPermission
from placet.domain.requests import BeneficiaryKind, RequestStatus, Whom
from placet.workflow.refusals import NotASteward
from tests.workflow.world import FINANCE, LEGAL, World, form, listed

GROUP = BeneficiaryKind.GROUP


@pytest.mark.requirement("P4", clause="requesting for a group")
def test_a_group_is_asked_for_by_a_member_or_who_manages_people_and_by_nobody_else() -> None:
    for asking, may in {"ann": True, "rita": False, "gus": False, "tom": True}.items():
        world = World(form(listed(LEGAL)))
        world.change_person("tom", permissions=frozenset({GlobalPermission.USER_ADMIN}))
        if may:
            request = world.submit(asking, "finance", beneficiary_kind=GROUP)
            assert request.whom == Whom("finance", GROUP)
        else:
            with pytest.raises(Forbidden, match="a member of the group"):
                world.submit(asking, "finance", beneficiary_kind=GROUP)


@pytest.mark.requirement("R5", clause="not a member of the group")
def test_a_member_of_the_group_does_not_determine_its_request() -> None:
    world = World(form(listed(LEGAL)))
    world.submit("ann", "finance", beneficiary_kind=GROUP)
    with pytest.raises(NotASteward, match="finance"):
        world.determine("both")
    assert world.determine("bob").status is RequestStatus.APPROVED
    assert world.grant.whom == Whom("finance", GROUP)


def test_a_request_for_a_group_that_only_its_members_could_decide_is_flagged() -> None:
    world = World(form(listed(FINANCE)))
    assert world.submit("ann", "finance", beneficiary_kind=GROUP).unroutable


def test_a_person_called_like_the_group_is_not_taken_for_it() -> None:
    world = World(form(listed(LEGAL)))
    world.change_person("tom", groups=frozenset({"tom"}))
    world.submit("tom", "tom", beneficiary_kind=GROUP)
    world.determine("bob")
    assert world.request
    assert world.request.whom.person == ""
    assert not world.situation("tom", "tom").grants or world.grants[-1].whom.is_group


def test_the_members_are_told_of_the_request_and_of_what_became_of_it() -> None:
    world = World(form(listed(LEGAL)))
    world.submit("ann", "finance", beneficiary_kind=GROUP)
    assert "both" in world.changes[-1].events[0].tells
    world.determine("bob")
    assert {"ann", "both"} <= set(world.changes[-1].events[1].tells)
