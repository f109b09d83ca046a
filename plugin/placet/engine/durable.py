"""A program on durable-rules: the engine whose conclusions count.

The C module is called directly: the library's Python layer around each action costs four times the engine, and its
`Host` starts threads that are lost on fork.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from placet.domain.errors import FactError
from placet.engine import installed
from placet.engine.encoding import OPENED, Encoding, Tokens, go
from placet.engine.heads import concluders
from placet.engine.language import Fact, Program, Steps

MOST_TOLD = 100_000  # facts and conclusions of one evaluation, see Sids

_facts_in = re.compile(r'"p\d+":\{"id":"(\d+)"').findall  # all that is needed of a match; only integers stand in it
_names = itertools.count()


class Durable:
    """A compiled program. Evaluations may overlap: each has a state of its own in the engine."""

    def __init__(self, program: Program) -> None:
        self.rete = installed.engine()
        _keep_memory()
        encoding = Encoding(program)
        self.process = os.getpid()
        self.levels = _levels(program)
        self.tokens = encoding.tokens
        self.writers = {kind: encoding.writer(kind) for kind in encoding.read}
        self.heads = [concluders(rule) for rule in program.rules]
        self.sids = Sids()
        self.handle = self.rete.create_ruleset(f"p{next(_names)}", json.dumps(encoding.rules))

    def __del__(self) -> None:
        if hasattr(self, "handle"):
            self.rete.delete_ruleset(self.handle)

    def evaluate(self, facts: Iterable[Fact]) -> Steps:
        """Every conclusion that was not given, with one step that led to it."""
        sid = self.sids.take()
        try:
            return Evaluation(self, sid).run(facts)
        finally:
            self.rete.delete_state(self.handle, sid)
            self.sids.give_back(sid)


class Sids:
    """Names of states, none of which is in use twice at once.

    The engine knows states, and facts within one, by a 32-bit hash of their names alone. So names are used again
    instead of being new each time: there are only as many as there were evaluations at once, and the hashes of those
    differ, as do the hashes of the first MOST_TOLD numbers of facts.
    Taking from and adding to a deque is atomic, so no lock is needed, and none can be left locked by a fork.
    """

    def __init__(self) -> None:
        self.free: deque[str] = deque()
        self.made = itertools.count()

    def take(self) -> str:
        try:
            return self.free.pop()
        except IndexError:
            return f"e{next(self.made)}"

    def give_back(self, sid: str) -> None:
        self.free.append(sid)


class Level(NamedTuple):
    """One round of `go`."""

    number: int
    later: frozenset[str]  # the kinds that are read after it, or again by rules of its own
    again: frozenset[str]  # the kinds that it concludes and reads itself


def _levels(program: Program) -> list[Level]:
    """The levels of a program; at least one, since some action has to run in every state."""
    found: list[Level] = []
    later: frozenset[str] = frozenset()
    for number, rules in reversed([*enumerate(program.levels() or [[]])]):
        read = frozenset(pattern.kind for rule in rules for pattern in rule.when)
        again = read & {head.kind for rule in rules for head in rule.then}
        found.insert(0, Level(number, later | again, again))
        later |= read | {pattern.kind for rule in rules for pattern in rule.unless}
    return found


class Evaluation:
    """One evaluation: facts, then level by level what follows from them."""

    def __init__(self, durable: Durable, sid: str) -> None:
        self.durable, self.rete, self.handle, self.sid = durable, durable.rete, durable.handle, sid
        self.tokens = Tokens(durable.tokens)
        self.known: list[Fact] = []  # what the engine was told, by the number it was told under
        self.held: set[Fact] = set()

    def run(self, facts: Iterable[Fact]) -> Steps:
        """Everything that follows."""
        steps: Steps = {}
        given = dict.fromkeys(facts)
        self.held.update(given)
        self._tell(given)
        for level in self.durable.levels:
            state = self.rete.assert_fact(self.handle, go(level.number, self.sid))[1]
            new = self._conclusions(state)
            while new:
                self.held.update(new)
                steps |= new
                self._tell(fact for fact in new if fact[0] in level.later)
                fed = any(fact[0] in level.again for fact in new)
                new = self._conclusions(state) if fed else {}
        return steps

    def _tell(self, facts: Iterable[Fact]) -> None:
        """Assert all facts that some rule reads, in one call."""
        writers, known, texts = self.durable.writers, self.known, []
        for fact in facts:
            if fact[0] in writers:
                texts.append(writers[fact[0]](fact, len(known), self.sid, self.tokens))
                known.append(fact)
        if len(known) > MOST_TOLD:
            raise FactError(f"more than {MOST_TOLD} facts and conclusions in one evaluation: ask about fewer")
        if texts:
            self.rete.assert_facts(self.handle, f"[{','.join(texts)}]")

    def _conclusions(self, state: int) -> Steps:
        """What the actions of the engine concluded and did not hold before.

        In the order of rules and facts, whatever the order of the actions: of several proofs the same one is kept.
        """
        new: Steps = {}
        known, held = self.known, self.held
        matches = self._matches(state)
        for rule in sorted(matches):
            premises = [tuple([known[number] for number in numbers]) for numbers in sorted(matches[rule])]
            for head in self.durable.heads[rule]:
                for fact, step in head.conclusions(premises):
                    if fact not in held and fact not in new:
                        new[fact] = step
        return new

    def _matches(self, state: int) -> dict[int, list[list[int]]]:
        """The number of each rule that fired, with the numbers of the facts that met its `when` each time."""
        matches: dict[int, list[list[int]]] = {}
        started = self.rete.start_action_for_state(self.handle, state)
        message = started and started[1]
        while message:  # {"r7": {"go": {..}, "p0": {"id": "3", ..}, "p1": {"id": "0", ..}}}, patterns in their order
            rule = message[3 : message.index('"', 2)]
            if rule != OPENED:
                matches.setdefault(int(rule), []).append([int(number) for number in _facts_in(message)])
            message = self.rete.complete_and_start_action(self.handle, state)
        return matches


_memory_kept = False


def _keep_memory() -> None:
    """Free one large block, which teaches malloc to keep memory: asserting facts is up to three times faster."""
    global _memory_kept
    if not _memory_kept:
        bytearray(32 * 2**20 - 8192)
        _memory_kept = True
