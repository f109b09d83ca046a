"""Data products: the catalog, and their life."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from placet.api.base import about, text
from placet.api.grant_schemas import GrantViewPage
from placet.api.listing import LINKED, LOCATED, PageQuery, linked, page_of
from placet.api.nothing import Nothing
from placet.api.product_schemas import (
    NewProduct,
    ProductCardSchema,
    ProductChange,
    ProductSchema,
    ProductViewSchema,
    product_from,
)
from placet.api.resource import Resource
from placet.api.revisions import TAGGED, revision_meant, tagged
from placet.domain.errors import AlreadyThere, NotFound
from placet.domain.products import BadProduct, DataProduct
from placet.identity.web import marketplace, signed_in, url_for
from placet.service import BadCursor
from placet.service.views import GrantView, Page, ProductCard, ProductView, Standing
from placet.workflow.refusals import NobodyCanDecide, WrongState

products = Resource("data-products", "Data products: what can be asked for.")


class CatalogQuery(PageQuery):
    """Which products of the catalog."""

    search = text("Words, or beginnings of words, of the name or description.", load_default="")
    domain = text("The id of a domain.", load_default="")
    tag = text("A tag of a data source or column; those below it count too.", load_default="")
    target = text("The name of a data platform.", load_default="")
    standing = fields.Enum(
        Standing,
        by_value=True,
        load_default=None,
        **about("How the reader stands to it: `have` a grant, `asked` for one, or `neither`."),
    )


@products.route("/data-products")
@products.arguments(CatalogQuery, location="query")
@products.response(200, page_of(ProductCardSchema), headers=LINKED)
@products.reads(BadCursor)
def catalog(asked: dict[str, Any]) -> tuple[Page[ProductCard], dict[str, str]]:
    """List the products in the catalog

    Published and suspended ones in the reader's sight, by name.
    """
    page = marketplace().products.catalog(signed_in(), **asked)
    return page, linked(page)


@products.route("/data-products", methods=["POST"])
@products.arguments(NewProduct)
@products.response(201, ProductSchema, headers=TAGGED | LOCATED)
@products.changes(NotFound, BadProduct, AlreadyThere)
def create(given: dict[str, Any]) -> tuple[DataProduct, dict[str, str]]:
    """Make a product

    It begins as a draft; nobody but those who manage its domain sees it until it is published.
    """
    made = marketplace().products.create(signed_in(), product_from(given, id=""))
    return made, tagged(made.revision) | {"Location": url_for("placet-data-products.one", id=made.id)}


@products.route("/data-products/<id>")
@products.response(200, ProductViewSchema, headers=TAGGED)
@products.reads(NotFound)
def one(id: str) -> tuple[ProductView, dict[str, str]]:
    """Read a product

    With all the reader may see of it; one out of their sight is not found.
    """
    view = marketplace().products.get(signed_in(), id)
    return view, tagged(view.card.product.revision)


@products.route("/data-products/<id>/members")
@products.arguments(PageQuery, location="query")
@products.response(200, GrantViewPage, headers=LINKED)
@products.reads(NotFound, BadCursor)
def members(asked: dict[str, Any], id: str) -> tuple[Page[GrantView], dict[str, str]]:
    """List the members of a product

    With grants that have ended too, the latest start first; for those who manage or decide.
    """
    page = marketplace().products.members(signed_in(), id, **asked)
    return page, linked(page)


@products.route("/data-products/<id>", methods=["PUT"])
@products.arguments(ProductChange)
@products.response(200, ProductSchema, headers=TAGGED)
@products.changes(NotFound, BadProduct, AlreadyThere, NobodyCanDecide)
@products.matches
def change(given: dict[str, Any], id: str) -> tuple[DataProduct, dict[str, str]]:
    """Describe a product anew

    As a whole: what is left out is emptied. Its domain and state stay.
    """
    changed = product_from(given, id=id, revision=read_revision(id))
    return shown(marketplace().products.change(signed_in(), changed))


@products.route("/data-products/<id>", methods=["DELETE"])
@products.response(204)
@products.changes(NotFound, WrongState)
@products.matches
def delete(id: str) -> None:
    """Delete a product for good

    Its pending requests are canceled and its grants revoked; its history stays.
    """
    marketplace().products.delete(signed_in(), id, read_revision(id))


@products.route("/data-products/<id>/publish", methods=["POST"])
@products.arguments(Nothing)
@products.response(200, ProductSchema, headers=TAGGED)
@products.changes(NotFound, BadProduct, NobodyCanDecide, WrongState)
@products.matches
def publish(_: dict[str, Any], id: str) -> tuple[DataProduct, dict[str, str]]:
    """Put a product into the catalog

    Also again, after it was suspended or unpublished: grants that have not ended give access again.
    """
    return shown(marketplace().products.publish(signed_in(), id, read_revision(id)))


@products.route("/data-products/<id>/suspend", methods=["POST"])
@products.arguments(Nothing)
@products.response(200, ProductSchema, headers=TAGGED)
@products.changes(NotFound, WrongState)
@products.matches
def suspend(_: dict[str, Any], id: str) -> tuple[DataProduct, dict[str, str]]:
    """Stop all access to a product

    It stays in the catalog, marked; its requests wait.
    """
    return shown(marketplace().products.suspend(signed_in(), id, read_revision(id)))


@products.route("/data-products/<id>/unpublish", methods=["POST"])
@products.arguments(Nothing)
@products.response(200, ProductSchema, headers=TAGGED)
@products.changes(NotFound, WrongState)
@products.matches
def unpublish(_: dict[str, Any], id: str) -> tuple[DataProduct, dict[str, str]]:
    """Stop all access to a product and take it out of the catalog"""
    return shown(marketplace().products.unpublish(signed_in(), id, read_revision(id)))


def read_revision(id: str) -> int:
    """The revision of a product, if `If-Match` names it; the service holds the change to that one."""
    return revision_meant(marketplace().products.get(signed_in(), id).card.product.revision)


def shown(product: DataProduct) -> tuple[DataProduct, dict[str, str]]:
    return product, tagged(product.revision)
