"""Masks: what stands in place of a value for those who don't see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from placet.domain.people import LONGEST_WORD

MOST_KEPT = 100
"""Characters of a value that a partial mask may keep on one side."""

MOST_PLACES = 15
"""Places before and after the point to which a mask may round."""


class MaskKind(StrEnum):
    """What stands in place of a value."""

    NULL = "null"
    CONSTANT = "constant"
    HASH = "hash"
    PARTIAL = "partial"
    ROUNDING = "rounding"


@dataclass(frozen=True)
class Mask:
    """What someone sees of a masked column; each kind has its own parameters and no others.

    `constant` shows `text`. `hash` shows the same word for the same value and no other. `partial` keeps the `first` and
    the `last` characters, and nothing of a value that is not longer than both together. `rounding` rounds numbers to
    `places` after the point: `-3` to thousands.
    """

    kind: MaskKind
    text: str | None = None
    first: int | None = None
    last: int | None = None
    places: int | None = None

    def __str__(self) -> str:
        return {
            MaskKind.NULL: "nothing at all (NULL)",
            MaskKind.CONSTANT: f"the text `{self.text}`",
            MaskKind.HASH: "a keyed hash",
            MaskKind.PARTIAL: f"the first {self.first} and the last {self.last} characters",
            MaskKind.ROUNDING: f"numbers rounded to {self.places} places after the point",
        }[self.kind]

    @property
    def problem(self) -> str:
        """Why this can't mask anything, in words, or nothing where it can."""
        wanted = _PARAMETERS[self.kind]
        given = {name for name in ("text", "first", "last", "places") if getattr(self, name) is not None}
        if given != set(wanted):
            needed = " and ".join(f"`{name}`" for name in wanted) or "no parameters"
            return f"a mask of the kind `{self.kind}` has {needed}"
        return self._out_of_range()

    def _out_of_range(self) -> str:
        if self.text is not None and len(self.text) > LONGEST_WORD:
            return f"the text of a mask has up to {LONGEST_WORD} characters"
        if self.places is not None and not -MOST_PLACES <= self.places <= MOST_PLACES:
            return f"numbers are rounded to -{MOST_PLACES} to {MOST_PLACES} places, and not to {self.places}"
        kept = [number for number in (self.first, self.last) if number is not None]
        if not all(0 <= number <= MOST_KEPT for number in kept) or (kept and not sum(kept)):
            return f"a partial mask keeps 0 to {MOST_KEPT} characters on each side, and at least one"
        return ""


_PARAMETERS: Mapping[MaskKind, tuple[str, ...]] = {
    MaskKind.NULL: (),
    MaskKind.CONSTANT: ("text",),
    MaskKind.HASH: (),
    MaskKind.PARTIAL: ("first", "last"),
    MaskKind.ROUNDING: ("places",),
}
