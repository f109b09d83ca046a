"""One rule as the text of a Python function: a loop for each pattern, a condition for each other test."""

from __future__ import annotations

from typing import Any

from placet.engine.language import Constant, Joined, OneOf, Operand, Pattern, Result, Rule, Sum, Tally, Test, Variable
from placet.engine.values import safe

SIGNS = {
    "is": "==",
    "not": "!=",
    "below": "<",
    "above": ">",
    "at most": "<=",
    "at least": ">=",
    "in": "in",
}


def written(rule: Rule) -> tuple[str, dict[str, Any]]:
    """The function `rule(all, find)` as text, and what stands behind its names.

    It yields (number of the conclusion, the conclusion, its premises, for a tally what it counts).
    """
    writer = Writer(rule)
    return "\n".join(writer.lines), writer.space


class Writer:
    """Writes one rule."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.lines = ["def rule(all, find):"]
        self.space: dict[str, Any] = {"safe": safe}
        self.bound: dict[str, str] = {}  # variable -> how it is written
        self.waiting: list[tuple[str, Test]] = []  # tests on variables that get their value later
        self.indent = "    "
        for number, pattern in enumerate(rule.when):
            self._loop(f"f{number}", pattern)
        for pattern in rule.unless:
            self._absence(pattern)
        for number in range(len(rule.then)):
            self._conclusion(number)

    def _line(self, text: str, opens: bool = False) -> None:
        self.lines.append(self.indent + text)
        if opens:
            self.indent += "    "

    def _constant(self, value: object) -> str:
        name = f"c{len(self.space)}"
        self.space[name] = value
        return name

    def _loop(self, fact: str, pattern: Pattern) -> None:
        known = [test for test in pattern.tests if test.how == "is" and test.value.variables <= self.bound.keys()]
        self._line(f"for {fact} in {self._facts(pattern, known)}:", opens=True)
        for test in pattern.tests:
            if test.how == "is" and isinstance(test.value, Variable) and test.value.name not in self.bound:
                self.bound[test.value.name] = f"{fact}[{test.place}]"
            else:
                self.waiting.append((fact, test))
        ready = [one for one in self.waiting if one[1].value.variables <= self.bound.keys()]
        self.waiting = [one for one in self.waiting if one not in ready]
        if ready:
            self._line(f"if not ({' and '.join(self._condition(*one) for one in ready)}): continue")

    def _absence(self, pattern: Pattern) -> None:
        found = self._facts(pattern, [test for test in pattern.tests if test.how == "is"])
        tests = " and ".join(self._condition("n", test) for test in pattern.tests)
        self._line(f"if any({tests or 'True'} for n in {found}): continue")

    def _facts(self, pattern: Pattern, same: list[Test]) -> str:
        """The facts that a pattern looks at: all of its kind, or those found by what is already known."""
        kind = self._constant(pattern.kind)
        values = {test.place: self._operand(test.value) for test in same}
        if not values:
            return f"all[{kind}]"
        return f"find({kind}, ({', '.join(map(str, values))},), {', '.join(values.values())})"

    def _condition(self, fact: str, test: Test) -> str:
        here, other = f"{fact}[{test.place}]", self._operand(test.value)
        if test.order:
            rank = self._constant({word: number for number, word in enumerate(test.order)})
            here, other = f"{rank}[{here}]", f"{rank}[{other}]"
        return f"{here} {SIGNS[test.how]} {other}"

    def _operand(self, value: Operand) -> str:
        if isinstance(value, Variable):
            return self.bound[value.name]
        if isinstance(value, Sum):
            return self._sum(value)
        return self._constant(value.values if isinstance(value, OneOf) else value.value)

    def _sum(self, value: Sum) -> str:
        terms = "".join(f" {'+' if sign > 0 else '-'} {self.bound[name]}" for sign, name in value.terms)
        return f"({value.base}{terms})"

    def _result(self, value: Result) -> str:
        if isinstance(value, Sum):
            return f"safe{self._sum(value)}"
        if isinstance(value, Joined):
            return self._joined(value)
        if isinstance(value, Constant | Tally):
            return self._constant(value.value if isinstance(value, Constant) else value)
        return self.bound[value.name]

    def _joined(self, value: Joined) -> str:
        parts = [f"str({self.bound[one]})" if n % 2 else self._constant(one) for n, one in enumerate(value.parts)]
        return f"safe(''.join(({', '.join(parts)},)))"

    def _conclusion(self, number: int) -> None:
        head = self.rule.then[number]
        tally = head.tally()
        fact = ", ".join([self._constant(head.kind), *(self._result(value) for _, value in head.values)])
        premises = "".join(f"f{n}, " for n in range(len(self.rule.when)))
        counted = f", {self.bound[tally.variable]}" if tally else ""
        self._line(f"yield {number}, ({fact},), ({premises}){counted}")
