"""The life of a product: what publishing refuses, and which steps there are."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest

from placet.domain.errors import Forbidden
from placet.domain.forms import Flow, FlowKind, Quorum, RequestForm
from placet.domain.people import DomainPermission, Person, StewardSource
from placet.domain.products import BadProduct, DataProduct, DataSource, ProductState
from placet.domain.requests import RequestType
from placet.workflow import products as workflow
from placet.workflow.change import Change
from placet.workflow.refusals import NobodyCanDecide, WrongState
from placet.workflow.situation import Stewards
from tests.workflow.world import FINANCE, START, form, gus, listed, product, rita

SOURCE = DataSource("s1", "warehouse", "pay", "salaries", domains=frozenset({"pay"}))
elsewhere = Person("eve", "Eve", domain_permissions=frozenset({("hr", DomainPermission.MANAGE_DATA_PRODUCTS)}))


def finance_only(source: StewardSource) -> frozenset[str]:
    return frozenset({"ann"}) if source == FINANCE else frozenset()


def shelf(
    made: DataProduct | None = None,
    used: RequestForm | None = None,
    stewards: Stewards = finance_only,
    source: DataSource = SOURCE,
) -> workflow.Shelf:
    draft = made or product(state=ProductState.DRAFT)
    return workflow.Shelf(draft, (used or form(listed(FINANCE)),), (source,), START, stewards, frozenset({"mia"}))


@pytest.mark.requirement("M1", clause="separate forms")
def test_a_product_says_by_which_form_something_is_asked_for() -> None:
    one = product(masking_form="exceptions", masking_form_version=3)
    assert one.form_for(RequestType.DATA_ACCESS) == ("form", 1)


def test_publishing_puts_a_draft_into_the_catalog_and_tells_the_managers() -> None:
    change = workflow.publish(gus, shelf())
    assert change.product
    assert (change.product.state, change.product.published_at) == (ProductState.PUBLISHED, START)
    assert (change.events[0].type, change.events[0].tells) == ("data_product.published", ("mia",))


STEPS: dict[workflow.Step, Callable[[Person, workflow.Shelf], Change]] = {
    workflow.Step.PUBLISH: workflow.publish,
    workflow.Step.SUSPEND: workflow.suspend,
    workflow.Step.UNPUBLISH: workflow.unpublish,
    workflow.Step.DELETE: workflow.delete,
}
LEADS_TO = {
    ("draft", "change"): "draft",
    ("draft", "publish"): "published",
    ("draft", "suspend"): "nothing to suspend",
    ("draft", "unpublish"): "not in the catalog",
    ("draft", "delete"): "deleted",
    ("published", "change"): "published",
    ("published", "publish"): "published already",
    ("published", "suspend"): "suspended",
    ("published", "unpublish"): "unpublished",
    ("published", "delete"): "deleted",
    ("suspended", "change"): "suspended",
    ("suspended", "publish"): "published",
    ("suspended", "suspend"): "suspended already",
    ("suspended", "unpublish"): "unpublished",
    ("suspended", "delete"): "deleted",
    ("unpublished", "change"): "unpublished",
    ("unpublished", "publish"): "published",
    ("unpublished", "suspend"): "publish it first",
    ("unpublished", "unpublish"): "unpublished already",
    ("unpublished", "delete"): "deleted",
    ("deleted", "change"): "make another product",
    ("deleted", "publish"): "make another product",
    ("deleted", "suspend"): "make another product",
    ("deleted", "unpublish"): "make another product",
    ("deleted", "delete"): "deleted already",
}
"""A state, or what the refusal says."""


@pytest.mark.requirement("M1", clause="states")
@pytest.mark.parametrize(("before", "step"), list(itertools.product(ProductState, workflow.Step)))
def test_every_step_from_every_state_leads_somewhere_or_is_refused_by_name(
    before: ProductState, step: workflow.Step
) -> None:
    around, expected = shelf(product(state=before)), LEADS_TO[before, step]
    handler = STEPS.get(step)

    def taken() -> ProductState:
        moved = handler(gus, around).product if handler else None
        return moved.state if moved else workflow.after(around.product, step)

    assert (step in workflow.steps_from(before)) == (expected in list(ProductState))
    if expected in list(ProductState):
        assert taken() is ProductState(expected)
    else:
        with pytest.raises(WrongState, match=f"`Salaries` .*{expected}"):
            taken()


def test_there_is_a_row_for_each_step_and_a_cell_for_each_state() -> None:
    assert set(workflow.TRANSITIONS) == set(workflow.Step)
    assert {step: set(cells) for step, cells in workflow.TRANSITIONS.items()} == {
        step: set(ProductState) for step in workflow.Step
    }


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("actor", [rita, elsewhere], ids=lambda person: person.id)
def test_only_governance_and_managers_of_the_domain_move_a_product(
    step: Callable[[Person, workflow.Shelf], Change], actor: Person
) -> None:
    with pytest.raises(Forbidden):
        step(actor, shelf(product(state=ProductState.PUBLISHED)))


@pytest.mark.parametrize(
    "source", [replace(SOURCE, domains=frozenset()), replace(SOURCE, domains=frozenset({"hr"}))], ids=["none", "other"]
)
def test_a_product_draws_only_on_sources_of_its_domain(source: DataSource) -> None:
    with pytest.raises(BadProduct, match="s1"):
        workflow.publish(gus, shelf(source=source))


def test_a_product_without_sources_is_not_published() -> None:
    with pytest.raises(BadProduct, match="no data sources"):
        workflow.publish(gus, shelf(product(state=ProductState.DRAFT, sources=())))


@pytest.mark.parametrize(
    "flow",
    [
        pytest.param(
            listed(StewardSource.group("nobody")),
            marks=pytest.mark.requirement("F4", clause="refused at publishing, any"),
            id="any",
        ),
        pytest.param(
            listed(FINANCE, StewardSource.group("nobody"), quorum=Quorum.ALL),
            marks=pytest.mark.requirement("F4", clause="refused at publishing, all"),
            id="all",
        ),
        pytest.param(Flow(FlowKind.DELEGATED), id="delegated to no one"),
    ],
)
def test_a_form_that_no_one_could_act_on_is_refused_at_publishing(flow: Flow) -> None:
    with pytest.raises(NobodyCanDecide, match="no one could act"):
        workflow.publish(gus, shelf(used=form(flow)))


def test_one_steward_is_enough_for_any_and_none_for_automatic() -> None:
    some = listed(FINANCE, StewardSource.group("nobody"))
    none = Flow(FlowKind.AUTOMATIC, justification="open data")
    for flow in (some, none):
        assert workflow.publish(gus, shelf(used=form(flow))).product
