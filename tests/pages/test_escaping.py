"""Whatever people write is shown as what they wrote, and is never part of the page."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import quote

import pytest
from flask import Flask
from markupsafe import escape

from placet.domain.agreements import Agreement
from placet.domain.forms import Flow, FlowKind, Question, QuestionKind, Quorum, RequestForm
from placet.domain.people import StewardSource
from placet.domain.products import Column, DataProduct, DataSource, Domain
from placet.domain.requests import Verdict
from placet.service import Marketplace
from placet.service.people_file import read_json
from tests.pages.browser import Page
from tests.pages.conftest import Browse
from tests.pages.shop import Shop

HARM = """"'><img src=x onerror=alert(1)><script>{{7*7}}</script>"""
FOREIGN = {"script", "style", "img", "iframe", "svg", "object", "embed", "base"}


def evil(field: str) -> str:
    """Something harmful that says where it was written."""
    return f"{field}{HARM}"


def refuse_harm(page: Page) -> None:
    """The page has no element and no attribute that it should not have, and nothing in it was evaluated."""
    for element in page.tree.all():
        assert element.tag not in FOREIGN
        assert not [name for name in element.attributes if name.startswith("on")]
        for name in ("href", "action", "src"):
            assert not element.attributes.get(name, "").lower().startswith(("javascript:", "data:", "vbscript:"))


@pytest.fixture
def trap(shop: Shop) -> Shop:
    """The shop with a product, a form and people that are harmful in every field one can write into."""
    market, gov = shop.marketplace, shop.person("gov")
    people = {
        "people": [
            {"id": evil("steward-id"), "name": evil("steward-name"), "groups": [evil("group")]},
            {
                "id": "victim",
                "name": evil("person-name"),
                "email": evil("mail"),
                "groups": [evil("group"), evil("victims-group")],
                "attributes": {evil("key"): [evil("value")]},
            },
        ],
        "groups": [{"id": evil("group"), "name": evil("group-name")}],
    }
    market.people.load("gov", read_json(json.dumps(people)))
    market.domains.save(gov, Domain("trap", evil("domain"), evil("domain-description")))
    _add_source(market)
    text = f"# {evil('heading')}\n\n[a](javascript:alert(1)) {evil('body')}"
    market.agreements.create(gov, Agreement("trap", 1, evil("agreement"), text))
    market.forms.create(gov, _form())
    market.products.create(gov, _product())
    market.products.publish(gov, "trap")
    return shop


def _add_source(market: Marketplace) -> None:
    columns = (Column(1, evil("column"), evil("type"), frozenset({evil("column-tag")})),)
    source = DataSource(
        "trap", evil("target"), evil("schema"), evil("table"), columns, frozenset({evil("tag")}), frozenset({"trap"})
    )
    with market.context.store.writing() as session:
        session.sources.save(source)


def _form() -> RequestForm:
    group = StewardSource.group(evil("group"))
    options = (evil("option"), "other")
    questions = (
        Question(evil("question-id"), QuestionKind.LONG_ANSWER, evil("label"), help=evil("help")),
        Question("one", QuestionKind.ONE_OF, evil("one-of"), options=options),
        Question(
            "many", QuestionKind.SEVERAL_OF, evil("several-of"), options=options, shown_when=("one", evil("option"))
        ),
    )
    flow = Flow(FlowKind.LISTED, Quorum.ANY, (group,))
    return RequestForm("trap", 1, evil("form"), flow, questions, Agreement("trap"))


def _product() -> DataProduct:
    return DataProduct(
        id="trap",
        name=evil("product"),
        domain="trap",
        form="trap",
        form_version=1,
        sources=("trap",),
        description=evil("description"),
        expert=evil("expert"),
        links=(f"https://docs.example/{evil('link')}",),
        visible_to=frozenset({evil("victims-group"), evil("group")}),
    )


def ask(shop: Shop, **answers: object) -> str:
    made = shop.marketplace.requests.submit(
        shop.person("victim"),
        "trap",
        answers={evil("question-id"): evil("answer"), "one": evil("option"), "many": [evil("option")], **answers},
        accepts_agreement=True,
    )
    return made.id


SHOWN = (
    "steward-name", "steward-id", "person-name", "mail", "group", "victims-group", "key", "value", "domain", "column",
    "type", "column-tag", "target", "schema", "table", "tag", "label", "help", "one-of", "several-of", "option",
    "agreement", "product", "description", "expert", "link", "answer", "reason", "revocation",
)  # fmt: skip


def test_what_people_write_is_shown_escaped_on_every_page(app: Flask, trap: Shop, browse: Browse) -> None:
    market, steward = trap.marketplace, trap.person(evil("steward-id"))
    first = ask(trap)
    waiting = _pages(browse, "requests", f"requests/{first}", f"review/{first}", "products/trap/request-access")
    market.requests.determine(steward, first, verdict=Verdict.DENY, reason=evil("reason"))
    second = ask(trap)
    market.requests.determine(steward, second, verdict=Verdict.APPROVE, reason=evil("reason"))
    (held,) = market.grants.list(trap.person("gov"), product="trap").items
    active = _pages(browse, "", "products/trap", f"grants/{held.grant.id}/revoke")
    market.grants.revoke(trap.person("gov"), held.grant.id, evil("revocation"))
    third = ask(trap)
    over = _pages(browse, f"review/{third}", f"review/{second}", "notifications", "requests")
    kept = _pages(browse, "domains", "domains/trap", "sources", "sources/trap", "import-sources")
    pages = [*waiting, *active, *over, *kept]
    for page in pages:
        refuse_harm(page)
    written = "".join(page.html for page in pages)
    assert [field for field in SHOWN if str(escape(evil(field))) not in written] == []
    assert HARM not in written
    assert "script>49" not in written.replace("&gt;", ">")


def _pages(browse: Browse, *addresses: str) -> list[Page]:
    """Each address as each of those who may see it is shown it."""
    found = []
    for address in addresses:
        for person in ("victim", evil("steward-id"), "gov"):
            browser = browse(person)
            response = browser.client.get(f"/placet/{address}", headers=browser.headers)
            if response.status_code == 200:
                found.append(Page(response))
    return found


def test_forms_and_agreements_are_shown_escaped_wherever_they_are_made_read_and_taken_up(
    trap: Shop, browse: Browse
) -> None:
    market, gov = trap.marketplace, trap.person("gov")
    form = market.forms.get(gov, "trap")
    flow = Flow(FlowKind.AUTOMATIC, justification=evil("justification"))
    market.forms.edit(gov, replace(form, name=evil("second-form"), flow=flow))
    addresses = ("forms", "forms/trap", "forms/trap/edit", "forms/trap/wording", "agreements", "agreements/trap")
    pages = _pages(browse, *addresses, "agreements/trap/edit", "products/trap/take-up-form", "forms/trap?version=1")
    for page in pages:
        refuse_harm(page)
    written = "".join(page.html for page in pages)
    shown = ("form", "second-form", "justification", "question-id", "label", "help", "option", "agreement", "group")
    assert [field for field in shown if str(escape(evil(field))) not in written] == []
    assert HARM not in written


def test_what_was_put_into_a_form_that_is_built_comes_back_escaped(trap: Shop, browse: Browse) -> None:
    gov = browse("gov")
    for address in ("forms/trap/edit", "forms/new", "agreements/new", "agreements/trap/edit"):
        form = gov.get(f"/placet/{address}").form(address.rpartition("/")[2])
        kept = ("placet_csrf", "version", "questions", "sources")
        sent = {name: evil(name) for name in form.names if name not in kept}
        for do in ("save", "preview", "add-question", evil("do")):
            page = Page(gov.post(form.action, form.filled(**sent) | {"do": do}))
            refuse_harm(page)
            assert HARM not in page.html


def test_the_inbox_shows_it_escaped(trap: Shop, browse: Browse) -> None:
    ask(trap)
    page = browse(evil("steward-id")).get("/placet/inbox")
    refuse_harm(page)
    assert str(escape(evil("product"))) in page.html


def test_what_was_put_in_comes_back_escaped(trap: Shop, browse: Browse) -> None:
    victim = browse("victim")
    form = victim.get("/placet/products/trap/request-access").form("/request-access")
    sent = {name: evil(name) for name in form.names if name not in ("placet_csrf", "form")}
    page = victim.refused(victim.send(form, **sent | {"for": "other"}), 422)
    refuse_harm(page)
    assert page.form("/request-access").fields["other"] == evil("other")
    asked = ask(trap)
    steward = browse(evil("steward-id"))
    form = steward.get(f"/placet/review/{asked}").form(f"/review/{asked}")
    for decision in ("day", "for", "instant", evil("decision")):
        sent = {name: evil(name) for name in form.names if name not in ("placet_csrf", "decision")}
        refuse_harm(steward.refused(steward.send(form, **sent, decision=decision), 422))


@pytest.mark.parametrize(
    "address",
    [
        "/placet/?search={}",
        "/placet/?domain={}",
        "/placet/?cursor={}",
        "/placet/requests?status={}",
        "/placet/requests?cursor={}",
        "/placet/inbox?cursor={}",
        "/placet/notifications?cursor={}",
        "/placet/products/{}",
        "/placet/products/{}/request-access",
        "/placet/products/orders/request-access?type={}",
        "/placet/products/orders/request-access?return_to={}",
        "/placet/products/orders/request-access?return_to=https://catalog.example/{}",
        "/placet/request?fullyQualifiedName={}",
        "/placet/request?fullyQualifiedName=a.{}",
        "/placet/request?fullyQualifiedName=shop.orders&type={}",
        "/placet/request?fullyQualifiedName=shop.orders&return_to=https://catalog.example/{}",
        "/placet/domains/{}",
        "/placet/domains?cursor={}",
        "/placet/sources/{}",
        "/placet/sources?search={}",
        "/placet/sources?domain={}",
        "/placet/sources?tag={}",
        "/placet/sources?target={}",
        "/placet/requests/{}",
        "/placet/review/{}",
        "/placet/grants/{}/revoke",
        "/placet/assets/{}",
        "/placet/forms?search={}",
        "/placet/forms?cursor={}",
        "/placet/forms/{}",
        "/placet/forms/orders?version={}",
        "/placet/agreements?search={}",
        "/placet/agreements/{}",
        "/placet/products/both/take-up-form?type={}",
    ],
)
def test_what_stands_in_an_address_is_shown_escaped(shop: Shop, browse: Browse, address: str) -> None:
    ann = browse("ann")
    for harm in (HARM, "javascript:alert(1)", "</title><script>alert(1)</script>"):
        written = quote(harm.replace("/", "") if "?" not in address else harm, safe="")
        page = Page(ann.client.get(address.format(written), headers=ann.headers))
        assert page.status in (200, 404, 422)
        refuse_harm(page)
        assert "<script>" not in page.html


def test_a_message_shows_what_stands_in_backticks_as_code_and_no_more(shop: Shop, browse: Browse) -> None:
    page = browse("ann").get("/placet/requests?status=" + quote("`<b>`"), 422)
    assert "<b>" not in page.html
    assert "&lt;b&gt;" in page.html
