from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import blinker
import pytest

from placet.domain.errors import NotFound
from placet.domain.events import Event, FormSaved, GrantStarted, RequestApproved
from placet.outbox import signals
from placet.outbox.recording import Recorded

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
APPROVED = Recorded("first", RequestApproved("ann", NOW, "request"))
STARTED = Recorded("second", GrantStarted("ann", NOW, "grant"))
SAVED = Recorded("third", FormSaved("ann", NOW, "form"))


class App:
    """Stands for the object that a host made."""


@contextmanager
def heard(signal: blinker.Signal, sender: object = blinker.ANY) -> Iterator[list[tuple[object, str, Event]]]:
    """What a receiver got, in order."""
    calls: list[tuple[object, str, Event]] = []

    def receive(sender: object, *, event: Event, id: str) -> None:
        calls.append((sender, id, event))

    with signal.connected_to(receive, sender):
        yield calls


@pytest.mark.requirement("V2", clause="hosts add receivers")
def test_receivers_get_every_event_in_its_order_with_its_id_and_the_app() -> None:
    app = App()
    with heard(signals.event) as calls:
        signals.announce(app, [APPROVED, STARTED, SAVED])
    assert calls == [(app, one.id, one.event) for one in (APPROVED, STARTED, SAVED)]


@pytest.mark.requirement("V2", clause="hosts add receivers")
def test_each_type_of_event_has_a_signal_of_its_own() -> None:
    app = App()
    with heard(signals.of("grant.started")) as calls:
        signals.announce(app, [APPROVED, STARTED, SAVED])
    assert calls == [(app, "second", STARTED.event)]
    assert all(signals.of(kind.type) for kind in Event.__subclasses__())


def test_a_receiver_of_one_app_hears_nothing_of_another() -> None:
    mine, other = App(), App()
    with heard(signals.event, mine) as calls:
        signals.announce(other, [APPROVED])
        signals.announce(mine, [STARTED])
    assert [id for _, id, _ in calls] == ["second"]


def test_a_receiver_that_fails_reaches_nobody_else_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def fails(sender: object, **_: object) -> None:
        raise RuntimeError("the host's own mistake")

    everyone = [signals.event.connected_to(fails), signals.of("access_request.approved").connected_to(fails)]
    with everyone[0], everyone[1], heard(signals.event) as calls, caplog.at_level(logging.ERROR, "placet.outbox"):
        signals.announce(App(), [APPROVED, STARTED])
    assert [id for _, id, _ in calls] == ["first", "second"]
    assert [record.name for record in caplog.records] == ["placet.outbox"] * 3
    assert "the host's own mistake" in caplog.text


def test_a_misspelled_type_has_no_signal() -> None:
    with pytest.raises(NotFound, match=r"did you mean `access_request\.approved`"):
        signals.of("access_request.aproved")
