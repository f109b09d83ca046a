"""Ends of access and of exceptions at exact seconds of an unmodified server, whose clock libfaketime sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from psycopg import sql

from placet.domain.masks import Mask, MaskKind
from placet.emitter.policy import Entitlement
from tests.emitter.worlds import World, at, granted, masked, one_product, world_on
from tests.servers import postgres_server

LIBRARIES = [*Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), *Path("/usr/local/lib").glob("faketime/*.so.1")]
END = datetime(2031, 3, 1, 12, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.skipif(not LIBRARIES, reason="libfaketime is not there: run `apt-get install faketime`")

SetTime = Callable[[datetime], None]


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that the user of the server can read, as pytest's own are not."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def set_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> SetTime:
    """Sets the clock of every server that is started from now on; it stands still."""
    file = folder / "clock"
    monkeypatch.setenv("LD_PRELOAD", str(LIBRARIES[0]))
    monkeypatch.setenv("FAKETIME_TIMESTAMP_FILE", str(file))
    monkeypatch.setenv("FAKETIME_NO_CACHE", "1")
    monkeypatch.setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1")
    monkeypatch.setenv("TZ", "UTC")

    def set_time(instant: datetime) -> None:
        file.write_text(instant.strftime("%Y-%m-%d %H:%M:%S"))

    set_time(END - 10 * SECOND)
    return set_time


@pytest.fixture
def clocked(set_time: SetTime, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with postgres_server() as server:
        monkeypatch.delenv("LD_PRELOAD")
        with world_on(server) as world:
            yield world


@pytest.mark.requirement("N6", clause="rows before the end")
@pytest.mark.requirement("N6", clause="none from the end on")
def test_access_and_clear_values_end_with_the_second_before_their_end(clocked: World, set_time: SetTime) -> None:
    ann, bob = clocked.login("ann"), clocked.login("bob")
    source = masked(clocked.table("orders"), ssn=Mask(MaskKind.NULL))
    exception = Entitlement("x1", "sales", bob, END - 5 * SECOND, END, columns=frozenset({("orders", 3)}))
    entitlements = (granted(ann, end=END), granted(bob, grant="g2"), exception)
    clocked.apply(one_product(source, ann, bob, entitlements=entitlements))
    expected = {
        END - 6 * SECOND: (3, 0),
        END - 5 * SECOND: (3, 3),
        END - SECOND: (3, 3),
        END: (0, 0),
        END + SECOND: (0, 0),
    }
    seen = {}
    for instant in expected:
        set_time(instant)
        assert clocked.server_time() == instant
        seen[instant] = clocked.count(ann, "raw__orders"), clear(clocked, bob)
    assert seen == expected


def clear(world: World, login: str) -> int:
    """How many values of the masked column the login sees."""
    with world.connect(login) as connection:
        [(found,)] = connection.execute(sql.SQL("SELECT count(ssn) FROM {}").format(at("raw__orders"))).fetchall()
    assert isinstance(found, int)
    return found
