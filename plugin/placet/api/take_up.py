"""Taking a later version of a form into use on a data product."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from placet.api.base import LARGEST_VERSION, Strict, about
from placet.api.product_schemas import ProductSchema
from placet.api.products import read_revision, shown
from placet.api.resource import Resource
from placet.api.revisions import TAGGED
from placet.domain.errors import NotFound
from placet.domain.products import DataProduct
from placet.domain.requests import RequestType
from placet.identity.web import marketplace, signed_in
from placet.workflow.refusals import NobodyCanDecide, WrongState

take_ups = Resource("form-take-ups", "Taking a later version of a form into use on a data product.")


class FormToTakeUp(Strict):
    """Which form of the product, and which version of it."""

    type = fields.Enum(
        RequestType,
        by_value=True,
        load_default=RequestType.DATA_ACCESS,
        **about("The type of request that the form is for."),
    )
    version = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(1, LARGEST_VERSION),
        **about("A later version than the present one; left out: the latest."),
    )


@take_ups.route("/data-products/<id>/take-up-form", methods=["POST"])
@take_ups.arguments(FormToTakeUp)
@take_ups.response(200, ProductSchema, headers=TAGGED)
@take_ups.changes(NotFound, NobodyCanDecide, WrongState)
@take_ups.matches
def take_up_form(given: dict[str, Any], id: str) -> tuple[DataProduct, dict[str, str]]:
    """Let a product ask by a later version of its form

    New requests are made and decided by it; open ones keep the version they have. Refused where no one could act on a
    request by it.
    """
    return shown(marketplace().products.take_up_form(signed_in(), id, revision=read_revision(id), **given))
