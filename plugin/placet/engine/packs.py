"""Rule packs as people ask for them: load, slice by question, evaluate."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from placet.domain.errors import EngineDisagreement, FactError, PackError, SettingError
from placet.engine import reference
from placet.engine.durable import Durable
from placet.engine.evaluation import Evaluation
from placet.engine.facts import MOST_FACTS, Facts, placed, row_of, take_in
from placet.engine.findings import Finding
from placet.engine.joining import join
from placet.engine.language import Fact, Program, Steps
from placet.engine.loops import Loops
from placet.engine.missing import Chance, Missing, Outlook
from placet.engine.reasons import NO_NAMES, Names
from placet.engine.values import Type, nearest

Engine = Literal["durable", "reference", "both"]
ENGINES: tuple[Engine, ...] = ("durable", "reference", "both")


@dataclass(frozen=True)
class PackSource:
    """The text of one pack, under the name that messages about it use."""

    name: str
    text: str


class Pack:
    """One or more rule packs as one checked program. Threads may share it, and a fork may happen at any time.

    `hashes` maps the name of each pack to the sha256 of its text, `sources` are those texts.
    """

    def __init__(self, program: Program, sources: tuple[PackSource, ...], whole: Pack | None = None) -> None:
        self.program = program
        self.sources = sources
        self.whole = whole or self  # the program of which this is a part
        self.hashes: Mapping[str, str] = whole.hashes if whole else _hashes(program, sources)
        self._parts: dict[tuple[tuple[str, ...], frozenset[str]], Pack] = {}
        self._compiled: Durable | None = None
        self._written: Loops | None = None

    @property
    def hash(self) -> str:
        """One sha256 for all packs together, whatever their order."""
        return sha256("\n".join(f"{name} {one}" for name, one in sorted(self.hashes.items())))

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What is odd in the packs and has a meaning all the same."""
        return self.program.warnings

    def only(self, *kinds: str, settled: frozenset[str] = frozenset()) -> Pack:
        """The part that can conclude these kinds: fewer rules to run, the same answer. Numbers of rules stay.

        Kinds that are `settled` were concluded before and are facts now: no rule concludes them anew. Raises PackError
        for a rule that concludes one of them together with something else.
        """
        part = self._parts.get((kinds, settled))
        if part is None:
            for kind in kinds:
                self.declared(kind)
            self._refuse_torn(settled)
            program = replace(self.program, rules=self.program.needed_for(kinds, settled))
            part = self._parts.setdefault((kinds, settled), Pack(program, self.sources, self.whole))
        return part

    def _refuse_torn(self, settled: frozenset[str]) -> None:
        told = ", ".join(sorted(settled))
        text = f"concludes something of what is settled once ({told}) and something else: make it two rules"
        if torn := self.program.torn_by(settled):
            raise PackError([str(rule.finding("torn-rule", "error", text)) for rule in torn])

    def declared(self, kind: str) -> Mapping[str, Type]:
        """The properties of a kind of fact; raises FactError where there is no such kind."""
        if kind not in self.program.kinds:
            raise FactError(f"no fact is called `{kind}`{nearest(kind, self.program.kinds)}")
        return self.program.kinds[kind]

    def relevant(self, facts: Facts) -> Facts:
        """The facts of kinds that some pack reads; the others would be refused."""
        return {kind: rows for kind, rows in facts.items() if kind in self.program.given}

    def evaluate(self, facts: Facts, engine: Engine = "both", most: int = MOST_FACTS) -> Evaluation:
        """Everything that follows from typed facts, with its proof.

        `facts` maps a kind to rows, a row maps properties to values: names and words as str, numbers as int, flags as
        bool, instants as aware datetimes (whole seconds count), durations as timedelta. With "both" durable-rules
        concludes and the loops have to agree; "reference" is the slow, obvious evaluator. Raises FactError for a fact
        that does not fit and for more than `most` facts, EngineDisagreement where the engines differ, EngineMissing
        without durable-rules.
        """
        return self.conclude(self.typed(facts, most), engine)

    def typed(self, facts: Facts, most: int = MOST_FACTS) -> tuple[Fact, ...]:
        """Facts as the engine holds them; raises FactError for one that does not fit and for more than `most`."""
        return take_in(facts, self.program.kinds, self.program.given, most)

    def missing(self, facts: Facts, kind: str, /, names: Names = NO_NAMES, **properties: object) -> Missing:
        """What would still have to happen before something of this kind is concluded with these values.

        None: it is out of reach. Else clauses, of each of which someone has to take one step; none where nothing is
        missing. The facts have to hold all the people who may be asked. `names` maps ids to what people call them.
        """
        wanted = placed(kind, self.declared(kind), properties)
        typed = self.typed(facts)

        def goal(fact: Fact) -> bool:
            return fact[0] == kind and all(fact[place] == value for place, value in wanted.items())

        clauses = Outlook(self.program, typed, goal, names).missing()
        if clauses is None:
            return None
        return [[self._chance(step, why) for step, why in clause.items()] for clause in clauses]

    def _chance(self, step: Fact, why: list[str]) -> Chance:
        return Chance(step[0], row_of(step, self.program.kinds), tuple(why))

    def conclude(self, facts: tuple[Fact, ...], engine: Engine = "both") -> Evaluation:
        """As `evaluate`, of facts that are typed already."""
        if engine not in ENGINES:
            hint = nearest(engine, ENGINES)
            raise SettingError(f"no engine is called `{engine}`{hint}; there are {', '.join(ENGINES)}")
        return Evaluation(self, facts, self._steps(facts, engine))

    def _steps(self, facts: tuple[Fact, ...], engine: Engine) -> Steps:
        if engine == "reference":
            return reference.evaluate(self.program, facts)
        steps = self._durable().evaluate(facts)
        if engine == "both":
            _refuse_disagreement(facts, steps, self._loops().evaluate(facts))
        return steps

    def _durable(self) -> Durable:
        """The compiled program of this process.

        No lock guards it, since a fork could leave one locked for ever: two threads that come first at once compile
        twice, and one of the two results is dropped. A forked process compiles anew, so that it shares no state of
        evaluations that were under way elsewhere.
        """
        compiled = self._compiled
        if compiled is None or compiled.process != os.getpid():
            compiled = self._compiled = Durable(self.program)
        return compiled

    def _loops(self) -> Loops:
        if self._written is None:
            self._written = Loops(self.program)
        return self._written


def _hashes(program: Program, sources: tuple[PackSource, ...]) -> Mapping[str, str]:
    named = zip(program.packs, sources, strict=True)
    return MappingProxyType({name: sha256(source.text) for name, source in named})


def _refuse_disagreement(facts: tuple[Fact, ...], durable: Steps, loops: Steps) -> None:
    """No verdict without both engines: raises EngineDisagreement with the facts and what only one concluded."""
    if durable.keys() == loops.keys():
        return
    difference = {
        "durable only": sorted((list(fact) for fact in durable.keys() - loops.keys()), key=str),
        "loops only": sorted((list(fact) for fact in loops.keys() - durable.keys()), key=str),
    }
    raise EngineDisagreement(
        "the two rule engines do not agree, so nothing was decided: tell the people who run this server",
        facts=[list(fact) for fact in facts],
        difference=difference,
    )


def sha256(text: str) -> str:
    """The hash by which a pack is pinned."""
    return hashlib.sha256(text.encode()).hexdigest()


def load_pack(*packs: str | Path | PackSource) -> Pack:
    """One or more packs as one program: a path, the bare name of a shipped pack (`quorum`), or a PackSource.

    The first that declares a conclusion owns it. Raises PackError with every problem found: file, line, rule, nearest
    known word. The same texts give the same Pack.
    """
    return _loaded(tuple(pack if isinstance(pack, PackSource) else source_of(pack) for pack in packs))


@lru_cache(maxsize=128)
def _loaded(sources: tuple[PackSource, ...]) -> Pack:
    return Pack(join((source.name, source.text) for source in sources), sources)


def source_of(pack: str | Path) -> PackSource:
    """The text of a pack, by its path or the bare name of one that is shipped. Raises PackError."""
    if isinstance(pack, str) and not pack.endswith((".yaml", ".yml")):
        return shipped(pack)
    path = Path(pack)
    try:
        return PackSource(path.name, path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PackError([f"{path.name}:1:1: can't be read ({error.strerror}): give the path of a file"]) from None
    except UnicodeDecodeError:
        raise PackError([f"{path.name}:1:1: is not UTF-8: save it so"]) from None


@lru_cache(maxsize=32)
def shipped(name: str) -> PackSource:
    """The text of a pack that is shipped, by its name. Raises PackError."""
    folder = resources.files("placet.rules")
    names = sorted(one.name.removesuffix(".yaml") for one in folder.iterdir() if _is_pack(one.name))
    if name not in names:
        raise PackError([f"no pack called `{name}` is shipped{nearest(name, names)}; there are {', '.join(names)}"])
    return PackSource(f"{name}.yaml", (folder / f"{name}.yaml").read_text(encoding="utf-8"))


def _is_pack(file: str) -> bool:
    return file.endswith(".yaml") and not file.endswith(".cases.yaml")
