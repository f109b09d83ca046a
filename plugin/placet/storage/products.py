"""Data products, and the catalog of those in sight."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from peewee import Expression, ModelSelect

from placet.domain.products import DataProduct, ProductState, called
from placet.storage import catalog
from placet.storage.catalog import ORDER, Wanted
from placet.storage.errors import one_only
from placet.storage.paging import Page, after, by_name, cut, decode, rows_wanted
from placet.storage.prepared import Prepared
from placet.storage.revisions import update_revision
from placet.storage.shapes import duration_from_text, duration_to_text, source_from_json, source_to_json
from placet.storage.tables import ProductRow, ProductSightRow, ProductSourceRow, ProductWordRow, RequestRow, SourceRow
from placet.storage.transaction import Transaction, batches
from placet.storage.words import beginning, words

LISTED = (ProductState.PUBLISHED, ProductState.SUSPENDED)
"""The states in which a product stands in the catalog."""

_BY_ID = Prepared(ProductRow, lambda id: ProductRow.select().where(ProductRow.id == id))
_ASKED = Prepared(
    ProductRow,
    lambda request: ProductRow.select().where(
        ProductRow.id == RequestRow.select(RequestRow.product).where(RequestRow.id == request)
    ),
)
_TARGETS = Prepared(
    SourceRow,
    lambda product: (
        SourceRow.select(SourceRow.target)
        .join(ProductSourceRow, on=(ProductSourceRow.source == SourceRow.id))
        .where(ProductSourceRow.product == product)
        .distinct()
    ),
)


class Products:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def get(self, id: str) -> DataProduct | None:
        return _one(self._in.first(_BY_ID(id)))

    def lock(self, id: str) -> DataProduct | None:
        """The product, kept from other writers until the transaction ends."""
        return _one(self._in.locked(_BY_ID(id)))

    def share(self, id: str) -> DataProduct | None:
        """The product, which no one changes until the transaction ends, though others may share it."""
        return _one(self._in.shared(_BY_ID(id)))

    def share_asked(self, request: str) -> DataProduct | None:
        """As `share`, the product that a request is for."""
        return _one(self._in.shared(_ASKED(request)))

    def many(self, ids: Iterable[str]) -> list[DataProduct]:
        """Those of the products that exist, by id."""
        return [
            product
            for batch in batches(sorted(set(ids)))
            for product in self._all(ProductRow.select().where(ProductRow.id.in_(batch)))
        ]

    def add(self, product: DataProduct) -> None:
        """Keep a new product. Raises AlreadyThere for an id or name that is taken, Conflict for an unknown domain."""
        with one_only(f"there is a data product `{product.name}` already: choose another name"):
            self._in.add(ProductRow(id=product.id, revision=product.revision, **_columns(product)))
        self._add_parts(product)

    def save(self, product: DataProduct) -> DataProduct:
        """Keep a changed product; it comes back with its new revision.

        Raises StaleRevision where it was changed since it was read, AlreadyThere for a name that is taken.
        """
        with one_only(f"there is a data product `{product.name}` already: choose another name"):
            update_revision(self._in, ProductRow, product.id, product.revision, _columns(product))
        for part in (ProductSourceRow, ProductSightRow, ProductWordRow):
            self._in.change(part.delete().where(part.product == product.id))
        self._add_parts(product)
        return replace(product, revision=product.revision + 1)

    def holding(self, source: str) -> list[DataProduct]:
        """The products a source is in, by id, whatever their state."""
        inside = ProductSourceRow.select(ProductSourceRow.product).where(ProductSourceRow.source == source)
        return self._all(ProductRow.select().where(ProductRow.id.in_(inside)))

    def holding_any(self, sources: Collection[str]) -> list[DataProduct]:
        """The products that at least one of the sources is in, by id, whatever their state."""
        found = {
            product
            for batch in batches(sorted(set(sources)))
            for (product,) in self._in.tuples(
                ProductSourceRow.select(ProductSourceRow.product).where(ProductSourceRow.source.in_(batch)).distinct()
            )
        }
        return self.many(found)

    def of_domain(self, domain: str) -> list[DataProduct]:
        """The products of a domain, by id, whatever their state."""
        return self._all(ProductRow.select().where(ProductRow.domain == domain))

    def asking_by(self, form: str) -> list[DataProduct]:
        """The products that are not deleted and ask for something by some version of a form, by id."""
        kept = ProductRow.select().where(ProductRow.state != "deleted")
        found = (*self._all(kept.where(ProductRow.form == form)), *self._all(kept.where(masked_by(form))))
        return sorted({product.id: product for product in found}.values(), key=lambda product: product.id)

    def once_published(self) -> list[DataProduct]:
        """Every product that is published, or was and may be again, by id."""
        states = (ProductState.PUBLISHED, ProductState.SUSPENDED, ProductState.UNPUBLISHED)
        return self._all(ProductRow.select().where(ProductRow.state.in_([state.value for state in states])))

    def targets(self, id: str) -> list[str]:
        """The targets that the sources of a product are on, by name."""
        return sorted(row.target for row in self._in.rows(_TARGETS(id)))

    def in_sight(
        self, groups: Collection[str], wanted: Wanted, cursor: str | None = None, limit: int = 50
    ) -> Page[DataProduct]:
        """The catalog for a member of `groups`, by name: published and suspended products they may see."""
        rows, following = catalog.page_of(self._in, groups, wanted, cursor, limit)
        return Page(tuple(map(_product, rows)), following)

    def page(
        self,
        search: str = "",
        domains: Collection[str] | None = None,
        states: Collection[ProductState] | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[DataProduct]:
        """All products, by name, those in some domains and in some states if given."""
        return self._page(_filtered(ProductRow.select(), search, domains, states), cursor, limit)

    def _page(self, query: ModelSelect[ProductRow], cursor: str | None, limit: int) -> Page[DataProduct]:
        query = query.order_by(*ORDER).limit(rows_wanted(limit))
        if cursor:
            query = query.where(after(ORDER, decode(cursor, (str, str))))
        page = cut(self._in.rows(query), limit, by_name)
        return page.map(_product)

    def _all(self, query: ModelSelect[ProductRow]) -> list[DataProduct]:
        return [_product(row) for row in self._in.rows(query.order_by(ProductRow.id))]

    def _add_parts(self, product: DataProduct) -> None:
        sources = [{"source": source} for source in dict.fromkeys(product.sources)]
        sight = [{"group": group} for group in sorted(product.visible_to)]
        found_by = [{"word": word} for word in sorted(words(f"{product.name} {product.description}"))]
        for part, rows in ((ProductSourceRow, sources), (ProductSightRow, sight), (ProductWordRow, found_by)):
            self._in.add_all(part, ({"product": product.id, **row} for row in rows))


def masked_by(form: str) -> Expression:
    """The condition that masking exceptions are asked for by a form, in the words of the index that finds them."""
    condition: Expression = (ProductRow.masking_form == form) & (ProductRow.masking_form != "")
    return condition


def in_sight_of(groups: Collection[str], domains: Collection[str]) -> Expression:
    """The condition that the catalog for a member of `groups` lists a product, or that it is of one of the domains."""
    listed = ProductRow.state.in_([state.value for state in LISTED]) & _open_to(groups)
    condition: Expression = listed | ProductRow.domain.in_(sorted(domains))
    return condition


def _open_to(groups: Collection[str]) -> Expression:
    """The condition that a product is for everyone, or for one of the groups."""
    named = ProductSightRow.select(ProductSightRow.product).where(ProductSightRow.group.in_(sorted(groups)))
    condition: Expression = ~ProductRow.restricted | ProductRow.id.in_(named)
    return condition


def _filtered(
    query: ModelSelect[ProductRow],
    search: str,
    domains: Collection[str] | None,
    states: Collection[ProductState] | None,
) -> ModelSelect[ProductRow]:
    if domains is not None:
        query = query.where(ProductRow.domain.in_(sorted(domains)))
    if states is not None:
        query = query.where(ProductRow.state.in_(sorted(state.value for state in states)))
    for word in words(search):
        named = ProductWordRow.select(ProductWordRow.product).where(beginning(ProductWordRow.word, word))
        query = query.where(ProductRow.id.in_(named))
    return query


def _columns(product: DataProduct) -> dict[str, object]:
    return {
        "name": product.name,
        "sort_name": called(product.name),
        "domain": product.domain,
        "form": product.form,
        "form_version": product.form_version,
        "masking_form": product.masking_form,
        "masking_form_version": product.masking_form_version,
        "description": product.description,
        "expert": product.expert,
        "links": list(product.links),
        "maximum": duration_to_text(product.maximum),
        "sources": list(product.sources),
        "stewards": [source_to_json(source) for source in product.stewards],
        "visible_to": sorted(product.visible_to),
        "restricted": bool(product.visible_to),
        "state": product.state.value,
        "created_at": product.created_at,
        "published_at": product.published_at,
    }


def _one(row: ProductRow | None) -> DataProduct | None:
    return _product(row) if row else None


def _product(row: ProductRow) -> DataProduct:
    return DataProduct(
        id=row.id,
        name=row.name,
        domain=row.domain,
        form=row.form,
        form_version=row.form_version,
        masking_form=row.masking_form,
        masking_form_version=row.masking_form_version,
        sources=tuple(row.sources),
        description=row.description,
        expert=row.expert,
        links=tuple(row.links),
        visible_to=frozenset(row.visible_to),
        maximum=duration_from_text(row.maximum),
        stewards=tuple(map(source_from_json, row.stewards)),
        state=ProductState(row.state),
        created_at=row.created_at,
        published_at=row.published_at,
        revision=row.revision,
    )
