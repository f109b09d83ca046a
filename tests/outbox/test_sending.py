"""What a webhook reaches, and what it doesn't, over real connections."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import trustme

from placet.outbox.addresses import Guard
from placet.outbox.sending import KEPT, Answer, Sender, readable
from tests.outbox.receiver import Receiver, receiver

HERE = ("127.0.0.0/8",)
NAME = "hooks.example"


class Names:
    """A resolver that gives one answer after the other, and keeps the last."""

    def __init__(self, *answers: Iterable[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> Iterable[str]:
        self.asked.append((host, port))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def post(
    url: str, *, allow: Iterable[str] = HERE, names: Names | None = None, timeout: float = 15, ca: str = ""
) -> Answer:
    guard = Guard(allow, names) if names else Guard(allow)
    return Sender(guard, timeout, ca).post(url, {"webhook-id": "event"}, b"{}")


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as one:
        yield one


def test_what_is_sent_arrives_as_it_is_and_the_answer_is_kept(there: Receiver) -> None:
    assert post(there.url()) == Answer(200, "thank you")
    [request] = there.received
    assert (request.path, request.id, request.body) == ("/hook", "event", b"{}")


@pytest.mark.parametrize(
    ("status", "taken"), [(200, True), (204, True), (299, True), (400, False), (410, False), (503, False)]
)
def test_only_a_status_of_the_200s_says_it_was_taken(status: int, taken: bool) -> None:
    with receiver(status=status, answer=b"") as one:
        answer = post(one.url())
    assert (answer.status, answer.taken) == (status, taken)


HOSTS = ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]", "0.0.0.0"]


@pytest.mark.parametrize("host", HOSTS)
def test_this_machine_is_not_reached_however_it_is_written(there: Receiver, host: str) -> None:
    answer = post(there.url(host), allow=())
    assert answer.status is None
    assert "webhooks go to public addresses" in answer.text
    assert there.received == []


@pytest.mark.parametrize("host", [host for host in HOSTS if host != "0.0.0.0"])
def test_each_of_those_names_would_have_reached_it(there: Receiver, host: str) -> None:
    allow = ("127.0.0.0/8", "::ffff:127.0.0.0/104")
    assert post(there.url(host), allow=allow).taken


def test_a_name_is_resolved_once_and_what_was_judged_is_what_is_reached(there: Receiver) -> None:
    names = Names(["127.0.0.1"], ["192.0.2.1"])
    assert post(there.url(NAME), names=names).taken
    assert names.asked == [(NAME, there.port)]


def test_a_name_that_leads_elsewhere_the_second_time_is_judged_anew(there: Receiver) -> None:
    names = Names(["8.8.8.8"], ["127.0.0.1"])
    guard = Guard((), names)
    assert guard.address_of(NAME, there.port) == "8.8.8.8"
    assert "127.0.0.1, which is loopback" in Sender(guard).post(there.url(NAME), {}, b"{}").text
    assert there.received == []


def test_the_receiver_reads_the_name_it_was_asked_by(there: Receiver) -> None:
    post(there.url(NAME), names=Names(["127.0.0.1"]))
    assert there.received[0].headers["host"] == f"{NAME}:{there.port}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_failure_and_is_not_followed(there: Receiver, status: int) -> None:
    with receiver(status=status, answer_headers={"location": there.url()}) as one:
        answer = post(one.url())
    assert (answer.status, answer.taken) == (status, False)
    assert there.received == []


def test_a_proxy_of_the_environment_is_not_asked(there: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url(path=""))
        monkeypatch.setenv("no_proxy", "")
        assert post(there.url(NAME), names=Names(["127.0.0.1"])).taken
        assert proxy.received == []
    assert len(there.received) == 1


def test_passwords_of_the_environment_are_not_sent(
    there: Receiver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    post(there.url())
    assert "authorization" not in there.received[0].headers


@contextmanager
def dripping(begin: bytes, drop: bytes, tls: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """The port of a server that answers a bit at a time, soon enough for any timeout of a socket; and what it sent."""
    sent: list[bytes] = []

    def serve() -> None:
        accepted, _ = server.accept()
        with tls.wrap_socket(accepted, server_side=True) if tls else accepted as connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(begin)
            for _ in range(DROPS):
                time.sleep(0.1)
                connection.sendall(drop)
                sent.append(drop)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1], sent
        thread.join()


DROPS = 100

DRIPS = {
    "headers": ("http", b"HTTP/1.1 200 OK\r\n", b"X-Wait: yes\r\n"),
    "body": ("http", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n", b"."),
    "handshake": ("https", b"\x16\x03\x03\x10\x00", b"\x02"),
}


@pytest.mark.parametrize(("scheme", "begin", "drop"), DRIPS.values(), ids=DRIPS.keys())
def test_a_receiver_that_drips_is_cut_off(
    scheme: str, begin: bytes, drop: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with dripping(begin, drop) as (port, sent):
        assert post(f"{scheme}://127.0.0.1:{port}/", timeout=0.5) == Answer(None, "no whole answer within 0.5 s")
    assert len(sent) < DROPS
    assert caplog.records == []


def test_a_receiver_that_says_nothing_is_cut_off() -> None:
    with receiver(act=lambda handler: time.sleep(1)) as one:
        assert post(one.url(), timeout=0.2) == Answer(None, "no whole answer within 0.2 s")


def test_no_more_of_an_answer_is_read_than_is_kept() -> None:
    bomb = gzip.compress(b"a" * 10_000_000)
    with receiver(answer=bomb, answer_headers={"content-encoding": "gzip"}) as one:
        answer = post(one.url())
    assert answer.taken
    assert 0 < len(answer.text) <= KEPT
    assert "aaa" not in answer.text


def test_an_answer_is_kept_as_text_that_every_database_takes() -> None:
    assert readable(b"a\x00b\xff\x1b[31m\nc") == "a\ufffdb\ufffd\ufffd[31m\nc"


def test_a_closed_port_says_so() -> None:
    with receiver() as one:
        url = one.url()
    answer = post(url)
    assert answer.status is None
    assert "refused" in answer.text


def test_a_name_that_does_not_exist_is_an_answer_too() -> None:
    assert post("http://nowhere.invalid/hook").status is None


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/hook", "file:///etc/passwd", "http://", "http://" + "a" * 70 + ".example/"]
)
def test_what_is_no_address_is_a_failure_like_any_other(url: str, caplog: pytest.LogCaptureFixture) -> None:
    assert post(url).status is None
    assert caplog.records == []


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path) -> str:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return str(tmp_path / "ca.pem")


def serving(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def test_tls_checks_the_certificate_against_the_name_and_not_the_address(authority: trustme.CA, trusted: str) -> None:
    context = serving(authority, NAME)
    asked: list[str | None] = []
    context.sni_callback = lambda connection, name, _: asked.append(name)
    with receiver(tls=context) as one:
        answer = post(one.url(NAME, scheme="https"), names=Names(["127.0.0.1"]), ca=trusted)
    assert answer.taken
    assert asked == [NAME]
    assert one.received[0].headers["host"] == f"{NAME}:{one.port}"


@pytest.mark.parametrize("certified", ["other.example", "127.0.0.1"])
def test_a_certificate_for_another_name_is_refused(authority: trustme.CA, trusted: str, certified: str) -> None:
    with receiver(tls=serving(authority, certified)) as one:
        answer = post(one.url(NAME, scheme="https"), names=Names(["127.0.0.1"]), ca=trusted)
    assert answer.status is None
    assert "certificate" in answer.text
    assert one.received == []


def test_a_certificate_of_nobody_known_is_refused(authority: trustme.CA) -> None:
    with receiver(tls=serving(authority, NAME)) as one:
        answer = post(one.url(NAME, scheme="https"), names=Names(["127.0.0.1"]))
    assert answer.status is None
    assert one.received == []


def test_a_receiver_that_drips_over_tls_is_cut_off(authority: trustme.CA, trusted: str) -> None:
    _, begin, drop = DRIPS["headers"]
    with dripping(begin, drop, serving(authority, NAME)) as (port, sent):
        answer = post(f"https://{NAME}:{port}/", names=Names(["127.0.0.1"]), timeout=0.5, ca=trusted)
    assert answer == Answer(None, "no whole answer within 0.5 s")
    assert len(sent) < DROPS
