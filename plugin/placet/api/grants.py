"""Grants: what approvals gave, and revoking them."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from placet.api.base import about, text
from placet.api.grant_schemas import GrantViewPage, GrantViewSchema
from placet.api.listing import LINKED, PageQuery, linked
from placet.api.request_schemas import Reason
from placet.api.resource import Resource
from placet.domain.errors import NotFound
from placet.domain.requests import BeneficiaryKind, Whom
from placet.identity.web import marketplace, signed_in
from placet.service import BadCursor
from placet.service.views import GrantView, Page
from placet.workflow.refusals import GrantOver, ReasonMissing

grants = Resource("grants", "Grants: access that was approved, until it ends.")


class GrantQuery(PageQuery):
    """Whose grants, or on which product; neither: one's own and those of one's groups."""

    product = text("The id of a data product.", load_default="")
    beneficiary = text("The id of whom they are for; it counts where no product is named.", load_default="")
    beneficiary_kind = fields.Enum(
        BeneficiaryKind,
        by_value=True,
        load_default=BeneficiaryKind.PERSON,
        **about("Whether `beneficiary` is a person or a group."),
    )


@grants.route("/grants")
@grants.arguments(GrantQuery, location="query")
@grants.response(200, GrantViewPage, headers=LINKED)
@grants.reads(BadCursor)
def listed(asked: dict[str, Any]) -> tuple[Page[GrantView], dict[str, str]]:
    """List grants

    The latest start first. What the reader may not see is left out.
    """
    id, kind = asked.pop("beneficiary"), asked.pop("beneficiary_kind")
    page = marketplace().grants.list(signed_in(), whom=Whom(id, kind) if id else None, **asked)
    return page, linked(page)


@grants.route("/grants/<id>")
@grants.response(200, GrantViewSchema)
@grants.reads(NotFound)
def one(id: str) -> GrantView:
    """Read a grant

    One that the reader may not see is not found.
    """
    return marketplace().grants.get(signed_in(), id)


@grants.route("/grants/<id>/revoke", methods=["POST"])
@grants.arguments(Reason)
@grants.response(200, GrantViewSchema)
@grants.changes(NotFound, GrantOver, ReasonMissing)
def revoke(given: dict[str, Any], id: str) -> GrantView:
    """End a grant at once"""
    marketplace().grants.revoke(signed_in(), id, given["reason"])
    return marketplace().grants.get(signed_in(), id)
