"""Sending one webhook: who takes it says so with a status of the 200s; everything else is a failure with a reason."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from requests import Request, Timeout
from urllib3.exceptions import HTTPError

from placet.outbox.addresses import ForbiddenAddress, Guard
from placet.outbox.connecting import PinnedAdapter
from placet.outbox.deadline import Deadline

log = logging.getLogger("placet.outbox")

TIMEOUT = 15.0
"""Seconds for the whole exchange, from connecting to the last byte read."""

KEPT = 500
"""How many bytes of an answer are read and kept."""


@dataclass(frozen=True)
class Answer:
    """What came of one attempt: the status if there was one, and how the answer begins, or why there is none."""

    status: int | None
    text: str

    @property
    def taken(self) -> bool:
        """Whether the receiver took it. A redirect is no success: it would lead where nobody looked."""
        return self.status is not None and 200 <= self.status < 300


class Sender:
    """Posts to addresses that the guard allows; follows no redirect and takes no proxy or password from outside.

    `ca` is a file of certificates to trust in place of the usual ones.
    """

    def __init__(self, guard: Guard, timeout: float = TIMEOUT, ca: str = "") -> None:
        self._guard = guard
        self._timeout = timeout
        self._limits = (timeout, 2 * timeout)
        self._verify: bool | str = ca or True

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a body once. Never raises: whatever goes wrong is the answer."""
        late = Answer(None, f"no whole answer within {self._timeout:g} s")
        with Deadline(self._timeout) as deadline:
            try:
                answer = self._exchange(url, headers, body, deadline)
            except ForbiddenAddress as error:
                return Answer(None, error.detail)
            except Timeout:
                return late
            except (OSError, HTTPError, ValueError) as error:
                answer = Answer(None, str(_root(error)))
            except Exception as error:
                log.exception("an unexpected error while sending a webhook")
                answer = Answer(None, f"unexpected: {error}")
            return late if deadline.passed else answer

    def _exchange(self, url: str, headers: Mapping[str, str], body: bytes, deadline: Deadline) -> Answer:
        """One request over a connection of its own.

        The adapter is used without a session, which would read the environment, keep cookies and, on a redirect, read
        a body of any size.
        """
        adapter = PinnedAdapter(self._guard, deadline)
        request = Request("POST", url, headers=dict(headers), data=body).prepare()
        try:
            response = adapter.send(request, stream=True, timeout=self._limits, verify=self._verify)
            return Answer(response.status_code, readable(response.raw.read(KEPT, decode_content=False)))
        finally:
            adapter.close()


def readable(raw: bytes) -> str:
    """Bytes of a stranger as text that can be stored and shown."""
    text = raw.decode("utf-8", errors="replace")
    return "".join(letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _root(error: BaseException) -> BaseException:
    """The error that the others were made from; what the operating system said, most often."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return error
