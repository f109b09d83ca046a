"""Values for nodes, so that all that is asked of them holds: as different from each other as they may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count, islice, product

from placet.engine.constraints import COUNTED, ZERO, Store
from placet.engine.values import Scalar, Type

Values = dict[int, Scalar]  # root -> value

MOST_WORDS = 24  # ways to choose among words and lists, in one store
FIRST_DAY = 1_767_225_600  # 2026-01-01
DAY = 86_400
RANGES = {"number": (-(2**53) + 1, 2**53 - 1), "instant": (0, 253_402_300_799), "duration": (0, 999_999 * DAY)}


def solutions(store: Store, taken: frozenset[Scalar]) -> Iterator[Values]:
    """Some values for every root; names are new ones, and none of those that are taken."""
    listed = [root for root in _roots(store) if root in store.allowed and root != ZERO]
    choices = [_in_order(store.allowed[root], store.kinds[root]) for root in listed]
    for chosen in islice(product(*choices), MOST_WORDS):
        trial = store.copy()
        for root, value in zip(listed, chosen, strict=True):
            trial.allow(root, frozenset((value,)))
        if trial.possible():
            values = _rest(trial, taken)
            own = values and {root: values[trial.root(root)] for root in _roots(store)}
            if own and _fits(store, own):
                yield own


def _roots(store: Store) -> list[int]:
    return [node for node in range(len(store.parents)) if store.root(node) == node]


def _in_order(values: Iterable[Scalar], kind: Type) -> list[Scalar]:
    """Words as they are declared, so that the first is tried first."""
    words = list(kind) if isinstance(kind, tuple) else []
    return sorted(values, key=lambda value: (words.index(str(value)) if value in words else 0, str(value)))


def _rest(store: Store, taken: frozenset[Scalar]) -> Values | None:
    """Names and numbers, once words are chosen."""
    values: Values = {ZERO: 0}
    computed = {store.root(made.node) for made in store.made}
    distances = store.distances()
    roots = sorted(_roots(store), key=lambda root: root in computed)
    for root in roots:
        kind, value = store.kinds[root], store.value(root)
        if value is None and kind in COUNTED:
            value = _number(root, str(kind), values, store, distances or {})
            if value is None:
                return None
        elif value is None:
            used = taken | set(values.values())
            value = next(name for n in count(1) if (name := f"{kind}-{n}") not in used)
        values[root] = value
    for made in store.made * 2:  # one may be computed from another
        env = {name: values[store.root(node)] for name, node in made.env.items()}
        values[store.root(made.node)] = made.value.of(env)
    return values


def _number(root: int, kind: str, values: Values, store: Store, distances: Mapping[tuple[int, int], int]) -> int | None:
    """A number that fits those that are chosen, and differs from them if it may."""
    low, high = RANGES[kind]
    for other, value in values.items():
        if isinstance(value, int):
            high = min(high, value + distances.get((root, other), high - value))
            low = max(low, value - distances.get((other, root), value - low))
    unlike = {int(values[store.root(b)]) + plus for a, b, plus in _apart(store, root, values)}
    used = {value for other, value in values.items() if store.kinds[other] == kind}
    start, step = {"number": (1, 1), "instant": (FIRST_DAY, DAY), "duration": (DAY, DAY)}[kind]
    wished = [start + n * step for n in range(len(used) + len(unlike) + 1)]
    near = [low + n for n in range(len(unlike) + 1)] + [high - n for n in range(len(unlike) + 1)]
    fit = [one for one in (*wished, *near) if low <= one <= high and one not in unlike]
    return next((one for one in fit if one not in used), fit[0] if fit else None)


def _apart(store: Store, root: int, values: Values) -> Iterator[tuple[int, int, int]]:
    """What a root must not be, of those that are chosen."""
    for one, other, plus in store.apart:
        first, second = store.root(one), store.root(other)
        if first == root and second in values:
            yield first, second, plus
        elif second == root and first in values:
            yield second, first, -plus


def _fits(store: Store, values: Values) -> bool:
    """Whether the values are as the store asks; what is computed may have come out otherwise."""

    def of(node: int) -> Scalar:
        return values[store.root(node)]

    return (
        all(of(one) != (of(other) if not plus else int(of(other)) + plus) for one, other, plus in store.apart)
        and all(int(of(one)) - int(of(other)) <= most for (one, other), most in store.gaps.items())
        and all(test.holds(of(one), of(other)) for test, one, other in store.ranked)
        and all(of(root) in allowed for root, allowed in store.allowed.items() if store.root(root) == root)
    )
