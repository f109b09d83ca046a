"""Takes the picture of the review page that stands in the README: on the demo's data, with a real browser.

    python scripts/picture.py [CHROMIUM]

CHROMIUM is the browser's program; without it the one that Playwright brings is used.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from placet.demo.world import World, world
from placet.domain.requests import Verdict
from placet.domain.terms import Duration, Term

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "review.png"
SIZE = {"width": 1200, "height": 948}
PRODUCT = "player-salaries"


def main(program: str | None) -> None:
    with world(None) as here, sync_playwright() as playwright:
        request = tell_story(here)
        here.app.extensions["placet"].bar = None
        server = make_server("127.0.0.1", 0, here.app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        take(browser, f"http://127.0.0.1:{server.port}", f"/review/{request}")
        browser.close()
        server.shutdown()


def tell_story(here: World) -> str:
    """Earlier decisions on the product, and a request on which one steward of two has answered; its id."""
    ask(here, "tom", "To compare what clubs pay rookies.", "1 year", {"bob": "Clubs only, no players."}, deny="ann")
    ask(
        here,
        "mia",
        "Budget planning for the coming season.",
        "90 days",
        {"ann": "Within the office.", "bob": "Agreed."},
    )
    return ask(
        here,
        "rita",
        "A study of how salaries grow over a career.",
        "6 months",
        {"bob": "Fits the study that finance agreed on in spring."},
    )


def ask(here: World, person: str, purpose: str, duration: str, approvals: dict[str, str], deny: str = "") -> str:
    requests = here.marketplace.requests
    answers = {"purpose": purpose, "duration": duration}
    made = requests.submit(here.person(person), PRODUCT, answers=answers, accepts_agreement=True)
    term = Term(duration=Duration.parse(duration))
    for steward, reason in approvals.items():
        requests.determine(here.person(steward), made.id, verdict=Verdict.APPROVE, reason=reason, term=term)
    if deny:
        reason = "The agreement forbids figures about single players; ask for team totals instead."
        requests.determine(here.person(deny), made.id, verdict=Verdict.DENY, reason=reason)
    return made.id


def take(browser: Browser, host: str, address: str) -> None:
    """The page as the privacy steward sees it, light, with no script running."""
    context = browser.new_context(viewport=SIZE, color_scheme="light", java_script_enabled=False)
    context.request.post(f"{host}/demo/switch", form={"person": "ann"})
    page = context.new_page()
    page.goto(host + address)
    PICTURE.parent.mkdir(exist_ok=True)
    page.screenshot(path=PICTURE)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
