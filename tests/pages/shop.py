"""A small marketplace, filled through the service: two domains, four products, people of every sort."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from placet.domain.agreements import Agreement
from placet.domain.forms import (
    DURATION_LABEL,
    Flow,
    FlowKind,
    Question,
    QuestionKind,
    Quorum,
    RequestForm,
)
from placet.domain.people import DomainPermission, Person, StewardSource
from placet.domain.products import Column, DataProduct, DataSource, Domain
from placet.domain.requests import Whom
from placet.domain.terms import Duration, Unit
from placet.service import Marketplace
from placet.service.people_file import read_json

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

PEOPLE = """{
  "people": [
    {"id": "ann", "name": "Ann Lee", "email": "ann@example.org", "groups": ["analysts"],
     "attributes": {"country": ["DE", "NL"]}},
    {"id": "anna", "name": "Anna Berg", "email": "anna@example.org", "groups": ["analysts"]},
    {"id": "sam", "name": "Sam Steward", "groups": ["finance"]},
    {"id": "sue", "name": "Sue Steward", "groups": ["privacy"]},
    {"id": "max", "name": "Max Manager", "domain_permissions": ["sales/manage-data-products"]},
    {"id": "gov", "name": "Gus Governor", "permissions": ["GOVERNANCE", "USER_ADMIN"]},
    {"id": "out", "name": "Ozzy Out", "groups": ["visitors"]},
    {"id": "gone", "name": "Gwen Gone", "active": false}
  ],
  "groups": [
    {"id": "analysts", "name": "Analysts"}, {"id": "finance", "name": "Finance"},
    {"id": "privacy", "name": "Privacy"}, {"id": "visitors", "name": "Visitors"}
  ]
}"""

QUESTIONS = (
    Question(
        "why", QuestionKind.LONG_ANSWER, "What will you use it for?", required=True, help="One sentence is enough."
    ),
    Question("team", QuestionKind.SHORT_ANSWER, "Which team?"),
    Question("tool", QuestionKind.ONE_OF, "Which tool?", required=True, options=("SQL", "Notebook")),
    Question("parts", QuestionKind.SEVERAL_OF, "Which parts?", options=("orders", "refunds", "visits")),
    Question("rows", QuestionKind.NUMBER, "How many rows?"),
    Question("start", QuestionKind.DATE, "From when?"),
    Question("export", QuestionKind.YES_NO, "Will you export it?", required=True),
    Question("where", QuestionKind.SHORT_ANSWER, "Where to?", required=True, shown_when=("export", "yes")),
    Question("long", QuestionKind.ACCESS_DURATION, DURATION_LABEL),
)
AGREEMENT = Agreement(
    "rules", 1, "Rules of use", "# Rules\n\nDo **not** pass it on. See [the policy](https://example.org/policy)."
)


@dataclass(frozen=True)
class Shop:
    """The marketplace and the ids of its products."""

    marketplace: Marketplace
    orders: str = "orders"
    both: str = "both"
    quick: str = "quick"
    hidden: str = "hidden"

    def person(self, id: str) -> Person:
        with self.marketplace.context.store.reading() as session:
            found = session.people.person(id)
        assert found
        return found

    def ask(self, person: str = "ann", product: str = "", beneficiary: str = "") -> str:
        """A request by the service; on the product that needs two, unless another is named."""
        made = self.marketplace.requests.submit(
            self.person(person), product or self.both, whom=Whom(beneficiary or person)
        )
        return made.id


def fill(marketplace: Marketplace) -> None:
    marketplace.people.load("gov", read_json(PEOPLE))
    with marketplace.context.store.reading() as session:
        governor = session.people.person("gov")
    assert governor
    marketplace.domains.save(governor, Domain("sales", "Sales", "What is sold"))
    marketplace.domains.save(governor, Domain("web", "Web", "Who visits"))
    _add_sources(marketplace)
    privacy, finance = StewardSource.group("privacy"), StewardSource.group("finance")
    listed = Flow(
        FlowKind.LISTED, Quorum.ANY, (finance, StewardSource.domain_permission(DomainPermission.MANAGE_DATA_PRODUCTS))
    )
    forms = {
        "orders": RequestForm("orders", 1, "Orders form", listed, QUESTIONS, AGREEMENT),
        "both": RequestForm("both", 1, "Two have to agree", Flow(FlowKind.LISTED, Quorum.ALL, (finance, privacy))),
        "quick": RequestForm("quick", 1, "At once", Flow(FlowKind.AUTOMATIC, justification="It is public anyway.")),
    }
    marketplace.agreements.create(governor, AGREEMENT)
    for form in forms.values():
        marketplace.forms.create(governor, form)
    publish = partial(_publish, marketplace, governor)
    publish("orders", "orders", maximum=Duration(90, Unit.DAYS), expert="Max", links=("https://docs.example/orders",))
    publish("both", "both", sources=("refunds", "orders"))
    publish("quick", "quick", domain="web", sources=("visits",))
    publish("hidden", "both", visible_to=frozenset({"visitors"}))


def _publish(marketplace: Marketplace, governor: Person, id: str, form: str, **changes: Any) -> None:
    draft = DataProduct(
        id=id,
        name=f"{id.capitalize()} product",
        domain="sales",
        form=form,
        form_version=1,
        sources=("orders",),
        description=f"All about {id}.\nUpdated daily.",
    )
    marketplace.products.create(governor, replace(draft, **changes))
    marketplace.products.publish(governor, id)


def _add_sources(marketplace: Marketplace) -> None:
    columns = (Column(1, "id", "bigint"), Column(2, "customer", "text", frozenset({"PII.Name"})))
    with marketplace.context.store.writing() as session:
        for id, domain in (("orders", "sales"), ("refunds", "sales"), ("visits", "web")):
            tags = frozenset({"Finance"}) if domain == "sales" else frozenset()
            session.sources.save(DataSource(id, "warehouse", "shop", id, columns, tags, frozenset({domain})))
