"""Grants as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, pre_dump

from placet.api.base import Instant, Reference, Strict, about, plain
from placet.api.listing import page_of
from placet.domain.requests import BeneficiaryKind, GrantStatus, RequestType
from placet.service.views import GrantView


class RevocationSchema(Strict):
    by = fields.String(required=True, **about("The id of who revoked it."))
    at = Instant(required=True, **about("When."))
    reason = fields.String(required=True, **about("Why."))


class ShownColumn(Strict):
    source = fields.String(required=True, **about("The id of the data source."))
    column = fields.Integer(required=True, **about("The id of the column."))
    name = fields.String(required=True, **about("What it was called when it was asked for."))


class GrantSchema(Strict):
    """Membership of a data product, or clear columns of it, from `start` (included) to `end` (excluded)."""

    id = fields.String(required=True, **about("Its id."))
    request = fields.String(required=True, **about("The id of the request it comes from."))
    product = fields.String(required=True, **about("The id of the data product."))
    type = fields.Enum(RequestType, by_value=True, required=True, **about("What it gives."))
    beneficiary = fields.String(required=True, **about("The id of whom it is for."))
    beneficiary_kind = fields.Enum(
        BeneficiaryKind, by_value=True, required=True, **about("Whether that is a person or a group.")
    )
    columns = fields.List(
        fields.Nested(ShownColumn), required=True, **about("Of a masking exception: the columns it shows clear.")
    )
    start = Instant(required=True, **about("From when on it gives access."))
    end = Instant(required=True, allow_none=True, **about("From when on it gives none any more; null is for good."))
    revocation = fields.Nested(
        RevocationSchema, required=True, allow_none=True, **about("Who ended it early, when and why, or null.")
    )


class GrantViewSchema(GrantSchema):
    """A grant with how it stands now."""

    status = fields.Enum(GrantStatus, by_value=True, required=True, **about("How it stands at this moment."))
    product_name = fields.String(required=True, **about("The name of the data product."))
    beneficiary_name = fields.String(required=True, **about("The name of whom it is for."))
    in_effect = fields.Boolean(required=True, **about("Whether every data platform has confirmed it."))
    held_back = fields.List(
        fields.String(),
        required=True,
        **about("Of a masking exception: what keeps which of its columns masked all the same."),
    )
    problem = Reference(required=True, allow_none=True, **about("Why a platform has not, or null."))

    @pre_dump
    def flat(self, view: GrantView, **_: Any) -> Mapping[str, object]:
        return plain(view.grant) | plain(view)


GrantViewPage = page_of(GrantViewSchema)
