"""The pages of the demo as people use them, in a real browser, by keyboard."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from werkzeug.serving import make_server

from placet.demo.office import AGREEMENT, FINANCE, HOW_LONG, PRIVACY
from placet.demo.world import World, world
from placet.domain.forms import Flow, FlowKind, Question, QuestionKind, Quorum, RequestForm
from placet.domain.policies import DataPolicy, Mask, MaskKind, Tagged
from placet.domain.requests import GrantStatus
from tests.journeys.visitor import ARGUMENTS, MISSING, NARROW, Visitor, chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Visit = Callable[..., Visitor]

STUDY = RequestForm(
    "study",
    1,
    "For a study",
    Flow(FlowKind.LISTED, Quorum.ANY, (PRIVACY, FINANCE)),
    (
        Question("why", QuestionKind.LONG_ANSWER, "What will you find out?", required=True),
        Question("export", QuestionKind.YES_NO, "Will the data leave the platform?", required=True),
        Question("where", QuestionKind.SHORT_ANSWER, "Where will it go?", required=True, shown_when=("export", "yes")),
        HOW_LONG,
    ),
    AGREEMENT,
)


@pytest.fixture(scope="module")
def browser(pytestconfig: pytest.Config) -> Iterator[Browser]:
    """One for all journeys; where there is none they are skipped, or fail if that was asked for."""
    give_up = pytest.fail if pytestconfig.getoption("--browser") else pytest.skip
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        give_up("there is no Playwright: `make journeys` installs it")
    with sync_playwright() as playwright:
        program = chromium(playwright)
        if program is None:
            give_up(MISSING)
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def here(browser: Browser) -> Iterator[World]:
    """The demo, with one more form and masked dates of birth."""
    with world(None) as here:
        governor = here.person("gus")
        here.marketplace.forms.create(governor, STUDY)
        mask = DataPolicy("", "Dates of birth", Mask(MaskKind.NULL), Tagged("personal.birth"))
        here.marketplace.data_policies.create(governor, mask)
        yield here


@pytest.fixture(scope="module")
def visit(browser: Browser, here: World) -> Iterator[Visit]:
    """Seats someone of the office at a browser."""
    server = make_server("127.0.0.1", 0, here.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    host = f"http://127.0.0.1:{server.port}"
    yield lambda person, **how: Visitor(browser, host, person, **how)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def published(visit: Visit) -> str:
    """The name of a product that its manager has described, given data sources and published."""
    manager = visit("mia")
    manager.follow("Manage products")
    manager.choose("New product in the domain", "People and pay")
    manager.press("Describe it")
    manager.fill("Name", "Careers")
    manager.fill("Description", "Who played when, and for how much.")
    manager.choose("Form for data access", "For a study, version 1")
    manager.choose("Form for masking exceptions", "Privacy or a manager of the domain approves, version 1")
    manager.press("Save, and choose data sources")
    manager.fill("Schema or name", "people")
    manager.press("Search")
    manager.tick("players.people")
    manager.press("Save what is ticked")
    assert "It has 1 data source." in manager.text
    manager.follow("Careers")
    manager.follow("Publish")
    manager.press("Publish")
    return "Careers"


def test_a_consumer_asks_a_steward_approves_and_a_member_has_access(here: World, visit: Visit, published: str) -> None:
    consumer = visit("rita")
    consumer.fill("Search data products", published)
    consumer.press("Search")
    consumer.follow(published)
    consumer.follow("Request access")
    consumer.fill("What will you find out?", "How long careers last.")
    consumer.tick("Yes")
    consumer.tick("I accept this agreement")
    consumer.press("Send the request", refused=422)
    consumer.page.get_by_role("alert").get_by_role("link").press("Enter")
    assert consumer.page.evaluate("document.activeElement.labels[0].innerText").startswith("Where will it go?")
    consumer.fill("Where will it go?", "Into a paper")
    consumer.press("Send the request")
    assert "pending" in consumer.text

    steward = visit("ann")
    steward.follow("Review inbox")
    steward.follow(published)
    assert "Into a paper" in steward.text
    steward.tick("Approve with no end")
    steward.fill("Reason", "A good study.")
    steward.press("Determine")
    assert "approved" in steward.text

    here.marketplace.work.provision()
    consumer.follow("My access")
    assert "players.people" in consumer.text
    assert "not yet in effect" not in consumer.text


def test_a_published_product_changes_only_after_it_was_shown_what_that_means(visit: Visit, published: str) -> None:
    manager = visit("mia")
    manager.fill("Search data products", published)
    manager.press("Search")
    manager.follow(published)
    manager.follow("Choose data sources")
    manager.tick("players.salaries")
    manager.press("See what that changes")
    assert "1 data source is put in:" in manager.text
    manager.press("Change them now")
    assert "It has 2 data sources." in manager.text


def test_clear_values_are_asked_for_and_approved(visit: Visit, published: str) -> None:
    consumer = visit("tom")
    consumer.follow(published)
    consumer.follow("Ask to see masked columns clear")
    consumer.tick("birth_year")
    consumer.fill("What do you need the data for?", "Ages of rookies.")
    consumer.press("Send the request")
    steward = visit("ann")
    steward.follow("Review inbox")
    steward.follow(published)
    assert "players.people.birth_year" in steward.text
    steward.tick("Approve with no end")
    steward.fill("Reason", "The year alone tells nobody apart.")
    steward.press("Determine")
    consumer.follow("My access")
    assert "Masking exceptions" in consumer.text
    assert "birth_year" in consumer.text


def test_a_basket_is_sent_as_a_whole(visit: Visit, here: World) -> None:
    consumer = visit("tom")
    for product in ("Player directory", "Team seasons"):
        consumer.press(product)
        consumer.follow("Catalog")
    consumer.follow("Basket")
    consumer.fill("What do you need the data for?", "A map of birthplaces.")
    consumer.press("Send all of them")
    consumer.follow("My requests")
    assert "Player directory" in consumer.text
    held = here.marketplace.access.of(here.person("tom")).sources.items
    assert [one.ways[0].view.status for one in held] == [GrantStatus.ACTIVE]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_the_navigation_reads_well_on_a_phone(visit: Visit, scheme: str) -> None:
    seen: set[str] = set()
    for person in ("gus", "uma"):
        visitor = visit(person, width=NARROW, scheme=scheme)
        links = (
            visitor.page.get_by_role("navigation").get_by_role("link").evaluate_all("all => all.map(one => one.href)")
        )
        for address in set(links) - seen:
            visitor.go(address)
        seen |= set(links)
    assert len(seen) > 12


def test_the_keyboard_passes_the_navigation(visit: Visit) -> None:
    visitor = visit("rita")
    visitor.page.keyboard.press("Tab")
    skip = visitor.page.get_by_role("link", name="Skip to the content")
    assert skip.evaluate("one => one === document.activeElement")
    visitor.page.keyboard.press("Enter")
    assert visitor.page.evaluate("document.activeElement.id") == "main"
