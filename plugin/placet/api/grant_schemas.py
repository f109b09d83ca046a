"""Grants as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, pre_dump

from placet.api.base import Instant, Reference, Strict, about, plain
from placet.api.listing import page_of
from placet.domain.requests import GrantStatus
from placet.service.views import GrantView


class RevocationSchema(Strict):
    by = fields.String(required=True, **about("The id of who revoked it."))
    at = Instant(required=True, **about("When."))
    reason = fields.String(required=True, **about("Why."))


class GrantSchema(Strict):
    """Membership of a data product from `start` (included) to `end` (excluded)."""

    id = fields.String(required=True, **about("Its id."))
    request = fields.String(required=True, **about("The id of the request it comes from."))
    product = fields.String(required=True, **about("The id of the data product."))
    beneficiary = fields.String(required=True, **about("The id of whom it is for."))
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
    problem = Reference(required=True, allow_none=True, **about("Why a platform has not, or null."))

    @pre_dump
    def flat(self, view: GrantView, **_: Any) -> Mapping[str, object]:
        return plain(view.grant) | plain(view)


GrantViewPage = page_of(GrantViewSchema)
