"""Planning and applying: the same stages, dry or for real."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from psycopg import errors

from placet.emitter.postgres.protect import losses
from placet.emitter.postgres.sources import find_sources
from placet.emitter.postgres.stages import STAGES, Stage
from placet.emitter.postgres.steps import Step, Work
from placet.emitter.target import Loss, Plan, TargetRefusal

_BATCH = 100


def dry_run(work: Work) -> tuple[list[Step], list[Loss]]:
    """Every step there is to do, and who loses direct access by them; nothing stays changed."""
    steps: dict[tuple[str, str, str], Step] = {}
    with work.connection.transaction(force_rollback=True):
        for stage in STAGES:
            found = list(stage.find(work))
            if stage.groundwork:
                _do(work, found)
            steps |= {(step.kind, step.object, step.summary): step for step in found}
        lost = list(losses(work, find_sources(work).found))
    return list(steps.values()), lost


def apply_all(work: Work) -> list[Step]:
    """Do every step there is to do, and return them.

    Raises TargetRefusal at the end where something stands in the way of some; the others are done.
    """
    done: list[Step] = []
    refused: list[str] = []
    for stage in STAGES:
        done += _apply(work, stage, refused)
    if refused:
        raise TargetRefusal("; ".join(refused))
    return done


def as_plan(work: Work, steps: Iterable[Step], lost: Iterable[Loss] = ()) -> Plan:
    """The steps in the words that all targets share."""
    changes = [step.change(work.connection) for step in steps]
    return Plan(
        changes=tuple(change for change in changes if change.statements),
        losses=tuple(lost),
        problems=tuple(change for change in changes if not change.statements),
    )


def _apply(work: Work, stage: Stage, refused: list[str]) -> list[Step]:
    steps = list(stage.find(work))
    rest = iter(steps)
    while batch := list(islice(rest, _BATCH)):
        with work.connection.transaction():
            refused += _do(work, batch)
    return steps


def _do(work: Work, steps: Iterable[Step]) -> list[str]:
    """Run the statements of each step, whole or not at all; return what others' objects kept us from."""
    refused = []
    for step in steps:
        try:
            with work.connection.transaction():
                for statement in step.statements:
                    work.connection.execute(statement)
        except errors.DependentObjectsStillExist as error:
            refused.append(f"`{step.object}`: {error.diag.message_detail}; move it first, it was not made here")
    return refused
