"""Our own bearer tokens: found in the header and nowhere else, and slowed down where they are not valid."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cached_property

from flask import Request
from limits import parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from placet.domain.people import Person
from placet.domain.tokens import PREFIX, Token, TooManyAttempts

ATTEMPTS = parse("30/minute")
"""How many tokens that are not valid one address may send; a valid one is never counted and never kept out."""

log = logging.getLogger("placet.identity")


@dataclass(frozen=True)
class Asking:
    """Who is asking, and by which token of ours, if by one."""

    person: Person | None
    token: Token | None = None


def token_in(request: Request) -> str:
    """The text in the request's bearer header where it begins as ours do, else nothing: it is the host's then."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    text = text.strip(" ")
    return text if scheme.lower() == "bearer" and text.startswith(PREFIX) else ""


class Attempts:
    """Counts the tokens that were not valid, by address; refuses, and logs, no more than so many."""

    def __init__(self, storage: str) -> None:
        self._storage = storage

    @cached_property
    def _limiter(self) -> FixedWindowRateLimiter:
        return FixedWindowRateLimiter(storage_from_string(self._storage, wrap_exceptions=True))

    def count(self, address: str) -> None:
        """Note one. Raises TooManyAttempts where there were enough, and nothing where nothing can be counted."""
        try:
            few = self._limiter.hit(ATTEMPTS, "placet-token", address)
        except Exception as error:
            log.warning("failed attempts with tokens can't be counted: %s", type(error).__name__)
            return
        if not few:
            raise TooManyAttempts(f"too many tokens that are not valid: wait {ATTEMPTS.get_expiry()} seconds")
        log.info("a token that is not valid came from %s", address)
