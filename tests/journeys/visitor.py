"""Someone at a real browser, who sees at each page whether it is whole: no error, all labelled, nothing cut off."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
MISSING = "there is no Chromium: `sudo apt-get install -y chromium`, or name one in CHROMIUM, then `make journeys`"
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
WIDE, NARROW = 1280, 390

FAULTS = """() => {
    const faults = [], shown = (one) => one.getClientRects().length > 0;
    const say = (what, one) => faults.push(`${what}: ${one.outerHTML.slice(0, 120)}`);
    for (const tag of ["main", "h1"])
        if (document.querySelectorAll(tag).length !== 1) faults.push(`not one ${tag}`);
    for (const one of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
        if (!one.labels.length && !one.ariaLabel) say("no label", one);
    for (const one of document.querySelectorAll("a, button"))
        if (shown(one) && !one.textContent.trim()) say("no name", one);
    let level = 0;
    for (const one of document.querySelectorAll("h1, h2, h3, h4")) {
        if (Number(one.tagName[1]) > level + 1) say("a heading skips a level", one);
        level = Number(one.tagName[1]);
    }
    if (document.documentElement.scrollWidth > innerWidth) faults.push("wider than the window");
    const light = (color) => color.match(/[0-9.]+/g).slice(0, 3).map((part) => part / 255)
        .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
    const behind = (one) => {
        const color = one ? getComputedStyle(one).backgroundColor : "rgb(255, 255, 255)";
        return /, 0\\)$/.test(color) ? behind(one.parentElement) : color;
    };
    for (const one of document.querySelectorAll("body *")) {
        if (![...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
        const [low, high] = [light(getComputedStyle(one).color), light(behind(one))].sort((a, b) => a - b);
        if ((high + 0.05) / (low + 0.05) < 4.5) say("hard to read", one);
    }
    return faults;
}"""


def chromium(playwright: Playwright) -> str | None:
    """The program of a Chromium on this machine: the one that is named, one on the path, or the one of Playwright."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    brought = playwright.chromium.executable_path
    return found or (brought if Path(brought).exists() else None)


class Visitor:
    """A person of the demo's office at a browser of their own; whatever the browser complains of fails the test."""

    def __init__(self, browser: Browser, host: str, person: str, width: int = WIDE, scheme: str = "light") -> None:
        dark = scheme == "dark"
        size = {"width": width, "height": 900}
        self._context = browser.new_context(viewport=size, color_scheme="dark" if dark else "light", base_url=host)  # type: ignore[arg-type]
        self._context.set_default_timeout(10_000)
        self._context.request.post("/demo/switch", form={"person": person})
        self.page = self._context.new_page()
        self._complaints: list[str] = []
        self.page.on("console", lambda told: self._complaints.append(told.text) if told.type == "error" else None)
        self.page.on("pageerror", lambda error: self._complaints.append(str(error)))
        self.go("/")

    def go(self, address: str) -> None:
        self.page.goto(address)
        self.look()

    def look(self) -> None:
        """What every page has to be."""
        assert not self._complaints, (self.page.url, self._complaints)
        faults = self.page.evaluate(FAULTS)
        assert not faults, (self.page.url, faults)

    def follow(self, name: str) -> None:
        """Follow the first link of this name."""
        self._reach(self.page.get_by_role("link", name=name).first)

    def press(self, name: str, refused: int = 0) -> None:
        """Press the button of this name; a status of refusal is expected where it is given."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name).first.press("Enter")
        if refused:
            assert all(f"status of {refused} " in told for told in self._complaints), self._complaints
            self._complaints.clear()
        self.look()

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).first.fill(text)

    def choose(self, label: str, option: str) -> None:
        self.page.get_by_label(label, exact=True).first.select_option(label=option)

    def tick(self, label: str) -> None:
        self.page.get_by_label(label).first.check()

    def untick(self, label: str) -> None:
        self.page.get_by_label(label).first.uncheck()

    @property
    def text(self) -> str:
        """What the page says, each run of blanks as one."""
        return " ".join(self.page.get_by_role("main").inner_text().split())

    def _reach(self, link: Locator) -> None:
        with self.page.expect_navigation():
            link.press("Enter")
        self.look()
