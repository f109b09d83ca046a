"""Data use agreements on pages: written with a preview, kept by versions, deleted unless a form asks for them."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.pages.browser import Browser, Form, Page
from tests.pages.conftest import Browse
from tests.pages.shop import Shop


def send(browser: Browser, form: Form, do: str, **fields: str) -> TestResponse:
    return browser.post(form.action, MultiDict([*form.filled(**fields).items(multi=True), ("do", do)]))


@pytest.mark.requirement("F1", clause="agreement")
def test_an_agreement_is_written_looked_at_and_kept(shop: Shop, browse: Browse) -> None:
    max_ = browse("max")
    form = max_.get("/placet/agreements/new").form("/new")
    looked = Page(send(max_, form, "preview", name="House rules", body="Be **kind**.\n\n<script>x</script>"))
    assert looked.status == 200
    assert looked.tree.one("strong").text == "kind"
    assert not list(looked.tree.all("script"))
    assert shop.marketplace.agreements.list(shop.person("gov"), "house").items == ()
    kept = max_.follow(send(max_, looked.form("/new"), "save"))
    assert "House rules version 1" in kept.main
    edited = max_.get(kept.tree.one("a", class_="button").attributes["href"])
    assert "House rules version 2" in max_.follow(send(max_, edited.form("/edit"), "save", body="Be nice.")).main
    [made] = shop.marketplace.agreements.list(shop.person("gov"), "house").items
    assert (made.version, made.body, made.created_by) == (2, "Be nice.", "max")
    assert max_.get(f"/placet/agreements/{made.id}?version=1").tree.one("strong").text == "kind"
    refused = max_.refused(send(max_, edited.form("/edit"), "save", body="Late."), 409)
    assert refused.form("/edit").fields["body"] == "Late."


@pytest.mark.parametrize("do", ["save", "preview", ""])
def test_what_can_not_be_kept_is_refused_on_the_page(browse: Browse, do: str) -> None:
    max_ = browse("max")
    form = max_.get("/placet/agreements/new").form("/new")
    assert max_.refused(send(max_, form, do, name=" "), 422)


def test_an_agreement_is_deleted_on_its_page_unless_a_form_asks_for_it(shop: Shop, browse: Browse) -> None:
    gov = browse("gov")
    page = gov.refused(gov.send(gov.get("/placet/agreements/rules").form("/delete")), 409)
    assert "Orders form" in page.tree.one(role="alert").text
    form = gov.get("/placet/agreements/new").form("/new")
    made = gov.follow(send(gov, form, "save", name="Free", body="Free."))
    assert "Free" not in gov.follow(gov.send(made.form("/delete"))).main


def test_others_read_agreements_and_write_none(browse: Browse) -> None:
    ann = browse("ann")
    assert "Rules of use" in ann.get("/placet/agreements").main
    page = ann.get("/placet/agreements/rules")
    assert (list(page.tree.all("form")), list(page.tree.all("a", class_="button"))) == ([], [])
    for address in ("new", "rules/edit"):
        assert "Not allowed" in ann.get(f"/placet/agreements/{address}", 403).main
