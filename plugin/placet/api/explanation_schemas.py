"""Why a request stands as it does, and proofs, as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, pre_dump

from placet.api.base import Instant, Reference, Strict, about
from placet.engine import Need
from placet.service.explaining import Answer, Explanation

Names = Mapping[str, str]


def texts(description: str, **options: Any) -> fields.List:  # type: ignore[type-arg] # marshmallow 3 takes none
    """Texts in their order."""
    return fields.List(fields.String(), required=True, **about(description), **options)


def by_name(description: str) -> fields.Dict:
    """Texts by what they belong to."""
    return fields.Dict(keys=fields.String(), values=fields.String(), required=True, **about(description))


class FactSchema(Strict):
    """A fact that the rules were told."""

    id = fields.String(required=True, **about("Its number in this proof, as `f1`."))
    kind = fields.String(required=True, **about("What it says something about, as `determination`."))
    values = fields.Dict(required=True, **about("Its properties; instants in ISO 8601, durations in seconds."))


class AbsentSchema(Strict):
    """Something that had to be absent."""

    kind = fields.String(required=True, **about("What it would have said something about."))
    tests = texts("What its properties would have been.")
    since = texts("The ids of what kept it from being concluded.")


class ConclusionSchema(FactSchema):
    """What a rule concluded."""

    rule = fields.String(required=True, **about("The rule and its pack, as `quorum/approved`."))
    because = fields.String(required=True, **about("The reason, in the words of the rule."))
    premises = texts("The ids of what it follows from.", data_key="from", attribute="from")
    without = fields.List(fields.Nested(AbsentSchema), required=True, **about("What had to be absent for it."))


class ProofSchema(Strict):
    """What the rules concluded, and from what."""

    facts = fields.List(fields.Nested(FactSchema), required=True, **about("The facts that it rests on."))
    conclusions = fields.List(fields.Nested(ConclusionSchema), required=True, **about("Each step, in order."))


class AnswerSchema(Strict):
    """What the rules said to one question."""

    question = fields.String(
        required=True,
        **about("`opening`: whom to ask; `standing`: may someone determine it; `verdict`: what follows from all."),
    )
    person = Reference(
        required=True,
        allow_none=True,
        data_key="about",
        attribute="about",
        **about("The id of whose standing was asked, or null."),
    )
    at = Instant(required=True, **about("When it was asked."))
    packs = by_name("The hashes of the packs that were asked, by name.")
    reasons = texts("The answer in short.")
    withheld = fields.Boolean(
        required=True,
        **about("Whether reasons and proof are left out: they tell what the reader may not read of the beneficiary."),
    )
    proof = fields.Nested(ProofSchema, required=True, **about("The whole proof; empty where it is withheld."))


class StepSchema(Strict):
    """What someone may still do."""

    kind = fields.String(required=True, **about("What would come of it: a `determination`, or what a pack names."))
    values = fields.Dict(required=True, **about("Its properties, as `steward` and `verdict`."))
    because = texts("Why they may.")
    alike = texts("The ids of those who may do the same in their stead: nothing else tells them apart.")


class NeedSchema(Strict):
    """So many of these steps have to be taken."""

    number = fields.Integer(required=True, **about("How many, at least."))
    steps = fields.List(fields.Nested(StepSchema), required=True, **about("Of which."))


class ExplanationSchema(Strict):
    """Why a request stands as it does."""

    request = fields.String(required=True, **about("The id of the request."))
    answers = fields.List(fields.Nested(AnswerSchema), required=True, **about("Each answer of the rules, in order."))
    needs = fields.List(
        fields.Nested(NeedSchema),
        required=True,
        allow_none=True,
        **about("What is missing for an approval, all of it; null: it is out of reach."),
    )
    why_not = texts("Why the reader can't determine it now; none where they can.")
    standing = fields.Nested(ProofSchema, required=True, **about("The proof of how the reader stands to it now."))
    names = by_name("What people and steward sources are called, by their ids.")

    @pre_dump
    def flat(self, found: Explanation, **_: Any) -> Mapping[str, object]:
        return {
            "request": found.card.request.id,
            "answers": [answer_of(one, found.names) for one in found.answers],
            "needs": None if found.needs is None else [need_of(one) for one in found.needs],
            "why_not": found.why_not,
            "standing": found.standing.as_json(found.names),
            "names": found.names,
        }


def answer_of(answer: Answer, names: Names) -> Mapping[str, object]:
    """An answer with its proof in the words of its rules."""
    return {**vars(answer), "reasons": answer.reasons(names), "proof": answer.proof.as_json(names)}


def need_of(need: Need) -> Mapping[str, object]:
    """A need, each step with who else may take it."""
    steps = [{**vars(chance), "alike": alike_to(chance.values, need)} for chance in need.chances]
    return {"number": need.number, "steps": steps}


def alike_to(values: Mapping[str, object], need: Need) -> list[str]:
    """The ids of those who are alike to one whom a step names."""
    return [other for value in values.values() for other in need.alike.get(str(value), ())]
