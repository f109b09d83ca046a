"""Data products: described by those who may, listed while they are published, ended whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from placet.domain.errors import AlreadyThere, Forbidden, NotFound, PlacetError, StaleRevision
from placet.domain.forms import Flow, FlowKind, Quorum
from placet.domain.people import DomainPermission, Person, StewardSource
from placet.domain.products import BadProduct, DataProduct, Domain, ProductState
from placet.domain.requests import RequestStatus
from placet.domain.terms import Duration
from placet.workflow.refusals import NobodyCanDecide
from tests.service.office import ALL, ANY, AUTOMATIC, LEGAL, Office

TOM = StewardSource.user("tom")
DELEGATED = Flow(FlowKind.DELEGATED, Quorum.ALL)

Act = Callable[[Office, Person, DataProduct], object]

ACTS: dict[str, Act] = {
    "create": lambda office, who, one: office.marketplace.products.create(
        who, replace(one, id="", name=f"By {who.id}")
    ),
    "change": lambda office, who, one: office.marketplace.products.change(who, replace(one, description="new")),
    "suspend": lambda office, who, one: office.marketplace.products.suspend(who, one.id),
    "unpublish": lambda office, who, one: office.marketplace.products.unpublish(who, one.id),
    "delete": lambda office, who, one: office.marketplace.products.delete(who, one.id),
}


def draft(office: Office, **described: object) -> DataProduct:
    """A draft on the salaries, under the form of the product that is there, made by the manager."""
    one = DataProduct("", "New", "pay", office.product.form, office.product.form_version, ("s1",))
    return office.marketplace.products.create(office.person("mia"), replace(one, **described))  # type: ignore[arg-type]  # names of the dataclass


def seen(office: Office, product: DataProduct, viewer: str = "mia") -> DataProduct:
    return office.marketplace.products.get(office.person(viewer), product.id).card.product


def catalog(office: Office, viewer: str = "rita") -> dict[str, DataProduct]:
    items = office.marketplace.products.catalog(office.person(viewer)).items
    return {card.product.name: card.product for card in items}


@pytest.mark.requirement("P4", clause="products")
@pytest.mark.requirement("D2", clause="the manager holds the permission there")
@pytest.mark.requirement("P2", clause="governance publishes everywhere")
@pytest.mark.parametrize("act", ACTS)
def test_products_are_moved_by_governance_and_managers_of_their_domain_only(office: Office, act: str) -> None:
    office.marketplace.domains.save(office.person("gus"), Domain("hr", "People"))
    office.change_person("tom", domain_permissions=frozenset({("hr", DomainPermission.MANAGE_DATA_PRODUCTS)}))
    before = seen(office, office.product), office.trail()
    for stranger in ("rita", "ann", "ada", "uma", "tom"):
        with pytest.raises(Forbidden):
            ACTS[act](office, office.person(stranger), before[0])
    assert (seen(office, office.product), office.trail()) == before
    for who in ("gus", "mia"):
        product = office.publish(f"For {who}", ANY)
        ACTS[act](office, office.person(who), product)


@pytest.mark.requirement("P4", clause="products")
def test_publishing_is_for_governance_and_managers_of_the_domain(office: Office) -> None:
    made = draft(office)
    for stranger in ("rita", "ann", "uma"):
        with pytest.raises(Forbidden):
            office.marketplace.products.publish(office.person(stranger), made.id)
    assert seen(office, made).state is ProductState.DRAFT
    assert office.marketplace.products.publish(office.person("mia"), made.id).state is ProductState.PUBLISHED


@pytest.mark.requirement("M1", clause="what a product has")
def test_a_product_is_as_it_was_described_and_begins_as_a_draft(office: Office) -> None:
    described = {
        "description": "What everyone earns.",
        "expert": "Fay",
        "links": ("https://example.org/pay",),
        "visible_to": frozenset({"finance"}),
        "maximum": Duration.parse("90 days"),
        "stewards": (TOM,),
    }
    made = draft(office, name="x" * 255, form=office.form(DELEGATED).id, **described)
    kept = seen(office, made)
    assert {name: getattr(kept, name) for name in described} == described
    assert (kept.state, kept.revision, kept.created_at) == (ProductState.DRAFT, 1, office.clock.now())
    assert (kept.name, kept.domain, kept.sources) == ("x" * 255, "pay", ("s1",))
    assert "x" * 255 not in catalog(office, "fay")
    with pytest.raises(NotFound):
        seen(office, made, "fay")


@pytest.mark.requirement("M1", clause="what a product has")
@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"name": ""}, BadProduct),
        ({"name": "x" * 256}, BadProduct),
        ({"name": "Salaries"}, AlreadyThere),
        ({"name": "SALARIES "}, AlreadyThere),
        ({"description": "x" * 10_001}, BadProduct),
        ({"expert": "x" * 256}, BadProduct),
        ({"links": ("javascript:alert(1)",)}, BadProduct),
        ({"links": ("https://",)}, BadProduct),
        ({"links": ("https://example.org/a\nb",)}, BadProduct),
        ({"links": ("https://example.org/" + "a" * 2_000,)}, BadProduct),
        ({"links": tuple(f"https://example.org/{number}" for number in range(101))}, BadProduct),
        ({"sources": ("nothing",)}, BadProduct),
        ({"visible_to": frozenset({"finance", "nobody"})}, BadProduct),
        ({"stewards": (TOM,)}, BadProduct),
        ({"domain": "nowhere"}, NotFound),
        ({"form": "none"}, NotFound),
        ({"form_version": 7}, NotFound),
    ],
    ids=lambda one: next(iter(one)) if isinstance(one, dict) else one.__name__,
)
def test_a_description_that_can_not_be_is_refused_whole(
    office: Office, wrong: dict[str, object], refusal: type[PlacetError]
) -> None:
    before = office.trail()
    one = DataProduct("p", "New", "pay", office.product.form, office.product.form_version, ("s1",))
    with pytest.raises(refusal):
        office.marketplace.products.create(office.person("gus"), replace(one, **wrong))  # type: ignore[arg-type]  # names of the dataclass
    assert office.trail() == before
    with pytest.raises(NotFound):
        office.marketplace.products.get(office.person("gus"), "p")


def test_a_draft_without_a_form_version_takes_the_latest(office: Office) -> None:
    form = office.marketplace.forms.get(office.person("gus"), office.product.form)
    office.marketplace.forms.edit(office.person("gus"), replace(form, name="Newer"))
    assert draft(office, form_version=0).form_version == 2


@pytest.mark.requirement("M1", clause="separate forms")
def test_a_second_form_asks_for_masking_exceptions_in_the_version_it_was_taken_in(office: Office) -> None:
    assert office.product.masking_form == ""
    form = office.form(ANY)
    office.marketplace.forms.edit(office.person("gus"), replace(form, name="Newer"))
    made = draft(office, masking_form=form.id)
    assert (made.masking_form, made.masking_form_version) == (form.id, 2)
    changed = office.marketplace.products.change(office.person("mia"), replace(made, masking_form_version=1))
    assert seen(office, made).masking_form_version == changed.masking_form_version == 1
    office.marketplace.products.change(
        office.person("mia"), replace(seen(office, made), masking_form="", masking_form_version=0)
    )
    assert seen(office, made).masking_form == ""


@pytest.mark.requirement("M1", clause="separate forms")
@pytest.mark.parametrize(
    ("named", "refusal"),
    [
        ({"masking_form": "none"}, NotFound),
        ({"masking_form": "FORM", "masking_form_version": 7}, NotFound),
        ({"masking_form_version": 1}, BadProduct),
    ],
    ids=str,
)
def test_the_second_form_has_to_exist(office: Office, named: dict[str, object], refusal: type[PlacetError]) -> None:
    named = {name: office.product.form if value == "FORM" else value for name, value in named.items()}
    with pytest.raises(refusal):
        draft(office, **named)
    with pytest.raises(refusal):
        office.marketplace.products.change(office.person("mia"), replace(seen(office, office.product), **named))  # type: ignore[arg-type]  # names of the dataclass


@pytest.mark.requirement("F4", clause="refused at publishing, any")
def test_a_second_form_that_no_one_could_act_on_is_refused_as_the_first_is(office: Office) -> None:
    made = draft(office, masking_form=office.form(replace(ANY, sources=(TOM,))).id)
    office.change_person("tom", active=False)
    with pytest.raises(NobodyCanDecide, match="tom"):
        office.marketplace.products.publish(office.person("mia"), made.id)
    assert seen(office, made).state is ProductState.DRAFT


def test_who_has_not_seen_the_latest_change_overwrites_nothing(office: Office) -> None:
    read = seen(office, office.product)
    office.marketplace.products.change(office.person("mia"), replace(read, description="first"))
    with pytest.raises(StaleRevision):
        office.marketplace.products.change(office.person("gus"), replace(read, description="second"))
    for step in ("suspend", "unpublish", "delete"):
        with pytest.raises(StaleRevision):
            getattr(office.marketplace.products, step)(office.person("gus"), read.id, read.revision)
    now = seen(office, office.product)
    assert (now.description, now.revision, now.state) == ("first", read.revision + 1, ProductState.PUBLISHED)


@pytest.mark.requirement("D2", clause="the domain is fixed")
def test_a_change_describes_and_moves_nothing(office: Office) -> None:
    office.marketplace.domains.save(office.person("gus"), Domain("hr", "People"))
    read = seen(office, office.product)
    with pytest.raises(BadProduct, match="fixed"):
        office.marketplace.products.change(office.person("gus"), replace(read, domain="hr"))
    changed = replace(read, description="new", state=ProductState.DRAFT, published_at=None)
    office.marketplace.products.change(office.person("gus"), changed)
    now = seen(office, office.product)
    assert (now.description, now.state, now.published_at) == ("new", ProductState.PUBLISHED, read.published_at)


@pytest.mark.requirement("M1", clause="what a product has")
@pytest.mark.parametrize("wrong", [{"name": " "}, {"name": "x" * 256}, {"links": ("ftp://example.org",)}], ids=str)
def test_a_change_is_held_to_what_a_description_is(office: Office, wrong: dict[str, object]) -> None:
    read = seen(office, office.product)
    with pytest.raises(BadProduct):
        office.marketplace.products.change(office.person("mia"), replace(read, **wrong))  # type: ignore[arg-type]  # names of the dataclass
    assert seen(office, office.product) == read


def test_the_other_managers_are_told_of_a_change(office: Office) -> None:
    office.change_person("tom", domain_permissions=frozenset({("pay", DomainPermission.MANAGE_DATA_PRODUCTS)}))

    def told(id: str) -> int:
        messages = [one.message for one in office.marketplace.notifications.mine(office.person(id)).items]
        return messages.count("Salaries was changed.")

    before = told("mia"), told("tom")
    office.marketplace.products.change(office.person("mia"), replace(seen(office, office.product), description="new"))
    assert (told("mia"), told("tom")) == (before[0], before[1] + 1)


@pytest.mark.requirement("D2", clause="only sources of its domain")
def test_a_product_draws_on_sources_of_its_domain(office: Office) -> None:
    office.marketplace.domains.save(office.person("gus"), Domain("hr", "People"))
    with office.marketplace.context.store.writing() as session:
        session.sources.save(replace(office.source("elsewhere", "staff"), domains=frozenset({"hr"})))
    empty = draft(office, name="Empty", sources=())
    for sources in (("elsewhere",), ("s1", "elsewhere")):
        with pytest.raises(BadProduct, match="elsewhere"):
            draft(office, sources=sources)
        for one in (empty, office.product):
            with pytest.raises(BadProduct, match="elsewhere"):
                office.marketplace.products.change(office.person("gus"), replace(seen(office, one), sources=sources))
    with pytest.raises(BadProduct, match="no data sources"):
        office.marketplace.products.publish(office.person("gus"), empty.id)
    with pytest.raises(BadProduct, match="no data sources"):
        office.marketplace.products.change(office.person("gus"), replace(seen(office, office.product), sources=()))
    assert seen(office, office.product).sources == ("s1",)


def test_a_source_that_left_the_domain_is_in_the_way_of_publishing_and_of_no_other_change(office: Office) -> None:
    made = draft(office)
    with office.marketplace.context.store.writing() as session:
        session.sources.save(replace(office.source("s1", "salaries"), domains=frozenset()))
        session.sources.save(office.source("s2", "bonuses"))
    for one in (made, office.product):
        described = replace(seen(office, one), description="new", sources=("s1", "s2"))
        assert office.marketplace.products.change(office.person("mia"), described).sources == ("s1", "s2")
    with pytest.raises(BadProduct, match="s1"):
        office.marketplace.products.publish(office.person("mia"), made.id)
    office.marketplace.products.change(office.person("mia"), replace(seen(office, made), sources=("s2",)))
    with pytest.raises(BadProduct, match="s1"):
        office.marketplace.products.change(office.person("mia"), replace(seen(office, made), sources=("s1",)))


@pytest.mark.requirement("D2", clause="the domain is fixed")
def test_a_draft_moves_to_another_domain_of_its_manager_with_sources_from_there(office: Office) -> None:
    office.marketplace.domains.save(office.person("gus"), Domain("hr", "People"))
    with office.marketplace.context.store.writing() as session:
        session.sources.save(replace(office.source("s2", "staff"), domains=frozenset({"hr"})))
    made = draft(office)
    with pytest.raises(Forbidden):
        office.marketplace.products.change(office.person("mia"), replace(made, domain="hr", sources=("s2",)))
    office.change_person(
        "mia",
        domain_permissions=frozenset((domain, DomainPermission.MANAGE_DATA_PRODUCTS) for domain in ("hr", "pay")),
    )
    with pytest.raises(BadProduct, match="s1"):
        office.marketplace.products.change(office.person("mia"), replace(made, domain="hr"))
    moved = office.marketplace.products.change(office.person("mia"), replace(made, domain="hr", sources=("s2",)))
    assert (moved.domain, seen(office, made).domain) == ("hr", "hr")


@pytest.mark.requirement("M1", clause="what a product has")
def test_stewards_of_its_own_are_for_products_whose_form_asks_them(office: Office) -> None:
    listed, delegated = office.form(ANY), office.form(DELEGATED)
    for forms in ({"form": delegated.id}, {"form": listed.id, "masking_form": delegated.id}):
        made = draft(office, name=str(forms), stewards=(TOM,), **forms)
        with pytest.raises(BadProduct, match="no form of it asks them"):
            office.marketplace.products.change(
                office.person("mia"), replace(made, form=listed.id, masking_form="", masking_form_version=0)
            )
        assert office.marketplace.products.publish(office.person("mia"), made.id).stewards == (TOM,)


@pytest.mark.requirement("P4", clause="members tab")
def test_stewards_of_the_second_form_are_stewards_of_the_product_too(office: Office) -> None:
    asks_tom = office.form(replace(ANY, sources=(TOM,)))
    grant = office.approved("rita")
    now = seen(office, office.product)
    assert not office.marketplace.products.get(office.person("tom"), now.id).may_see_members
    office.marketplace.products.change(office.person("mia"), replace(now, masking_form=asks_tom.id))
    assert office.marketplace.products.get(office.person("tom"), now.id).may_see_members
    assert office.marketplace.grants.may_revoke(office.person("tom"), grant.id)


@pytest.mark.requirement("M1", clause="visibility")
def test_a_group_that_is_gone_stays_until_it_is_taken_out(office: Office) -> None:
    hidden = office.publish("Hidden", AUTOMATIC, visible_to=frozenset({"finance"}))
    with office.marketplace.context.store.writing() as session:
        saved = session.products.save(replace(hidden, visible_to=frozenset({"finance", "gone"})))
    changed = office.marketplace.products.change(office.person("mia"), replace(saved, description="new"))
    assert changed.visible_to == {"finance", "gone"}


@pytest.mark.requirement("F4", clause="refused at publishing, any")
@pytest.mark.requirement("F4", clause="refused at publishing, all")
@pytest.mark.parametrize(("flow", "left"), [(ANY, ()), (ALL, ("ann", "fay"))], ids=["any", "all"])
def test_what_no_one_could_decide_is_neither_published_nor_made_so_by_a_change(
    office: Office, flow: Flow, left: tuple[str, ...]
) -> None:
    before = seen(office, office.product)
    form = office.form(flow)
    made = draft(office, name="Undecidable", form=form.id)
    for steward in {"ann", "fay", "bob"} - set(left):
        office.change_person(steward, active=False)
    with pytest.raises(NobodyCanDecide) as refused:
        office.marketplace.products.publish(office.person("gus"), made.id)
    assert "group legal" in refused.value.detail
    with pytest.raises(NobodyCanDecide):
        office.marketplace.products.change(office.person("gus"), replace(before, form=form.id, form_version=1))
    assert (seen(office, made).state, seen(office, office.product)) == (ProductState.DRAFT, before)


@pytest.mark.requirement("F2", clause="delegated")
@pytest.mark.requirement("F2", clause="delegated to no one is refused")
def test_a_delegating_form_asks_whom_the_product_lists(office: Office) -> None:
    form = office.form(DELEGATED)
    made = draft(office, form=form.id)
    with pytest.raises(NobodyCanDecide):
        office.marketplace.products.publish(office.person("mia"), made.id)
    with pytest.raises(Forbidden):
        office.marketplace.products.change(office.person("rita"), replace(made, stewards=(TOM,)))
    office.marketplace.products.change(office.person("mia"), replace(made, stewards=(TOM, LEGAL)))
    office.marketplace.products.publish(office.person("mia"), made.id)
    request = office.ask(product=made)
    assert {needed.source for needed in request.sources} == {TOM, LEGAL}
    assert office.say("tom", request).status is RequestStatus.PENDING
    assert office.say("bob", request).status is RequestStatus.APPROVED
