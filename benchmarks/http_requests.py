"""Creating and determining an access request over HTTP, against a bare endpoint that inserts one row.

All are asked in turn over real HTTP on the loopback, by a client process, in one run on one PostgreSQL server with the
settings it comes with: it waits for the disk at each commit.
"""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import HTTPConnection
from statistics import quantiles
from time import perf_counter
from urllib.parse import urlencode

from peewee import PostgresqlDatabase
from playhouse.pool import PooledPostgresqlDatabase
from psycopg.conninfo import conninfo_to_dict

from benchmarks.http_hosts import PRODUCT, STEWARDS, bare, consumer, placet, serving
from placet.demo.server import EmbeddedPostgres

WARM_UP, ROUNDS = 50, 500
FLOORS = {"insert one row, pooled connection": PooledPostgresqlDatabase, "insert one row, no pool": PostgresqlDatabase}
BARS = {"create a request": 2.0, "determine it, which decides it": 2.5}


@dataclass
class Client:
    """Asks one server; werkzeug ends the connection after each answer, and the next one is made as part of the next."""

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
    with EmbeddedPostgres() as server, ExitStack() as stack:
        urls = [_url(server.create_database(name)) for name in ("pooled", "plain", "placet")]
        floors = [
            Client(stack.enter_context(serving(bare, url, kind)))
            for url, kind in zip(urls, FLOORS.values(), strict=False)
        ]
        ours = Client(stack.enter_context(serving(placet, urls[-1], WARM_UP + ROUNDS)))
        times = _measure(floors, ours)
    return _written(times)


def _url(dsn: str) -> str:
    return "postgresql:///?" + urlencode(conninfo_to_dict(dsn))


def _measure(floors: list[Client], ours: Client) -> dict[str, list[float]]:
    """Milliseconds of each kind of question, in rounds of one each."""
    times: dict[str, list[float]] = {name: [] for name in (*FLOORS, *BARS)}
    for number in range(WARM_UP + ROUNDS):
        took = [*(_insert(floor, number) for floor in floors), *_ask_and_determine(ours, number)]
        if number >= WARM_UP:
            for name, milliseconds in zip(times, took, strict=True):
                times[name].append(milliseconds)
    return times


def _insert(floor: Client, number: int) -> float:
    return floor.post("/notes", consumer(number), {"product": PRODUCT})[0]


def _ask_and_determine(ours: Client, number: int) -> tuple[float, float]:
    created, asked = ours.post("/placet/api/v1/access-requests", consumer(number), {"product": PRODUCT})
    said = {"verdict": "approve", "reason": "It is their work."}
    steward = STEWARDS[number % len(STEWARDS)]
    determined, final = ours.post(f"/placet/api/v1/access-requests/{asked['id']}/determinations", steward, said)
    if final["status"] != "approved":
        sys.exit(f"the determination left the request {final['status']}")
    return created, determined


def _written(times: dict[str, list[float]]) -> str:
    pooled, plain = (_percentile(times[name], 50) for name in FLOORS)
    lines = [
        "| over HTTP, on PostgreSQL | p50 | p95 | times the pooled floor | times the floor without a pool | bar |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, took in times.items():
        p50, p95 = _percentile(took, 50), _percentile(took, 95)
        bar = f"<= {BARS[name]:.1f}" if name in BARS else ""
        lines.append(f"| {name} | {p50:.1f} ms | {p95:.1f} ms | {p50 / pooled:.1f} | {p50 / plain:.1f} | {bar} |")
    return "\n".join(lines)


def _percentile(values: list[float], percent: int) -> float:
    return quantiles(values, n=100)[percent - 1]
