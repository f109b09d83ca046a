"""Conditions on people as rules of Rego, each a plain yes or no of the facts about whoever asks."""

from __future__ import annotations

import json
from collections.abc import Iterator

from placet.domain.conditions import AllOf, AnyOf, Condition, HasAttribute, HasPermission, InGroup, Not


def quoted(text: str) -> str:
    """A text as Rego reads it."""
    return json.dumps(text, ensure_ascii=False)


class Conditions:
    """The conditions of a policy by the names of their rules; equal ones share a rule.

    Rego lets no rule ask itself, so each is a rule of its own, and `holds` finds one by its name.
    """

    def __init__(self) -> None:
        self._names: dict[Condition, str] = {}
        self._rules: list[str] = []

    def name(self, condition: Condition) -> str:
        """The name of the rule for a condition, which is made where it is new."""
        if condition not in self._names:
            bodies = list(self._bodies(condition))
            name = self._names[condition] = f"c{len(self._names) + 1}"
            rules = "\n\n".join(f"{name}(who) if {body}" for body in bodies)
            self._rules.append(f"# {_one_line(str(condition))}\n{rules}")
        return self._names[condition]

    def text(self) -> str:
        """The rules of all conditions, and the one that finds them."""
        found = [f"holds({quoted(name)}, who) if {name}(who)" for name in self._names.values()]
        return "\n\n".join(["default holds(_, _) := false", *self._rules, *found])

    def _bodies(self, condition: Condition) -> Iterator[str]:
        """One body for each way in which a condition can hold."""
        match condition:
            case InGroup(group):
                yield f"who.groups[{quoted(group)}]"
            case HasAttribute(key, value):
                yield f"who.attributes[{quoted(key)}][{quoted(value)}]"
            case HasPermission(permission):
                yield f"who.permissions[{quoted(permission.value)}]"
            case Not(part):
                yield f"not {self.name(part)}(who)"
            case AnyOf(parts):
                yield from (f"{self.name(part)}(who)" for part in parts)
            case AllOf(parts):
                yield "".join(["{\n", *(f"\t{self.name(part)}(who)\n" for part in parts), "}"])


def _one_line(text: str) -> str:
    """A text that ends no comment."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
