"""What makes a rule whole: its variables are bound, and hold the type that is wanted where they are used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from placet.engine.conditions import Bound, Use
from placet.engine.findings import Spot
from placet.engine.language import HOLE, Joined, Kinds, Rule, Sum, Tally, Variable
from placet.engine.pack_file import Report
from placet.engine.values import Type, named


def check(rule: Rule, uses: list[Use], kinds: Kinds, report: Report) -> None:
    """Say what is wrong with a rule and what is odd about it."""
    for use in uses:
        _check_use(use, rule.types, report)
    told = _told(rule, kinds)
    _bound(rule.spots.because, rule.because, told, rule.types, report)
    for head, spot in zip(rule.then, rule.spots.then, strict=True):
        if sum(isinstance(value, Tally) for _, value in head.values) > 1:
            report.say(spot, "no-meaning", f"`{head.kind}` holds more than one tally: conclude them one by one")
    _warn(rule, uses, told, report)


def _told(rule: Rule, kinds: Kinds) -> list[str]:
    """The variables that `because` names; what is concluded may be named as well."""
    concluded = [set(kinds[head.kind]) for head in rule.then]
    results = set.intersection(*concluded) if concluded else set()
    return [name for name in HOLE.findall(rule.because) if name in rule.types or name not in results]


def _check_use(use: Use, types: Mapping[str, Type], report: Report) -> None:
    if not _bound(use.at, use.text, use.value.variables, types, report) or isinstance(use.value, Joined):
        return
    kind = _type_of(use.value, types)
    if kind is None:
        report.say(use.at, "wrong-type", f"`{use.text}` can't be computed")
    elif not _fits(kind, use.wanted, use.fit):
        report.say(use.at, "wrong-type", f"`{use.text}` is {named(kind)}, where {named(use.wanted)} is wanted")


def _bound(at: Spot, text: str, names: Iterable[str], types: Mapping[str, Type], report: Report) -> bool:
    lost = sorted(name for name in names if name not in types)
    if lost:
        hint = report.nearest(lost[0], types)
        report.say(at, "unbound-variable", f"`{lost[0]}` in `{text}` is bound by no pattern of `when`{hint}")
    return not lost


def _warn(rule: Rule, uses: list[Use], told: list[str], report: Report) -> None:
    times = Counter(told)
    spots: dict[str, Spot] = {}
    for use in uses:
        times.update(use.value.variables)
        spots |= dict.fromkeys(use.value.variables, use.at)
    for name, number in times.items():
        if number == 1 and name in rule.types and name != "now":
            text = f"`{name}` is used nowhere else: leave it out, or is it misspelled?"
            report.warn(spots[name], "unused-variable", text)
    if not rule.because:
        report.warn(rule.spots.rule, "no-reason", "no `because`: what shall people read?")


def _type_of(value: Bound, known: Mapping[str, Type]) -> Type | None:
    """The type of what is computed; None where it has none."""
    if isinstance(value, Variable):
        return known[value.name]
    if isinstance(value, Tally):
        return _type_of_tally(value, known[value.variable])
    return _type_of_sum(value, known) if isinstance(value, Sum) else None


def _type_of_tally(tally: Tally, kind: Type) -> Type | None:
    if tally.how == "count":
        return "number"
    return kind if kind == ("instant" if tally.how in ("earliest", "latest") else "number") else None


def _type_of_sum(value: Sum, known: Mapping[str, Type]) -> Type | None:
    """Numbers make a number; of instants one may be left over, and none leaves a duration."""
    kinds = {known[name] for _, name in value.terms}
    if kinds == {"number"}:
        return "number"
    if not kinds <= {"instant", "duration"}:
        return None
    return {0: "duration", 1: "instant"}.get(sum(sign for sign, name in value.terms if known[name] == "instant"))


def _fits(kind: Type, wanted: Type, fit: str) -> bool:
    """Words may overlap where compared, are among those wanted where concluded, are the same where order counts."""
    if kind == wanted or not isinstance(kind, tuple) or not isinstance(wanted, tuple) or fit == "same":
        return kind == wanted
    return set(kind) <= set(wanted) if fit == "within" else bool(set(kind) & set(wanted))
