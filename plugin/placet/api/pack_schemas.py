"""Rule packs, and what comes of checking and trying them, as the API shows and reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, pre_dump, validate

from placet.api import base
from placet.api.base import Instant, Reference, Strict, about, plain
from placet.api.explanation_schemas import ProofSchema, texts
from placet.domain.forms import STANDARD_PACKS
from placet.engine import CheckReport
from placet.service.pack_views import LONGEST_TEXT, PackCard, PackView
from placet.service.replaying import MOST_AT_ONCE, Replayed
from placet.service.simulating import Simulation
from placet.workflow.replay import Ending

MOST_LISTED = 100
"""Requests that one replay lists, with both proofs each."""
MOST_CONCLUDED = 1_000
"""Conclusions that one simulation lists."""


def yaml(description: str, shortest: int = 0, **options: Any) -> fields.String:
    """A text in YAML of a bounded length."""
    return base.text(description, LONGEST_TEXT, shortest, **options)


def read(description: str) -> fields.String:
    """A text that is always there."""
    return fields.String(required=True, **about(description))


class PackText(Strict):
    """A rule pack with its cases."""

    text = yaml("The pack, as YAML.", 1, required=True)
    cases = yaml("Its cases, as YAML; left out: none.", load_default="")


class PackToCompare(Strict):
    """A rule pack, to be compared with the one in force."""

    text = yaml("The pack, as YAML; it says its name itself.", 1, required=True)


class PackToReplay(PackToCompare):
    """A rule pack to run stored requests under."""

    since = Instant(required=True, **about("Requests submitted at this instant or later, the oldest first."))
    most = fields.Integer(
        load_default=MOST_AT_ONCE,
        validate=validate.Range(1, MOST_AT_ONCE),
        **about(f"How many requests at most, up to {MOST_AT_ONCE}; `placet rules replay` has no such limit."),
    )


class FactsToTry(Strict):
    """Facts, and the rules to try on them."""

    facts = yaml("The facts, as YAML, written as `given` of a case: `requester: rita`.", required=True)
    packs = fields.List(
        fields.String(validate=validate.Length(1, 255)),
        load_default=lambda: list(STANDARD_PACKS),
        validate=validate.Length(max=50),
        **about("The names of packs in force; left out: the standard ones."),
    )
    text = yaml("A pack to try with them, in place of one of its name; left out: none.", load_default="")


class VersionQuery(Strict):
    hash = base.text("The hash of the version; left out: the one in force, or else on offer.", load_default="")


class OfferSchema(Strict):
    """A rule pack on offer."""

    origin = read("`shipped`, `example`, `folder`, or the entry point that it comes by.")
    hash = read("The hash of its text.")


class OfferedPackSchema(OfferSchema):
    """A rule pack on offer, whole."""

    text = read("The pack, as YAML.")
    cases = read("Its cases, as YAML, or nothing.")


class VersionSchema(Strict):
    """A version of a rule pack that is or was in force."""

    hash = read("The hash of its text.")
    kept_at = Instant(required=True, **about("When it was put in force first."))


class RulePackCardSchema(Strict):
    """One name of a rule pack: what is in force, and what is on offer."""

    name = read("Its name.")
    in_force = Reference(required=True, allow_none=True, **about("The hash of the one in force, or null."))
    since = Instant(required=True, allow_none=True, **about("Since when it is in force, or null."))
    by = Reference(required=True, allow_none=True, **about("The id of who put it in force, or null."))
    offers = fields.List(fields.Nested(OfferSchema), required=True, **about("What is on offer under this name."))
    forms = texts("The names of the request forms in use that name it.")

    @pre_dump
    def flat(self, shown: PackCard | PackView, **_: Any) -> Mapping[str, object]:
        own = plain(shown) if isinstance(shown, PackView) else {}
        card = shown.card if isinstance(shown, PackView) else shown
        now = card.in_force
        held = {"in_force": now and now.hash, "since": now and now.since, "by": now and now.by}
        return own | plain(card) | held


class RulePackSchema(RulePackCardSchema):
    """A rule pack with its text and cases."""

    hash = Reference(required=True, allow_none=True, **about("The hash of this text; null for one on offer only."))
    text = read("The pack, as YAML.")
    cases = read("Its cases, as YAML, or nothing.")
    offers = fields.List(fields.Nested(OfferedPackSchema), required=True, **about("What is on offer, whole."))
    versions = fields.List(
        fields.Nested(VersionSchema), required=True, **about("Each that is or was in force, the newest first.")
    )


class RulePackList(Strict):
    items = fields.List(fields.Nested(RulePackCardSchema), required=True, **about("Every rule pack, by name."))


class FindingSchema(Strict):
    """One thing that is wrong with a pack or its cases, or odd."""

    file = read("The pack or its cases, as `quorum.yaml`, `quorum.cases.yaml`; `pack.yaml` where it can't be read.")
    line = fields.Integer(required=True, **about("The line, from 1."))
    column = fields.Integer(required=True, **about("The column, from 1."))
    rule = Reference(required=True, allow_none=True, **about("The rule it is about, or null."))
    case = Reference(required=True, allow_none=True, **about("The case it is about, or null."))
    code = read("The stable name of what it is.")
    severity = read("`error`: it can't be put in force; `warning`: it means something all the same.")
    text = read("What it is and what to do.")


class CheckSchema(Strict):
    """What the checker found."""

    ok = fields.Boolean(required=True, **about("Whether nothing is wrong, whatever is odd."))
    findings = fields.List(fields.Nested(FindingSchema), required=True, **about("In the order of files and lines."))
    cases = fields.Integer(required=True, allow_none=True, **about("How many cases were run; null: none could be."))
    missed = texts("The rules that no case makes apply.")

    @pre_dump
    def flat(self, report: CheckReport, **_: Any) -> Mapping[str, object]:
        run = report.cases
        return {
            "ok": report.ok,
            "findings": report.findings,
            "cases": run and run.cases,
            "missed": run.missed if run else (),
        }


class DifferenceSchema(Strict):
    """One thing that a pack says otherwise."""

    what = read("`rule`, `could` or `fact`.")
    name = read("Its name.")
    how = read("`added`, `removed`, `changed`, or `reworded` where only the reason differs.")
    lines = texts("Its lines, each with a `+`, a `-` or a space before it.")


class DifferencesSchema(Strict):
    name = read("The name of the pack.")
    differences = fields.List(
        fields.Nested(DifferenceSchema), required=True, **about("What differs from the pack in force; none: nothing.")
    )


class ConcludedSchema(Strict):
    """A conclusion of a simulation."""

    kind = read("What it says something about.")
    fact = read("The conclusion in one line.")
    because = read("Why it holds, in the words of the rule.")


class SimulationSchema(Strict):
    """What follows from facts."""

    concluded = fields.List(fields.Nested(ConcludedSchema), required=True, **about("What was concluded, in order."))
    cut = fields.Boolean(
        required=True, **about(f"Whether there is more than the {MOST_CONCLUDED} conclusions that are listed.")
    )
    proof = fields.Nested(ProofSchema, required=True, allow_none=True, **about("The proof; null where it was cut."))

    @pre_dump
    def flat(self, said: Simulation, **_: Any) -> Mapping[str, object]:
        cut = len(said.concluded) > MOST_CONCLUDED
        proof = None if cut else said.evaluation.proof().as_json()
        return {"concluded": said.concluded[:MOST_CONCLUDED], "cut": cut, "proof": proof}


class EndingSchema(Strict):
    """How a request ends under some rules."""

    status = read("`approved`, `denied`, or `pending` where it would still wait.")
    end = Instant(required=True, allow_none=True, **about("When access ends, or null."))
    heard = fields.Integer(required=True, **about("How many determinations it took."))
    reasons = texts("Why, in the words of the rules.")
    proof = fields.Nested(ProofSchema, required=True, **about("The proof."))

    @pre_dump
    def flat(self, ending: Ending, **_: Any) -> Mapping[str, object]:
        return plain(ending) | {"proof": ending.proof.as_json()}


class DifferentSchema(Strict):
    """A request that would have ended differently."""

    request = fields.String(attribute="request.id", required=True, **about("The id of the request."))
    was = fields.Nested(EndingSchema, required=True, **about("How it ended."))
    would_be = fields.Nested(EndingSchema, required=True, **about("How it would have ended."))


class UntoldSchema(Strict):
    """A request of which it can't be told."""

    request = fields.String(attribute="request.id", required=True, **about("The id of the request."))
    why = read("What was not kept of it.")


class ReplaySchema(Strict):
    """What a pack would have made of stored requests."""

    pack = read("The name of the pack.")
    since = Instant(required=True, **about("From when on."))
    requests = fields.Integer(required=True, **about("How many were run again."))
    same = fields.Integer(required=True, **about("How many would have ended as they did."))
    differ = fields.Integer(required=True, **about("How many would have ended differently."))
    untold = fields.Integer(required=True, **about("Of how many it can't be told."))
    cut = fields.Boolean(required=True, **about("Whether there are more than were run again."))
    different = fields.List(
        fields.Nested(DifferentSchema), required=True, **about(f"Those that differ, the first {MOST_LISTED}.")
    )
    cannot_tell = fields.List(
        fields.Nested(UntoldSchema), required=True, **about(f"Those that can't be told, the first {MOST_LISTED}.")
    )

    @pre_dump
    def flat(self, found: Replayed, **_: Any) -> Mapping[str, object]:
        return plain(found) | {
            "same": found.same,
            "differ": len(found.different),
            "untold": len(found.untold),
            "different": found.different[:MOST_LISTED],
            "cannot_tell": found.untold[:MOST_LISTED],
        }
