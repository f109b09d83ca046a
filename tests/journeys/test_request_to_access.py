"""From the request to the rows: over HTTP, with a worker in its threads, asked of the platform as the consumer."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from placet.domain.clock import SetClock, SystemClock
from placet.service import Marketplace
from placet.service.provisioning import LEASE
from placet.settings import Settings
from tests.journeys.journey import ANY, WAIT, Journey

PLACET = Path(sys.executable).with_name("placet")


def test_access_comes_with_the_second_approval_and_goes_with_the_revocation(any_journey: Journey) -> None:
    journey = any_journey
    assert journey.rows("rita") is None
    request = journey.ask()
    journey.settled()
    assert journey.rows("rita") is None
    assert journey.say("ann", request) == "pending"
    journey.settled()
    assert journey.rows("rita") is None
    assert journey.say("bob", request) == "approved"
    journey.in_effect("rita", request)
    assert journey.rows("rita") == 2
    assert journey.rows("tom") is None
    journey.revoke("rita", request)
    journey.until_reads("rita", False)


def test_a_denial_gives_nothing_whatever_was_approved_before(journey: Journey) -> None:
    request = journey.ask()
    journey.say("ann", request)
    assert journey.say("bob", request, "deny") == "denied"
    journey.settled()
    assert journey.rows("rita") is None


def soon(seconds: float) -> datetime:
    """A full second of the system's clock."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0)


@pytest.mark.requirement("R7", clause="no sweep needed")
@pytest.mark.requirement("N6", clause="rows before the end")
@pytest.mark.requirement("N6", clause="none from the end on")
@pytest.mark.requirement("N6", clause="nothing runs")
def test_a_temporary_approval_ends_at_its_second_with_the_worker_stopped(journey: Journey) -> None:
    request = journey.ask()
    end = soon(6)
    journey.approve(request, end=end.isoformat())
    journey.in_effect("rita", request)
    journey.worker.stop()
    answers = watch(journey, until=end)
    assert {answer.rows for answer in answers if answer.ended < end} == {2}
    assert {answer.rows for answer in answers if answer.began >= end} == {0}


@dataclass(frozen=True)
class Answer:
    """How many rows there were, and when the query began and ended by the platform's clock."""

    began: datetime
    rows: int
    ended: datetime


def watch(journey: Journey, until: datetime) -> list[Answer]:
    """What rita gets over one open connection, again and again, the last time begun after `until`."""
    answers: list[Answer] = []
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("marketplace", "pay__salaries"))
    dsn = psycopg.conninfo.make_conninfo(journey.dsn, user="rita_db")
    with psycopg.connect(dsn, autocommit=True) as rita:
        while not answers or answers[-1].began < until:
            began = clock_of(rita)
            [(rows,)] = rita.execute(query).fetchall()
            answers.append(Answer(began, rows, clock_of(rita)))
            time.sleep(0.02)
    return answers


def clock_of(connection: psycopg.Connection[Any]) -> datetime:
    [(now,)] = connection.execute("SELECT clock_timestamp()").fetchall()
    at: datetime = now
    return at


@pytest.mark.requirement("R8", clause="before the old end")
@pytest.mark.requirement("N7", clause="renewal from the old end")
def test_a_renewal_approved_before_the_end_goes_on_without_a_gap(journey: Journey) -> None:
    first = journey.ask()
    end = soon(6)
    journey.approve(first, end=end.isoformat())
    renewal = journey.ask()
    journey.approve(renewal, duration="1 hour")
    renewed = journey.grant_of("rita", renewal)
    assert renewed["status"] == "scheduled"
    assert datetime.fromisoformat(renewed["start"]) == end
    journey.in_effect("rita", first)
    journey.in_effect("rita", renewal)
    assert {answer.rows for answer in watch(journey, until=end + timedelta(seconds=1))} == {2}
    assert journey.grant_of("rita", first)["status"] == "expired"


@pytest.mark.requirement("R3", clause="suspended grant")
@pytest.mark.requirement("M4", clause="republishing gives access back")
@pytest.mark.requirement("M3", clause="a source added is reached")
@pytest.mark.requirement("M3", clause="a source removed is not")
@pytest.mark.requirement("M4", clause="deleting cancels requests")
@pytest.mark.requirement("M4", clause="deleting revokes grants")
def test_access_follows_the_life_of_the_product(journey: Journey) -> None:
    request = journey.ask()
    journey.approve(request)
    journey.in_effect("rita", request)
    journey.move(journey.salaries, "suspend")
    journey.until_reads("rita", False)
    assert journey.grant_of("rita", request)["status"] == "suspended"
    journey.move(journey.salaries, "publish")
    journey.until_reads("rita", True)
    journey.draw_on(journey.salaries, "bonuses")
    journey.until_reads("rita", True, "bonuses")
    journey.until_reads("rita", False, "salaries")
    waiting = journey.ask("tom")
    journey.delete(journey.salaries)
    journey.until_reads("rita", False, "bonuses")
    assert journey.get("tom", f"access-requests/{waiting}")["status"] == "canceled"
    ended = journey.grant_of("rita", request)
    assert (ended["status"], ended["revocation"]["reason"]) == ("revoked", "product deleted")


@pytest.mark.requirement("R9", clause="other ways in stay")
@pytest.mark.requirement("N7", clause="revoking leaves overlaps")
def test_of_two_ways_to_one_table_losing_one_leaves_the_other(journey: Journey) -> None:
    other = journey.publish("Pay of the year", ["salaries", "bonuses"], ANY)
    both = journey.ask(), journey.ask(product=other)
    journey.approve(both[0])
    journey.say("ann", both[1])
    for request in both:
        journey.in_effect("rita", request)
    journey.revoke("rita", both[0])
    journey.settled()
    assert journey.rows("rita") == 2
    journey.revoke("rita", both[1])
    journey.until_reads("rita", False)


@pytest.mark.requirement("E4", clause="shown until confirmed")
@pytest.mark.requirement("E4", clause="never lost")
def test_an_approval_waits_for_the_login_of_its_beneficiary(journey: Journey) -> None:
    open_to_all = journey.publish("Open pay", ["salaries"], "", kind="automatic", justification="open")
    request = journey.ask("ann", open_to_all)
    journey.until(lambda: "no login" in (journey.grant_of("ann", request)["problem"] or ""))
    waiting = journey.grant_of("ann", request)
    assert (waiting["status"], waiting["in_effect"]) == ("active", False)
    assert "policy.failed" in journey.told("ada")
    journey.give_logins(ann="ann_db")
    journey.in_effect("ann", request)
    assert journey.rows("ann") == 2


@pytest.mark.requirement("E4", clause="retried")
@pytest.mark.requirement("E4", clause="never lost")
def test_an_approval_survives_an_outage_of_the_platform(journey: Journey, outage: Callable[[bool], None]) -> None:
    outage(True)
    request = journey.ask()
    journey.approve(request)
    journey.until(lambda: bool(journey.grant_of("rita", request)["problem"]))
    waiting = journey.grant_of("rita", request)
    assert (waiting["status"], waiting["in_effect"]) == ("active", False)
    outage(False)
    journey.in_effect("rita", request)
    assert journey.rows("rita") == 2


@pytest.fixture
def worker_process() -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts `placet worker` in a process of its own, killed at the end."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [PLACET, "--app", "tests.journeys.host:make_app", "worker"]
        started.append(subprocess.Popen(command, cwd=Path(__file__).parents[2]))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.requirement("E4", clause="retried")
@pytest.mark.requirement("E4", clause="never lost")
def test_what_a_killed_worker_had_taken_up_is_done_after_its_lease(
    any_journey: Journey, worker_process: Callable[[], subprocess.Popen[bytes]]
) -> None:
    journey = any_journey
    journey.worker.stop()
    request = journey.ask()
    journey.approve(request)
    with psycopg.connect(journey.dsn) as admin:
        admin.execute("LOCK TABLE gov.entitlement")  # so that the worker comes as far as entering the row
        killed = worker_process()
        journey.until(lambda: waits(admin))
        killed.send_signal(signal.SIGKILL)
        assert killed.wait(WAIT) == -signal.SIGKILL
        admin.rollback()
    assert journey.rows("rita") is None
    assert journey.marketplace.work.provision() == 0
    assert not journey.grant_of("rita", request)["in_effect"]
    later = SetClock(SystemClock().now() + LEASE)
    context = journey.marketplace.context
    again = Marketplace(Settings(), context.store, clock=later, targets=context.targets)
    assert again.work.provision() == 1
    assert journey.grant_of("rita", request)["in_effect"]
    assert journey.rows("rita") == 2


def waits(admin: psycopg.Connection[Any]) -> bool:
    """Whether someone waits for the table of the entitlements."""
    query = "SELECT FROM pg_locks WHERE relation = 'gov.entitlement'::regclass AND NOT granted"
    return bool(admin.execute(query).fetchall())
