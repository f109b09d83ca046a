"""Facts from outside as the engine holds them; what does not fit its type is refused before any engine sees it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from placet.domain.errors import FactError
from placet.engine.language import Fact, Kinds
from placet.engine.values import Outward, Type, brief, nearest, outward, taken

EXAMPLE = '{"requires": [{"source": "finance", "stage": 1}]}'
MOST_FACTS = 5000  # in one evaluation; durable-rules takes a fifth of a second for them

Row = Mapping[str, object]
Facts = Mapping[str, Sequence[Row]]  # kind -> rows, as in EXAMPLE


def take_in(facts: Facts, kinds: Kinds, given: Collection[str], most: int = MOST_FACTS) -> tuple[Fact, ...]:
    """Typed facts, each once; raises FactError naming the kind, the property and what is wrong with it."""
    number = sum(map(len, _all_rows(facts)))
    if number > most:
        raise FactError(f"{number} facts are more than the {most} that one question may have: ask about fewer")
    found: dict[Fact, bool] = {}
    for kind, rows in facts.items():
        properties = _properties(kind, kinds, given)
        for row in rows:
            found[_fact(kind, properties, row)] = True
    return tuple(found)


def _all_rows(facts: Facts) -> Iterator[Collection[Row]]:
    """The rows of each kind; raises FactError where facts are not written as rows by kind."""
    if not isinstance(facts, Mapping):
        raise FactError(f"facts are lists of rows by kind, as in `{EXAMPLE}`, not `{brief(facts)}`")
    for kind, rows in facts.items():
        if not isinstance(rows, Sequence):
            raise FactError(f"the facts `{brief(kind)}` are a list of rows, as in `{EXAMPLE}`, not `{brief(rows)}`")
        yield rows


def _properties(kind: str, kinds: Kinds, given: Collection[str]) -> Mapping[str, Type]:
    if kind not in kinds:
        raise FactError(f"no fact is called `{brief(kind)}`{nearest(kind, given)}")
    if kind not in given:
        raise FactError(f"`{kind}` is what the rules conclude, and can't be given")
    return kinds[kind]


def _fact(kind: str, properties: Mapping[str, Type], row: Row) -> Fact:
    if not isinstance(row, Mapping):
        text = f"a fact `{kind}` is a mapping of its properties, not `{brief(row)}`"
        raise FactError(f"{text}: give {_listed(properties)}")
    if row.keys() != properties.keys():
        raise FactError(_misfit(kind, properties, row))
    return typed_fact(kind, [row[prop] for prop in properties], properties)


def typed_fact(kind: str, values: Sequence[object], properties: Mapping[str, Type]) -> Fact:
    """A fact from its values in the order of its properties; raises FactError where one does not fit."""
    try:
        return (kind, *map(taken, values, properties.values()))
    except ValueError:
        for value, (prop, wanted) in zip(values, properties.items(), strict=True):
            value_of(kind, prop, value, wanted)  # says which one it was
        raise


def _misfit(kind: str, properties: Mapping[str, Type], row: Row) -> str:
    unknown = [prop for prop in row if prop not in properties]
    if unknown:
        return f"`{kind}` has no `{brief(unknown[0])}`{nearest(unknown[0], properties)}; it has {_listed(properties)}"
    lost = next(prop for prop in properties if prop not in row)
    return f"`{kind}` also needs `{lost}`; it has {_listed(properties)}"


def _listed(properties: Mapping[str, Type]) -> str:
    return ", ".join(properties) or "no properties"


def value_of(kind: str, prop: str, value: object, wanted: Type) -> str | int:
    """One value of a fact; raises FactError where it does not fit its type."""
    try:
        return taken(value, wanted)
    except ValueError as error:
        raise FactError(f"`{prop}` of `{kind}`: {error}") from None


def row_of(fact: Fact, kinds: Kinds) -> dict[str, Outward]:
    """A fact of the engine as Python has it: property -> value."""
    properties = kinds[fact[0]]
    return {prop: outward(value, kind) for (prop, kind), value in zip(properties.items(), fact[1:], strict=True)}


def placed(kind: str, properties: Mapping[str, Type], values: Mapping[str, object]) -> dict[int, str | int]:
    """Some values of a fact by their places in it; raises FactError where a property or a value does not fit."""
    places = list(properties)
    wanted = {}
    for prop, value in values.items():
        if prop not in properties:
            raise FactError(f"`{kind}` has no `{brief(prop)}`{nearest(prop, properties)}; it has {_listed(properties)}")
        wanted[1 + places.index(prop)] = value_of(kind, prop, value, properties[prop])
    return wanted
