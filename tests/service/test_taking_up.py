"""How an edited form reaches the products that ask by it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from placet.domain.errors import Forbidden, PlacetError, StaleRevision
from placet.domain.forms import STANDARD_PACKS, Flow, FlowKind, Question, QuestionKind, RequestForm
from placet.domain.people import DomainPermission, StewardSource
from placet.domain.products import DataProduct
from placet.domain.requests import RequestStatus
from placet.domain.terms import Duration
from placet.workflow.refusals import NobodyCanDecide, WrongState
from tests.service.office import ALL, ANY, AUTOMATIC, FINANCE, LEGAL, Office

TOM = StewardSource.user("tom")
WHY = Question("why", QuestionKind.SHORT_ANSWER, "Why?")
HOUSE = "pack: house\nabout: Rules of the house.\nnames: []\nreads: {}\nconcludes: {}\nrules: {}\n"


def form_of(office: Office, version: int | None = None) -> RequestForm:
    return office.marketplace.forms.get(office.person("gus"), office.product.form, version)


def edit(office: Office, **changes: object) -> RequestForm:
    """The form of the salaries, edited by the governor."""
    return office.marketplace.forms.edit(office.person("gus"), replace(form_of(office), **changes))  # type: ignore[arg-type]  # names of the dataclass


def version_of(office: Office, product: DataProduct | None = None) -> int:
    return office.reread(product or office.product).form_version


def take_up(office: Office, who: str = "mia", version: int | None = None) -> DataProduct:
    return office.marketplace.products.take_up_form(office.person(who), office.product.id, version)


DECIDING = {
    "sources": {"flow": replace(ALL, sources=(FINANCE,))},
    "quorum": {"flow": ANY},
    "flow": {"flow": AUTOMATIC},
    "packs": {"packs": (*STANDARD_PACKS, "house")},
}


@pytest.mark.requirement("F3", clause="a change of deciders is taken up")
@pytest.mark.parametrize("changes", DECIDING.values(), ids=DECIDING)
def test_a_version_that_changes_who_decides_waits_to_be_taken_up(office: Office, changes: dict[str, object]) -> None:
    office.force("house", HOUSE)
    edit(office, **changes)
    assert version_of(office) == 1
    request = office.ask()
    assert (request.form_version, {needed.source for needed in request.sources}) == (1, {FINANCE, LEGAL})
    assert take_up(office).form_version == 2
    assert office.ask("tom").form_version == 2
    assert office.trail().count("data_product.form_changed") == 1


@pytest.mark.requirement("F3", clause="a change of deciders is taken up")
def test_a_version_that_leaves_who_decides_as_it_was_reaches_products_at_once(office: Office) -> None:
    office.marketplace.products.suspend(office.person("mia"), office.product.id)
    draft = replace(office.product, id="", name="Draft")
    draft = office.marketplace.products.create(office.person("mia"), draft)
    edit(office, name="Newer", questions=(WHY,), packs=tuple(reversed(STANDARD_PACKS)))
    assert (version_of(office), version_of(office, draft)) == (2, 2)
    assert office.trail()[-3:] == ["request_form.saved", "data_product.form_changed", "data_product.form_changed"]
    told = [one.message for one in office.marketplace.notifications.mine(office.person("mia")).items]
    assert "Salaries is asked for by version 2 of the form Newer." in told


@pytest.mark.requirement("F3", clause="a change of deciders is taken up")
def test_a_later_wording_does_not_bring_along_deciders_that_were_never_taken_up(office: Office) -> None:
    edit(office, flow=ANY)
    edit(office, questions=(WHY,))
    assert version_of(office) == 1
    take_up(office, version=2)
    edit(office, questions=())
    assert version_of(office) == 4


@pytest.mark.requirement("F3", clause="open requests keep theirs")
def test_an_open_request_is_decided_as_the_version_it_was_made_with_has_it(office: Office) -> None:
    before = office.ask("rita")
    edit(office, flow=replace(ANY, sources=(TOM,)))
    take_up(office)
    assert {needed.source for needed in office.ask("uma").sources} == {TOM}
    with pytest.raises(Forbidden):
        office.say("tom", before)
    office.say("ann", before)
    assert office.say("bob", before).status is RequestStatus.APPROVED


def test_those_who_manage_products_that_wait_are_told_of_the_version(office: Office) -> None:
    edit(office, flow=ANY)
    told = [one.message for one in office.marketplace.notifications.mine(office.person("mia")).items]
    assert told.count("Version 2 of the form Form 1 waits to be taken up on Salaries.") == 1
    waiting = office.marketplace.products.waiting_form(office.person("mia"), office.product.id)
    assert [(one.what, one.before, one.after) for one in waiting.deciding] == [
        ("who decides", "all of group finance, group legal", "any of group finance, group legal")
    ]


@pytest.mark.requirement("P4", clause="taking up a form version")
@pytest.mark.parametrize("who", ["rita", "ann", "ada", "uma", "tom"])
def test_a_version_is_taken_up_by_the_manager_of_the_product_or_governance_only(office: Office, who: str) -> None:
    office.change_person("tom", domain_permissions=frozenset({("hr", DomainPermission.MANAGE_DATA_PRODUCTS)}))
    edit(office, flow=ANY)
    before = office.trail()
    with pytest.raises(Forbidden):
        take_up(office, who)
    with pytest.raises(Forbidden):
        office.marketplace.products.waiting_form(office.person(who), office.product.id)
    assert (version_of(office), office.trail()) == (1, before)
    assert take_up(office, "gus").form_version == 2


@pytest.mark.requirement("F4", clause="refused at publishing, any")
@pytest.mark.requirement("F4", clause="refused at publishing, all")
def test_a_version_that_no_one_could_act_on_is_not_taken_up(office: Office) -> None:
    edit(office, flow=replace(ALL, sources=(FINANCE, TOM)))
    office.change_person("tom", active=False)
    with pytest.raises(NobodyCanDecide, match="tom"):
        take_up(office)
    edit(office, flow=Flow(FlowKind.DELEGATED))
    with pytest.raises(NobodyCanDecide):
        take_up(office)
    assert version_of(office) == 1


@pytest.mark.requirement("F4", clause="refused at publishing, all")
def test_an_edit_does_not_reach_a_product_on_which_no_one_could_act(office: Office) -> None:
    other = office.publish("Other", ANY)
    both = replace(other, form=office.product.form, form_version=1)
    office.marketplace.products.change(office.person("gus"), both)
    office.change_person("bob", active=False)
    edit(office, questions=(WHY,))
    assert (version_of(office), version_of(office, other)) == (1, 1)
    office.change_person("bob", active=True)
    assert take_up(office).form_version == 2


def test_only_a_later_version_is_taken_up_and_only_by_a_product_that_is_there(office: Office) -> None:
    edit(office, flow=ANY)
    take_up(office)
    for version in (None, 1, 2):
        with pytest.raises(WrongState):
            take_up(office, version=version)
    edit(office, flow=ALL)
    with pytest.raises(StaleRevision):
        office.marketplace.products.take_up_form(office.person("mia"), office.product.id, revision=1)
    office.marketplace.products.delete(office.person("mia"), office.product.id)
    with pytest.raises(WrongState, match="deleted"):
        take_up(office)


def test_an_automatic_approval_that_lasts_otherwise_is_taken_up_too(office: Office) -> None:
    product = office.publish("Quick", AUTOMATIC)
    form = office.marketplace.forms.get(office.person("gus"), product.form)
    flow = replace(AUTOMATIC, duration=Duration.parse("1 day"))
    office.marketplace.forms.edit(office.person("gus"), replace(form, flow=flow))
    assert version_of(office, product) == 1


def test_edits_changes_of_products_and_deletions_at_once_end_in_one_order(office: Office) -> None:
    """Each is done or refused in words; no product asks by a form that is gone, and none is left half changed."""
    form, governor = form_of(office), office.person("gus")
    other = office.form(ANY)
    products = [office.publish(f"P{number}", ANY, form=form.id, form_version=1) for number in range(3)]
    done: list[object] = []

    def attempt(number: int) -> None:
        act = (
            lambda: office.marketplace.forms.edit(governor, replace(form_of(office), questions=(WHY,) * (number % 2))),
            lambda: office.marketplace.products.change(
                governor, replace(office.reread(products[number % 3]), form=other.id, form_version=1)
            ),
            lambda: office.marketplace.forms.delete(governor, other.id),
        )[number % 3]
        try:
            done.append(act())
        except PlacetError as refused:
            assert refused.status in (404, 409), refused.detail  # noqa: PT017 - several kinds

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(attempt, range(18)))
    latest = form_of(office)
    assert latest.version > 1
    for product in [office.product, *products]:
        now = office.reread(product)
        asked = office.marketplace.forms.get(governor, now.form, now.form_version)
        assert not asked.retired
        assert now.form == other.id or now.form_version == (latest.version if now.form == form.id else 1)
