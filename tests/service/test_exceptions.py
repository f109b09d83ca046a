"""Masking exceptions against data policies: what can be asked for, what an approval shows, and what holds it back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placet.domain.conditions import InGroup
from placet.domain.masks import Mask, MaskKind
from placet.domain.policies import DataPolicy
from placet.domain.products import DataProduct
from placet.domain.requests import (
    AccessRequest,
    BeneficiaryKind,
    ColumnRef,
    GrantStatus,
    RequestStatus,
    RequestType,
    Verdict,
    Whom,
)
from placet.domain.scopes import NamedColumns, Tagged
from placet.domain.terms import FOR_GOOD, Duration, Term
from placet.emitter.evaluate import may_read, sight_of
from placet.service.columns import ColumnView
from placet.service.exceptions import cleared, held_back
from placet.service.people_file import PeopleFile
from placet.service.provisioning import wanted_for
from placet.service.views import GrantView
from placet.storage import Job, Login
from placet.workflow.columns import BadColumns
from placet.workflow.refusals import NotRequestable
from tests.service.office import ANY, Office, wanted_on

AMOUNT = ColumnRef("s1", 2, "amount")
EXCEPTION = RequestType.MASKING_EXCEPTION
NULL = Mask(MaskKind.NULL)
ON_AMOUNT = NamedColumns("s1", frozenset({2}))


@pytest.fixture
def product(office: Office) -> DataProduct:
    """A product of which clear values can be asked for, with one masked column."""
    form = office.form(ANY)
    policy = DataPolicy("", "Amounts", NULL, ON_AMOUNT)
    office.marketplace.data_policies.create(office.person("gus"), policy)
    return office.publish("Masked", ANY, masking_form=form.id)


def ask(office: Office, product: DataProduct, person: str = "rita", whom: Whom | None = None) -> AccessRequest:
    return office.marketplace.requests.submit(
        office.person(person), product.id, whom=whom, type=EXCEPTION, columns=[AMOUNT]
    )


def approve(office: Office, request: AccessRequest, by: str = "bob", term: Term = FOR_GOOD) -> GrantView:
    office.marketplace.requests.determine(
        office.person(by), request.id, verdict=Verdict.APPROVE, reason="fine", term=term
    )
    found = office.marketplace.requests.get(office.person("gus"), request.id).grant
    assert found
    return found


def amount_of(office: Office, product: DataProduct, person: str) -> ColumnView:
    [columns] = office.marketplace.products.get(office.person(person), product.id).columns
    return next(view for view in columns.columns if view.column.name == "amount")


@pytest.mark.requirement("R2", clause="columns")
def test_only_what_is_masked_for_the_beneficiary_can_be_asked_for(office: Office, product: DataProduct) -> None:
    rita = office.person("rita")
    with pytest.raises(BadColumns, match=r"`pay.salaries.id` is not masked"):
        office.marketplace.requests.submit(rita, product.id, type=EXCEPTION, columns=[ColumnRef("s1", 1)])
    assert ask(office, product).columns == (AMOUNT,)


def test_who_asks_for_another_learns_nothing_of_them_by_being_refused(office: Office, product: DataProduct) -> None:
    """What is not masked for someone, is masked for good, or is clear by an approval, all sounds the same."""
    gus, market = office.person("gus"), office.marketplace
    on_id = NamedColumns("s1", frozenset({1}))
    market.data_policies.create(gus, DataPolicy("", "Ids", NULL, on_id, for_everyone_who=InGroup("finance")))
    approve(office, ask(office, product, "rita"))

    def told(asks: str, whom: str, *columns: ColumnRef) -> str:
        with pytest.raises(BadColumns) as refused:
            market.requests.submit(office.person(asks), product.id, whom=Whom(whom), type=EXCEPTION, columns=columns)
        return refused.value.detail

    other = "can't be asked for on behalf of this beneficiary: leave it out"
    id = ColumnRef("s1", 1, "id")
    assert told("tom", "rita", id) == told("tom", "ann", id) == f"`pay.salaries.id` {other}"
    assert told("tom", "rita", AMOUNT, id) == f"`pay.salaries.amount` {other}; `pay.salaries.id` {other}"
    assert "is no column" in told("tom", "rita", ColumnRef("s1", 9))
    for reader in ("ann", "gus", "bob", "mia", "uma"):  # the beneficiary, GOVERNANCE, a steward, a manager, USER_ADMIN
        assert "`Ids`" in told(reader, "ann", id)
    assert "is not masked" in told("ann", "robot", id), "the owner reads what the service account holds"


@pytest.mark.requirement("E2", clause="exceptions")
@pytest.mark.requirement("R2", clause="no membership needed")
@pytest.mark.requirement("R2", clause="never the table")
def test_an_exception_shows_clear_values_to_who_is_no_member_and_opens_no_table(
    office: Office, product: DataProduct
) -> None:
    assert not amount_of(office, product, "rita").clear
    view = approve(office, ask(office, product))
    assert view.grant.columns == (AMOUNT,)
    assert amount_of(office, product, "rita").clear
    decision = office.marketplace.decisions.decide(office.person("rita"), "rita", "s1")
    assert not decision.allowed
    with office.marketplace.context.store.reading() as session:
        assert list(session.jobs.waiting_for([view.grant.id])) == [view.grant.id]


@pytest.mark.requirement("R2", clause="never the table")
def test_an_exception_reaches_a_platform_as_columns_and_as_no_access(office: Office, product: DataProduct) -> None:
    """For a group, and for someone with a login."""
    crew = Whom("crew", BeneficiaryKind.GROUP)
    office.marketplace.people.load("test", PeopleFile((replace(office.person("tom"), groups=frozenset({"crew"})),)))
    with office.marketplace.context.store.writing() as session:
        session.logins.save(Login("tom", "warehouse", "tom_db"))
    given = [approve(office, ask(office, product, "tom", whom)).grant for whom in (crew, Whom("tom"))]
    now = office.clock.now()
    desired = wanted_on(office, "warehouse")
    assert {(one.login, one.group) for one in desired.entitlements} == {("tom_db", None), ("", "crew")}
    assert {one.columns for one in desired.entitlements} == {frozenset({("s1", 2)})}
    with office.marketplace.context.store.reading() as session:
        for grant in given:
            wanted = wanted_for(session, Job(1, "grant", "warehouse", grant.id, now, now), now)
            assert wanted
            assert wanted.entitlement.is_exception
    assert not may_read(desired, "tom_db", "s1", now).allowed
    assert sight_of(desired, "tom_db", "s1", 2, now).clear
    assert not office.marketplace.decisions.decide(office.person("tom"), "tom", "s1").allowed


def test_it_ends_at_its_end_and_with_the_beneficiary(office: Office, product: DataProduct) -> None:
    approve(office, ask(office, product), term=Term(duration=Duration.parse("3 days")))
    office.clock.advance(days=2)
    assert amount_of(office, product, "rita").clear
    office.clock.advance(days=1)
    assert not amount_of(office, product, "rita").clear


@pytest.mark.requirement("R2", clause="held back later")
def test_a_mask_that_was_added_later_holds_an_approval_back_and_is_named(office: Office, product: DataProduct) -> None:
    request = ask(office, product)
    approve(office, request)
    office.change_person("rita", groups=frozenset({"legal"}))
    barring = DataPolicy("", "Never for legal", NULL, ON_AMOUNT, for_everyone_who=InGroup("legal"))
    office.marketplace.data_policies.create(office.person("gus"), barring)
    view = office.marketplace.requests.get(office.person("rita"), request.id).grant
    assert view
    assert view.status is GrantStatus.ACTIVE
    assert view.held_back == ("amount is held back by the data policy `Never for legal`.",)
    assert amount_of(office, product, "rita").held_back
    with pytest.raises(BadColumns, match="Never for legal"):
        ask(office, product, "bob")


@pytest.mark.requirement("R14", clause="membership is live")
def test_whoever_is_in_the_group_sees_what_the_group_was_shown_and_only_as_long(
    office: Office, product: DataProduct
) -> None:
    request = ask(office, product, "ann", Whom("finance", BeneficiaryKind.GROUP))
    assert request.status is RequestStatus.PENDING
    approve(office, request)
    assert amount_of(office, product, "fay").clear
    assert not amount_of(office, product, "tom").clear
    office.change_person("tom", groups=frozenset({"finance"}))
    office.change_person("fay", groups=frozenset())
    assert amount_of(office, product, "tom").clear
    assert not amount_of(office, product, "fay").clear


def test_where_a_product_has_no_form_for_it_nobody_can_ask(office: Office) -> None:
    with pytest.raises(NotRequestable, match="no form for masking exceptions"):
        ask(office, office.product)


def test_a_tag_masks_what_carries_it_or_one_below(office: Office, product: DataProduct) -> None:
    with office.marketplace.context.store.writing() as session:
        source = session.sources.get("s1")
        assert source
        first, *others = source.columns
        session.sources.save(replace(source, columns=(replace(first, tags=frozenset({"HR.Payroll"})), *others)))
    policy = DataPolicy("", "HR", NULL, Tagged("HR"))
    office.marketplace.data_policies.create(office.person("gus"), policy)
    seen = office.marketplace.products.get(office.person("rita"), product.id).seen["s1", 1]
    assert seen.state.clearable


def redescribed(office: Office, *names: str) -> None:
    """Import the source again with these columns, by their names."""
    rows = "".join(f"pay,salaries,{name},text,\n" for name in names)
    text = f"schema,table,column,type,tags\n{rows}"
    office.marketplace.sources.import_file(office.person("gus"), text, "csv", "warehouse")


@pytest.mark.requirement("D3", clause="a dropped column ends its exceptions")
def test_an_exception_ends_with_its_column_and_goes_on_for_its_others(office: Office, product: DataProduct) -> None:
    gus = office.person("gus")
    office.marketplace.data_policies.create(gus, DataPolicy("", "Ids", NULL, NamedColumns("s1", frozenset({1}))))
    only = approve(office, ask(office, product))
    both = office.marketplace.requests.submit(
        office.person("tom"), product.id, type=EXCEPTION, columns=[ColumnRef("s1", 1), AMOUNT]
    )
    kept = approve(office, both)
    waiting = ask(office, product, "fay")
    redescribed(office, "id")
    views = {id: office.marketplace.grants.get(gus, id) for id in (only.grant.id, kept.grant.id)}
    assert views[only.grant.id].status is GrantStatus.REVOKED
    assert views[kept.grant.id].status is GrantStatus.ACTIVE
    assert [column.name for column in views[kept.grant.id].grant.columns] == ["id"]
    assert office.marketplace.requests.get(gus, waiting.id).request.status is RequestStatus.CANCELED
    redescribed(office, "id", "amount")
    assert not amount_of(office, product, "rita").clear
    assert not amount_of(office, product, "tom").clear


@pytest.mark.parametrize("how", ["leaves the domain", "is dropped by the product"])
def test_an_exception_counts_only_while_its_product_holds_the_source(
    office: Office, product: DataProduct, how: str
) -> None:
    approve(office, ask(office, product))
    assert amount_of(office, product, "rita").clear
    with office.marketplace.context.store.writing() as session:
        if how == "leaves the domain":
            session.sources.save(replace(session.sources.many(["s1"])[0], domains=frozenset()))
        else:
            held = session.products.get(product.id)
            assert held
            session.products.save(replace(held, sources=()))
    rita = office.person("rita")
    with office.marketplace.context.store.reading() as session:
        assert cleared(session, rita, office.clock.now()) == set()
        [grant] = session.grants.held_by([Whom("rita")])
        [told] = held_back(session, grant, rita)
    assert "is out of reach" in told
