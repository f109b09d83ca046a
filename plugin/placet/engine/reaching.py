"""Rules that can never apply, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from placet.engine.constraints import Store
from placet.engine.findings import Finding
from placet.engine.language import Program, Rule
from placet.engine.levels import may_meet
from placet.engine.unfolding import applied, new_atom, surely_meets


def unreachable(program: Program) -> Iterator[Finding]:
    """What to say about each rule that applies whatever the facts are to none of them."""
    impossible = {rule: found for rule in program.rules if (found := _impossible(rule, program))}
    yield from impossible.values()
    writers = defaultdict(list)
    for rule in program.rules:
        for head in rule.then:
            writers[head.kind].append(head)
    for rule, number in _never_met(program, impossible).items():
        pattern = rule.when[number]
        concluded = any(may_meet(head, pattern) for head in writers[pattern.kind])
        why = "only rules that can never apply conclude" if concluded else "nothing concludes"
        text = f"can never apply, since {why} such a `{pattern.kind}`"
        yield rule.finding("unreachable-rule", "warning", text, rule.spots.when[number])


def _impossible(rule: Rule, program: Program) -> Finding | None:
    """Why a rule can't apply by what it says itself."""
    store = Store()
    made = applied(rule, program.kinds, store)
    if not store.possible():
        return _contradiction(rule, program)
    for pattern, spot in zip(rule.unless, rule.spots.unless, strict=True):
        if any(surely_meets(atom, pattern, made.env, store) for atom in made.premises):
            text = f"can never apply, since what meets its `when` meets `{pattern.kind}` under `unless` as well"
            return rule.finding("unreachable-rule", "warning", text, spot)
    return None


def _contradiction(rule: Rule, program: Program) -> Finding:
    """The first property of which something is asked that nothing can be."""
    store = Store()
    premises = [new_atom(pattern.kind, program.kinds, store) for pattern in rule.when]
    env = {name: premises[number].nodes[place - 1] for name, (number, place) in rule.places.items()}
    for number, (pattern, atom) in enumerate(zip(rule.when, premises, strict=True)):
        for test in pattern.tests:
            store.ask(atom.nodes[test.place - 1], test, env)
            if not store.possible():
                text = f"can never apply, since `{test.prop}` of `{pattern.kind}` can't be all that is asked of it"
                spot = rule.spots.tested.get(("when", number, test.prop))
                return rule.finding("unreachable-rule", "warning", text, spot)
    raise AssertionError("all of it together is impossible, so some of it has to be")


def _never_met(program: Program, dead: Collection[Rule]) -> dict[Rule, int]:
    """The other rules with a pattern (its number) that neither a given fact nor a rule that may apply can meet."""
    lost: dict[Rule, set[int]] = {}
    waiting: dict[str, list[tuple[Rule, int]]] = defaultdict(list)
    for rule in program.rules:
        lost[rule] = {n for n, pattern in enumerate(rule.when) if pattern.kind not in program.given}
        for number in lost[rule]:
            waiting[rule.when[number].kind].append((rule, number))
    alive = [rule for rule in program.rules if not lost[rule] and rule not in dead]
    for rule in alive:  # grows while it is walked
        for head in rule.then:
            for reader, number in waiting[head.kind]:
                if number in lost[reader] and may_meet(head, reader.when[number]):
                    lost[reader].discard(number)
                    if not lost[reader] and reader not in dead:
                        alive.append(reader)
    return {rule: min(patterns) for rule, patterns in lost.items() if patterns and rule not in dead}
