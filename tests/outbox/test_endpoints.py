from __future__ import annotations

from base64 import b64decode

import pytest

from placet.domain.events import Event
from placet.outbox.addresses import ForbiddenAddress
from placet.outbox.endpoints import TYPES, BadTypes, BadUrl, new_secret, refuse_bad_types, refuse_bad_url

GOOD_URLS = [
    "https://hooks.example/placet",
    "http://hooks.example:8080/a/b?c=d",
    "https://8.8.8.8/hook",
    "https://[2606:4700:4700::1111]/hook",
    "https://bücher.example/",
]

BAD_URLS = {
    "no scheme": "hooks.example/placet",
    "file": "file:///etc/passwd",
    "gopher": "gopher://hooks.example/",
    "script": "javascript:alert(1)",
    "no host": "https:///placet",
    "only a port": "https://:443/",
    "bad port": "https://hooks.example:99999/",
    "word for a port": "https://hooks.example:http/",
    "broken brackets": "https://[::1/",
    "user": "https://someone@hooks.example/",
    "password": "https://someone:secret@hooks.example/",
    "hidden host": "https://hooks.example\\@10.0.0.1/",
    "space": "https://hooks.example/a b",
    "line feed": "https://hooks.example/\r\nX-Injected: yes",
    "decimal": "http://2130706433/",
    "hexadecimal": "http://0x7f000001/",
    "octal": "http://0177.0.0.1/",
    "short": "http://127.1/",
    "dot at the end": "http://127.0.0.1./",
    "too long": "https://hooks.example/" + "a" * 2_000,
}


@pytest.mark.parametrize("url", GOOD_URLS)
def test_addresses_that_can_be_reached_are_taken(url: str) -> None:
    refuse_bad_url(url)


@pytest.mark.parametrize("url", BAD_URLS.values(), ids=BAD_URLS.keys())
def test_addresses_that_never_could_be_reached_are_refused(url: str) -> None:
    with pytest.raises(BadUrl):
        refuse_bad_url(url)


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(BadUrl) as refused:
        refuse_bad_url("https://someone:secret@hooks.example/")
    assert "secret@" not in refused.value.detail


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "[::1]", "[::ffff:127.0.0.1]"])
def test_private_addresses_are_refused_unless_they_are_listed(host: str) -> None:
    with pytest.raises(ForbiddenAddress):
        refuse_bad_url(f"http://{host}/")
    refuse_bad_url(f"http://{host}/", ["127.0.0.0/8", "10.0.0.0/8", "::1/128", "::ffff:0:0/96"])


def test_a_secret_is_fresh_and_long_enough() -> None:
    first, second = new_secret(), new_secret()
    assert first != second
    assert first.startswith("whsec_")
    assert len(b64decode(first.removeprefix("whsec_"))) == 32


def test_an_endpoint_may_ask_for_every_event_that_leaves() -> None:
    assert {kind.type for kind in Event.__subclasses__() if kind.outside} == TYPES
    assert refuse_bad_types(TYPES) == TYPES
    assert refuse_bad_types(()) == frozenset()


@pytest.mark.parametrize("kind", ["form.saved", "request_form.saved", "rules.disagreed", "access_request.*", ""])
def test_an_endpoint_can_not_ask_for_what_does_not_leave(kind: str) -> None:
    with pytest.raises(BadTypes):
        refuse_bad_types(["grant.started", kind])


def test_a_misspelled_type_is_told_what_was_meant() -> None:
    with pytest.raises(BadTypes, match=r"did you mean `access_request\.approved`"):
        refuse_bad_types(["access_request.aproved"])
