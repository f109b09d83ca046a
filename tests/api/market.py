"""A small marketplace, filled through the service: products under every kind of flow, people of every sort."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from placet.domain.agreements import Agreement
from placet.domain.forms import Flow, FlowKind, Question, QuestionKind, Quorum, RequestForm
from placet.domain.people import Person, StewardSource
from placet.domain.products import Column, DataProduct, DataSource, Domain
from placet.domain.terms import Duration, Unit
from placet.service import Marketplace
from placet.service.people_file import read_json

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

PEOPLE = """{
  "people": [
    {"id": "ann", "name": "Ann Lee", "groups": ["analysts"]},
    {"id": "ben", "name": "Ben Okoro", "groups": ["analysts"]},
    {"id": "sam", "name": "Sam Steward", "groups": ["finance"]},
    {"id": "sue", "name": "Sue Steward", "groups": ["privacy"]},
    {"id": "max", "name": "Max Manager", "domain_permissions": ["sales/manage-data-products"]},
    {"id": "gov", "name": "Gus Governor", "permissions": ["GOVERNANCE", "USER_ADMIN"]},
    {"id": "ops", "name": "Olga Operator", "permissions": ["APPLICATION_ADMIN"]},
    {"id": "aud", "name": "Aldo Auditor", "permissions": ["AUDIT"]},
    {"id": "out", "name": "Ozzy Out", "groups": ["visitors"]},
    {"id": "bot", "name": "Nightly job", "kind": "service-account", "owner": "ben"},
    {"id": "gone", "name": "Gwen Gone", "active": false}
  ],
  "groups": [
    {"id": "analysts", "name": "Analysts"}, {"id": "finance", "name": "Finance"},
    {"id": "privacy", "name": "Privacy"}, {"id": "visitors", "name": "Visitors"}
  ]
}"""

FINANCE, PRIVACY = StewardSource.group("finance"), StewardSource.group("privacy")

QUESTIONS = (
    Question("why", QuestionKind.LONG_ANSWER, "What will you use it for?", required=True),
    Question("export", QuestionKind.YES_NO, "Will you export it?"),
    Question("where", QuestionKind.SHORT_ANSWER, "Where to?", required=True, shown_when=("export", "yes")),
)

RULES = Agreement("rules", 0, "Rules of use", "Do not pass it on.")
"""An agreement that has three versions."""

FORMS = (
    RequestForm("one", 1, "One has to agree", Flow(FlowKind.LISTED, Quorum.ANY, (FINANCE,)), QUESTIONS),
    RequestForm("two", 1, "Two have to agree", Flow(FlowKind.LISTED, Quorum.ALL, (FINANCE, PRIVACY))),
    RequestForm(
        "agreed",
        1,
        "With an agreement",
        Flow(FlowKind.LISTED, Quorum.ANY, (FINANCE,)),
        agreement=Agreement("rules"),
    ),
    RequestForm("none", 1, "At once", Flow(FlowKind.AUTOMATIC, justification="It is public anyway.")),
)

PRODUCTS = {
    "asked": {"form": "one", "maximum": Duration(90, Unit.DAYS)},
    "both": {"form": "two", "sources": ("orders", "refunds")},
    "agreed": {"form": "agreed"},
    "quick": {"form": "none", "domain": "web", "sources": ("visits",)},
    "hidden": {"form": "two", "visible_to": frozenset({"visitors"})},
}
"""The published products by their ids; `draft` is one more, which is not published."""


def fill(marketplace: Marketplace) -> None:
    marketplace.people.load("gov", read_json(PEOPLE))
    governor = person(marketplace, "gov")
    marketplace.domains.save(governor, Domain("sales", "Sales", "What is sold"))
    marketplace.domains.save(governor, Domain("web", "Web", "Who visits"))
    add_sources(marketplace)
    rules = marketplace.agreements.create(governor, RULES)
    for _ in range(2):
        rules = marketplace.agreements.edit(governor, rules)
    for form in FORMS:
        marketplace.forms.create(governor, form)
    for id, said in (PRODUCTS | {"draft": {"form": "two"}}).items():
        plain = DataProduct(id, f"{id.capitalize()} product", "sales", "", 1, ("orders",), f"All about {id}.")
        marketplace.products.create(governor, replace(plain, **said))
    for id in PRODUCTS:
        marketplace.products.publish(governor, id)


def person(marketplace: Marketplace, id: str) -> Person:
    with marketplace.context.store.reading() as session:
        found = session.people.person(id)
    assert found
    return found


def add_sources(marketplace: Marketplace) -> None:
    columns = (Column(1, "id", "bigint"), Column(2, "customer", "text", frozenset({"PII.Name"})))
    with marketplace.context.store.writing() as session:
        for id, domain in (("orders", "sales"), ("refunds", "sales"), ("visits", "web")):
            source = DataSource(id, "warehouse", "shop", id, columns, frozenset({"Money"}), frozenset({domain}))
            session.sources.save(source)
