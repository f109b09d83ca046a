"""Addresses that lead back to a catalog: only to those origins that the settings list."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}

# Browsers drop or turn these round before they read an address, so that it would lead elsewhere than it says here.
_TREACHEROUS = re.compile(r"[\x00-\x20\x7f-\xa0\\]")


def allowed_return(address: str, origins: Iterable[str]) -> str:
    """The address where it leads to one of the origins, else nothing."""
    origin = origin_of(address)
    return address if origin and origin in {origin_of(listed) for listed in origins} else ""


def origin_of(address: str) -> str:
    """Scheme, host and port of a web address, as in `https://catalog.example:443`; nothing where it has none."""
    if _TREACHEROUS.search(address):
        return ""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port if port is not None else DEFAULT_PORTS[parts.scheme]}"
