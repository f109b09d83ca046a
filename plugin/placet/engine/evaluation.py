"""What an evaluation says: its conclusions, the reasons for them, and their proof."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from placet.engine.facts import placed, row_of
from placet.engine.language import Fact, Step, Steps
from placet.engine.proofs import Proof
from placet.engine.reasons import NO_NAMES, Names, reason
from placet.engine.values import Outward

if TYPE_CHECKING:
    from placet.engine.packs import Pack

Rows = tuple[Mapping[str, Outward], ...]


class Evaluation:
    """Everything that was concluded from some facts.

    What was given is no conclusion, even where a rule would conclude it too.
    """

    def __init__(self, pack: Pack, facts: tuple[Fact, ...], steps: Steps) -> None:
        self.pack, self.facts, self.steps = pack, facts, steps

    @property
    def conclusions(self) -> Mapping[str, Rows]:
        """Kind -> rows of property -> value, instants as aware datetimes in UTC; only kinds with a conclusion."""
        return {kind: self.of(kind) for kind in dict.fromkeys(fact[0] for fact in self.steps)}

    def of(self, kind: str) -> Rows:
        """The conclusions of one kind; raises FactError where no pack knows it."""
        self.pack.declared(kind)
        kinds = self.pack.program.kinds
        return tuple(row_of(fact, kinds) for fact in self.steps if fact[0] == kind)

    def holds(self, kind: str, /, **properties: object) -> bool:
        """Whether something of this kind was concluded with these values."""
        return any(True for _ in self._matching(kind, properties))

    def because(self, kind: str, /, names: Names = NO_NAMES, **properties: object) -> list[str]:
        """The reasons for the conclusions of this kind with these values, each once.

        `names` maps ids to what people call them. Nothing is escaped: whoever shows it in a page does that.
        """
        kinds = self.pack.program.kinds
        reasons = (reason(kinds, fact, step, names) for fact, step in self._matching(kind, properties))
        return list(dict.fromkeys(reasons))

    def proof(self, *kinds: str) -> Proof:
        """The proof of the conclusions of these kinds, or of all."""
        for kind in kinds:
            self.pack.declared(kind)
        return Proof(self.pack, self.facts, self.steps, kinds)

    def _matching(self, kind: str, properties: Mapping[str, object]) -> Iterator[tuple[Fact, Step]]:
        wanted = placed(kind, self.pack.declared(kind), properties)
        for fact, step in self.steps.items():
            if fact[0] == kind and all(fact[place] == value for place, value in wanted.items()):
                yield fact, step
