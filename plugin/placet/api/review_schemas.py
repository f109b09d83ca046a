"""The steward's view of a request, as the API shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, pre_dump

from placet.api.access_schemas import WaySchema
from placet.api.base import Instant, Reference, Strict, Words, about, plain
from placet.api.explanation_schemas import NeedSchema, by_name, need_of, texts
from placet.api.request_schemas import DeterminationSchema, RequestCardSchema
from placet.domain.policies import ColumnState, DataPolicy
from placet.domain.products import DataSource
from placet.domain.requests import BeneficiaryKind
from placet.emitter.evaluate import Birthright
from placet.service.asked_columns import AskedColumn
from placet.service.held_then import Held, HeldKind
from placet.service.review_values import Precedent, Review, SourceState

KINDS = {
    HeldKind.GROUP: "group",
    HeldKind.ATTRIBUTE: "attribute",
    HeldKind.PERMISSION: "permission",
    HeldKind.DOMAIN_PERMISSION: "domain-permission",
}


class HeldThenAndNowSchema(Strict):
    """Something that a party held at submission, holds now, or both."""

    person = fields.String(required=True, **about("The id of who holds or held it."))
    kind = fields.String(required=True, **about("`group`, `attribute`, `permission` or `domain-permission`."))
    name = fields.String(required=True, **about("The group, the attribute's key, the permission, or the domain."))
    value = Reference(
        required=True, allow_none=True, **about("The attribute's value, the permission in the domain, or null.")
    )
    then = fields.Boolean(required=True, **about("Whether they held it when the request was submitted."))
    now = fields.Boolean(required=True, **about("Whether they hold it now."))


class AcceptedSchema(Strict):
    """The agreement in the version that was accepted."""

    id = fields.String(required=True, **about("Its id."))
    version = fields.Integer(required=True, **about("The version."))
    name = fields.String(required=True, **about("What it is called."))
    body = fields.String(required=True, **about("Its text, in Markdown."))


class AnsweredSchema(Strict):
    question = fields.String(required=True, **about("The label of the question."))
    answer = fields.String(required=True, **about("What was answered, in words."))


class SourceStateSchema(Strict):
    """A steward source of the request."""

    called = fields.String(required=True, **about("What the rules call it."))
    label = fields.String(required=True, **about("What people call it."))
    met = fields.Boolean(required=True, **about("Whether it has approved."))
    open = fields.Boolean(required=True, **about("Whether it is asked now."))
    met_by = texts("The ids of those who met it.")
    could = texts("The ids of those who could meet it by the rules.")

    @pre_dump
    def flat(self, state: SourceState, **_: Any) -> Mapping[str, object]:
        people = {name: [one.id for one in getattr(state, name)] for name in ("met_by", "could")}
        return {"called": state.key, "label": state.label, "met": state.met, "open": state.open, **people}


class PrecedentSchema(Strict):
    """An earlier decision on the same data product."""

    request = fields.String(required=True, **about("The id of the request."))
    beneficiary = fields.String(required=True, **about("The id of whom it was for."))
    beneficiary_kind = fields.Enum(
        BeneficiaryKind, by_value=True, required=True, **about("Whether that is a person or a group.")
    )
    beneficiary_name = fields.String(required=True, **about("What they are called."))
    decided_at = Instant(required=True, allow_none=True, **about("When it was decided."))
    determinations = fields.List(
        fields.Nested(DeterminationSchema), required=True, **about("By whom and why; none: by the rules.")
    )

    @pre_dump
    def flat(self, found: Precedent, **_: Any) -> Mapping[str, object]:
        request = found.request
        shown = {name: getattr(request, name) for name in ("beneficiary", "beneficiary_kind", "decided_at")}
        return plain(found) | shown | {"request": request.id}


class NamedPolicies(fields.List):  # type: ignore[type-arg] # marshmallow 3 takes none
    """The names of policies, or null where the reader is not shown them."""

    def __init__(self, what: str) -> None:
        described = about(f"{what}, by name; null where the reader is not shown them.")
        super().__init__(fields.String(), required=True, allow_none=True, **described)


class ReviewedSourceSchema(Strict):
    """A data source of the product, with the access that the beneficiary has to it already."""

    source = fields.String(required=True, **about("The id of the data source."))
    name = fields.String(required=True, **about("Its name, as `schema.table`."))
    tags = Words("Its tags.", required=True)
    ways = fields.List(
        fields.Nested(WaySchema),
        required=True,
        allow_none=True,
        **about("The ways in that have not ended; null where the reader is not shown them."),
    )
    allowed_by = NamedPolicies("The policies that allow them to read it")
    prevented_by = NamedPolicies("The guardrails that keep them from it, whatever is approved")


class MaskingSchema(Strict):
    """A data policy that masks a column for the beneficiary."""

    policy = fields.String(required=True, **about("Its id."))
    name = fields.String(required=True, **about("Its name."))
    mask = fields.String(required=True, **about("What it shows in place of values, in words."))
    stands = fields.Boolean(required=True, **about("Whether no approval lifts it."))


class AskedColumnSchema(Strict):
    """A column of which clear values are asked for."""

    asked_as = fields.String(required=True, **about("What it was called when it was asked for."))
    source = Reference(required=True, allow_none=True, **about("Its data source, as `schema.table`; null: it is gone."))
    name = Reference(required=True, allow_none=True, **about("What it is called now, or null."))
    tags = Words("Its tags.", required=True)
    source_tags = Words("The tags of its data source.", required=True)
    masked_by = fields.List(
        fields.Nested(MaskingSchema),
        required=True,
        allow_none=True,
        **about("The policies that mask it for the beneficiary, the one they see first; null: not for the reader."),
    )
    unconfirmed = fields.Boolean(
        required=True, allow_none=True, **about("Whether nobody has confirmed it yet; null: not for the reader.")
    )

    @pre_dump
    def flat(self, column: AskedColumn, **_: Any) -> Mapping[str, object]:
        state = column.state
        masking = [masking_of(policy, state) for policy in column.masked_by] if state else None
        return plain(column) | {"masked_by": masking, "unconfirmed": state.unconfirmed if state else None}


def masking_of(policy: DataPolicy, state: ColumnState) -> dict[str, object]:
    return {"policy": policy.id, "name": policy.name, "mask": str(policy.mask), "stands": policy in state.against}


class ReviewSchema(Strict):
    """Everything that is needed to determine a request."""

    request = fields.Nested(RequestCardSchema, required=True, **about("The request."))
    held = fields.List(
        fields.Nested(HeldThenAndNowSchema),
        required=True,
        allow_none=True,
        **about("What requester and beneficiary held at submission and hold now; null: nothing was kept of then."),
    )
    answers = fields.List(fields.Nested(AnsweredSchema), required=True, **about("The answers, in order."))
    agreement = fields.Nested(
        AcceptedSchema, required=True, allow_none=True, **about("The agreement that was accepted, or null.")
    )
    sources = fields.List(fields.Nested(ReviewedSourceSchema), required=True, **about("What the data product opens."))
    columns = fields.List(fields.Nested(AskedColumnSchema), required=True, **about("Of a masking exception: each one."))
    stewards = fields.List(fields.Nested(SourceStateSchema), required=True, **about("Its steward sources."))
    needs = fields.List(
        fields.Nested(NeedSchema),
        required=True,
        allow_none=True,
        **about("What is missing for an approval and who could give it; none also where many could; null: no one can."),
    )
    approvals = fields.List(
        fields.Nested(PrecedentSchema), required=True, **about("The last five approvals on the data product.")
    )
    denials = fields.List(
        fields.Nested(PrecedentSchema), required=True, **about("The last five denials on the data product.")
    )
    may_determine = fields.Boolean(required=True, **about("Whether the reader can determine it now."))
    why_not = texts("Why they can't; none where they can.")
    latest_end = Instant(
        required=True, allow_none=True, **about("Where the product's maximum would end access given now, or null.")
    )
    reasons = texts("Why it ended as it did, in the words of the rules.")
    names = by_name("What people are called, by their ids.")

    @pre_dump
    def flat(self, review: Review, **_: Any) -> Mapping[str, object]:
        return plain(review) | {
            "request": review.card,
            "held": held_in(review.held),
            "answers": [{"question": label, "answer": answer} for label, answer in review.answers],
            "sources": [source_in(review, source) for source in review.sources],
            "stewards": review.states,
            "needs": None if review.needs is None else [need_of(one) for one in review.needs],
        }


def held_in(found: Mapping[str, tuple[Held, ...]] | None) -> list[dict[str, object]] | None:
    """What the parties held and hold, as one list."""
    if found is None:
        return None
    return [plain(one) | {"person": id, "kind": KINDS[one.kind]} for id, several in found.items() for one in several]


def source_in(review: Review, source: DataSource) -> dict[str, object]:
    """A data source with the ways in, where the viewer is shown them."""
    shown: dict[str, object] = {"source": source.id, "name": source.qualified_name, "tags": source.tags}
    if not review.told:
        return shown | {"ways": None, "allowed_by": None, "prevented_by": None}
    birthright = review.birthrights.get(source.id, Birthright())
    return shown | {
        "ways": review.ways.get(source.id, ()),
        "allowed_by": [policy.name for policy in birthright.allowing],
        "prevented_by": [policy.name for policy in birthright.preventing],
    }
