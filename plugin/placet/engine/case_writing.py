"""Facts as a case that can be pasted into a file of cases."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from placet.engine.language import Fact, Kinds
from placet.engine.values import written

_SIMPLE = re.compile(r"[A-Za-z0-9][\w-]*( [A-Za-z0-9][\w-]*)*")


def case_text(name: str, given: Iterable[Fact], expected: Iterable[Fact], kinds: Kinds) -> str:
    """One case, as it stands under `cases`."""
    lines = [f"  {quoted(name)}:"]
    for clause, facts in (("given", given), ("expect", expected)):
        lines += [f"    {clause}:", *(f"      {line}" for line in _rows(facts, kinds))]
    return "\n".join(lines) + "\n"


def _rows(facts: Iterable[Fact], kinds: Kinds) -> list[str]:
    rows: dict[str, list[str]] = {}
    for fact in facts:
        values = [quoted(written(v, kind)) for v, kind in zip(fact[1:], kinds[fact[0]].values(), strict=True)]
        rows.setdefault(fact[0], []).append(f"[{', '.join(values)}]" if values[1:] else "".join(values))
    return [
        f"{quoted(kind)}: [{', '.join(some)}]" if any(some) else f"{quoted(kind)}: {{}}" for kind, some in rows.items()
    ]


def quoted(text: str) -> str:
    """A text as YAML, in quotes where it needs them."""
    return text if _SIMPLE.fullmatch(text) else json.dumps(text)
