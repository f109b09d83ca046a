"""A join without the precaution against reading past a buffer: AddressSanitizer has to report it, or it does not watch.

Without AddressSanitizer this may crash, answer wrongly, or seem right.
"""

from __future__ import annotations

from typing import Any

from placet.engine.encoding import TRUE, Encoding
from placet.engine.language import Rule
from tests.engine.small import rule

careful = Encoding._patterns


def careless(self: Encoding, rule: Rule) -> list[dict[str, Any]]:
    """The patterns of a rule, where no `$and` ends with a join that is always true."""
    return [{name: _without_true(pattern) for name, pattern in one.items()} for one in careful(self, rule)]


def _without_true(pattern: dict[str, Any]) -> dict[str, Any]:
    conditions = pattern.get("$and")
    return {"$and": [one for one in conditions if one != TRUE]} if conditions else pattern


def main() -> None:
    """Ask what the join of the hazards' test asks."""
    Encoding._patterns = careless  # type: ignore[method-assign]  # the precaution taken away is the point
    numbers = "n: {n: number}, m: {n: number}"
    pack = rule("when: [n: {n: $a}, m: {n: above $a}], then: [so: {n: $a}]", numbers, "so: {n: number}")
    pack.evaluate({"n": [{"n": n} for n in range(50)], "m": [{"n": -n} for n in range(50)]})


if __name__ == "__main__":
    main()
