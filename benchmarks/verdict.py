"""A verdict for 5 steward sources and 5 determinations: our two engines against CLIPS and Rego on the same question.

All answer from the same Python values and are asked for the same answer: is the request decided, how, and until when.
The rules in the three languages say the same, and are checked to on requests that end differently.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

import clips
import regopy

from benchmarks.measure import side_by_side
from placet.engine import Pack, load_pack
from placet.engine.facts import take_in
from placet.engine.loops import Loops

ROUNDS, CALLS = 15, 100
SOURCES = [f"source-{n}" for n in range(1, 6)]
STEWARDS = [f"steward-{n}" for n in range(1, 6)]

Rows = list[dict[str, object]]
Request = Mapping[str, Rows]
Answer = tuple[str | None, datetime | None]


def request(quorum: str, verdicts: list[str], end: datetime | None = None) -> Request:
    """A request on which the first stewards gave these verdicts, each standing for a source of their own."""
    given = list(zip(STEWARDS, SOURCES, verdicts, strict=False))
    return {
        "requires": [{"source": source, "stage": 1} for source in SOURCES],
        "quorum": [{"rule": quorum}],
        "determination": [{"steward": steward, "verdict": verdict} for steward, _, verdict in given],
        "stood for": [{"steward": steward, "source": source} for steward, source, _ in given],
        "limit": [{"steward": steward, "end": end} for steward, *_ in given[:2]] if end else [],
    }


END = datetime(2026, 6, 30, tzinfo=UTC)
MEASURED = request("all", ["approve"] * 5, END)
CHECKED: list[tuple[Request, Answer]] = [
    (MEASURED, ("approved", END)),
    (request("all", ["approve"] * 4), (None, None)),
    (request("all", [*["approve"] * 4, "deny"]), ("denied", None)),
    (request("any", ["approve"], END), ("approved", END)),
    (request("any", []), (None, None)),
]


# --- ours ---

KINDS = ("outcome", "ends")


def placet_alone(pack: Pack, told: Request) -> Answer:
    """durable-rules alone: typed facts, evaluation, answer."""
    said = pack.evaluate(told, engine="durable")
    return _answer(said.of("outcome"), said.of("ends"))


def placet_whole(pack: Pack, told: Request) -> Answer:
    """What every verdict is: typed facts, both engines, their agreement, the answer, and the proof that is stored."""
    said = pack.evaluate(told)
    json.dumps(said.proof(*KINDS).compact())
    return _answer(said.of("outcome"), said.of("ends"))


def placet_reference(pack: Pack, told: Request) -> Answer:
    """The naive evaluator that both engines are held to in tests."""
    said = pack.evaluate(told, engine="reference")
    return _answer(said.of("outcome"), said.of("ends"))


def _answer(outcome: tuple[Mapping[str, object], ...], ends: tuple[Mapping[str, object], ...]) -> Answer:
    status = str(outcome[0]["status"]) if outcome else None
    end = ends[0]["at"] if ends else None
    return status, end if isinstance(end, datetime) else None


def placet_loops(pack: Pack) -> Callable[[Request], object]:
    """The second engine alone: typed facts and evaluation."""
    loops = Loops(pack.program)
    return lambda told: loops.evaluate(take_in(told, pack.program.kinds, pack.program.given))


# --- CLIPS ---

CLIPS = """
(deftemplate requires (slot source) (slot stage))
(deftemplate quorum (slot rule))
(deftemplate determination (slot steward) (slot verdict))
(deftemplate stood-for (slot steward) (slot source))
(deftemplate limit (slot steward) (slot end))
(deftemplate met (slot source))
(deftemplate unmet (slot source))
(deftemplate enough (slot so))
(deftemplate outcome (slot status))
(deftemplate ends (slot at))
(defrule met (declare (salience 30))
  (requires (source ?source)) (determination (steward ?steward) (verdict "approve"))
  (stood-for (steward ?steward) (source ?source))
  => (assert (met (source ?source))))
(defrule unmet (declare (salience 20))
  (requires (source ?source)) (not (met (source ?source))) => (assert (unmet (source ?source))))
(defrule any (declare (salience 10)) (quorum (rule "any")) (met) => (assert (enough (so yes))))
(defrule all (declare (salience 10)) (quorum (rule "all")) (met) (not (unmet)) => (assert (enough (so yes))))
(defrule denied (declare (salience 10)) (determination (verdict "deny")) => (assert (outcome (status "denied"))))
(defrule approved (enough) (not (outcome (status "denied"))) => (assert (outcome (status "approved"))))
(defrule ends (limit (end ?end)) (not (limit (end ?other&:(< ?other ?end)))) => (assert (ends (at ?end))))
"""


RENEWED = 100


class Clips:
    """An environment that is reset for each question, as the wrapper documents it.

    The wrapper leaks the facts that it asserts (clipspy 1.0.6), so that every question is slower than the one before.
    With `renewed` the environment is built again after so many questions, about where that costs the least.
    """

    def __init__(self, renewed: int | None = None) -> None:
        self.renewed, self.asked = renewed, 0
        self._build()

    def _build(self) -> None:
        self.environment = clips.Environment()
        for construct in CLIPS.strip().split("\n("):
            self.environment.build(construct if construct.startswith("(") else f"({construct}")
        names = {kind: kind.replace(" ", "-") for kind in (*MEASURED, *KINDS)}
        self.templates = {kind: self.environment.find_template(name) for kind, name in names.items()}

    def ask(self, told: Request) -> Answer:
        if self.renewed and self.asked == self.renewed:
            self._build()
            self.asked = 0
        self.asked += 1
        self.environment.reset()
        for kind, rows in told.items():
            for row in rows:
                self.templates[kind].assert_fact(**{prop: _plain(value) for prop, value in row.items()})
        self.environment.run()
        return self._answer()

    def _answer(self) -> Answer:
        status = next((fact["status"] for fact in self.templates["outcome"].facts()), None)
        end = next((fact["at"] for fact in self.templates["ends"].facts()), None)
        return status, datetime.fromtimestamp(end, UTC) if end else None


def _plain(value: object) -> object:
    """Instants as seconds, which is how both other languages compare them."""
    return int(value.timestamp()) if isinstance(value, datetime) else value


# --- Rego ---

REGO = """
package quorum

met contains source if {
  some needed in input.requires
  some made in input.determination
  some stood in input["stood for"]
  made.verdict == "approve"
  stood.steward == made.steward
  stood.source == needed.source
  source := needed.source
}

unmet contains needed.source if {
  some needed in input.requires
  not needed.source in met
}

denied if {
  some made in input.determination
  made.verdict == "deny"
}

enough if {
  input.quorum[0].rule == "any"
  count(met) > 0
}

enough if {
  input.quorum[0].rule == "all"
  count(met) > 0
  count(unmet) == 0
}

default status := ""

default end := 0

status := "denied" if denied

status := "approved" if {
  enough
  not denied
}

end := min([limit.end | some limit in input.limit]) if count(input.limit) > 0

answer := {"status": status, "end": end}
"""


def rego_engine() -> Callable[[Request], Answer]:
    """One interpreter with the query compiled once, given a new input for each question."""
    interpreter = regopy.Interpreter()
    interpreter.add_module("quorum", REGO)
    bundle = interpreter.build("data.quorum.answer")

    def ask(told: Request) -> Answer:
        interpreter.set_input({kind: [_row(row) for row in rows] for kind, rows in told.items()})
        said = interpreter.query_bundle(bundle).results[0].expressions[0]
        end = said["end"]
        return said["status"] or None, datetime.fromtimestamp(end, UTC) if end else None

    return ask


def _row(row: Mapping[str, object]) -> dict[str, object]:
    return {prop: _plain(value) for prop, value in row.items()}


# --- the table ---

OURS = {
    "durable-rules alone": placet_alone,
    "whole verdict: facts, both engines, agreement, proof": placet_whole,
    "naive reference": placet_reference,
}
KEPT = "CLIPS, one environment kept"
RENEWED_NAME = f"CLIPS, a new environment every {RENEWED} questions"
REGO_NAME = "Rego (regopy), compiled once"


def table() -> str:
    """Measure everything in turns and return the table in Markdown. Raises AssertionError for a wrong answer."""
    pack = load_pack("quorum").only(*KINDS)
    asks: dict[str, Callable[[Request], Answer]] = {name: partial(ours, pack) for name, ours in OURS.items()}
    asks |= {KEPT: Clips().ask, RENEWED_NAME: Clips(RENEWED).ask, REGO_NAME: rego_engine()}
    for told, answer in CHECKED:
        for name, ask in asks.items():
            assert ask(told) == answer, (name, told)
    measured: dict[str, Callable[[], object]] = {name: partial(ask, MEASURED) for name, ask in asks.items()}
    measured["loops alone"] = partial(placet_loops(pack), MEASURED)
    return written(side_by_side(measured, ROUNDS, CALLS))


def written(times: Mapping[str, float]) -> str:
    """The table: microseconds a verdict, and how many times as fast that is as the others."""
    others = (KEPT, RENEWED_NAME, REGO_NAME)
    lines = [
        f"| a verdict by | microseconds | {' | '.join(f'against {name}' for name in others)} |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, taken in times.items():
        ratios = " | ".join(f"{times[other] / taken:.1f}x" for other in others)
        lines.append(f"| {name} | {taken:.0f} | {ratios} |")
    return "\n".join(lines)
