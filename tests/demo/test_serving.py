"""The demo as people start it: it says what to try, and leaves nothing behind when it is told to end."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

ENDINGS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
ENTRY = Path(sys.executable).with_name("placet")


def hear_everything() -> None:
    """Also what the process that runs the tests was told to ignore, as `nohup` does."""
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_DFL)


@pytest.fixture
def demo() -> Iterator[subprocess.Popen[str]]:
    """The demo on a free port."""
    command = [str(ENTRY), "demo", "--port", "0"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True, preexec_fn=hear_everything
    ) as process:
        yield process
        process.terminate()


def lines_to_try(said: IO[str]) -> list[list[str]]:
    """The commands that the demo prints, when it has printed all."""
    found = []
    for line in said:
        if "psql" in line:
            found.append(shlex.split(line))
        if "Ctrl+C" in line:
            break
    return found


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_printed_can_be_tried_until_the_demo_is_told_to_end(
    demo: subprocess.Popen[str], ending: signal.Signals
) -> None:
    assert demo.stdout
    tried = lines_to_try(demo.stdout)
    answers = [subprocess.run(line, capture_output=True, text=True) for line in tried]
    assert ["permission denied" in answer.stderr for answer in answers] == [True, True]
    demo.send_signal(ending)
    demo.wait(timeout=60)
    after = subprocess.run(tried[0], capture_output=True, text=True)
    assert "No such file" in after.stderr
