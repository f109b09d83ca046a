"""The steward's view: what the parties held then and now, the text that was accepted, and who has access already."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placet.domain.agreements import Agreement
from placet.domain.conditions import InGroup
from placet.domain.forms import RequestForm
from placet.domain.masks import Mask, MaskKind
from placet.domain.people import GlobalPermission
from placet.domain.policies import DataPolicy
from placet.domain.requests import AccessRequest, ColumnRef, RequestType, Whom
from placet.domain.scopes import NamedColumns
from placet.service.held_then import HeldKind
from placet.service.review_values import Review
from tests.service.office import ALL, AUTOMATIC, Office

Facts = set[tuple[HeldKind, str, str]]


def review(office: Office, request: AccessRequest, viewer: str = "ann") -> Review:
    return office.marketplace.requests.review(office.person(viewer), request.id)


def held(office: Office, request: AccessRequest, person: str) -> tuple[Facts, Facts]:
    """What a party held at submission, and what they hold now."""
    found = review(office, request).held
    assert found is not None
    then = {(one.kind, one.name, one.value) for one in found[person] if one.then}
    return then, {(one.kind, one.name, one.value) for one in found[person] if one.now}


@pytest.mark.requirement("R10", clause="who asks")
def test_what_the_parties_held_at_submission_stands_beside_what_they_hold_now(office: Office) -> None:
    office.change_person("tom", groups=frozenset({"legal"}), attributes={"country": frozenset({"DE", "NL"})})
    request = office.ask("rita", beneficiary="tom")
    office.change_person("tom", groups=frozenset(), attributes={"country": frozenset({"NL", "FR"})})
    office.change_person("rita", permissions=frozenset({GlobalPermission.AUDIT}))
    country = {value: (HeldKind.ATTRIBUTE, "country", value) for value in ("DE", "NL", "FR")}
    then, now = held(office, request, "tom")
    assert then == {(HeldKind.GROUP, "legal", ""), country["DE"], country["NL"]}
    assert now == {country["NL"], country["FR"]}
    assert held(office, request, "rita") == (set(), {(HeldKind.PERMISSION, "AUDIT", "")})
    changed = {one.value for one in (review(office, request).held or {})["tom"] if one.changed}
    assert changed == {"", "DE", "FR"}


@pytest.mark.requirement("R10", clause="answers and agreement")
def test_the_agreement_is_shown_as_it_was_accepted_whatever_it_says_now(office: Office) -> None:
    gus = office.person("gus")
    agreement = office.marketplace.agreements.create(gus, Agreement("rules", 1, "Rules", "The first text."))
    form = office.marketplace.forms.create(gus, RequestForm("agreed", 1, "Agreed", ALL, agreement=agreement))
    product = office.publish("Agreed", AUTOMATIC)
    changed = replace(office.reread(product), form=form.id, form_version=form.version)
    office.marketplace.products.change(gus, changed)
    request = office.marketplace.requests.submit(office.person("rita"), product.id, accepts_agreement=True)
    office.marketplace.agreements.edit(gus, replace(agreement, body="The second text."))
    shown = review(office, request).agreement
    assert shown
    assert (shown.version, shown.body) == (1, "The first text.")


def test_the_access_that_the_beneficiary_has_already_is_for_stewards_and_themselves(office: Office) -> None:
    quick = office.publish("Quick", AUTOMATIC)
    office.ask("tom", quick)
    request = office.marketplace.requests.submit(office.person("rita"), office.product.id, whom=Whom("tom"))
    for viewer in ("ann", "gus", "tom"):
        seen = review(office, request, viewer)
        assert [way.view.product_name for way in seen.ways["s1"]] == ["Quick"]
        assert seen.told
    mine = review(office, request, "rita")
    assert mine.held is not None
    assert set(mine.held) == {"rita"}
    assert (mine.told, mine.ways) == (False, {})


@pytest.mark.requirement("R10", clause="columns of an exception")
def test_a_masking_exception_is_shown_with_name_tags_and_policies_of_each_column(office: Office) -> None:
    gus, amount = office.person("gus"), NamedColumns("s1", frozenset({2}))
    office.marketplace.data_policies.create(gus, DataPolicy("", "Amounts", Mask(MaskKind.NULL), amount))
    product = office.publish("Masked", ALL, masking_form=office.form(ALL).id)
    columns = [ColumnRef("s1", 2)]
    request = office.marketplace.requests.submit(
        office.person("rita"), product.id, whom=Whom("tom"), type=RequestType.MASKING_EXCEPTION, columns=columns
    )
    against = InGroup("legal")
    office.clock.advance(minutes=1)
    office.marketplace.data_policies.create(
        gus, DataPolicy("", "Never", Mask(MaskKind.HASH), amount, for_everyone_who=against)
    )
    office.change_person("tom", groups=frozenset({"legal"}))
    with office.marketplace.context.store.writing() as session:
        (source,) = session.sources.many(["s1"])
        first, second = source.columns
        tagged = replace(second, name="wage", tags=frozenset({"PII"}))
        session.sources.save(replace(source, columns=(first, tagged), tags=frozenset({"HR"})))
    (shown,) = review(office, request).columns
    assert (shown.source, shown.name, shown.asked_as) == ("pay.salaries", "wage", "amount")
    assert (shown.tags, shown.source_tags) == ({"PII"}, {"HR"})
    assert [policy.name for policy in shown.masked_by] == ["Amounts", "Never"]
    assert shown.state
    assert [policy.name for policy in shown.state.against] == ["Never"]
    (hidden,) = review(office, request, "rita").columns
    assert (hidden.name, hidden.state, hidden.masked_by) == ("wage", None, ())
    with office.marketplace.context.store.writing() as session:
        session.sources.save(replace(source, columns=(first,)))
    (gone,) = review(office, request).columns
    assert (gone.source, gone.name, gone.asked_as) == ("", "", "amount")


def test_where_nothing_was_kept_of_the_submission_nothing_is_compared(office: Office) -> None:
    request = office.ask("rita")
    with office.marketplace.context.store.writing() as session:
        session.requests.add(replace(request, id="r2", beneficiary="tom"))
    assert office.marketplace.requests.review(office.person("ann"), "r2").held is None
