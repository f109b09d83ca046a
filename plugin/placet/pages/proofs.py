"""How proofs, and what is missing, read on the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from placet.engine import Chance, Need, Proof

MOST_LINES = 500
"""Lines of one proof on a page; the API has the whole."""

DEEPEST = 12
"""Lists in lists; what stands deeper is shown at this depth."""

Names = Mapping[str, str]


@dataclass(frozen=True)
class Line:
    """A line of a proof; `opens` the list of what it rests on, or `closes` so many lists."""

    text: str
    opens: bool
    closes: int


def nested(proof: Proof, names: Names | None = None, most: int = MOST_LINES) -> list[Line]:
    """A proof as lists in lists, ready for a template that knows no recursion."""
    found = [(min(depth, DEEPEST), text) for depth, text in islice(proof.as_lines(names or {}), most + 1)]
    if len(found) > most:
        found[-1] = (0, "… and more: the API has the whole proof")
    depths = [depth for depth, _ in found[1:]] + [0]
    return [
        Line(text, after > depth, max(depth - after, 0)) for (depth, text), after in zip(found, depths, strict=True)
    ]


@dataclass(frozen=True)
class Lack:
    """Something that is needed, in words: `who` could give it, and for one of them why they could."""

    who: str
    why: str


def lacks(needs: Iterable[Need], names: Names) -> Iterator[Lack]:
    """What is needed, each with who could give it."""
    for need in needs:
        whys = dict.fromkeys(why for chance in need.chances for why in chance.because)
        yield Lack(who_could(need, names), next(iter(whys), ""))


def who_could(need: Need, names: Names) -> str:
    """`one of: Ann Finance and 119 others like them`; who is alone is named alone."""
    shown = list(dict.fromkeys(taken_by(chance, names) for chance in need.chances))
    alike = {other for others in need.alike.values() for other in others}
    many = len(shown) + len(alike) > 1
    lead = "one of: " if need.number == 1 else f"{need.number} of: "
    more = f" and {len(alike)} {'other' if len(alike) == 1 else 'others'} like them" if alike else ""
    return (lead if many else "") + ", ".join(shown) + more


def taken_by(chance: Chance, names: Names) -> str:
    """Who takes a step; of what is no determination also which step it is."""
    if chance.kind == "determination":
        return names.get(str(chance.values["steward"]), str(chance.values["steward"]))
    values = (names.get(str(value), str(value)) for value in chance.values.values())
    return f"{chance.kind} {', '.join(values)}"


FILTERS: dict[str, Callable[..., Any]] = {"nested": nested, "lacks": lacks}
