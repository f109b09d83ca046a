"""The servers that `http_requests` compares, each in a process of its own: a bare endpoint, and Placet in a host.

All are Flask apps on werkzeug's threaded server.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from flask import Flask, request
from peewee import AutoField, BigIntegerField, Model, PostgresqlDatabase, TextField
from werkzeug.serving import WSGIRequestHandler, make_server

from placet import Placet, Principal
from placet.domain.clock import SystemClock
from placet.domain.forms import Flow, FlowKind, Quorum, RequestForm
from placet.domain.people import GlobalPermission, Person, StewardSource
from placet.domain.products import Column, DataProduct, DataSource, Domain
from placet.emitter.postgres.target import PostgresTarget
from placet.emitter.settings import PostgresSettings
from placet.service import Marketplace
from placet.service.people_file import PeopleFile

PRODUCT, STEWARDS, TARGET = "salaries", ("ann", "bob", "cid"), "warehouse"


class Note(Model):
    """What the bare endpoint keeps of a request."""

    id = AutoField()
    person = TextField()
    product = TextField()
    created_at = BigIntegerField()

    class Meta:
        table_name = "note"


def bare(url: str, kind: type[PostgresqlDatabase]) -> Flask:
    """An endpoint that inserts one row and answers with its id, and nothing else.

    It takes and gives back its connection as Peewee's documentation does in a Flask app: with a pool that keeps it, as
    Placet does, or without one.
    """
    database = kind(url, prefer_psycopg3=True, autoconnect=False)
    database.bind([Note])
    app = Flask("bare")
    app.before_request(lambda: database.connect() and None)
    app.teardown_request(lambda _: database.close())

    @app.post("/notes")
    def insert() -> tuple[dict[str, Any], int]:
        asked = request.get_json()
        at = int(SystemClock().now().timestamp())
        made = Note.create(person=request.headers["X-Person"], product=asked["product"], created_at=at)
        return {"id": made.id}, 201

    with database.connection_context():
        database.create_tables([Note])
    return app


def placet(url: str, people: int) -> Flask:
    """A host with Placet, one product on a data platform, `people` who can ask for it and three stewards of it."""
    app = Flask("host")
    app.config.update(SECRET_KEY="of the host", PLACET_DATABASE=url)
    # The platform is known and never reached: that is the worker's, and no part of the answer.
    targets = {TARGET: PostgresTarget(PostgresSettings(TARGET, url))}
    Placet(identity=lambda: Principal(request.headers["X-Person"])).init_app(app, targets=targets)
    marketplace: Marketplace = app.extensions["placet"].marketplace
    marketplace.upgrade()
    furnish(marketplace, people)
    return app


def furnish(marketplace: Marketplace, people: int) -> None:
    governor = Person("gus", "Gus", permissions=frozenset({GlobalPermission.GOVERNANCE}))
    stewards = [Person(id, id, groups=frozenset({"finance"})) for id in STEWARDS]
    consumers = [Person(consumer(number), f"Consumer {number}") for number in range(people)]
    marketplace.people.load("gus", PeopleFile((governor, *stewards, *consumers)))
    marketplace.domains.save(governor, Domain("pay", "Pay"))
    with marketplace.context.store.writing() as session:
        for name in ("salaries", "people"):
            columns = (Column(1, "id", "integer"), Column(2, "amount", "numeric"))
            session.sources.save(DataSource(name, TARGET, "pay", name, columns, domains=frozenset({"pay"})))
    flow = Flow(FlowKind.LISTED, Quorum.ANY, (StewardSource.group("finance"),))
    form = marketplace.forms.create(governor, RequestForm("", 1, "Finance approves", flow))
    draft = DataProduct(PRODUCT, "Salaries", "pay", form.id, form.version, sources=("salaries", "people"))
    marketplace.products.create(governor, draft)
    marketplace.products.publish(governor, PRODUCT)


def consumer(number: int) -> str:
    return f"consumer-{number}"


class Quiet(WSGIRequestHandler):
    """Writes no log."""

    def log_request(self, *_: object) -> None:
        pass


def _serve(make: Callable[..., Flask], arguments: tuple[Any, ...], told: Connection) -> None:
    server = make_server("127.0.0.1", 0, make(*arguments), threaded=True, request_handler=Quiet)
    told.send(server.port)
    server.serve_forever()


@contextmanager
def serving(make: Callable[..., Flask], *arguments: Any) -> Iterator[int]:
    """Serve the app in a new process, and end that at last; the port it listens on."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(make, arguments, there), daemon=True)
    process.start()
    there.close()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()
