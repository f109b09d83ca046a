"""Processes that tests start and kill: a worker, and a web process that dies at the worst moment."""

from __future__ import annotations

import os
import signal
import sys

from placet.domain.clock import SystemClock
from placet.domain.events import ProductPublished
from placet.outbox.recording import Recorded
from placet.service import Marketplace
from placet.service.saving import tell
from placet.settings import Settings
from placet.storage import Store
from placet.worker import Worker, make_queue


def settings_for(database: str, queue: str) -> Settings:
    return Settings(database=database, queue=queue, webhook_allow_cidrs=("127.0.0.0/8",))


def work(settings: Settings) -> None:
    """Be a worker until told to stop."""
    marketplace = Marketplace(settings, Store(settings.database))
    print("ready", flush=True)
    Worker(marketplace, make_queue(settings)).run()


def die(_: tuple[Recorded, ...]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def change_and_die(settings: Settings) -> None:
    """Commit a change, and be killed before anyone is told of it."""
    marketplace = Marketplace(settings, Store(settings.database), announce=die)
    with marketplace.context.transaction() as transaction:
        tell(transaction, [ProductPublished("ann", SystemClock().now(), "product", data={"product_name": "Salaries"})])


if __name__ == "__main__":
    {"work": work, "change": change_and_die}[sys.argv[1]](settings_for(*sys.argv[2:]))
