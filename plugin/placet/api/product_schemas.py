"""Data products as the API shows and reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, pre_dump, validate

from placet.api.base import LARGEST_VERSION, DurationText, Instant, Reference, Strict, Words, about, plain, text
from placet.api.form_schemas import FormSchema
from placet.api.grant_schemas import GrantViewSchema
from placet.api.request_schemas import RequestCardSchema
from placet.api.source_schemas import SourceSchema
from placet.api.stewards import StewardSourceSchema
from placet.domain.products import (
    LONGEST_DESCRIPTION,
    LONGEST_LINK,
    LONGEST_NAME,
    MOST_LINKS,
    MOST_SOURCES,
    DataProduct,
    ProductState,
)
from placet.domain.requests import RequestType
from placet.service.columns import ColumnView
from placet.service.views import ProductCard, ProductView, Reach


class ProductFields(Strict):
    """What a manager says about a product."""

    name = text("What people call it; no two products share a name, whatever the case.", LONGEST_NAME, 1, required=True)
    domain = text("The id of its domain, fixed when it is first published.", shortest=1, required=True)
    form = text("The id of the request form.", shortest=1, required=True)
    form_version = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1, LARGEST_VERSION),
        **about("The version of the form in use here."),
    )
    masking_form = text("The id of the form for masking exceptions; empty: nobody can ask for one.", load_default="")
    masking_form_version = fields.Integer(
        load_default=0,
        strict=True,
        validate=validate.Range(0, LARGEST_VERSION),
        **about("The version of that form in use here; 0 with a form: the latest."),
    )
    sources = fields.List(
        fields.String(validate=validate.Length(1, 255)),
        load_default=(),
        validate=validate.Length(max=MOST_SOURCES),
        **about("The ids of its data sources, all of its domain."),
    )
    description = text("What is in it and for whom.", LONGEST_DESCRIPTION, load_default="")
    expert = text("Who knows the subject: the id of a person, or any words.", load_default="")
    links = fields.List(
        fields.String(validate=validate.Length(1, LONGEST_LINK)),
        load_default=(),
        validate=validate.Length(max=MOST_LINKS),
        **about("Addresses of its documentation."),
    )
    visible_to = Words("The ids of the groups that see it; none: everyone.", load_default=())
    maximum = DurationText(load_default=None, allow_none=True, **about("The longest access, as `90 days`, or null."))
    stewards = fields.List(
        fields.Nested(StewardSourceSchema),
        load_default=(),
        validate=validate.Length(max=100),
        **about("Its own steward sources; only where a form delegates."),
    )


class ProductChange(ProductFields):
    """A product, described anew as a whole: what is left out is emptied."""


class NewProduct(ProductFields):
    """A product to be made; it begins as a draft."""

    form_version = fields.Integer(
        load_default=0,
        strict=True,
        validate=validate.Range(1, LARGEST_VERSION),
        **about("The version of the form; left out: the latest."),
    )


def product_from(given: dict[str, Any], **kept: Any) -> DataProduct:
    """The product that was described; `kept` is what the description can't change."""
    several = {name: tuple(given[name]) for name in ("sources", "links", "stewards")}
    return DataProduct(**{**given, **several, "visible_to": frozenset(given["visible_to"]), **kept})


class ProductSchema(ProductFields):
    """A data product."""

    id = fields.String(required=True, **about("Its id."))
    state = fields.Enum(ProductState, by_value=True, required=True, **about("Where it stands in its life."))
    created_at = Instant(required=True, allow_none=True, **about("When it was made."))
    published_at = Instant(required=True, allow_none=True, **about("When it was published last, or null."))
    revision = fields.Integer(required=True, **about("Grows with each change; also its `ETag`."))


class ProductCardSchema(ProductSchema):
    """A data product with what the reader has of it."""

    domain_name = fields.String(required=True, **about("The name of its domain."))
    grant = fields.Nested(
        GrantViewSchema,
        required=True,
        allow_none=True,
        **about("The reader's live grant, or else that of a group of theirs, or null."),
    )
    open_request = Reference(required=True, allow_none=True, **about("The reader's pending request for it, or null."))

    @pre_dump
    def flat(self, card: ProductCard, **_: Any) -> Mapping[str, object]:
        return plain(card.product) | plain(card)


class SourceReachSchema(Strict):
    """How the reader stands to one data source."""

    reach = fields.Enum(
        Reach,
        by_value=True,
        required=True,
        **about(
            "Access they have, access an approval would give, none whatever is approved, none while not published, "
            "or left the domain."
        ),
    )
    through = fields.List(fields.String(), required=True, **about("The names of the products that give them access."))
    allowed_by = fields.List(fields.String(), required=True, **about("The names of policies that allow it to them."))
    prevented_by = fields.List(
        fields.String(), required=True, **about("The names of the guardrails that keep them from it.")
    )


class ColumnViewSchema(Strict):
    """A column as the reader sees it."""

    id = fields.Integer(required=True, **about("Its id."))
    name = fields.String(required=True, **about("Its name."))
    type = fields.String(required=True, **about("Its type, as the platform has it."))
    tags = Words("The tags on it.", required=True)
    clear = fields.Boolean(required=True, **about("Whether the reader sees clear values."))
    masked_by = Reference(required=True, allow_none=True, **about("The name of the policy that masks it, or null."))
    clearable = fields.Boolean(required=True, **about("Whether it is masked, and an approval would show it clear."))
    held_back = fields.Boolean(required=True, **about("Whether clear values were approved that a policy holds back."))

    @pre_dump
    def flat(self, view: ColumnView, **_: Any) -> Mapping[str, object]:
        policy = view.state.masked_by
        own = {"masked_by": policy and policy.name, "clearable": view.state.clearable}
        return plain(view.column) | own | {"clear": view.clear, "held_back": view.held_back}


class SourceColumnsSchema(Strict):
    source = fields.String(attribute="source.id", required=True, **about("The id of the data source."))
    columns = fields.List(fields.Nested(ColumnViewSchema), required=True, **about("Its columns, in order."))


class ProductViewSchema(ProductCardSchema):
    """A data product with everything the reader may see of it."""

    request_form = fields.Nested(FormSchema, required=True, **about("The version of the form that is in use here."))
    data_sources = fields.List(fields.Nested(SourceSchema), required=True, **about("Its data sources."))
    addresses = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        **about("Where each data source, by id, can be queried once access is granted."),
    )
    newer_forms = fields.Dict(
        keys=fields.Enum(RequestType, by_value=True),
        values=fields.Integer(),
        required=True,
        **about("The latest version of a form of it, by type of request, where it waits for the reader to take it up."),
    )
    reach = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(SourceReachSchema),
        required=True,
        **about("How the reader stands to each data source, by its id."),
    )
    names = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        **about("Names of people who are named here by id."),
    )
    exception_form = fields.Nested(
        FormSchema,
        required=True,
        allow_none=True,
        **about("The form by which clear values of columns are asked for, or null where nobody can."),
    )
    columns = fields.List(
        fields.Nested(SourceColumnsSchema),
        required=True,
        **about("The columns of the data sources in its domain, as the reader sees them."),
    )
    left = fields.List(
        fields.String(),
        required=True,
        **about("The ids of those data sources that are no longer in its domain: nobody reads them through it."),
    )
    may_manage = fields.Boolean(required=True, **about("Whether the reader may change and publish it."))
    may_see_members = fields.Boolean(required=True, **about("Whether `members` is shown to the reader."))
    members = fields.List(fields.Nested(GrantViewSchema), required=True, **about("The latest grants, 50 at most."))
    requests = fields.List(
        fields.Nested(RequestCardSchema), required=True, **about("The latest requests the reader may read, 50 at most.")
    )

    @pre_dump
    def flat(self, view: ProductView, **_: Any) -> Mapping[str, object]:
        own = {name: value for name, value in plain(view).items() if name not in ("card", "domain", "form", "sources")}
        parts = {"request_form": view.form, "data_sources": view.sources, "left": view.left}
        return plain(view.card.product) | plain(view.card) | own | parts
