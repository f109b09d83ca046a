from __future__ import annotations

from collections.abc import Sequence

import pytest
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from placet.domain.errors import SettingError
from placet.identity import Principal, header_identity

NAME = "X-Forwarded-User"


def found(
    peer: str | None, headers: Sequence[tuple[str, str]], proxies: Sequence[str] = ("10.1.2.3", "fd00::/8")
) -> Principal | None:
    """Who is asking when `peer` connects and sends these headers."""
    identity = header_identity(NAME, proxies)
    with Flask("host").test_request_context(headers=headers, environ_overrides={"REMOTE_ADDR": peer}):
        return identity()


@pytest.mark.parametrize("peer", ["10.1.2.3", "fd00::7"])
def test_the_proxy_says_who_is_asking(peer: str) -> None:
    assert found(peer, [(NAME, " ann ")]) == Principal("ann")


@pytest.mark.parametrize("peer", ["10.1.2.4", "127.0.0.1", "::1", "::ffff:10.1.2.3", "", None, "unix:", "10.1.2.3.4"])
def test_nobody_else_says_who_is_asking(peer: str | None) -> None:
    assert found(peer, [(NAME, "ann")]) is None


@pytest.mark.parametrize("headers", [[], [(NAME, "")], [(NAME, "  ")]])
def test_without_the_header_nobody_is_asking(headers: list[tuple[str, str]]) -> None:
    assert found("10.1.2.3", headers) is None


def test_a_header_that_the_visitor_brought_beside_that_of_the_proxy_is_nobodys() -> None:
    assert found("10.1.2.3", [(NAME, "gov"), (NAME, "ann")]) is None


@pytest.mark.parametrize(("peer", "who"), [("10.1.2.3", "ann"), ("203.0.113.9", None)])
def test_behind_proxy_fix_it_is_still_the_peer_who_has_to_be_the_proxy(peer: str, who: str | None) -> None:
    app = Flask("host")
    app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign] # so says its documentation
    identity = header_identity(NAME, ["10.1.2.3"])

    @app.get("/")
    def me() -> str:
        principal = identity()
        return principal.id if principal else ""

    # The last address is what ProxyFix believes: past the proxy, anyone may write the proxy's own there.
    headers = {NAME: "ann", "X-Forwarded-For": "10.1.2.3"}
    answer = app.test_client().get("/", headers=headers, environ_overrides={"REMOTE_ADDR": peer})
    assert answer.text == (who or "")


@pytest.mark.parametrize("proxies", [[], ["proxy.example"], ["10.0.0.0/33"], ["10.1.2.3/8"]])
def test_proxies_that_are_no_addresses_are_refused(proxies: list[str]) -> None:
    with pytest.raises(SettingError, match="proxies"):
        header_identity(NAME, proxies)
