"""What is asked of values that are not known yet: whether all of it can hold, and whether something surely does.

A value stands for itself as a number, its node. Nodes are joined where they are equal, and carry the values that they
may have; numbers, instants and durations carry how far they are apart at most (difference constraints, closed by
shortest ways as in Dechter, Meiri and Pearl 1991). What is found impossible is impossible; not everything that is
impossible is found.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from placet.engine.language import Constant, Joined, OneOf, Operand, Sum, Test, Variable
from placet.engine.values import Scalar, Type

ZERO = 0  # the node of the number 0, from which constants are measured
COUNTED = ("number", "instant", "duration")
OPPOSITE = {"is": "not", "not": "is", "below": "at least", "at least": "below", "above": "at most", "at most": "above"}

Env = Mapping[str, int]  # variable -> node


class Apart(NamedTuple):
    """`one` is not `other` plus something; for names and words it is just not `other`."""

    one: int
    other: int
    plus: int = 0


class Ranked(NamedTuple):
    """Two words compared by their places in a list."""

    test: Test
    one: int
    other: int


class Made(NamedTuple):
    """A node that is computed from others: a sum, or a name made from variables."""

    node: int
    value: Sum | Joined
    env: Env


class Store:
    """Nodes, and what is asked of them."""

    def __init__(self) -> None:
        self.kinds: list[Type] = ["number"]  # of each node
        self.parents: list[int] = [ZERO]
        self.allowed: dict[int, frozenset[Scalar]] = {ZERO: frozenset((0,))}
        self.apart: list[Apart] = []
        self.ranked: list[Ranked] = []
        self.made: list[Made] = []
        self.gaps: dict[tuple[int, int], int] = {}  # (one, other) -> one - other is at most so much
        self.broken = False

    def copy(self) -> Store:
        """The same again, to ask more of."""
        made = Store.__new__(Store)
        made.kinds, made.parents = self.kinds[:], self.parents[:]
        made.allowed, made.gaps = dict(self.allowed), dict(self.gaps)
        made.apart, made.ranked, made.made = self.apart[:], self.ranked[:], self.made[:]
        made.broken = self.broken
        return made

    # --- nodes ---

    def new(self, kind: Type) -> int:
        """A node that may have every value of a type."""
        node = len(self.parents)
        self.parents.append(node)
        self.kinds.append(kind)
        if isinstance(kind, tuple):
            self.allowed[node] = frozenset(kind)
        elif kind == "flag":
            self.allowed[node] = frozenset((0, 1))
        return node

    def constant(self, value: Scalar, kind: Type) -> int:
        """A node that has one value."""
        node = self.new(kind)
        self.allow(node, frozenset((value,)))
        return node

    def root(self, node: int) -> int:
        """The node that stands for all that are equal to this one."""
        while self.parents[node] != node:
            node = self.parents[node]
        return node

    def value(self, node: int) -> Scalar | None:
        """The only value that a node may have, if there is only one."""
        allowed = self.allowed.get(self.root(node), ())
        return next(iter(allowed)) if len(allowed) == 1 else None

    def same(self, one: int, other: int) -> bool:
        """Whether two nodes are known to be equal."""
        value = self.value(one)
        return self.root(one) == self.root(other) or (value is not None and value == self.value(other))

    # --- what is asked ---

    def allow(self, node: int, values: frozenset[Scalar]) -> None:
        """The node is one of these."""
        root = self.root(node)
        found = self.allowed[root] & values if root in self.allowed else values
        self.allowed[root] = found
        self.broken |= not found

    def join(self, one: int, other: int) -> None:
        """Two nodes are equal."""
        keep, drop = self.root(one), self.root(other)
        if keep == drop:
            return
        self.parents[drop] = keep
        if drop in self.allowed:
            self.allow(keep, self.allowed.pop(drop))

    def ask(self, node: int, test: Test, env: Env) -> None:
        """The test holds for the node."""
        self._compare(node, test.how, test.value, test, env)

    def refuse(self, node: int, test: Test, env: Env) -> None:
        """The test does not hold for the node."""
        if test.how != "in":
            self._compare(node, OPPOSITE[test.how], test.value, test, env)
            return
        assert isinstance(test.value, OneOf)
        root = self.root(node)
        if root in self.allowed:
            self.allow(node, self.allowed[root] - test.value.values)
            return
        for value in test.value.values:
            self._compare_constant(node, "not", value, test)

    def holds(self, node: int, test: Test, env: Env) -> bool:
        """Whether the test holds whatever the values are."""
        if test.how == "is" and isinstance(test.value, Variable) and self.same(node, env[test.value.name]):
            return True
        without = self.copy()
        without.refuse(node, test, env)
        return not without.possible()

    def _compare(self, node: int, how: str, value: Operand, test: Test, env: Env) -> None:
        if isinstance(value, OneOf):
            self.allow(node, value.values)
        elif isinstance(value, Constant):
            self._compare_constant(node, how, value.value, test)
        elif isinstance(value, Variable) and how == "is":
            self.join(node, env[value.name])
        elif isinstance(value, Variable) and test.order:
            self.ranked.append(Ranked(test._replace(how=how), node, env[value.name]))
        else:
            base, name = (0, value.name) if isinstance(value, Variable) else (value.base, value.terms[0][1])
            self._order(node, how, env[name], base)

    def _compare_constant(self, node: int, how: str, value: Scalar, test: Test) -> None:
        root = self.root(node)
        if how == "is":
            self.allow(node, frozenset((value,)))
        elif root in self.allowed:
            ranked = test._replace(how=how)
            self.allow(node, frozenset(one for one in self.allowed[root] if ranked.holds(one, value)))
        elif isinstance(value, int):
            self._order(node, how, ZERO, value)
        else:
            self._differ(node, self.constant(value, self.kinds[root]))

    def _order(self, node: int, how: str, other: int, plus: int) -> None:
        """The node compares with `other` plus something."""
        if how == "not":
            self._differ(node, other, plus)
        if how in ("below", "at most", "is"):
            self.gap(node, other, plus - (how == "below"))
        if how in ("above", "at least", "is"):
            self.gap(other, node, -plus - (how == "above"))

    def _differ(self, one: int, other: int, plus: int = 0) -> None:
        self.apart.append(Apart(one, other, plus))

    def gap(self, one: int, other: int, most: int) -> None:
        """One is at most so much more than the other."""
        self.gaps[one, other] = min(most, self.gaps.get((one, other), most))

    def make(self, value: Sum | Joined, env: Env, kind: Type) -> int:
        """A node that is computed from others."""
        node = self.new(kind)
        self.made.append(Made(node, value, env))
        if isinstance(value, Sum) and [sign for sign, _ in value.terms] == [1]:
            self._order(node, "is", env[value.terms[0][1]], value.base)
        return node

    # --- whether it can be ---

    def possible(self) -> bool:
        """Whether nothing speaks against all of it at once; what is not possible stays so."""
        self._compute()
        distances = self.distances()
        self.broken |= distances is None
        if not self.broken and distances is not None:
            self.broken |= any(self._together(apart, distances) for apart in self.apart)
            self.broken |= any(not self._rankable(ranked) for ranked in self.ranked)
        return not self.broken

    def _compute(self) -> None:
        """Join what is computed alike, and work out what is known."""
        alike: dict[object, int] = {}
        for node, value, env in self.made:
            self.join(alike.setdefault(self._recipe(value, env), node), node)
            known = {name: self.value(env[name]) for name in value.variables}
            if None not in known.values():
                self.allow(node, frozenset((value.of(known),)))
            elif isinstance(value, Joined) and (name := self.value(node)) is not None:
                self._take_apart(value, str(name), env)

    def _take_apart(self, value: Joined, name: str, env: Env) -> None:
        """`owner-of-x` is made from `owner-of-{dataset}` by one dataset only."""
        start, end = value.parts[0], value.parts[-1]
        fits = name.startswith(start) and name.endswith(end) and len(name) > len(start) + len(end)
        self.broken |= not fits
        if fits and len(value.parts) == 3:
            self.allow(env[value.parts[1]], frozenset((name[len(start) : len(name) - len(end)],)))

    def _recipe(self, value: Sum | Joined, env: Env) -> object:
        """The same for what has the same value, whatever that is."""
        if isinstance(value, Sum):
            return value.base, tuple(sorted((sign, self._known(env[name])) for sign, name in value.terms))
        return tuple(self._known(env[part]) if n % 2 else part for n, part in enumerate(value.parts))

    def _known(self, node: int) -> tuple[int, str]:
        value = self.value(node)
        return (self.root(node), "") if value is None else (-1, str(value))

    def distances(self) -> dict[tuple[int, int], int] | None:
        """The least known gap of every two counted nodes; None where they contradict each other."""
        found: dict[tuple[int, int], int] = {}
        for (one, other), most in [*self.gaps.items(), *self._gaps_of_values()]:
            pair = self.root(one), self.root(other)
            found[pair] = min(most, found.get(pair, most))
        nodes = sorted({node for pair in found for node in pair})
        for middle in nodes:
            into = [(one, found[one, middle]) for one in nodes if (one, middle) in found]
            out = [(other, found[middle, other]) for other in nodes if (middle, other) in found]
            for one, first in into:
                for other, second in out:
                    if first + second < found.get((one, other), first + second + 1):
                        found[one, other] = first + second
        return None if any(found.get((node, node), 0) < 0 for node in nodes) else found

    def _gaps_of_values(self) -> list[tuple[tuple[int, int], int]]:
        """Those of nodes of which some values are known and distances are asked."""
        found = []
        for root in {self.root(node) for pair in self.gaps for node in pair} - {ZERO}:
            if values := self.allowed.get(root):
                numbers = [int(value) for value in values]
                found += [((root, ZERO), max(numbers)), ((ZERO, root), -min(numbers))]
        return found

    def _together(self, apart: Apart, distances: Mapping[tuple[int, int], int]) -> bool:
        """Whether two nodes are surely as they must not be."""
        one, other, plus = self.root(apart.one), self.root(apart.other), apart.plus
        if one == other:
            return plus == 0
        first, second = self.value(one), self.value(other)
        if first is not None and second is not None:
            return first == (second if plus == 0 else int(second) + plus)
        return distances.get((one, other)) == plus and distances.get((other, one)) == -plus

    def _rankable(self, ranked: Ranked) -> bool:
        """Whether any two words that are left compare as they should; those that never do are left out."""
        test, one, other = ranked
        first, second = (self.allowed.get(self.root(node), frozenset(test.order)) for node in (one, other))
        self.allow(one, frozenset(a for a in first if any(test.holds(a, b) for b in second)))
        self.allow(other, frozenset(b for b in second if any(test.holds(a, b) for a in first)))
        return not self.broken and (self.root(one) != self.root(other) or test.how not in ("below", "above"))
