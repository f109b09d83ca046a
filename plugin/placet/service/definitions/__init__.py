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
from placet.domain.tokens import OutOfScope, Scope
from placet.service.context import Context, Transaction
from placet.service.definitions.ahead import ReadingAhead
from placet.service.definitions.joined import Catalogs, Gathering, JoinedContext
from placet.service.definitions.kind import Kind, Plain, Standing
from placet.service.definitions.kinds import KINDS
from placet.service.definitions.plan import DefinitionPlan, Difference, PlanStep, StalePlan, What
from placet.service.definitions.text import BadDefinitions, File, Wanted, read_files, written
from placet.storage import Session

__all__ = ["BadDefinitions", "DefinitionPlan", "Definitions", "File", "StalePlan", "WasDeleted"]

Scopes = frozenset[Scope] | None
"""What a token lets through; None where none says who asks."""


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

    def plan(self, actor: Person, files: Sequence[File], scopes: Scopes = None) -> DefinitionPlan:
        """What applying these files would change; changes nothing.

        Raises BadDefinitions with all that is wrong with the files, OutOfScope for a section that is in none of the
        `scopes`, else the first refusal that applying would meet, with the file and line of the thing.
        """
        made: list[DefinitionPlan] = []

        def give_up(plan: DefinitionPlan) -> None:
            made.append(plan)
            raise _GivenUp

        with suppress(_GivenUp):
            self._run(actor, files, scopes, give_up)
        return made[0]

    def apply(self, actor: Person, files: Sequence[File], digest: str, scopes: Scopes = None) -> DefinitionPlan:
        """Do all that the plan with this digest says, or nothing. Raises StalePlan where it would be something else."""

        def compare(plan: DefinitionPlan) -> None:
            if plan.digest != digest:
                raise StalePlan("what these files would change is not what was planned: look at a new plan")

        return self._run(actor, files, scopes, compare)

    def export(self, actor: Person, people: bool = False) -> str:
        """All that is there as one file, without secrets and logins; people and groups only where they are wanted."""
        kinds = [kind for kind in KINDS if people or not kind.of_people]
        _refuse_unless_may(actor, kinds)
        with self._context.store.reading() as session:
            return written({kind.section: _exported(session, kind) for kind in kinds})

    def _run(
        self, actor: Person, files: Sequence[File], scopes: Scopes, check: Callable[[DefinitionPlan], None]
    ) -> DefinitionPlan:
        refuse_unless_may(actor, Action.APPLY_DEFINITIONS)
        wanted = read_files(files)
        kinds = list(dict.fromkeys(one.kind for one in wanted))
        _refuse_unless_may(actor, kinds)
        _refuse_out_of_scope(scopes, kinds)
        catalogs = self._catalogs(wanted)
        with self._context.transaction() as transaction:
            gathering = Gathering(transaction.session)
            _hold(transaction, wanted)
            joined = JoinedContext(self._context, gathering, catalogs)
            ahead = ReadingAhead(transaction.session, wanted)
            plan = DefinitionPlan(tuple(_done(joined, actor, one, ahead) for one in wanted))
            check(plan)
            gathering.record_all()
            transaction.recorded.extend(gathering.recorded)
        return plan

    def _catalogs(self, wanted: Sequence[Wanted]) -> Catalogs:
        """The catalogs of the platforms that we are connected to and that the files name. Raises TargetError."""
        named = {one.plain["target"] for one in wanted if "target" in one.plain}
        return {name: self._context.catalog(name) for name in sorted(named & set(self._context.targets))}


def _refuse_unless_may(actor: Person, kinds: Sequence[Kind]) -> None:
    refuse_unless_may(actor, Action.APPLY_DEFINITIONS)
    if any(kind.of_people for kind in kinds):
        refuse_unless_may(actor, Action.MANAGE_PEOPLE)


def _refuse_out_of_scope(scopes: Scopes, kinds: Sequence[Kind]) -> None:
    for kind in kinds:
        if scopes is not None and kind.scope not in scopes:
            raise OutOfScope(f"the token does not let `{kind.section}` through: the scope for it is `{kind.scope}`")


def _hold(transaction: Transaction, wanted: Sequence[Wanted]) -> None:
    """Lock at once what the commands would lock one after the other: in the order in which everyone does."""
    session = transaction.session
    session.directory.hold()
    session.sources.hold()
    session.packs.hold()
    for id in sorted(one.id for one in wanted if one.kind.section == "products"):
        session.products.lock(id)


def _done(context: JoinedContext, actor: Person, wanted: Wanted, ahead: ReadingAhead) -> PlanStep:
    """Make one thing what it should be. Raises what is refused, with the place in the file."""
    try:
        standing = ahead.standing(wanted)
        if standing and standing.gone:
            raise WasDeleted(f"`{wanted.id}` was deleted, and its id stays with its history: choose another id")
        plain = wanted.kind.whole(context, wanted.id, wanted.plain, standing)
        differences = _differences(plain, standing)
        if standing is None or differences:
            ahead.forget()
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
    ids = kind.ids(session)
    known = {id: one for id, one in kind.standing(session, ids).items() if not one.gone}
    return {
        id: {name: value for name, value in known[id].plain.items() if name not in known[id].unsaid}
        for id in ids
        if id in known
    }
