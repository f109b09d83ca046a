"""A real receiver of webhooks over HTTP, as a customer would run it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WAIT = 30
"""Seconds after which a test gives up waiting."""


@dataclass
class Received:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """Keeps what comes in and answers with `status`, `answer_headers` and `answer`; `act` may do otherwise."""

    status: int = 200
    answer: bytes = b"thank you"
    answer_headers: dict[str, str] = field(default_factory=dict)
    act: Callable[[BaseHTTPRequestHandler], None] | None = None
    received: list[Received] = field(default_factory=list)
    port: int = 0
    _news: threading.Condition = field(default_factory=threading.Condition)

    def url(self, host: str = "127.0.0.1", path: str = "/hook", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def wait_for(self, count: int) -> list[Received]:
        """What came in, once that many requests have. Raises AssertionError if they do not come."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.received) >= count, WAIT), f"{len(self.received)} of {count}"
            return list(self.received)

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["content-length"]))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        with self._news:
            self.received.append(Received(handler.path, headers, body))
            self._news.notify_all()
        (self.act or self.reply)(handler)

    def reply(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(self.status)
        for name, value in self.answer_headers.items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(len(self.answer)))
        handler.end_headers()
        handler.wfile.write(self.answer)


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """A sender that hangs up is nothing to report."""


@contextmanager
def receiver(tls: ssl.SSLContext | None = None, **behaviour: Any) -> Iterator[Receiver]:
    """A receiver at work on 127.0.0.1."""
    one = Receiver(**behaviour)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            one.take(self)

        def log_message(self, *_: Any) -> None: ...

    with _Server(("127.0.0.1", 0), Handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        one.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield one
        finally:
            server.shutdown()
            thread.join()
