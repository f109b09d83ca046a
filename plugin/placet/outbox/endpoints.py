"""What a webhook endpoint may be: its address, its secret, the types of events it asks for."""

from __future__ import annotations

import base64
import difflib
import re
import secrets
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from placet.domain.errors import Invalid
from placet.domain.events import Event
from placet.outbox.addresses import Guard

TYPES = frozenset(kind.type for kind in Event.__subclasses__() if kind.outside)
"""The types of events that webhooks carry."""

SECRET_BYTES = 32
LONGEST_URL = 2_000

NUMBERS = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*\.?", re.IGNORECASE)
"""A host that some resolvers read as an IPv4 address, however it is written."""


class BadUrl(Invalid):
    """An address that no webhook can have."""

    code = "bad-webhook-url"
    title = "Webhooks can't be sent there"


class BadTypes(Invalid):
    """Types of events that do not exist or do not leave Placet."""

    code = "bad-event-types"
    title = "There are no such events"


def new_secret() -> str:
    """A fresh signing secret: `whsec_` and 256 random bits in base64, as Standard Webhooks writes them."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def refuse_bad_types(types: Iterable[str]) -> frozenset[str]:
    """The types an endpoint asks for; none means all. Raises BadTypes for one that webhooks do not carry."""
    wanted = frozenset(types)
    if unknown := sorted(wanted - TYPES):
        close = difflib.get_close_matches(unknown[0], TYPES, 1)
        hint = f"did you mean `{close[0]}`?" if close else f"there are {', '.join(sorted(TYPES))}"
        raise BadTypes(f"webhooks carry no events of the type `{unknown[0]}`: {hint}")
    return wanted


def refuse_bad_url(url: str, allow: Iterable[str] = ()) -> None:
    """Refuse what could never be delivered to. Raises BadUrl, and ForbiddenAddress for an address that is not public.

    `allow` lists the networks that may be reached all the same. A name is resolved and judged at each delivery, since
    it can lead elsewhere by then.
    """
    parts = _parts(url)
    if parts.scheme not in ("http", "https"):
        raise BadUrl(f"`{url}` is no address for a webhook: it begins with `https://` or `http://`")
    if "@" in parts.netloc:
        raise BadUrl("an address with a user or a password would show it in every log: leave it out, the secret signs")
    if not parts.hostname:
        raise BadUrl(f"`{url}` names no host")
    _refuse_bad_host(parts.hostname, allow)


def _parts(url: str) -> SplitResult:
    if len(url) > LONGEST_URL or not url.isprintable() or set(url) & set(' \\"<>'):
        raise BadUrl(f"an address has at most {LONGEST_URL} letters, and no spaces, quotes or backslashes")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError as error:
        raise BadUrl(f"`{url}` is no address: {error}") from error
    return parts


def _refuse_bad_host(host: str, allow: Iterable[str]) -> None:
    try:
        address = ip_address(host)
    except ValueError:
        if NUMBERS.fullmatch(host):
            raise BadUrl(f"`{host}` is a number and no name: write an address as `192.0.2.1`") from None
    else:
        Guard(allow).refuse(host, address)
