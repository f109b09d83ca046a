"""Several apps in one process, each with a marketplace of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from placet import Placet, Principal, signals
from placet.domain.events import Event
from placet.worker import make_queue
from tests.hosts.host import API, ME, bare_host, by_header, load, post
from tests.hosts.shops import Open
from tests.pages.shop import Shop, fill


@pytest.fixture
def apps(shop_url: str, postgres_url: str) -> tuple[Flask, Flask]:
    """One on SQLite, one on PostgreSQL and at another prefix."""
    return bare_host(shop_url), bare_host(postgres_url, url_prefix="/data", queue="data.queue")


@pytest.fixture
def shops(apps: tuple[Flask, Flask]) -> tuple[Shop, Shop]:
    here, there = (load(app).marketplace for app in apps)
    fill(there)
    return Shop(here), Shop(there)


def products(app: Flask, prefix: str, person: str = "ann") -> set[str]:
    answer = app.test_client().get(f"{prefix}/api/v1/data-products", headers={"X-Person": person})
    assert answer.json
    return {item["id"] for item in answer.json["items"]}


def test_each_app_has_its_own_data(apps: tuple[Flask, Flask], shops: tuple[Shop, Shop]) -> None:
    post(apps[0].test_client(), "/access-requests", {"product": "both"}, "ann")
    held = [shop.marketplace.requests.mine(shop.person("ann")).items for shop in shops]
    assert [len(items) for items in held] == [1, 0]


def test_each_app_has_its_own_prefix(apps: tuple[Flask, Flask], shops: tuple[Shop, Shop]) -> None:
    assert products(apps[0], "/placet") == products(apps[1], "/data") != set()
    assert apps[1].test_client().get(ME, headers={"X-Person": "ann"}).status_code == 404
    assert 'href="/data/requests"' in apps[1].test_client().get("/data/", headers={"X-Person": "ann"}).text


def test_one_request_may_ask_the_other_app(apps: tuple[Flask, Flask], shops: tuple[Shop, Shop]) -> None:
    """As a host does that calls a second app from a view of its own: nobody is taken for the one who asks there."""
    inner = apps[1].test_client()

    @apps[0].get("/both")
    def both() -> dict[str, int]:
        own = apps[0].extensions["placet"].person().id
        return {own: inner.get("/data/api/v1/grants").status_code}

    assert apps[0].test_client().get("/both", headers={"X-Person": "ann"}).json == {"ann": 401}


def test_apps_serve_at_once_from_many_threads(apps: tuple[Flask, Flask], shops: tuple[Shop, Shop]) -> None:
    shops[1].marketplace.products.suspend(shops[1].person("gov"), "orders")
    answers: list[tuple[str, str]] = []

    def ask(app: Flask, prefix: str) -> None:
        for _ in range(5):
            answer = app.test_client().get(f"{prefix}/api/v1/data-products/orders", headers={"X-Person": "ann"})
            answers.append((prefix, answer.json["state"] if answer.json else answer.text))

    threads = [threading.Thread(target=ask, args=(apps[n % 2], ("/placet", "/data")[n % 2])) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [("/data", "suspended")] * 15 + [("/placet", "published")] * 15


@pytest.fixture
def heard(apps: tuple[Flask, Flask]) -> Iterator[dict[str, list[str]]]:
    """The types of what each app told, and all of it."""
    told: dict[str, list[str]] = {"first": [], "second": [], "all": []}

    def listener(name: str) -> object:
        def listen(sender: object, event: Event, id: str) -> None:
            told[name].append(event.type)

        return listen

    listeners = {name: listener(name) for name in told}
    signals.event.connect(listeners["first"], sender=apps[0])
    signals.event.connect(listeners["second"], sender=apps[1])
    signals.event.connect(listeners["all"])
    yield told
    for listen in listeners.values():
        signals.event.disconnect(listen)


def test_a_host_hears_what_happens_in_its_own_app(
    apps: tuple[Flask, Flask], shops: tuple[Shop, Shop], heard: dict[str, list[str]]
) -> None:
    post(apps[0].test_client(), "/access-requests", {"product": "both"}, "ann")
    assert heard == {"first": ["access_request.created"], "second": [], "all": ["access_request.created"]}


def test_each_app_wakes_its_own_worker(apps: tuple[Flask, Flask], shops: tuple[Shop, Shop]) -> None:
    queues = [make_queue(shop.marketplace.context.settings) for shop in shops]
    for queue in queues:
        queue.lanes["provision"].huey.storage.flush_queue()
    post(apps[0].test_client(), "/access-requests", {"product": "quick"}, "ann")
    assert [queue.lanes["provision"].huey.storage.queue_size() for queue in queues] == [1, 0]


def test_one_object_may_be_loaded_into_several_apps(tmp_path: Path) -> None:
    placet = Placet(identity=by_header)
    apps = [bare_host(f"sqlite:///{tmp_path}/{name}.db") for name in ("one", "two")]
    for app in apps:
        placet.init_app(app)
    states = [app.extensions["placet"] for app in apps]
    assert states[0].store is not states[1].store
    for app in apps:
        assert app.test_client().get(f"{API}/health/ready").status_code == 200


def test_an_app_may_bring_an_identity_and_addresses_of_its_own(open_shop: Open) -> None:
    placet = Placet(identity=lambda: Principal("ann"))
    usual, other = bare_host(open_shop()), bare_host(open_shop())
    placet.init_app(usual)
    placet.init_app(other, identity=lambda: Principal("sam"), url_for=lambda endpoint, **_: f"/elsewhere/{endpoint}")
    shown = [app.test_client().get("/placet/").text for app in (usual, other)]
    assert [("Ann Lee" in page, "Sam Steward" in page, "/elsewhere/" in page) for page in shown] == [
        (True, False, False),
        (False, True, True),
    ]
