"""Bundles over HTTP, as Open Policy Agent fetches them."""

from __future__ import annotations

import io
import json
import tarfile

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from placet.domain.clock import SetClock
from placet.domain.tokens import Scope
from placet.service import Marketplace
from placet.storage import Login
from tests.api.client import Client, refusal
from tests.api.conftest import with_placet
from tests.api.test_tokens import by, made

TARGETS = {"warehouse": {"kind": "rego", "trino_catalog": "lake"}}


@pytest.fixture
def host(database: str, clock: SetClock) -> Flask:
    return with_placet(Flask("host"), database, clock, targets=TARGETS)


@pytest.fixture
def market(host: Flask) -> Marketplace:
    marketplace: Marketplace = host.extensions["placet"].marketplace
    with marketplace.context.store.writing() as session:
        session.logins.save(Login("ann", "warehouse", "ann_l"))
    return marketplace


@pytest.fixture
def token(host: Flask) -> dict[str, str]:
    """What the agent sends."""
    return by(made(Client(host, "gov"), Scope.BUNDLES, holder="bot")["token"])


def files_of(answer: TestResponse) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(answer.data), mode="r:gz") as archive:
        found = {entry.name: archive.extractfile(entry) for entry in archive}
        return {name: file.read() for name, file in found.items() if file}


def fetch(host: Flask, token: dict[str, str], revision: str = "") -> TestResponse:
    headers = token | ({"If-None-Match": f'"{revision}"'} if revision else {})
    return Client(host).get("/bundles/warehouse.tar.gz", headers=headers)


def test_an_agent_fetches_a_bundle_and_nothing_where_it_has_it(
    host: Flask, market: Marketplace, token: dict[str, str]
) -> None:
    first = fetch(host, token)
    assert (first.status_code, first.mimetype) == (200, "application/gzip")
    assert first.headers["Cache-Control"] == "private, no-cache"
    revision, weak = first.get_etag()
    assert json.loads(files_of(first)[".manifest"])["revision"] == revision
    assert not weak
    again = fetch(host, token, str(revision))
    assert (again.status_code, again.data, again.get_etag()) == (304, b"", (revision, False))
    other = fetch(host, token, "another")
    assert (other.status_code, other.data) == (200, first.data)


def test_an_approval_is_in_the_next_bundle_and_in_effect_once_that_is_fetched(
    host: Flask, market: Marketplace, token: dict[str, str], clock: SetClock
) -> None:
    before = fetch(host, token)
    grant = _granted(host)
    assert market.work.provision() == 0
    assert _waiting(market, grant)
    Client(host, "ops").get("/bundles/warehouse.tar.gz")
    assert _waiting(market, grant)
    after = fetch(host, token)
    assert not _waiting(market, grant)
    one, other = files_of(before), files_of(after)
    assert one["policy.rego"] == other["policy.rego"]
    held = json.loads(other["data.json"])["placet"]["facts"]["given"]["logins"]["ann_l"]
    assert [span["grant"] for spans in held.values() for span in spans] == [grant]
    with market.context.store.reading() as session:
        told = [entry.type for entry in session.audit.entries() if entry.subject == grant]
    assert told[-1] == "policy.applied"


def test_an_approval_without_a_login_waits_for_one(
    host: Flask, market: Marketplace, token: dict[str, str], clock: SetClock
) -> None:
    with market.context.store.writing() as session:
        session.logins.save(Login("ann", "elsewhere", "ann_l"))
    grant = _granted(host, "ben")
    fetch(host, token)
    assert _waiting(market, grant)
    with market.context.store.writing() as session:
        session.logins.save(Login("ben", "warehouse", "ben_l"))
    clock.advance(minutes=2)
    fetch(host, token)
    assert not _waiting(market, grant)


def test_a_revocation_is_in_the_next_bundle(host: Flask, market: Marketplace, token: dict[str, str]) -> None:
    grant = _granted(host)
    fetch(host, token)
    assert Client(host, "gov").post(f"/grants/{grant}/revoke", {"reason": "over"}).status_code == 200
    answer = fetch(host, token)
    assert json.loads(files_of(answer)["data.json"])["placet"]["facts"]["given"]["logins"] == {}
    assert not _waiting(market, grant)


def test_it_is_for_operators_and_for_accounts_by_a_scope_of_its_own(host: Flask, market: Marketplace) -> None:
    path = "/bundles/warehouse.tar.gz"
    assert Client(host, "ops").get(path).status_code == 200
    assert refusal(Client(host, "gov").get(path)) == (403, "forbidden")
    reading = by(made(Client(host, "gov"), Scope.READ, Scope.DECISIONS, holder="bot")["token"])
    assert refusal(Client(host).get(path, headers=reading)) == (403, "insufficient-scope")
    assert refusal(Client(host, "ops").get("/bundles/nothing.tar.gz")) == (404, "not-found")
    own = by(made(Client(host, "ann"), Scope.BUNDLES)["token"])
    assert refusal(Client(host).get(path, headers=own)) == (403, "forbidden")


def _granted(host: Flask, person: str = "ann") -> str:
    asked = Client(host, person).post("/access-requests", {"product": "quick"})
    assert asked.status_code == 201, asked.text
    [grant] = Client(host, person).get("/grants").get_json()["items"]
    return str(grant["id"])


def _waiting(market: Marketplace, grant: str) -> bool:
    with market.context.store.reading() as session:
        return grant in session.jobs.waiting_for([grant])
