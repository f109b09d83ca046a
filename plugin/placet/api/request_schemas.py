"""Access requests and determinations as the API shows and reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, post_load, pre_dump, validate

from placet.api.base import LARGEST_VERSION, DurationText, Flag, Instant, Reference, Strict, Words, about, plain, text
from placet.api.grant_schemas import GrantViewSchema, ShownColumn
from placet.api.listing import PageQuery
from placet.api.stewards import StewardSourceSchema
from placet.domain.forms import Quorum
from placet.domain.requests import BeneficiaryKind, ColumnRef, RequestStatus, RequestType, Verdict
from placet.service.basket_items import MOST_ITEMS, Item
from placet.service.views import RequestCard
from placet.workflow.columns import MOST_COLUMNS
from placet.workflow.refusals import LONGEST_REASON


class ColumnRefSchema(Strict):
    """A column of a data source, by the ids of both."""

    source = text("The id of the data source.", shortest=1, required=True)
    column = fields.Integer(
        required=True, strict=True, validate=validate.Range(-(2**31), 2**31 - 1), **about("The id of the column.")
    )

    @post_load
    def made(self, given: dict[str, Any], **_: Any) -> ColumnRef:
        return ColumnRef(**given)


class FormRead(Strict):
    """A version of a form that someone read."""

    id = text("The id of the form.", shortest=1, required=True)
    version = fields.Integer(
        required=True, strict=True, validate=validate.Range(1, LARGEST_VERSION), **about("Its version.")
    )

    @post_load
    def paired(self, given: dict[str, Any], **_: Any) -> tuple[str, int]:
        return given["id"], given["version"]


class NewRequest(Strict):
    """A request for access to one data product, or for clear values of some columns of it, for one beneficiary."""

    product = text("The id of the data product.", shortest=1, required=True)
    beneficiary = text("The id of whom it is for; left out: oneself.", load_default="")
    beneficiary_kind = fields.Enum(
        BeneficiaryKind,
        by_value=True,
        load_default=BeneficiaryKind.PERSON,
        **about("Whether that is a person, which a service account is too, or a group."),
    )
    columns = fields.List(
        fields.Nested(ColumnRefSchema),
        load_default=list,
        validate=validate.Length(max=MOST_COLUMNS),
        **about("For a masking exception: the columns of which clear values are asked for."),
    )
    type = fields.Enum(RequestType, by_value=True, load_default=RequestType.DATA_ACCESS, **about("What is asked for."))
    answers = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 255)),
        values=fields.Raw(allow_none=True),
        load_default=dict,
        **about("The answers, by the ids of the questions of the product's form."),
    )
    accepts_agreement = Flag(load_default=False, **about("Whether the data use agreement of the form is accepted."))
    form = fields.Nested(
        FormRead,
        load_default=None,
        allow_none=True,
        **about("The form that was answered, with its agreement; refused where the product asks by another by now."),
    )


class NewItem(Strict):
    """Access to one data product, among several that are asked for at once."""

    product = text("The id of the data product.", shortest=1, required=True)
    answers = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 255)),
        values=fields.Raw(allow_none=True),
        load_default=dict,
        **about("The answers, by the ids of the questions of the product's form."),
    )
    accepts_agreement = Flag(load_default=False, **about("Whether the data use agreement of the form is accepted."))
    form = fields.Nested(
        FormRead,
        load_default=None,
        allow_none=True,
        attribute="read",
        **about("The form that was answered, with its agreement; refused where the product asks by another by now."),
    )

    @post_load
    def made(self, given: dict[str, Any], **_: Any) -> Item:
        return Item(**given)


class NewRequests(Strict):
    """Requests for access to several data products for one beneficiary: a request for each, or none at all."""

    beneficiary = text("The id of whom they are for; left out: oneself.", load_default="")
    beneficiary_kind = fields.Enum(
        BeneficiaryKind,
        by_value=True,
        load_default=BeneficiaryKind.PERSON,
        **about("Whether that is a person, which a service account is too, or a group."),
    )
    items = fields.List(
        fields.Nested(NewItem),
        required=True,
        validate=validate.Length(1, MOST_ITEMS),
        **about("What is asked for, each data product once."),
    )


class NewDetermination(Strict):
    """One steward's verdict. At most one of `duration`, `end` and `date`; none of them: for good."""

    verdict = fields.Enum(Verdict, by_value=True, required=True, **about("Approve or deny."))
    reason = text("Why; kept with the verdict and shown to those it concerns.", LONGEST_REASON, required=True)
    duration = text("For how long, from the start of access: `30 days`, `1 month`.", load_default="")
    end = text("The instant access ends, with its zone: `2027-01-31T12:00:00Z`.", load_default="")
    date = text("The last day of access: `2027-01-31`.", load_default="")
    zone = text(
        "The IANA time zone in which `date` is over, as `Europe/Berlin`; left out: the server's.", load_default=""
    )


class Reason(Strict):
    reason = text("Why; kept and shown to those it concerns.", LONGEST_REASON, required=True)


class OptionalReason(Strict):
    reason = text("Why, if there is something to say.", LONGEST_REASON, load_default="")


class RequestQuery(PageQuery):
    """Which requests; several filters have to hold together."""

    product = text("The id of a data product.", load_default=None)
    status = fields.Enum(RequestStatus, by_value=True, load_default=None, **about("How they stand."))
    requester = text("The id of who asked.", load_default=None)
    beneficiary = text("The id of whom they are for.", load_default=None)
    beneficiary_kind = fields.Enum(
        BeneficiaryKind,
        by_value=True,
        load_default=BeneficiaryKind.PERSON,
        **about("Whether `beneficiary` is a person or a group."),
    )
    type = fields.Enum(RequestType, by_value=True, load_default=None, **about("What they ask for."))


class TermSchema(Strict):
    duration = DurationText(required=True, allow_none=True, **about("A length from the start of access, or null."))
    end = Instant(required=True, allow_none=True, **about("An instant, or null."))


class DeterminationSchema(Strict):
    """One steward's verdict on one request."""

    id = fields.String(required=True, **about("Its id."))
    steward = fields.String(required=True, **about("The id of who gave it."))
    verdict = fields.Enum(Verdict, by_value=True, required=True, **about("What they said."))
    reason = fields.String(required=True, **about("Why."))
    at = Instant(required=True, **about("When."))
    term = fields.Nested(TermSchema, required=True, **about("For how long they approved; both null: for good."))
    stood_for = Words("The keys of the steward sources they stood for when they gave it.", required=True)


class RequiredSourceSchema(Strict):
    called = fields.String(
        attribute="key", required=True, **about("What the rules call it; several of one name are met together.")
    )
    source = fields.Nested(
        StewardSourceSchema,
        required=True,
        allow_none=True,
        **about("What makes someone a steward of it, or null where no one can be."),
    )
    stage = fields.Integer(required=True, **about("Lower stages are asked first."))


class AcceptanceSchema(Strict):
    agreement = fields.String(required=True, **about("The id of the agreement; under it the text can be read."))
    version = fields.Integer(required=True, **about("The version that was accepted."))
    name = fields.String(required=True, **about("What it was called."))
    at = Instant(required=True, **about("When."))
    on_behalf_of = Reference(required=True, allow_none=True, **about("For whom else it was accepted, or null."))


class RequestSchema(Strict):
    """Someone asking for one data product, or clear columns of it, on behalf of one beneficiary."""

    id = fields.String(required=True, **about("Its id."))
    type = fields.Enum(RequestType, by_value=True, required=True, **about("What is asked for."))
    product = fields.String(required=True, **about("The id of the data product."))
    requester = fields.String(required=True, **about("The id of who asks."))
    beneficiary = fields.String(required=True, **about("The id of whom it is for."))
    beneficiary_kind = fields.Enum(
        BeneficiaryKind, by_value=True, required=True, **about("Whether that is a person or a group.")
    )
    columns = fields.List(
        fields.Nested(ShownColumn), required=True, **about("Of a masking exception: the columns asked for.")
    )
    form = fields.String(required=True, **about("The id of the form it was made with."))
    form_version = fields.Integer(required=True, **about("The version of that form; it stays."))
    created_at = Instant(required=True, **about("When it was submitted."))
    status = fields.Enum(RequestStatus, by_value=True, required=True, **about("All but `pending` are final."))
    quorum = fields.Enum(
        Quorum, by_value=True, required=True, allow_none=True, **about("How many have to decide; null: no one.")
    )
    sources = fields.List(fields.Nested(RequiredSourceSchema), required=True, **about("The steward sources it asks."))
    answers = fields.Dict(keys=fields.String(), required=True, **about("The answers, by the ids of the questions."))
    acceptance = fields.Nested(
        AcceptanceSchema, required=True, allow_none=True, **about("The agreement that was accepted, or null.")
    )
    packs = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        **about("The hashes of the rule packs that decide it, by name; pinned when it was submitted."),
    )
    determinations = fields.List(fields.Nested(DeterminationSchema), required=True, **about("What stewards said."))
    decided_at = Instant(required=True, allow_none=True, **about("When it became final, or null."))
    lapses_at = Instant(required=True, allow_none=True, **about("When it ends by itself if it is still pending."))
    renews = fields.String(required=True, allow_none=True, **about("The id of the grant it prolongs, or null."))
    justification = fields.String(required=True, **about("Why no one was asked, for an automatic decision."))
    unroutable = fields.Boolean(required=True, **about("Whether no one could decide it when it was submitted."))
    revision = fields.Integer(required=True, **about("Grows with each change."))


class RequestsSchema(Strict):
    items = fields.List(fields.Nested(RequestSchema), required=True, **about("The requests, as they were asked for."))


class RequestCardSchema(RequestSchema):
    """An access request with the names of what it refers to, and the grant it ended in."""

    product_name = fields.String(required=True, **about("The name of the data product."))
    requester_name = fields.String(required=True, **about("The name of who asks."))
    beneficiary_name = fields.String(required=True, **about("The name of whom it is for."))
    grant = fields.Nested(GrantViewSchema, required=True, allow_none=True, **about("The grant, or null."))

    @pre_dump
    def flat(self, card: RequestCard, **_: Any) -> Mapping[str, object]:
        return plain(card.request) | plain(card)
