"""Rules that can never apply, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from placet.engine.findings import Finding
from placet.engine.language import Program, Rule
from placet.engine.levels import may_meet

Lost = dict[Rule, set[int]]  # rule -> the patterns of its `when` that nothing meets


def unreachable(program: Program) -> Iterator[Finding]:
    """What to say about each rule that applies whatever the facts are to none of them."""
    for rule, patterns in _never_met(program, ()).items():
        number = min(patterns)
        kind = rule.when[number].kind
        concluders = [other for other in program.rules if any(may_meet(head, rule.when[number]) for head in other.then)]
        why = "only rules that can never apply conclude" if concluders else "nothing concludes"
        text = f"can never apply, since {why} such a `{kind}`"
        yield rule.finding("unreachable-rule", "warning", text, rule.spots.when[number])


def _never_met(program: Program, dead: Collection[Rule]) -> Lost:
    """The rules with a pattern that neither a given fact nor a rule that may apply can meet; the dead ones do not."""
    lost: Lost = {}
    waiting: dict[str, list[tuple[Rule, int]]] = defaultdict(list)
    for rule in program.rules:
        numbers = [n for n, pattern in enumerate(rule.when) if pattern.kind not in program.given]
        lost[rule] = set(numbers)
        for number in numbers:
            waiting[rule.when[number].kind].append((rule, number))
    alive = [rule for rule in program.rules if not lost[rule] and rule not in dead]
    for rule in alive:  # grows while it is walked
        for head in rule.then:
            for reader, number in waiting[head.kind]:
                if number in lost[reader] and may_meet(head, reader.when[number]):
                    lost[reader].discard(number)
                    if not lost[reader] and reader not in dead:
                        alive.append(reader)
    return {rule: patterns for rule, patterns in lost.items() if patterns}
