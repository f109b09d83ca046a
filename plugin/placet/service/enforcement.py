"""One data platform and what it should enforce, as far as it can express it."""

from __future__ import annotations

from collections.abc import Callable

from placet.emitter.capable import within
from placet.emitter.policy import Desired
from placet.emitter.target import Change, Drift, Plan, Severity
from placet.service.context import Context
from placet.service.desired import desired_state


class Enforcement:
    """Plan, apply and verify on one platform; what it can't express exactly is left out, and named as a problem.

    Raises NotFound for a platform that the settings don't name; the methods raise what `Target` says.
    """

    def __init__(self, context: Context, target: str) -> None:
        self._context = context
        self._name = target
        self._target = context.target(target)

    def wanted(self) -> tuple[Desired, tuple[Change, ...]]:
        """What the platform should enforce now, and what it can't."""
        with self._context.store.reading() as session:
            state = desired_state(session, self._name, self._context.clock.now())
        return within(state, self._target.capabilities)

    def plan(self) -> Plan:
        """What `apply` would do now; changes nothing."""
        desired, refused = self.wanted()
        return _with(self._target.plan(desired), refused)

    def apply(self, first: Callable[[], None] = lambda: None) -> Plan:
        """Bring the platform to it; `first` is called when it is our turn there, before the state is read."""
        refused: list[Change] = []

        def wanted() -> Desired:
            first()
            desired, refused[:] = self.wanted()
            return desired

        return _with(self._target.apply(wanted), refused)

    def verify(self) -> list[Drift]:
        """How the platform differs, with a warning for what it can't express."""
        desired, refused = self.wanted()
        warnings = [Drift(Severity.WARNING, one.kind, one.object, one.summary) for one in refused]
        return [*self._target.verify(desired), *warnings]


def _with(plan: Plan, refused: tuple[Change, ...] | list[Change]) -> Plan:
    return Plan(plan.changes, plan.losses, (*plan.problems, *refused))
