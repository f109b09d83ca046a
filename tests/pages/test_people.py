"""The pages of people and groups: finding, changing, importing, letting in and out."""

from __future__ import annotations

import pytest

from placet.domain.people import DomainPermission, GlobalPermission
from placet.domain.requests import RequestStatus
from tests.pages.conftest import Browse
from tests.pages.shop import Shop
from tests.pages.test_escaping import HARM, refuse_harm

ADDRESSES = ["people", "people/new", "people/import", "people/ann", "groups", "groups/new", "groups/finance"]


@pytest.mark.requirement("P4", clause="people")
@pytest.mark.parametrize("address", ADDRESSES)
def test_they_are_for_those_who_manage_people(browse: Browse, address: str) -> None:
    for other in ("ann", "sam", "max", "out"):
        assert "Not allowed" in browse(other).get(f"/placet/{address}", 403).main
        assert "/placet/people" not in browse(other).get("/placet/").html
    assert 'href="/placet/people"' in browse("gov").get(f"/placet/{address}").html


def test_people_are_found_by_words_kind_group_and_activity(browse: Browse) -> None:
    gov = browse("gov")
    assert "Sam Steward" in gov.get("/placet/people?search=stew").main
    assert "Gwen Gone" not in gov.get("/placet/people?active=yes").main
    assert "Gwen Gone" in gov.get("/placet/people?active=no").main
    page = gov.get("/placet/people?group=finance&kind=person").main
    assert "Sam Steward" in page
    assert "Sue Steward" not in page
    assert "Nobody was found" in gov.get("/placet/people?search=nobody").main


@pytest.mark.requirement("P3", clause="our own tables")
def test_someone_is_added_and_changed(browse: Browse, shop: Shop) -> None:
    gov = browse("gov")
    form = gov.get("/placet/people/new").form("/people/new")
    filled = form.filled(
        id="zoe",
        name="Zoe",
        email="zoe@example.org",
        groups="finance\n",
        attributes="floor=1\nfloor=2\n",
        permissions=["AUDIT"],
        domain_permissions="sales/manage-tags",
    )
    assert gov.post(form.action, filled).location == "/placet/people/zoe"
    zoe = shop.person("zoe")
    assert (zoe.name, zoe.groups, zoe.attributes) == ("Zoe", {"finance"}, {"floor": {"1", "2"}})
    assert zoe.permissions == {GlobalPermission.AUDIT}
    assert zoe.holds_in("sales", DomainPermission.MANAGE_TAGS)
    page = gov.get("/placet/people/zoe")
    assert "manage-tags in sales" in page.main
    change = page.form("/people/zoe")
    assert gov.post(change.action, change.filled(name="Zoe Z.", permissions=[])).status_code == 303
    assert (shop.person("zoe").name, shop.person("zoe").permissions) == ("Zoe Z.", frozenset())
    assert shop.person("zoe").attributes == zoe.attributes
    again = gov.post(change.action, change.filled(name="Zoe X."))
    assert again.status_code == 409
    assert shop.person("zoe").name == "Zoe Z."


@pytest.mark.parametrize(
    ("values", "status", "told"),
    [
        ({"id": "ann", "name": "Ann"}, 409, "already"),
        ({"id": "zoe", "name": "Zoe", "groups": "nowhere"}, 422, "no group has the id"),
        ({"id": "zoe", "name": "Zoe", "domain_permissions": "manage-tags"}, 422, "domain/permission"),
        (
            {"id": "zoe", "name": "Zoe", "domain_permissions": "saless/manage-tags"},
            422,
            "did you mean <code>sales</code>?",
        ),
        (
            {"id": "zoe", "name": "Zoe", "domain_permissions": "sales/manage-tag"},
            422,
            "use one of manage-data-products",
        ),
        ({"id": "zoe", "name": "Zoe", "attributes": "floor"}, 422, "words of 1 to 255"),
        ({"id": "zoe", "name": "Zoe", "kind": "service-account"}, 422, "owner"),
        ({"id": "zoe", "name": "Zoe", "kind": "service-account", "owner": "gone"}, 409, "not active"),
    ],
)
def test_what_can_not_be_comes_back_with_what_was_put_in(
    browse: Browse, values: dict[str, str], status: int, told: str
) -> None:
    gov = browse("gov")
    form = gov.get("/placet/people/new").form("/people/new")
    answer = gov.post(form.action, form.filled(**values))
    assert answer.status_code == status
    assert told in answer.text
    assert 'value="Zoe"' in answer.text or 'value="Ann"' in answer.text


@pytest.mark.requirement("R12", clause="requests are canceled")
def test_someone_is_let_out_and_in_again(browse: Browse, shop: Shop) -> None:
    gov = browse("gov")
    request = shop.ask("ann")
    form = gov.get("/placet/people/ann").form("/deactivate")
    assert gov.send(form).location == "/placet/people/ann"
    assert not shop.person("ann").active
    found = shop.marketplace.requests.get(shop.person("gov"), request)
    assert found.request.status is RequestStatus.CANCELED
    assert gov.send(form).status_code == 409
    back = gov.get("/placet/people/ann").form("/reactivate")
    assert gov.send(back).status_code == 303
    assert shop.person("ann").active


def test_the_last_who_manages_people_is_told_so(browse: Browse, shop: Shop) -> None:
    gov = browse("gov")
    refused = gov.send(gov.get("/placet/people/gov").form("/deactivate"))
    assert refused.status_code == 409
    assert "nobody active would hold" in refused.text
    assert shop.person("gov").active


def test_a_group_is_made_filled_changed_and_deleted(browse: Browse, shop: Shop) -> None:
    gov = browse("gov")
    form = gov.get("/placet/groups/new").form("/groups/new")
    made = gov.post(form.action, form.filled(id="maps", name="Map makers", permissions=["AUDIT"]))
    assert made.location == "/placet/groups/maps"
    joining = gov.get("/placet/groups/maps").form("/members")
    assert gov.post(joining.action, joining.filled(person="ann")).status_code == 303
    assert shop.person("ann").holds(GlobalPermission.AUDIT)
    nobody = gov.post(joining.action, joining.filled(person="nobody"))
    assert nobody.status_code == 422
    assert "no person has the id" in nobody.text
    page = gov.get("/placet/groups/maps")
    assert "Ann Lee" in page.main
    change = page.form("/groups/maps")
    assert gov.post(change.action, change.filled(name="Maps", permissions=[])).status_code == 303
    assert not shop.person("ann").permissions
    assert gov.send(gov.get("/placet/groups/maps").form("/delete")).location == "/placet/groups"
    assert "maps" not in shop.person("ann").groups
    assert "Map" not in gov.get("/placet/groups?search=map").main.replace("Search groups", "")


def test_a_file_is_tried_and_then_imported(browse: Browse, shop: Shop) -> None:
    gov = browse("gov")
    form = gov.get("/placet/people/import").form("/import")
    text = "id,name,active\nzoe,Zoe,\nanna,Anna Berg,no\n"
    sent = form.filled(text=text)
    sent["do"] = "try"
    tried = gov.post(form.action, sent)
    assert tried.status_code == 200
    assert "What would be changed" in tried.text
    assert shop.person("anna").active
    sent["do"] = "import"
    done = gov.post(form.action, sent)
    assert "What was changed" in done.text
    assert not shop.person("anna").active
    wrong = gov.post(form.action, form.filled(text="id,active\nx,perhaps\ny,perhaps\n"))
    assert wrong.status_code == 422
    assert "line 2" in wrong.text
    assert "line 3" in wrong.text


def test_whatever_people_are_called_does_no_harm(browse: Browse, shop: Shop) -> None:
    gov = browse("gov")
    form = gov.get("/placet/people/new").form("/people/new")
    assert (
        gov.post(form.action, form.filled(id="evil", name=HARM, email=HARM, attributes=f"x={HARM}")).status_code == 303
    )
    for address in ("people", "people/evil", "people?search=" + HARM):
        refuse_harm(gov.get(f"/placet/{address}"))


def test_whoever_has_a_slash_in_their_id_is_found_opened_and_let_out(browse: Browse, shop: Shop) -> None:
    gov = browse("gov")
    for kind, id, address in (("people", "CORP/anna", "CORP~1anna"), ("groups", "/finance", "~1finance")):
        form = gov.get(f"/placet/{kind}/new").form(f"/{kind}/new")
        made = gov.post(form.action, form.filled(id=id, name="Odd one"))
        assert made.location == f"/placet/{kind}/{address}"
        assert f'href="{made.location}"' in gov.get(f"/placet/{kind}").html
        assert "Odd one" in gov.get(made.location).main
    leaving = gov.get("/placet/people/CORP~1anna").form("/deactivate")
    assert gov.post(leaving.action, leaving.filled()).status_code == 303
    assert not shop.person("CORP/anna").active
