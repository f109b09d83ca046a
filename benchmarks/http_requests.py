"""Creating and determining an access request over HTTP, against a bare endpoint that inserts one row.

All three are asked in turn, over real HTTP on the loopback and kept-open connections, in one run on one PostgreSQL
server with the settings it ships with: it waits for the disk at each commit.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection
from statistics import quantiles
from time import perf_counter
from urllib.parse import urlencode

from psycopg.conninfo import conninfo_to_dict

from benchmarks.http_hosts import PRODUCT, STEWARDS, bare, consumer, placet, serving
from placet.demo.server import EmbeddedPostgres

WARM_UP, ROUNDS = 50, 500
BARS = {"create a request": 2.0, "determine it, which decides it": 2.5}


@dataclass
class Client:
    """Asks one server over one connection, which stays open."""

    port: int
    connection: HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = HTTPConnection("127.0.0.1", self.port)

    def post(self, path: str, person: str, body: object) -> tuple[float, dict[str, object]]:
        """Milliseconds until the whole answer was there, and the answer. Ends the program where it is no 201."""
        text = json.dumps(body)
        start = perf_counter()
        self.connection.request("POST", path, text, {"Content-Type": "application/json", "X-Person": person})
        answer = self.connection.getresponse()
        said = answer.read()
        took = perf_counter() - start
        if answer.status != 201:
            sys.exit(f"{path} answered {answer.status}: {said.decode()}")
        return took * 1000, json.loads(said)


def table() -> str:
    """Measure, and say it in Markdown."""
    with EmbeddedPostgres() as server:
        urls = [_url(server.create_database(name)) for name in ("floor", "placet")]
        with serving(bare, urls[0]) as floor, serving(placet, urls[1], WARM_UP + ROUNDS) as ours:
            times = _measure(Client(floor), Client(ours))
    return _written(times)


def _url(dsn: str) -> str:
    return "postgresql:///?" + urlencode(conninfo_to_dict(dsn))


def _measure(floor: Client, ours: Client) -> dict[str, list[float]]:
    """Milliseconds of each kind of question, in rounds of one each."""
    times: dict[str, list[float]] = {"insert one row": [], **{name: [] for name in BARS}}
    for number in range(WARM_UP + ROUNDS):
        took = _one_round(floor, ours, number)
        if number >= WARM_UP:
            for name, milliseconds in zip(times, took, strict=True):
                times[name].append(milliseconds)
    return times


def _one_round(floor: Client, ours: Client, number: int) -> tuple[float, float, float]:
    person = consumer(number)
    inserted, _ = floor.post("/notes", person, {"product": PRODUCT})
    created, asked = ours.post("/placet/api/v1/access-requests", person, {"product": PRODUCT})
    said = {"verdict": "approve", "reason": "It is their work."}
    steward = STEWARDS[number % len(STEWARDS)]
    determined, final = ours.post(f"/placet/api/v1/access-requests/{asked['id']}/determinations", steward, said)
    if final["status"] != "approved":
        sys.exit(f"the determination left the request {final['status']}")
    return inserted, created, determined


def _written(times: dict[str, list[float]]) -> str:
    floor = _percentile(times["insert one row"], 50)
    lines = ["| over HTTP, on PostgreSQL | p50 | p95 | p50 to the floor | bar |", "|---|---|---|---|---|"]
    for name, took in times.items():
        p50, p95 = _percentile(took, 50), _percentile(took, 95)
        bar = f"<= {BARS[name]:.1f}" if name in BARS else ""
        lines.append(f"| {name} | {p50:.1f} ms | {p95:.1f} ms | {p50 / floor:.1f} | {bar} |")
    return "\n".join(lines)


def _percentile(values: list[float], percent: int) -> float:
    return quantiles(values, n=100)[percent - 1]
