"""The pages of data policies: reading, making, changing and retiring them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from placet.domain.conditions import InGroup, Not
from placet.domain.masks import Mask, MaskKind
from placet.domain.people import DomainPermission
from placet.domain.policies import DataPolicy
from placet.domain.scopes import InDomain, NamedColumns, Scope, Tagged
from tests.pages.browser import Browser
from tests.pages.conftest import Browse
from tests.pages.shop import Shop
from tests.pages.test_escaping import HARM, refuse_harm

ON_COLUMN = {"on": "columns", "source": "shop.orders", "columns": "customer"}
NEW = {"name": "Customers", "mask": "null", "whom": "all", **ON_COLUMN}
CUSTOMER = NamedColumns("orders", frozenset({2}))


def keep(shop: Shop, name: str = "Customers", scope: Scope = CUSTOMER, **more: object) -> DataPolicy:
    made = DataPolicy("", name, Mask(MaskKind.NULL), scope, **more)  # type: ignore[arg-type]  # names of the dataclass
    return shop.marketplace.data_policies.create(shop.person("gov"), made)


def kept(shop: Shop) -> list[DataPolicy]:
    return list(shop.marketplace.data_policies.list(shop.person("gov")).items)


def refused_new(browse: Browse, **values: str) -> tuple[Browser, str, str]:
    """The form for a new policy sent with these values; what is told, and where the page links to for it."""
    gov = browse("gov")
    page = gov.refused(gov.send(gov.get("/placet/policies/new").form("/policies/new"), **NEW | values), 422)
    link = page.tree.one(role="alert").one("a")
    assert page.form("/policies/new").fields["name"] == (NEW | values)["name"]
    return gov, page.tree.one(role="alert").text, link.attributes["href"]


@pytest.mark.parametrize(
    ("values", "policy"),
    [
        ({}, (Mask(MaskKind.NULL), CUSTOMER, None, None)),
        ({"source": "orders", "columns": "customer\r\n\r\n id "}, (None, NamedColumns("orders", frozenset({1, 2})))),
        ({"on": "tag", "tag": "PII"}, (None, Tagged("PII"))),
        ({"on": "domain", "domain": "sales"}, (None, InDomain("sales"))),
        ({"mask": "constant"}, (Mask(MaskKind.CONSTANT, text=""),)),
        ({"mask": "constant", "text": "***"}, (Mask(MaskKind.CONSTANT, text="***"),)),
        ({"mask": "partial", "first": "0", "last": "4"}, (Mask(MaskKind.PARTIAL, first=0, last=4),)),
        ({"mask": "rounding", "places": "-3"}, (Mask(MaskKind.ROUNDING, places=-3),)),
        ({"whom": "except", "condition": '{"group": "finance"}'}, (None, None, InGroup("finance"), None)),
        ({"whom": "who", "condition": '{"not": {"group": "x"}}'}, (None, None, None, Not(InGroup("x")))),
    ],
    ids=str,
)
def test_a_policy_is_made_as_it_was_filled_in_and_the_form_brings_it_back(
    shop: Shop, browse: Browse, values: dict[str, str], policy: tuple[object, ...]
) -> None:
    gov = browse("gov")
    page = gov.follow(gov.send(gov.get("/placet/policies/new").form("/policies/new"), **NEW | values))
    [made] = kept(shop)
    assert made.name in page.main
    assert made.whom in page.main
    for wanted, found in zip(
        policy, (made.mask, made.scope, made.everyone_except, made.for_everyone_who), strict=False
    ):
        assert wanted is None or wanted == found
    again = gov.send(gov.get(f"/placet/policies/{made.id}/change").form("/change"))
    assert again.status_code == 303
    [same] = kept(shop)
    assert same == replace(made, revision=2)


@pytest.mark.parametrize(
    ("values", "told", "field"),
    [
        ({"name": " "}, "1 to 255", "#name"),
        ({"mask": "partial", "first": "x", "last": "1"}, "no whole number", "#mask"),
        ({"mask": "partial", "first": "1"}, "first and last", "#mask"),
        ({"mask": "null", "text": "x"}, "no parameters", "#mask"),
        ({"source": "shop.orders", "columns": "salary"}, "no column salary", "#scope"),
        ({"columns": ""}, "1 to 500 columns", "#scope"),
        ({"on": "tag", "tag": "HR..Pay"}, "no tag", "#scope"),
        ({"whom": "except"}, "write a condition", "#condition"),
        ({"whom": "who", "condition": "{group: x}"}, "no JSON: expecting property name", "#condition"),
        ({"whom": "who", "condition": '{"role": "x"}'}, "role is no kind of condition", "#condition"),
        ({"whom": "who", "condition": '{"all": []}'}, "an empty all", "#condition"),
        ({"whom": "who", "condition": '{"group": "a", "group": "b"}'}, "stands twice", "#condition"),
        ({"whom": "who", "condition": "[" * 9_000}, "can be read", "#condition"),
        ({"whom": "who", "condition": "9" * 9_000}, "can be read", "#condition"),
        ({"whom": "who", "condition": " " * 20_001 + "x"}, "longer than", "#condition"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_wrong_is_told_beside_its_field_and_nothing_is_made(
    shop: Shop, browse: Browse, values: dict[str, str], told: str, field: str
) -> None:
    _, alert, link = refused_new(browse, **values)
    assert told in alert
    assert link == field
    assert kept(shop) == []


@pytest.mark.parametrize(
    ("values", "status"),
    [({"source": "shop.none"}, 404), ({"source": "none"}, 404), ({"on": "domain", "domain": ""}, 404)],
    ids=str,
)
def test_what_is_not_there_can_not_be_masked(shop: Shop, browse: Browse, values: dict[str, str], status: int) -> None:
    gov = browse("gov")
    gov.refused(gov.send(gov.get("/placet/policies/new").form("/policies/new"), **NEW | values), status)
    assert kept(shop) == []


def test_a_name_that_is_taken_is_told_beside_the_name(shop: Shop, browse: Browse) -> None:
    keep(shop)
    gov = browse("gov")
    page = gov.refused(gov.send(gov.get("/placet/policies/new").form("/policies/new"), **NEW), 409)
    assert "Customers already" in page.tree.one(id="name-wrong").text


def test_two_who_change_a_policy_do_not_overwrite_each_other(shop: Shop, browse: Browse) -> None:
    made = keep(shop)
    gov = browse("gov")
    form = gov.get(f"/placet/policies/{made.id}/change").form("/change")
    retiring = gov.get(f"/placet/policies/{made.id}/retire").form("/retire")
    assert gov.send(form, name="First").status_code == 303
    page = gov.refused(gov.send(form, name="Second"), 409)
    assert page.form("/change").fields["name"] == "Second"
    gov.refused(gov.send(retiring), 409)
    assert [one.name for one in kept(shop)] == ["First"]


def test_a_policy_is_retired_and_read_from_then_on_among_those(shop: Shop, browse: Browse) -> None:
    made = keep(shop)
    gov = browse("gov")
    assert "Customers" in gov.get("/placet/policies").main
    page = gov.follow(gov.send(gov.get(f"/placet/policies/{made.id}/retire").form("/retire")))
    assert "retired" in page.main
    assert not list(page.tree.all("form"))
    assert "Customers" not in gov.get("/placet/policies").main
    assert "Customers" in gov.get("/placet/policies?retired=yes").main
    assert kept(shop) == []


def test_a_policy_shows_the_columns_it_masks_and_which_another_masks(shop: Shop, browse: Browse) -> None:
    keep(shop)
    wide = keep(shop, "All sales", InDomain("sales"), everyone_except=InGroup("finance"))
    stands = keep(shop, "Never", Tagged("PII"), for_everyone_who=InGroup("visitors"))
    page = browse("gov").get(f"/placet/policies/{wide.id}")
    assert "everything in the domain Sales" in page.main
    assert "everyone except those in group finance" in page.main
    rows = [row.text for table in page.tree.all("table") for row in table.one("tbody").all("tr")]
    assert rows == [
        "id bigint for everyone except those in group finance",
        "customer text PII.Name by Customers, which goes before it",
        "id bigint for everyone except those in group finance",
        "customer text PII.Name for everyone except those in group finance",
    ]
    page = browse("gov").get(f"/placet/policies/{stands.id}")
    assert "lift it for nobody" in page.main
    assert "by Customers, which goes before it; this one stands against approvals" in page.main


@pytest.mark.parametrize("who", ["ann", "sam", "max", "out"])
def test_policies_are_for_those_who_govern_them(shop: Shop, browse: Browse, who: str) -> None:
    made = keep(shop)
    browser = browse(who)
    for address in ("", "/new", f"/{made.id}", f"/{made.id}/change"):
        browser.get(f"/placet/policies{address}", 403)
    assert "/placet/policies" not in browser.get("/placet/").html
    sent = browser.get("/placet/products/quick/request-access").form("/request-access").fields
    sent.update(NEW | {"name": "Mine", "revision": "1"})
    for address in ("/new", f"/{made.id}/change", f"/{made.id}/retire"):
        assert browser.post(f"/placet/policies{address}", sent).status_code == 403
    assert kept(shop) == [made]


def test_who_manages_the_policies_of_a_domain_makes_them_there_and_reads_all(shop: Shop, browse: Browse) -> None:
    market = shop.marketplace
    with market.context.store.writing() as session:
        person = session.people.direct("sam")
        assert person
        held = frozenset({("sales", DomainPermission.MANAGE_POLICIES)})
        session.people.save(replace(person, domain_permissions=held))
    tagged = keep(shop, "Tagged", Tagged("PII"))
    sam = browse("sam")
    assert "/placet/policies" in sam.get("/placet/").html
    sam.follow(sam.send(sam.get("/placet/policies/new").form("/policies/new"), **NEW))
    other = NEW | {"name": "Web", "on": "domain", "domain": "web"}
    sam.refused(sam.send(sam.get("/placet/policies/new").form("/policies/new"), **other), 403)
    assert not list(sam.get(f"/placet/policies/{tagged.id}").tree.all("form"))
    sam.get(f"/placet/policies/{tagged.id}/change", 403)
    assert [one.name for one in kept(shop)] == ["Customers", "Tagged"]


def test_what_people_write_into_a_policy_is_shown_as_what_they_wrote(shop: Shop, browse: Browse) -> None:
    group = {"group": f"group{HARM}"}
    values = {"name": f"name{HARM}", "description": HARM, "mask": "constant", "text": f"text{HARM}", "whom": "who"}
    gov = browse("gov")
    form = gov.get("/placet/policies/new").form("/policies/new")
    page = gov.refused(gov.send(form, **NEW | values, condition="{" + HARM), 422)
    refuse_harm(page)
    assert page.form("/policies/new").fields["condition"] == "{" + HARM
    refuse_harm(gov.follow(gov.send(form, **NEW | values, condition=json.dumps(group))))
    [made] = kept(shop)
    for address in ("policies", f"policies/{made.id}", f"policies/{made.id}/change"):
        page = gov.get(f"/placet/{address}")
        refuse_harm(page)
        assert HARM in page.main or f"name{HARM}" in page.form("/change").fields["name"]
