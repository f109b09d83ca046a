"""`placet demo --check`: the demo's story without a browser, proved by what the data platform answers.

Everyone acts through the API, as a catalog or script would; the consumer asks the platform as themselves, over a
connection of their own. What was asked and what was answered is printed; the story holds only if all of it did.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from rich.console import Console

from placet.demo.office import PLAYERS, SALARIES, TARGET, TEAMS
from placet.demo.platform import Answer, Consumer
from placet.demo.world import World, world
from placet.domain.clock import SystemClock

SECONDS = 5
"""How long the temporary approval of the story lasts."""

VIEWS = {
    SALARIES: "SELECT count(*) FROM marketplace.players__salaries",
    PLAYERS: "SELECT count(*) FROM marketplace.players__people WHERE birth_year = 1960",
    TEAMS: "SELECT count(*) FROM marketplace.seasons__teams",
}
ANSWERS = {"purpose": "a study of careers", "duration": "30 days"}

Meanwhile = Callable[[World], None]
"""What happens to the world between its setting up and the story; tests break something there."""


def check_story(out: Console, folder: Path | None = None, meanwhile: Meanwhile = lambda _: None) -> bool:
    """Play the story; whether all of it held."""
    with world(folder) as here:
        here.worker.start_thread()
        story = Story(here, out)
        story.settle()
        meanwhile(here)
        story.play()
    out.print("[green]all of it held[/green]" if story.held else "[red]not all of it held[/red]")
    return story.held


class Story:
    """Plays the scenes and remembers whether each expectation held."""

    def __init__(self, here: World, out: Console) -> None:
        self._here = here
        self._out = out
        self.held = True

    def settle(self) -> None:
        """Wait until the platform has followed the catalog, and end what an earlier story in this folder left."""
        for person in ("rita", "tom"):
            self._end_everything_of(person)
        self._here.worker.stop()
        self._here.marketplace.work.provision()
        self._here.worker.start_thread()

    def play(self) -> None:
        """Every scene, each with a consumer's own connection."""
        self._expect_no_drift()
        for scene in (self._both_approve, self._ends_by_itself, self._automatic, self._denied, self._trail):
            self._out.rule(scene.__doc__ or "")
            scene()
        self._expect_no_drift()

    def _both_approve(self) -> None:
        """Rita asks for the salaries; both stewards approve; the governor revokes"""
        with self._consumer("rita") as rita:
            self._expect("rita", rita.ask(VIEWS[SALARIES]), False)
            request = self._request("rita", "player-salaries", accepts_agreement=True)
            self._determine("ann", request, "approve")
            self._expect("rita", rita.ask(VIEWS[SALARIES]), False)
            self._determine("bob", request, "approve")
            self._expect("rita", rita.ask_until(VIEWS[SALARIES], True), True)
            self._revoke("gus", request)
            self._expect("rita", rita.ask_until(VIEWS[SALARIES], False), False)

    def _ends_by_itself(self) -> None:
        """Rita gets the directory for seconds; the worker is stopped; access ends at that second"""
        end = (SystemClock().now() + timedelta(seconds=SECONDS)).replace(microsecond=0)
        with self._consumer("rita") as rita:
            self._expect("rita", rita.ask(VIEWS[PLAYERS]), False)
            request = self._request("rita", "player-directory")
            self._determine("ann", request, "approve", end=end.isoformat())
            self._expect("rita", rita.ask_until(VIEWS[PLAYERS], True), True)
            self._here.worker.stop()
            self._say("the worker is stopped: nothing of Placet runs any more")
            self._expect_end("rita", rita.watch(VIEWS[PLAYERS], end + timedelta(milliseconds=200)), end)
            self._here.worker.start_thread()

    def _automatic(self) -> None:
        """Rita asks for the team seasons, which are open to everyone"""
        with self._consumer("rita") as rita:
            self._request("rita", "team-seasons", answers={})
            self._expect("rita", rita.ask_until(VIEWS[TEAMS], True), True)

    def _denied(self) -> None:
        """Tom asks for the salaries, and one steward denies"""
        with self._consumer("tom") as tom:
            request = self._request("tom", "player-salaries", accepts_agreement=True)
            self._determine("bob", request, "approve")
            self._determine("ann", request, "deny")
            self._here.marketplace.work.provision()
            self._expect("tom", tom.ask(VIEWS[SALARIES]), False)

    def _trail(self) -> None:
        """The audit trail is whole"""
        report = self._here.marketplace.audit.verify(self._here.person("gus"))
        self._note(report.intact, f"{report.entries} entries, head {report.head[:12]}…, {report.found} problems")

    def _expect_no_drift(self) -> None:
        """The platform enforces what it should, by its own catalog."""
        found = self._here.marketplace.work.enforcement(TARGET).verify()
        drift = [one for one in found if one.severity == "drift"]
        self._note(not drift, "the platform enforces what it should" if not drift else f"drift: {drift[0].detail}")

    def _expect(self, login: str, answer: Answer, allowed: bool) -> None:
        self._note(answer.allowed is allowed, f"{login} asks the platform `{answer.query}`: {answer}")

    def _expect_end(self, login: str, answers: list[Answer], end: datetime) -> None:
        """Rows as long as a query was over before the end, none as soon as it began at the end or later."""
        late = [answer for answer in answers if answer.allowed and answer.began >= end]
        early = [answer for answer in answers if not answer.allowed and answer.ended < end]
        rows = [answer for answer in answers if answer.allowed]
        after = [answer for answer in answers if not answer.allowed]
        said = f"{len(answers)} queries; last rows in one begun {_ago(rows[-1].began, end) if rows else 'never'}, "
        said += f"first without begun {_ago(after[0].began, end) if after else 'never'}"
        self._note(
            bool(rows and after) and not late and not early, f"{login} asks `{answers[0].query}` over and over: {said}"
        )

    def _request(self, person: str, product: str, **body: Any) -> str:
        made = self._post(person, "access-requests", {"product": product, "answers": ANSWERS} | body)
        self._say(f"{person} requests {product}: {made['status']}")
        return str(made["id"])

    def _determine(self, person: str, request: str, verdict: str, **body: Any) -> None:
        said = {"verdict": verdict, "reason": f"{person} says so"} | body
        decided = self._post(person, f"access-requests/{request}/determinations", said)
        self._say(f"{person} says {verdict}: {decided['status']}")

    def _revoke(self, person: str, request: str) -> None:
        grant = self._get(person, f"access-requests/{request}")["grant"]["id"]
        self._post(person, f"grants/{grant}/revoke", {"reason": "the study is finished"})
        self._say(f"{person} revokes the grant")

    def _end_everything_of(self, person: str) -> None:
        for asked in self._get(person, "access-requests?status=pending")["items"]:
            self._post(person, f"access-requests/{asked['id']}/cancel", {})
        for held in self._get(person, "grants")["items"]:
            if held["status"] in ("active", "scheduled"):
                self._post("gus", f"grants/{held['id']}/revoke", {"reason": "a new story begins"})

    def _post(self, person: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._client(person).post(f"/api/v1/{path}", json=body)
        return self._read(person, path, answer.status_code, answer.get_json())

    def _get(self, person: str, path: str) -> dict[str, Any]:
        answer = self._client(person).get(f"/api/v1/{path}")
        return self._read(person, path, answer.status_code, answer.get_json())

    def _read(self, person: str, path: str, status: int, body: Any) -> dict[str, Any]:
        if status >= 400:
            raise StoryEnded(f"{person} was refused at {path}: {body}")
        return dict(body)

    def _client(self, person: str) -> FlaskClient:
        client = self._here.app.test_client()
        with client.session_transaction() as session:
            session["person"] = person
        return client

    def _consumer(self, login: str) -> Consumer:
        return Consumer(self._here.login_dsn(login))

    def _note(self, held: bool, said: str) -> None:
        self.held = self.held and held
        self._out.print(f"{'[green]✓[/green]' if held else '[red]✗[/red]'} ", end="")
        self._say(said)

    def _say(self, said: str) -> None:
        self._out.print(said, markup=False)


class StoryEnded(Exception):
    """The story could not go on."""


def _ago(at: datetime, end: datetime) -> str:
    seconds = (at - end).total_seconds()
    return f"{abs(seconds) * 1000:.0f} ms {'after' if seconds >= 0 else 'before'} the end"
