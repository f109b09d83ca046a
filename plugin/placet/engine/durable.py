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
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from placet.domain.errors import FactError
from placet.engine import installed
from placet.engine.encoding import OPENED, Encoding, go
from placet.engine.heads import concluders
from placet.engine.language import Fact, Program, Steps

MOST_TOLD = 100_000  # facts and conclusions of one evaluation, see Sids

_facts_in = re.compile(r'"p(\d+)":\{"id":"(\d+)"').findall  # all that is needed of a match; only integers stand in it
_names = itertools.count()


class Durable:
    """A compiled program. Evaluations may overlap: each has a state of its own in the engine."""

    def __init__(self, program: Program) -> None:
        self.rete = installed.engine()
        _keep_memory()
        encoding = Encoding(program)
        self.process = os.getpid()
        self.levels = max(1, len(program.levels()))  # some action has to run in every state
        self.recursive = _feeding_levels(program)
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


class Evaluation:
    """One evaluation: facts, then level by level what follows from them."""

    def __init__(self, durable: Durable, sid: str) -> None:
        self.durable, self.sid = durable, sid
        self.tokens = dict(durable.tokens)
        self.known: list[Fact] = []  # what the engine was told, by the number it was told under
        self.held: set[Fact] = set()

    def run(self, facts: Iterable[Fact]) -> Steps:
        steps: Steps = {}
        given = dict.fromkeys(facts)
        self.held.update(given)
        self._tell(given)
        for level in range(self.durable.levels):
            state = self.durable.rete.assert_fact(self.durable.handle, go(level, self.sid))[1]
            recursive = level in self.durable.recursive
            again = True
            while again:
                new = self._conclusions(state)
                self.held.update(new)
                steps |= new
                read_later = recursive or level < self.durable.levels - 1
                again = read_later and self._tell(new) and recursive
        return steps

    def _tell(self, facts: Iterable[Fact]) -> bool:
        """Assert all facts that some rule reads, in one call; whether there were any."""
        texts = []
        for fact in facts:
            write = self.durable.writers.get(fact[0])
            if write:
                texts.append(write(fact, len(self.known), self.sid, self.tokens))
                self.known.append(fact)
        if len(self.known) > MOST_TOLD:
            raise FactError(f"more than {MOST_TOLD} facts and conclusions in one evaluation: ask about fewer")
        if texts:
            self.durable.rete.assert_facts(self.durable.handle, f"[{','.join(texts)}]")
        return bool(texts)

    def _conclusions(self, state: int) -> Steps:
        """What the actions of the engine concluded and did not hold before.

        In the order of rules and facts, whatever the order of the actions: of several proofs the same one is kept.
        """
        new: Steps = {}
        for number, matches in groupby(sorted(self._actions(state)), key=itemgetter(0)):
            premises = [tuple([self.known[fact] for fact in facts]) for _, facts in matches]
            for head in self.durable.heads[number]:
                for fact, step in head.conclusions(premises):
                    if fact not in self.held:
                        new.setdefault(fact, step)
        return new

    def _actions(self, state: int) -> Iterator[tuple[int, list[int]]]:
        """The number of each rule that fired, with the numbers of the facts that met its `when`."""
        rete, handle = self.durable.rete, self.durable.handle
        started = rete.start_action_for_state(handle, state)
        message = started and started[1]
        while message:  # {"r7": {"go": {..}, "p0": {"id": "3", ..}, ..}}
            rule = message[3 : message.index('"', 2)]
            if rule != OPENED:
                found = sorted((int(pattern), int(fact)) for pattern, fact in _facts_in(message))
                yield int(rule), [fact for _, fact in found]
            message = rete.complete_and_start_action(handle, state)


def _feeding_levels(program: Program) -> set[int]:
    """The levels in which a rule may read what another of the same level concludes."""
    return {
        number
        for number, rules in enumerate(program.levels())
        if {pattern.kind for rule in rules for pattern in rule.when}
        & {head.kind for rule in rules for head in rule.then}
    }


_memory_kept = False


def _keep_memory() -> None:
    """Free one large block, which teaches malloc to keep memory: asserting facts is up to three times faster."""
    global _memory_kept
    if not _memory_kept:
        bytearray(32 * 2**20 - 8192)
        _memory_kept = True
