"""The office of the demo: its domains, forms and products, made through the same service as everyone's."""

from __future__ import annotations

import importlib.resources

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
from placet.domain.products import DataProduct, DataSource, Domain
from placet.domain.terms import Duration
from placet.service import Marketplace
from placet.service.people_file import PeopleFile, read_json

TARGET = "warehouse"
SALARIES, PLAYERS, TEAMS = "Player salaries", "Player directory", "Team seasons"

PRIVACY, FINANCE = StewardSource.group("privacy"), StewardSource.group("finance")
MANAGERS = StewardSource.domain_permission(DomainPermission.MANAGE_DATA_PRODUCTS)

PURPOSE = Question("purpose", QuestionKind.LONG_ANSWER, "What do you need the data for?", required=True)
HOW_LONG = Question("duration", QuestionKind.ACCESS_DURATION, DURATION_LABEL, help="For example 30 days, or 1 year.")
AGREEMENT = Agreement(
    "salary-data",
    1,
    "Handling of salary data",
    "I will use the data **only for the purpose I gave**, and will not:\n\n- copy it to other systems,\n"
    "- publish figures about single players.\n",
)

FORMS = {
    SALARIES: RequestForm(
        "both-stewards",
        1,
        "Privacy and finance both approve",
        Flow(FlowKind.LISTED, Quorum.ALL, (PRIVACY, FINANCE)),
        (PURPOSE, HOW_LONG),
        AGREEMENT,
    ),
    PLAYERS: RequestForm(
        "one-steward",
        1,
        "Privacy or a manager of the domain approves",
        Flow(FlowKind.LISTED, Quorum.ANY, (PRIVACY, MANAGERS)),
        (PURPOSE, HOW_LONG),
    ),
    TEAMS: RequestForm(
        "open-data",
        1,
        "Open to everyone",
        Flow(FlowKind.AUTOMATIC, justification="Team seasons are public record.", duration=Duration.parse("1 year")),
    ),
}


def people() -> PeopleFile:
    """Everyone in the office, with their logins on the data platform."""
    return read_json(_data("people.json"))


def furnish(marketplace: Marketplace) -> None:
    """Everything up to three published products; a marketplace that has them is left alone."""
    with marketplace.context.store.reading() as session:
        if session.domains.all():
            return
    marketplace.people.load("demo", people())
    gus = _person(marketplace, "gus")
    marketplace.domains.save(gus, Domain("pay", "People and pay", "Who plays, and what they earn."))
    marketplace.domains.save(gus, Domain("games", "Games", "Seasons and their results."))
    sources = _import_sources(marketplace, gus)
    marketplace.agreements.create(gus, AGREEMENT)
    for form in FORMS.values():
        marketplace.forms.create(gus, form)
    for product in _products(sources):
        marketplace.products.create(_person(marketplace, "mia"), product)
        marketplace.products.publish(_person(marketplace, "mia"), product.id)


def _import_sources(marketplace: Marketplace, actor: Person) -> dict[str, DataSource]:
    """The tables of the platform's catalog with their tags, by name; each schema in its domain."""
    marketplace.sources.import_catalog(actor, TARGET, "players", "pay")
    marketplace.sources.import_catalog(actor, TARGET, "seasons", "games")
    marketplace.sources.import_tags(actor, _data("tags.csv"))
    return {source.name: source for source in marketplace.sources.all(actor)}


def _products(sources: dict[str, DataSource]) -> list[DataProduct]:
    return [
        DataProduct(
            id="player-salaries",
            name=SALARIES,
            domain="pay",
            form=FORMS[SALARIES].id,
            form_version=1,
            sources=(sources["salaries"].id, sources["people"].id),
            description="What each player earned in each season since 1985, and who they are.",
            expert="Bob Brandt",
            links=("https://sabr.org/lahman-database/",),
            maximum=Duration.parse("1 year"),
        ),
        DataProduct(
            id="player-directory",
            name=PLAYERS,
            domain="pay",
            form=FORMS[PLAYERS].id,
            form_version=1,
            sources=(sources["people"].id,),
            description="Everyone who ever played, with dates and places of birth.",
            expert="Ann Abebe",
            maximum=Duration.parse("90 days"),
        ),
        DataProduct(
            id="team-seasons",
            name=TEAMS,
            domain="games",
            form=FORMS[TEAMS].id,
            form_version=1,
            sources=(sources["teams"].id,),
            description="Wins, losses and attendance of every team since 1871.",
            expert="Mia Moreau",
        ),
    ]


def _person(marketplace: Marketplace, id: str) -> Person:
    with marketplace.context.store.reading() as session:
        found = session.people.person(id)
    assert found
    return found


def _data(name: str) -> str:
    return importlib.resources.files("placet.demo").joinpath("data", name).read_text(encoding="utf-8")
