"""The pages of domains and data sources."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from placet.domain.people import DomainPermission, Group
from placet.domain.products import Column, DataSource, Domain
from placet.service.views import SourceFilter
from tests.pages.browser import Page
from tests.pages.conftest import Browse
from tests.pages.shop import Shop

CSV = "schema,table,column,type,tags\nshop,carts,,,Money\nshop,carts,id,bigint,\n"


def inside(shop: Shop, domain: str) -> list[str]:
    return [source.id for source in shop.marketplace.sources.all(shop.person("gov"), SourceFilter(domain=domain))]


def keep_grown(shop: Shop) -> None:
    columns = (Column(1, "id", "bigint"), Column(2, "mail", "text", confirmed=False))
    with shop.marketplace.context.store.writing() as session:
        session.sources.save(DataSource("grown", "warehouse", "shop", "grown", columns, domains=frozenset({"web"})))


def test_a_domain_is_made_described_anew_and_deleted(shop: Shop, browse: Browse) -> None:
    gov = browse("gov")
    form = gov.get("/placet/new-domain").form("/new-domain")
    refused = gov.refused(gov.send(form, name="Money", tags="Finance\n" + "x" * 256), 422)
    assert refused.tree.one(id="tags-wrong").text
    assert refused.form("/new-domain").fields["name"] == "Money"
    page = gov.follow(gov.send(form, name="Money", tags="Finance\n\n Other "))
    [made] = [one for one in shop.marketplace.domains.all(shop.person("gov")) if one.name == "Money"]
    assert made.tags == {"Finance", "Other"}
    assert inside(shop, made.id) == ["orders", "refunds"]
    assert "shop.orders" in page.main
    form = page.form(f"/domains/{made.id}")
    gov.follow(gov.send(form, tags="", name="Cash"))
    assert gov.refused(gov.send(form, name="Late"), 409)
    page = gov.get(f"/placet/domains/{made.id}")
    assert "Cash" in page.main
    gov.follow(gov.send(page.form("/delete")))
    assert "Cash" not in gov.get("/placet/domains").main


def test_who_may_make_no_domain_sees_no_form_for_one(browse: Browse) -> None:
    ann = browse("ann")
    token = str(ann.get("/placet/tokens").form("/tokens").fields["placet_csrf"])
    answer = ann.post("/placet/new-domain", {"placet_csrf": token, "name": "Mine"})
    assert answer.status_code == 403
    assert "<form" not in Page(answer).main
    assert "Not allowed" in Page(answer).main


def test_who_deletes_a_domain_reads_first_whose_permissions_go_with_it(shop: Shop, browse: Browse) -> None:
    shop.marketplace.domains.create(shop.person("gov"), Domain("hr", "HR"))
    assert "go with it" not in browse("gov").get("/placet/domains/hr").main
    with shop.marketplace.context.store.writing() as session:
        held = [("hr", DomainPermission.MANAGE_TAGS)]
        session.people.save_group(Group("payroll", "Payroll"), domain_permissions=held)
        max = session.people.direct("max")
        assert max
        session.people.save(replace(max, domain_permissions=max.domain_permissions | set(held)))
    told = browse("gov").get("/placet/domains/hr").main
    assert "go with it" in told
    assert all(one in told for one in ("(max)", "Payroll", "(payroll)"))
    assert "go with it" not in browse("ann").get("/placet/domains/hr").main


@pytest.mark.requirement("D1", clause="by hand")
@pytest.mark.requirement("D2", clause="a source that leaves is told")
def test_sources_are_put_in_and_taken_out_and_their_product_shows_it(shop: Shop, browse: Browse) -> None:
    gov = browse("gov")
    page = gov.get("/placet/domains/sales")
    taken, put = (
        form for form in page.tree.all("form", method="post") if form.attributes["action"].endswith("/sources")
    )
    assert list(taken.all("input", name="take_out", value="refunds"))
    assert list(put.all("textarea", name="put_in"))
    token = taken.one("input", name="placet_csrf").attributes["value"]
    gov.follow(gov.post("/placet/domains/sales/sources", {"placet_csrf": token, "take_out": "refunds"}))
    assert inside(shop, "sales") == ["orders"]
    assert "left the domain" in browse("ann").get("/placet/products/both").main
    assert "left the domain" in browse("gov").get("/placet/sources/refunds").main
    assert "Left its domain: shop.refunds." in browse("max").get("/placet/notifications").main
    gov.follow(gov.post("/placet/domains/sales/sources", {"placet_csrf": token, "put_in": "refunds\nvisits"}))
    assert inside(shop, "sales") == ["orders", "refunds", "visits"]
    assert "left the domain" not in browse("ann").get("/placet/products/both").main
    nowhere = gov.post("/placet/domains/sales/sources", {"placet_csrf": token, "put_in": "nowhere"})
    assert gov.refused(nowhere, 404).tree.one(id="put_in-wrong").text


@pytest.mark.requirement("D1", clause="dynamic domains refuse changes by hand")
def test_a_dynamic_domain_offers_no_change_by_hand_and_refuses_it(shop: Shop, browse: Browse) -> None:
    shop.marketplace.domains.save(shop.person("gov"), Domain("money", "Money", tags=frozenset({"Finance"})))
    gov = browse("gov")
    page = gov.get("/placet/domains/money")
    assert not [form for form in page.tree.all("form") if form.attributes["action"].endswith("/sources")]
    token = page.form("/domains/money").fields["placet_csrf"]
    answer = gov.post("/placet/domains/money/sources", {"placet_csrf": str(token), "take_out": "orders"})
    assert "gets its data sources by their tags" in gov.refused(answer, 409).main


def test_a_source_is_tagged_and_its_new_columns_confirmed(shop: Shop, browse: Browse) -> None:
    keep_grown(shop)
    gov = browse("gov")
    page = gov.get("/placet/sources/grown")
    assert "new" in page.main
    page = gov.follow(gov.send(page.form("/confirm"), column=["2"]))
    assert not [form for form in page.tree.all("form") if form.attributes["action"].endswith("/confirm")]
    form = page.form("/tags")
    gov.follow(gov.send(form, **{"tags": "Money\nNeeds a look", "tags-2": "PII.Mail"}))
    source = shop.marketplace.sources.get(shop.person("gov"), "grown")
    assert (source.tags, source.columns[1].tags, source.columns[1].confirmed) == (
        {"Money", "Needs a look"},
        {"PII.Mail"},
        True,
    )
    late = gov.refused(gov.send(form, tags="Late"), 409)
    assert late.form("/tags").fields["tags"].strip() == "Late"


def test_a_source_that_a_product_holds_is_not_deleted_and_another_is(shop: Shop, browse: Browse) -> None:
    keep_grown(shop)
    gov = browse("gov")
    held = gov.refused(gov.send(gov.get("/placet/sources/orders").form("/delete")), 409)
    assert "A data product holds the data source" in held.main
    assert "shop.grown" not in gov.follow(gov.send(gov.get("/placet/sources/grown").form("/delete"))).main


def test_sources_are_found_by_words_domain_tag_and_platform(shop: Shop, browse: Browse) -> None:
    def rows(query: str) -> list[str]:
        page = browse("gov").get(f"/placet/sources?{query}")
        return [row.one("th").text for body in page.tree.all("tbody") for row in body.all("tr")]

    assert rows("") == ["shop.orders", "shop.refunds", "shop.visits"]
    assert rows("search=ref") == ["shop.refunds"]
    assert rows("domain=web") == ["shop.visits"]
    assert rows("tag=Finance&target=warehouse") == ["shop.orders", "shop.refunds"]
    assert rows("target=elsewhere") == []


def test_an_import_is_looked_at_and_then_done(shop: Shop, browse: Browse) -> None:
    gov = browse("gov")
    page = gov.get("/placet/import-sources")
    sent = page.form("/import-sources").filled(content=CSV, format="csv", target="lake", domain="web")
    looked = gov.post("/placet/import-sources", {**sent, "do": "look"})
    assert (looked.status_code, inside(shop, "web")) == (200, ["visits"])
    assert "This would be done" in Page(looked).main
    done = Page(gov.post("/placet/import-sources", {**sent, "do": "import"}))
    assert "This was done" in done.main
    assert len(inside(shop, "web")) == 2
    wrong = gov.post("/placet/import-sources", {**sent, "content": "schema\n", "do": "look"})
    assert gov.refused(wrong, 422).tree.one(id="content-wrong").text
    none = gov.post("/placet/import-sources", {**sent, "format": "catalog", "target": "nowhere", "do": "look"})
    assert "no data platform is called" in gov.refused(none, 404).main


@pytest.mark.parametrize(("content", "status"), [(CSV.encode(), 200), (b"\xff\xfe", 422)])
def test_a_file_may_be_sent_instead_of_its_text(shop: Shop, browse: Browse, content: bytes, status: int) -> None:
    gov = browse("gov")
    sent = gov.get("/placet/import-sources").form("/import-sources").filled(format="csv", target="lake")
    data = {**sent, "do": "look", "file": (io.BytesIO(content), "sources.csv")}
    answer = gov.client.post("/placet/import-sources", data=data, headers=gov.headers)
    assert answer.status_code == status
    assert ("shop.carts" in Page(answer).main) is (status == 200)


@pytest.mark.requirement("P4", clause="domains and sources")
def test_who_may_not_import_hears_that_first(browse: Browse) -> None:
    max_ = browse("max")
    token = max_.get("/placet/tokens").form("/tokens").fields["placet_csrf"]
    data = {"placet_csrf": token, "do": "look", "file": (io.BytesIO(b"\xff\xfe"), "sources.csv")}
    answer = max_.client.post("/placet/import-sources", data=data, headers=max_.headers)
    assert answer.status_code == 403
    assert "import-sources" not in Page(answer).main


@pytest.mark.requirement("P4", clause="domains and sources")
@pytest.mark.parametrize("who", ["ann", "max"])
def test_only_governance_is_offered_to_shape_domains(shop: Shop, browse: Browse, who: str) -> None:
    browser = browse(who)
    for address in ("new-domain", "import-sources"):
        browser.get(f"/placet/{address}", 403)
    for address in ("domains/sales", "sources/orders"):
        assert not list(browser.get(f"/placet/{address}").tree.all("form", method="post"))


def test_the_navigation_leads_there_for_who_keeps_sources(shop: Shop, browse: Browse) -> None:
    offered = {who: "Data sources" in browse(who).get("/placet/").tree.one("nav").text for who in ("ann", "max", "gov")}
    assert offered == {"ann": False, "max": True, "gov": True}


def test_who_manages_the_tags_of_a_domain_tags_its_sources(shop: Shop, browse: Browse) -> None:
    with shop.marketplace.context.store.writing() as session:
        held = session.people.direct("sam")
        assert held
        session.people.save(replace(held, domain_permissions=frozenset({("web", DomainPermission.MANAGE_TAGS)})))
    sam = browse("sam")
    sam.follow(sam.send(sam.get("/placet/sources/visits").form("/tags"), tags="Seen"))
    assert shop.marketplace.sources.get(shop.person("gov"), "visits").tags == {"Seen"}
    assert not list(sam.get("/placet/sources/orders").tree.all("form", method="post"))
