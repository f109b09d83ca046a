"""Whether durable-rules is here, and how to get it where it is not."""

from __future__ import annotations

import sys
from typing import Any

from placet.domain.errors import Unavailable

try:
    import durable_rules_engine as rete
except ImportError:  # the reference evaluator runs without it
    rete = None

INSTALL = "pip install durable_rules==2.0.28"
# The package still calls a function that Python 3.13 took away; its successor takes the same arguments.
INSTALL_SINCE_313 = f"CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject {INSTALL}"


class EngineMissing(Unavailable):
    """durable-rules is not installed here."""

    code = "engine-missing"
    title = "The rule engine is not installed"


def missing_engine() -> str | None:
    """What is missing for durable-rules to run, with the line that installs it; None where nothing is."""
    if rete is not None:
        return None
    other = f"`{INSTALL_SINCE_313}` on Python 3.13 and newer"
    line = other if sys.version_info >= (3, 13) else f"`{INSTALL}` (with {other})"
    return f"durable-rules is not installed; it is built on this machine with a C compiler: install it with {line}"


def engine() -> Any:
    """The C module of durable-rules; raises EngineMissing with the line that installs it."""
    if missing := missing_engine():
        raise EngineMissing(missing)
    return rete
