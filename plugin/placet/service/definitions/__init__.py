"""The marketplace as files: what applying them would change, applying them, and writing down what is there.

A plan is made by doing all of it in a transaction that is given up at the end, so that it meets every refusal that
applying would meet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from placet.domain.errors import Conflict, PlacetError
from placet.domain.people import Person
from placet.domain.permissions import Action, refuse_unless_may
from placet.emitter.target import CatalogSource
from placet.service.context import Context, Transaction
from placet.service.definitions.joined import Gathering, JoinedContext
from placet.service.definitions.kind import Kind, Plain, Standing
from placet.service.definitions.kinds import KINDS
from placet.service.definitions.plan import DefinitionPlan, Difference, PlanStep, StalePlan, What
from placet.service.definitions.text import BadDefinitions, File, Wanted, read_files, written
from placet.storage import Session

__all__ = ["BadDefinitions", "DefinitionPlan", "Definitions", "File", "StalePlan", "WasDeleted"]


class WasDeleted(Conflict):
    """Nothing comes back under the id of what was deleted: its history is that of something else."""

    code = "was-deleted"
    title = "It was deleted"


class _GivenUp(Exception):
    """A plan is made: nothing of it is kept."""


class Definitions:
    """Plan, apply and export definitions."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def plan(self, actor: Person, files: Sequence[File]) -> DefinitionPlan:
        """What applying these files would change; changes nothing.

        Raises BadDefinitions with all that is wrong with the files, else the first refusal that applying would meet,
        with the file and line of the thing.
        """
        made: list[DefinitionPlan] = []

        def give_up(plan: DefinitionPlan) -> None:
            made.append(plan)
            raise _GivenUp

        with suppress(_GivenUp):
            self._run(actor, files, give_up)
        return made[0]

    def apply(self, actor: Person, files: Sequence[File], digest: str) -> DefinitionPlan:
        """Do all that the plan with this digest says, or nothing. Raises StalePlan where it would be something else."""

        def compare(plan: DefinitionPlan) -> None:
            if plan.digest != digest:
                raise StalePlan("what these files would change is not what was planned: look at a new plan")

        return self._run(actor, files, compare)

    def export(self, actor: Person, people: bool = False) -> str:
        """All that is there as one file, without secrets and logins; people and groups only where they are wanted."""
        kinds = [kind for kind in KINDS if people or not kind.of_people]
        _refuse_unless_may(actor, kinds)
        with self._context.store.reading() as session:
            return written({kind.section: _exported(session, kind) for kind in kinds})

    def _run(self, actor: Person, files: Sequence[File], check: Callable[[DefinitionPlan], None]) -> DefinitionPlan:
        refuse_unless_may(actor, Action.APPLY_DEFINITIONS)
        wanted = read_files(files)
        _refuse_unless_may(actor, [one.kind for one in wanted])
        catalogs = self._catalogs(wanted)
        with self._context.transaction() as transaction:
            gathering = Gathering(transaction.session)
            _hold(transaction, wanted)
            joined = JoinedContext(self._context, gathering, catalogs)
            plan = DefinitionPlan(tuple(_done(joined, actor, one) for one in wanted))
            check(plan)
            gathering.record_all()
            transaction.recorded.extend(gathering.recorded)
        return plan

    def _catalogs(self, wanted: Sequence[Wanted]) -> dict[str, tuple[CatalogSource, ...]]:
        """The catalogs of the platforms that we are connected to and that the files name. Raises TargetError."""
        named = {one.plain["target"] for one in wanted if "target" in one.plain}
        return {
            name: self._context.target(name).read_catalog() for name in sorted(filter(self._context.has_catalog, named))
        }


def _refuse_unless_may(actor: Person, kinds: Sequence[Kind]) -> None:
    refuse_unless_may(actor, Action.APPLY_DEFINITIONS)
    if any(kind.of_people for kind in kinds):
        refuse_unless_may(actor, Action.MANAGE_PEOPLE)


def _hold(transaction: Transaction, wanted: Sequence[Wanted]) -> None:
    """Lock at once what the commands would lock one after the other: in the order in which everyone does."""
    session = transaction.session
    session.directory.hold()
    session.sources.hold()
    session.packs.hold()
    for id in sorted(one.id for one in wanted if one.kind.section == "products"):
        session.products.lock(id)


def _done(context: JoinedContext, actor: Person, wanted: Wanted) -> PlanStep:
    """Make one thing what it should be. Raises what is refused, with the place in the file."""
    try:
        with context.store.reading() as session:
            standing = wanted.kind.standing(session, wanted.id)
        if standing and standing.gone:
            raise WasDeleted(f"`{wanted.id}` was deleted, and its id stays with its history: choose another id")
        plain = wanted.kind.whole(context, wanted.id, wanted.plain, standing)
        differences = _differences(plain, standing)
        if standing is None or differences:
            wanted.kind.write(context, actor, wanted.id, plain, standing)
    except PlacetError as error:
        error.detail = f"{wanted.where}: {wanted.path}: {error.detail}"
        error.args = (error.detail,)
        raise
    what = What.CREATE if standing is None else What.CHANGE if differences else What.UNCHANGED
    return PlanStep(wanted.kind.section, wanted.id, what, differences, standing.plain if standing else None)


def _differences(wanted: Plain, standing: Standing | None) -> tuple[Difference, ...]:
    if standing is None:
        return tuple(Difference(member, None, value) for member, value in wanted.items())
    before = standing.plain
    return tuple(Difference(name, before[name], value) for name, value in wanted.items() if value != before[name])


def _exported(session: Session, kind: Kind) -> dict[str, Plain]:
    found: dict[str, Plain] = {}
    for id in kind.ids(session):
        if (standing := kind.standing(session, id)) and not standing.gone:
            found[id] = {name: value for name, value in standing.plain.items() if name not in standing.unsaid}
    return found
