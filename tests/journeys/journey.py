"""One host on its way: people act over HTTP, a worker follows, and consumers ask the data platform as themselves."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask

from placet.domain.people import GlobalPermission, Person
from placet.domain.products import Domain
from placet.identity.state import State
from placet.service import Marketplace
from placet.service.people_file import PeopleFile, PlatformLogin
from placet.worker import Worker, make_queue
from tests.journeys.platform import rows_of
from tests.service.office import PEOPLE

WAIT = 30
"""Seconds after which a test gives up waiting for the platform to follow."""

ALL, ANY = "all", "any"


class Journey:
    """An office whose product `salaries` asks finance and legal, over HTTP."""

    def __init__(self, app: Flask, dsn: str) -> None:
        state: State = app.extensions["placet"]
        self.app = app
        self.dsn = dsn
        self.marketplace: Marketplace = state.marketplace
        self.worker = Worker(state.marketplace, make_queue(state.settings))
        self._settle()
        self.salaries = self.publish("Salaries", ["salaries"], ALL)

    def _settle(self) -> None:
        """People with logins, a domain, and the sources as the platform's catalog has them."""
        self.marketplace.upgrade()
        self.give_logins(rita="rita_db", tom="tom_db")
        governor = Person("gus", "Gus", permissions=frozenset({GlobalPermission.GOVERNANCE}))
        self.marketplace.domains.save(governor, Domain("pay", "Pay"))
        self.marketplace.sources.import_catalog(governor, "warehouse", "pay", "pay")
        self.sources = {source.name: source.id for source in self.marketplace.sources.all(governor)}

    def give_logins(self, **logins: str) -> None:
        named = tuple(PlatformLogin(person, "warehouse", login) for person, login in logins.items())
        self.marketplace.people.load("uma", PeopleFile(PEOPLE, logins=named))

    def publish(self, name: str, tables: list[str], quorum: str, **flow: Any) -> str:
        """A published product on these tables; its id."""
        groups = [{"kind": "group", "name": name} for name in ("finance", "legal")]
        asked = flow or {"kind": "listed", "quorum": quorum, "sources": groups}
        form = self.post("mia", "request-forms", name=name, flow=asked)
        sources = [self.sources[table] for table in tables]
        made = self.post("mia", "data-products", name=name, domain="pay", form=form["id"], sources=sources)
        self.move(made["id"], "publish")
        return str(made["id"])

    def move(self, product: str, step: str) -> None:
        """Publish, suspend or unpublish a product."""
        self.post("mia", f"data-products/{product}/{step}", {"If-Match": self.tag(product)})

    def draw_on(self, product: str, *tables: str) -> None:
        """Let a product hold these tables and no others."""
        kept = ("name", "domain", "form", "form_version")
        seen = self.get("mia", f"data-products/{product}")
        changed = {name: seen[name] for name in kept} | {"sources": [self.sources[table] for table in tables]}
        self.send("PUT", "mia", f"data-products/{product}", changed, {"If-Match": self.tag(product)})

    def delete(self, product: str) -> None:
        self.send("DELETE", "mia", f"data-products/{product}", None, {"If-Match": self.tag(product)})

    def tag(self, product: str) -> str:
        return f'"{self.get("mia", f"data-products/{product}")["revision"]}"'

    def ask(self, person: str = "rita", product: str = "", **said: Any) -> str:
        """Ask for a product, the salaries if none is named; the request's id."""
        return str(self.post(person, "access-requests", product=product or self.salaries, **said)["id"])

    def say(self, steward: str, request: str, verdict: str = "approve", **term: Any) -> str:
        """Determine a request; what became of it."""
        said = {"verdict": verdict, "reason": f"{steward} says so", **term}
        return str(self.post(steward, f"access-requests/{request}/determinations", **said)["status"])

    def approve(self, request: str, **term: Any) -> None:
        """Both stewards approve."""
        self.say("ann", request, **term)
        assert self.say("bob", request) == "approved"

    def grant_of(self, person: str, request: str) -> dict[str, Any]:
        """The grant a request was given, as the person is shown it."""
        return dict(self.get(person, f"access-requests/{request}")["grant"])

    def in_effect(self, person: str, request: str) -> None:
        """Wait until every platform has confirmed the grant."""
        self.until(lambda: bool(self.grant_of(person, request)["in_effect"]))

    def revoke(self, person: str, request: str) -> None:
        grant = self.grant_of(person, request)["id"]
        self.post("gus", f"grants/{grant}/revoke", reason="the work is done")

    def told(self, person: str) -> list[str]:
        return [one["type"] for one in self.get(person, "notifications")["items"]]

    def rows(self, person: str, table: str = "salaries") -> int | None:
        """How many rows a person gets as themselves; None is permission denied."""
        return rows_of(self.dsn, person, table)

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        end = time.monotonic() + WAIT
        while not holds():
            assert time.monotonic() < end
            time.sleep(0.05)

    def until_reads(self, person: str, reads: bool, table: str = "salaries") -> None:
        self.until(lambda: bool(self.rows(person, table)) is reads)

    def settled(self) -> None:
        """Wait until the worker has nothing to do that is due."""
        self.until(lambda: self.marketplace.work.provision() == 0)

    def get(self, person: str, path: str) -> dict[str, Any]:
        return self.send("GET", person, path)

    def post(self, person: str, path: str, headers: Mapping[str, str] | None = None, **body: Any) -> dict[str, Any]:
        return self.send("POST", person, path, body, headers)

    def send(
        self, method: str, person: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """What the API answers; a refusal fails the test."""
        answer = self.app.test_client().open(
            f"/placet/api/v1/{path}", method=method, json=body, headers={"X-Person": person, **(headers or {})}
        )
        assert answer.status_code < 300, answer.text
        return dict(answer.get_json()) if answer.data else {}
