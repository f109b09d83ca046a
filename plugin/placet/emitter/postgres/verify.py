"""Drift: what differs from the desired state, and who is above it."""

from __future__ import annotations

from collections.abc import Iterator

from placet.emitter.postgres.plan import dry_run
from placet.emitter.postgres.steps import Step, Work
from placet.emitter.target import Drift, Severity

_ABOVE = """
    SELECT rolname, CASE WHEN rolsuper THEN 'is a superuser' ELSE 'bypasses row security' END
    FROM pg_roles WHERE rolsuper OR rolbypassrls ORDER BY 1
"""


def findings(work: Work) -> list[Drift]:
    """Each difference there is, then a warning for each role that reads whatever it likes."""
    steps, _ = dry_run(work)
    return [*(_drift(step) for step in steps if not step.tidying), *_warnings(work)]


def _drift(step: Step) -> Drift:
    return Drift(Severity.DRIFT, step.kind, step.object, step.summary)


def _warnings(work: Work) -> Iterator[Drift]:
    for role, power in work.connection.execute(_ABOVE):
        yield Drift(Severity.WARNING, "bypass", role, f"{power}, and no policy binds it")
