"""Later versions of forms reach products by what they decide; pure, state by state."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placet.domain.errors import Forbidden
from placet.domain.forms import Flow, FlowKind, Quorum, RequestForm
from placet.domain.people import StewardSource
from placet.domain.products import DataProduct, ProductState
from placet.domain.requests import RequestType
from placet.workflow.commands import TakeUpFormVersion
from placet.workflow.products import Shelf
from placet.workflow.refusals import NobodyCanDecide, WrongState
from placet.workflow.take_up import named_form, reach, take_up
from tests.workflow.world import FINANCE, LEGAL, START, World, form, gus, listed, mia, product, rita

FORM = form(listed(FINANCE))
LATER = replace(FORM, version=3, flow=listed(LEGAL))
NOBODY = StewardSource.user("nobody")
COMMAND = TakeUpFormVersion("salaries", 3)


def shelf(asked: DataProduct | None = None, asks: RequestForm = FORM) -> Shelf:
    return Shelf(asked or product(), (asks,), (), START, World(asks).stewards, frozenset({"mia", "max"}))


@pytest.mark.parametrize("type", RequestType)
def test_the_form_of_each_type_of_request_is_taken_up_by_itself(type: RequestType) -> None:
    asked = product(masking_form="masking", masking_form_version=1)
    change = take_up(TakeUpFormVersion("salaries", 3, type), mia, shelf(asked), LATER)
    assert change.product
    assert change.product.form_for(type) == (named_form(asked, type)[0], 3)
    assert [other for other in RequestType if change.product.form_for(other) != asked.form_for(other)] == [type]


@pytest.mark.requirement("F3", clause="a change of deciders is taken up")
@pytest.mark.parametrize("state", ProductState)
def test_a_product_takes_a_later_version_up_in_every_state_but_deleted(state: ProductState) -> None:
    asked = product(state=state)
    if state is ProductState.DELETED:
        with pytest.raises(WrongState, match="deleted"):
            take_up(COMMAND, mia, shelf(asked), LATER)
        return
    change = take_up(COMMAND, mia, shelf(asked), LATER)
    assert change.product == replace(asked, form_version=3)
    [event] = change.events
    assert (event.type, event.actor, event.subject, event.tells) == (
        "data_product.form_changed",
        "mia",
        "salaries",
        ("max",),
    )
    assert event.data["version"] == 3


@pytest.mark.requirement("P4", clause="taking up a form version")
def test_only_who_manages_the_product_or_governs_takes_it_up() -> None:
    with pytest.raises(Forbidden):
        take_up(COMMAND, rita, shelf(), LATER)
    assert take_up(COMMAND, gus, shelf(), LATER).product


@pytest.mark.parametrize("version", [1, 2, 3])
def test_what_is_not_later_is_not_taken_up(version: int) -> None:
    with pytest.raises(WrongState, match="only a later one"):
        take_up(COMMAND, mia, shelf(product(form_version=3)), replace(LATER, version=version))


UNDECIDABLE = {
    "any": listed(NOBODY),
    "all": listed(FINANCE, NOBODY, quorum=Quorum.ALL),
    "delegated to no one": Flow(FlowKind.DELEGATED),
}


@pytest.mark.requirement("F4", clause="refused at publishing, any")
@pytest.mark.requirement("F4", clause="refused at publishing, all")
@pytest.mark.parametrize("flow", UNDECIDABLE.values(), ids=UNDECIDABLE)
@pytest.mark.parametrize("state", [ProductState.PUBLISHED, ProductState.SUSPENDED, ProductState.UNPUBLISHED])
def test_what_no_one_could_decide_is_not_taken_up_once_published(flow: Flow, state: ProductState) -> None:
    with pytest.raises(NobodyCanDecide):
        take_up(COMMAND, mia, shelf(product(state=state)), replace(LATER, flow=flow))
    assert take_up(COMMAND, mia, shelf(product(state=ProductState.DRAFT)), replace(LATER, flow=flow)).product


@pytest.mark.requirement("F3", clause="a change of deciders is taken up")
def test_a_version_reaches_a_product_by_itself_only_where_who_decides_stays() -> None:
    renamed = replace(FORM, version=3, name="Renamed")
    change = reach(gus, shelf(), FORM, renamed, RequestType.DATA_ACCESS)
    assert change.product == product(form_version=3)
    waits = reach(gus, shelf(), FORM, LATER, RequestType.DATA_ACCESS)
    assert (waits.product, waits.events[0].type, waits.events[0].tells) == (
        None,
        "data_product.form_waiting",
        ("max", "mia"),
    )


def test_it_does_not_reach_a_published_product_on_which_no_one_could_act() -> None:
    lost = form(listed(NOBODY))
    renamed = replace(lost, version=3, name="Renamed")
    assert reach(gus, shelf(asks=lost), lost, renamed, RequestType.DATA_ACCESS).product is None
    assert reach(gus, shelf(product(state=ProductState.DRAFT), lost), lost, renamed, RequestType.DATA_ACCESS).product
