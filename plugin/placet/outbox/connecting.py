"""HTTP to an address that was judged, within one time limit."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from placet.outbox.addresses import Guard
from placet.outbox.deadline import Deadline

PORTS = {"http": 80, "https": 443}


class PinnedAdapter(HTTPAdapter):
    """Connects to the address that the guard chose, and nowhere else; names are not resolved a second time.

    The name stays what it was in the `Host` header and in TLS, where the certificate is checked against it.
    """

    def __init__(self, guard: Guard, deadline: Deadline) -> None:
        super().__init__()
        self._guard = guard
        self._deadline = deadline

    def get_connection_with_tls_context(
        self,
        request: PreparedRequest,
        verify: Any,
        proxies: Any = None,  # noqa: ARG002 - the library passes them
        cert: Any = None,
    ) -> HTTPConnectionPool:
        """The connections to the chosen address. Proxies are not asked: they would resolve the name once more."""
        place, options = self.build_connection_pool_key_attributes(request, verify, cert)
        scheme, name = place["scheme"], place["host"]
        port = place["port"] or PORTS.get(scheme, 0)
        tls = {**options, "server_hostname": name.rstrip(".")} if scheme == "https" else {**options}
        address = self._guard.address_of(name, port)
        pool: HTTPConnectionPool = self.poolmanager.connection_from_host(address, port, scheme, pool_kwargs=tls)
        pool.ConnectionCls = _WatchedTls if scheme == "https" else _Watched
        pool.conn_kw["watch"] = self._deadline.watch
        return pool

    def add_headers(self, request: PreparedRequest, **_: Any) -> None:
        request.headers["Host"] = urlsplit(str(request.url)).netloc.rpartition("@")[2]


class _Watched(HTTPConnection):
    """A connection that its deadline knows from the first moment on, the TLS handshake included."""

    def __init__(self, *args: Any, watch: Callable[[socket.socket], None], **options: Any) -> None:
        super().__init__(*args, **options)
        self._watch = watch

    def _new_conn(self) -> socket.socket:
        connection = super()._new_conn()
        self._watch(connection)
        return connection


class _WatchedTls(_Watched, HTTPSConnection):
    """The same over TLS."""
