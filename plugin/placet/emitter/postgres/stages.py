"""The order in which a target is compared and changed: what takes access away comes before what gives it.

Each stage looks at the server after the earlier ones have run. Where one fails, no one can read more than before, or
more than they should.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from placet.emitter.postgres.facts import holding_back_steps, telling_steps, trusting_steps
from placet.emitter.postgres.foundation import foundation_steps, view_schema_steps
from placet.emitter.postgres.members import joining_steps, leaving_steps
from placet.emitter.postgres.privileges import privilege_steps
from placet.emitter.postgres.protect import exempt_problems, leftover_source_steps, protection_steps
from placet.emitter.postgres.roles import attribute_steps, leftover_role_steps, role_steps
from placet.emitter.postgres.rows import narrowing_steps, widening_steps
from placet.emitter.postgres.sources import find_sources
from placet.emitter.postgres.steps import Step, Work
from placet.emitter.postgres.view_steps import leftover_view_steps, problem_steps, view_steps
from placet.emitter.postgres.wanted import load_wanted, login_problems


@dataclass(frozen=True)
class Stage:
    """Finds steps. Groundwork is what later stages have to see, so a dry run does it too, and takes it back."""

    find: Callable[[Work], Iterable[Step]]
    groundwork: bool = False


def _narrow(work: Work) -> Iterable[Step]:
    load_wanted(work)
    return [*narrowing_steps(work), *leaving_steps(work), *holding_back_steps(work)]


def _make_roles(work: Work) -> Iterable[Step]:
    return [*view_schema_steps(work), *role_steps(work), *attribute_steps(work)]


def _close_tables(work: Work) -> Iterable[Step]:
    sources = find_sources(work)
    return [*sources.problems, *exempt_problems(work), *protection_steps(work, sources.found)]


def _make_views(work: Work) -> Iterable[Step]:
    found = find_sources(work).found
    return [*problem_steps(found), *view_steps(work, found)]


def _set_privileges(work: Work) -> Iterable[Step]:
    return privilege_steps(work, find_sources(work).found)


def _write_rows(work: Work) -> Iterable[Step]:
    return [*trusting_steps(work), *narrowing_steps(work), *widening_steps(work)]


def _join_members(work: Work) -> Iterable[Step]:
    return [*login_problems(work), *joining_steps(work)]


def _clear_away(work: Work) -> Iterable[Step]:
    return [*leftover_view_steps(work), *leftover_source_steps(work)]


STAGES = (
    Stage(foundation_steps, groundwork=True),
    Stage(_narrow),
    Stage(_make_roles, groundwork=True),
    Stage(_close_tables),
    Stage(telling_steps),
    Stage(_make_views),
    Stage(_set_privileges),
    Stage(_write_rows),
    Stage(_join_members),
    Stage(_clear_away),
    Stage(leftover_role_steps),
)
