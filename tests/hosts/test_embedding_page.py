"""What the documentation says of embedding, run as it stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from placet import signals
from placet.engine.installed import INSTALL_SINCE_313
from tests.hosts.host import API, ME

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "embedding.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMES_BY = re.compile(r"import (\w+_identity)")


def run(block: str) -> Flask:
    """The app that a block makes."""
    names: dict[str, object] = {"__name__": "host"}
    exec(compile(block, "docs/embedding.md", "exec"), names)
    app = names["app"]
    assert isinstance(app, Flask)
    return app


@pytest.fixture(autouse=True)
def nobody_listens_afterwards() -> Iterator[None]:
    heard = (signals.event, signals.of("access_request.approved"))
    before = [dict(signal.receivers) for signal in heard]
    yield
    for signal, receivers in zip(heard, before, strict=True):
        signal.receivers.clear()
        signal.receivers.update(receivers)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_a_block_makes_an_app_that_is_ready(block: str) -> None:
    client = run(block).test_client()
    assert client.get(f"{API}/health/ready").status_code == 200
    assert client.get(ME).status_code == (200 if 'Principal("ann")' in block else 401)


def test_five_lines_are_enough() -> None:
    assert len(BLOCKS[0].strip().splitlines()) == 5
    client = run(BLOCKS[0]).test_client()
    with client.session_transaction() as session:
        session["user"] = "ann"
    assert client.get("/placet/").status_code == 200


def test_the_introduction_shows_the_same_lines() -> None:
    assert f"```python\n{BLOCKS[0]}```" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize(
    ("adapter", "login"),
    [
        ("flask_login_identity", "/login?next=%2Fplacet%2F"),
        ("appbuilder_identity", "/login/?next=/placet/"),
        ("header_identity", "https://login.example/start?next=http%3A%2F%2Flocalhost%2Fplacet%2F"),
    ],
)
def test_each_way_of_identity_leads_to_a_login(adapter: str, login: str) -> None:
    block = next(block for block in BLOCKS if COMES_BY.findall(block) == [adapter])
    assert run(block).test_client().get("/placet/").location == login


def test_the_line_that_installs_durable_rules_is_the_one_that_the_error_names() -> None:
    assert f"`{INSTALL_SINCE_313}`" in PAGE
