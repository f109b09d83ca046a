"""The values and tests of a rule as text: `approve`, `$end - 7 days`, `$end after $now and not after $now + 7 days`."""

from __future__ import annotations

import re
from typing import NamedTuple

from placet.engine.findings import START, Spot
from placet.engine.language import HOLE, TALLIES, Constant, Joined, OneOf, Result, Sum, Tally, Test, Variable
from placet.engine.pack_file import MOST_WORDS, Report
from placet.engine.values import BUILT_IN, Type, literal, named
from placet.engine.yaml_text import List, Node, Text

TIME_WORDS = {"before": "below", "after": "above", "not after": "at most", "not before": "at least"}
_COMPARISON = re.compile(
    r"(?:\$(\w+) )?(not before|not after|before|after|at least|at most|below|above|not) (.+)", re.DOTALL
)
_TERMS = re.compile(r"(?:^|([+-]) )(.+?)(?= [+-] |$)")
_VARIABLE = re.compile(r"\$(\w+)")


Bound = Variable | Sum | Joined | Tally  # what holds variables


class Use(NamedTuple):
    """A value where it is used, for the check that it is bound and fits."""

    at: Spot
    text: str
    value: Bound
    wanted: Type
    fit: str  # same, overlapping or within: how words have to fit


class Conditions:
    """Reads the values of one rule and notes each use of a variable."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.uses: list[Use] = []
        self.at = START  # the value being read

    def tests(self, prop: Text, node: Node, place: int, kind: Type) -> list[Test]:
        """What a pattern asks of one property."""
        self.at = place_of(prop, node)
        if isinstance(node, List):
            return [Test(str(prop), place, "in", self._one_of(node, kind))]
        text = str(node) or f"${prop}"  # `{steward}` alone: the variable of that name
        first, *more = text.split(" and ")
        if not more and not _COMPARISON.fullmatch(first):
            return [Test(str(prop), place, "is", self._same(text, kind))]
        start = _COMPARISON.fullmatch(first)
        found = []
        if start and start[1]:
            found.append(Test(str(prop), place, "is", self._operand(f"${start[1]}", kind)))
        return found + [test for part in (first, *more) for test in self._comparison(prop, part, place, kind)]

    def result(self, prop: Text, node: Node, kind: Type) -> Result:
        """What a conclusion holds in one property."""
        self.at = place_of(prop, node)
        if isinstance(node, List):
            self.report.say(self.at, "wrong-shape", "one conclusion has one value here")
            return Constant(0)
        text = str(node) or f"${prop}"
        how, _, name = text.partition(" $")
        if how in TALLIES:
            tally = Tally(how, name)
            self._note(text, tally, kind, "same")
            return tally
        if HOLE.search(text) and isinstance(kind, str) and kind not in BUILT_IN:
            joined = Joined(tuple(HOLE.split(text)))
            self._note(text, joined, kind, "within")
            return joined
        return self._operand(text, kind, "within")

    def _one_of(self, node: List, kind: Type) -> OneOf:
        found = set()
        self.report.refuse_length(node)
        for one in node[:MOST_WORDS]:
            self.at = one.at
            if isinstance(one, Text) and "$" not in one:
                found.add(self._literal(str(one), kind).value)
            else:
                self.report.say(one.at, "wrong-shape", "a list holds words, names or numbers, no variables")
        return OneOf(frozenset(found))

    def _same(self, text: str, kind: Type) -> Constant | Variable | Sum:
        value = self._operand(text, kind)
        if isinstance(value, Sum):
            ways = "before, after, below, above, at least, at most, not"
            self.report.say(self.at, "no-meaning", f"`{text}` can only be compared: {ways}")
        return value

    def _comparison(self, prop: Text, part: str, place: int, kind: Type) -> list[Test]:
        match = _COMPARISON.fullmatch(part)
        if not match:
            self.report.say(self.at, "no-meaning", f"`{part}` is no comparison: write `$n above 1 and below 9`")
            return []
        how, other = match[2], match[3]
        self._check_fits(prop, how, kind)
        order = kind if isinstance(kind, tuple) and how != "not" else ()
        value = self._operand(other, kind, "same" if order else "overlapping")
        if isinstance(value, Sum) and [sign for sign, _ in value.terms] != [1]:
            self.report.say(
                self.at, "no-meaning", f"`{other}` holds more than one variable: conclude it first, then compare"
            )
        return [Test(str(prop), place, TIME_WORDS.get(how, how), value, order)]

    def _check_fits(self, prop: Text, how: str, kind: Type) -> None:
        """Instants are before and after each other, what has a size is below and above, names are neither."""
        wanted = "time" if kind == "instant" else "size" if kind in ("number", "duration") else ""
        if isinstance(kind, tuple):
            wanted = "size"
        if how == "not" or wanted == ("time" if how in TIME_WORDS else "size"):
            return
        hints = {
            "time": "; write before, after, not before, not after",
            "size": "; write below, above, at least, at most",
        }
        self.report.say(
            self.at, "wrong-type", f"`{how}` does not fit `{prop}`, which is {named(kind)}{hints.get(wanted, '')}"
        )

    def _operand(self, text: str, kind: Type, fit: str = "overlapping") -> Constant | Variable | Sum:
        if "$" not in text:
            return self._literal(text, kind)
        value = self._sum(text, kind)
        self._note(text, value, kind, fit)
        return value

    def _sum(self, text: str, kind: Type) -> Variable | Sum:
        base, terms = 0, []
        for sign_text, part in _TERMS.findall(text):
            sign = -1 if sign_text == "-" else 1
            if variable := _VARIABLE.fullmatch(part):
                terms.append((sign, variable[1]))
            else:
                amount = self._literal(part, "number" if kind == "number" else "duration").value
                base += sign * int(amount)
        if base == 0 and len(terms) == 1 and terms[0][0] == 1:
            return Variable(terms[0][1])
        return Sum(base, tuple(terms))

    def _literal(self, text: str, kind: Type) -> Constant:
        try:
            return Constant(literal(text, kind))
        except ValueError as error:
            self.report.say(self.at, "wrong-type", str(error))
            return Constant(0)

    def _note(self, text: str, value: Bound, wanted: Type, fit: str) -> None:
        self.uses.append(Use(self.at, text, value, wanted, fit))


def place_of(prop: Text, node: Node) -> Spot:
    """Where the value of a property stands: `{steward}` alone has none of its own."""
    return node.at if node else prop.at
