"""Data use agreements: made, edited version by version, named by forms, and kept for what was accepted."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from placet.domain.agreements import Agreement, AgreementInUse, BadAgreement
from placet.domain.errors import Forbidden, NotFound, StaleRevision
from placet.domain.forms import BadForm, RequestForm
from placet.domain.people import DomainPermission
from placet.domain.products import DataProduct
from tests.service.office import ANY, Office

RULES = Agreement("rules", 0, "Rules of use", "Do **not** pass it on.")


def made(office: Office, who: str = "mia", **described: object) -> Agreement:
    return office.marketplace.agreements.create(office.person(who), replace(RULES, **described))  # type: ignore[arg-type]  # names of the dataclass


def form_with(office: Office, agreement: Agreement) -> RequestForm:
    return office.marketplace.forms.create(office.person("gus"), RequestForm("f", 1, "Form", ANY, agreement=agreement))


@pytest.mark.requirement("P4", clause="creating forms")
def test_agreements_are_made_by_governance_and_managers_of_any_domain(office: Office) -> None:
    for who in ("gus", "mia"):
        kept = made(office, who, id="", name=f"Rules of {who}", version=7, created_by="ann")
        assert (kept.version, kept.created_by, kept.created_at) == (1, who, office.clock.now())
    office.change_person("tom", domain_permissions=frozenset({("pay", DomainPermission.MANAGE_TAGS)}))
    for stranger in ("rita", "ann", "ada", "tom"):
        with pytest.raises(Forbidden):
            made(office, stranger)


@pytest.mark.requirement("F1", clause="agreement")
@pytest.mark.requirement("P4", clause="editing forms")
def test_an_edit_is_a_new_version_by_who_made_it_or_governance(office: Office) -> None:
    agreements, first = office.marketplace.agreements, made(office)
    office.change_person("tom", domain_permissions=frozenset({("pay", DomainPermission.MANAGE_DATA_PRODUCTS)}))
    for stranger in ("rita", "ann", "tom"):
        with pytest.raises(Forbidden):
            agreements.edit(office.person(stranger), first)
        with pytest.raises(Forbidden):
            agreements.delete(office.person(stranger), "rules")
    second = agreements.edit(office.person("gus"), replace(first, body="Be kind."))
    assert (second.version, second.created_by) == (2, "mia")
    with pytest.raises(StaleRevision):
        agreements.edit(office.person("mia"), replace(first, body="Late."))
    assert agreements.versions(office.person("rita"), "rules").items == (second, first)
    assert agreements.get(office.person("rita"), "rules", 1) == first
    assert [one.version for one in agreements.list(office.person("rita"), "use").items] == [2]
    assert office.trail()[-2:] == ["data_use_agreement.saved"] * 2


@pytest.mark.parametrize("wrong", [{"name": " "}, {"body": " "}, {"name": "x" * 256}, {"body": "x" * 100_001}], ids=str)
def test_an_agreement_that_can_not_be_is_refused(office: Office, wrong: dict[str, object]) -> None:
    with pytest.raises(BadAgreement):
        made(office, **wrong)
    first, before = made(office), office.trail()
    with pytest.raises(BadAgreement):
        office.marketplace.agreements.edit(office.person("mia"), replace(first, **wrong))  # type: ignore[arg-type]  # names of the dataclass
    assert office.trail() == before


@pytest.mark.requirement("F1", clause="agreement")
@pytest.mark.requirement("F1", clause="acceptance is recorded")
def test_a_form_keeps_the_version_it_was_made_with_until_a_version_of_it_takes_a_newer_one(office: Office) -> None:
    forms, requests = office.marketplace.forms, office.marketplace.requests
    first = made(office)
    form = form_with(office, Agreement("rules"))
    product = DataProduct("p", "Agreed", "pay", form.id, 1, ("s1",))
    office.marketplace.products.create(office.person("gus"), product)
    office.marketplace.products.publish(office.person("gus"), "p")
    second = office.marketplace.agreements.edit(office.person("mia"), replace(first, body="Other rules."))
    before = requests.submit(office.person("rita"), "p", accepts_agreement=True)
    kept = forms.edit(office.person("gus"), replace(form, name="Same agreement"))
    taken = forms.edit(office.person("gus"), replace(kept, agreement=Agreement("rules")))
    assert [one.agreement for one in (form, kept, taken)] == [first, first, second]
    after = requests.submit(office.person("tom"), "p", accepts_agreement=True)
    accepted = [one.acceptance for one in (before, after)]
    assert [(one.agreement, one.version) for one in accepted if one] == [("rules", 1), ("rules", 2)]
    texts = [requests.review(office.person("ann"), one.id).form.agreement for one in (before, after)]
    assert [text.body for text in texts if text] == ["Do **not** pass it on.", "Other rules."]


@pytest.mark.parametrize("named", [Agreement("none"), Agreement("rules", 2)], ids=["no such", "no such version"])
def test_a_form_names_an_agreement_and_a_version_that_exist(office: Office, named: Agreement) -> None:
    made(office)
    with pytest.raises(BadForm, match="no data use agreement"):
        form_with(office, named)


def test_an_agreement_that_a_form_asks_to_accept_is_not_deleted(office: Office) -> None:
    agreements, first = office.marketplace.agreements, made(office)
    form = form_with(office, first)
    with pytest.raises(AgreementInUse, match="`Form`"):
        agreements.delete(office.person("mia"), "rules")
    with pytest.raises(StaleRevision):
        agreements.delete(office.person("mia"), "rules", version=2)
    office.marketplace.forms.edit(office.person("gus"), replace(form, agreement=None))
    agreements.delete(office.person("mia"), "rules")
    assert agreements.get(office.person("rita"), "rules").retired
    assert agreements.list(office.person("rita")).items == ()
    with pytest.raises(NotFound):
        agreements.edit(office.person("mia"), first)


def test_an_agreement_that_no_form_ever_named_is_gone(office: Office) -> None:
    made(office)
    office.marketplace.agreements.delete(office.person("mia"), "rules", version=1)
    with pytest.raises(NotFound):
        office.marketplace.agreements.get(office.person("gus"), "rules")
    assert office.trail()[-1] == "data_use_agreement.deleted"


def test_agreements_deleted_and_named_at_once_end_in_one_order(office: Office) -> None:
    """An agreement is either named by the form or deleted, never both."""
    made_ids = [made(office, id=f"rules-{number}", name=f"Rules {number}").id for number in range(8)]

    def name(id: str) -> bool:
        form = RequestForm("", 1, f"Form of {id}", ANY, agreement=Agreement(id))
        return done(lambda: office.marketplace.forms.create(office.person("gus"), form))

    def delete(id: str) -> bool:
        return done(lambda: office.marketplace.agreements.delete(office.person("mia"), id))

    with ThreadPoolExecutor(6) as threads:
        named = [threads.submit(name, id) for id in made_ids]
        deleted = [threads.submit(delete, id) for id in made_ids]
        outcomes = [(one.result(), other.result()) for one, other in zip(named, deleted, strict=True)]
    assert set(outcomes) <= {(True, False), (False, True)}


def done(act: Callable[[], object]) -> bool:
    """Whether something was done; refused means one of the two words that say so."""
    try:
        act()
    except (AgreementInUse, BadForm):
        return False
    return True
