"""What the workflow is told around one data product."""

from __future__ import annotations

from placet.domain.products import DataProduct
from placet.service.context import Context, known_form, managers_of, stewards_in
from placet.storage import Session
from placet.workflow.products import Shelf


def shelf_around(context: Context, session: Session, product: DataProduct) -> Shelf:
    """A product with its forms and sources, its stewards, and who manages its domain."""
    return Shelf(
        product=product,
        forms=tuple(known_form(session, *form) for form in forms_of(product)),
        sources=tuple(session.sources.many(product.sources)),
        now=context.clock.now(),
        stewards=stewards_in(session),
        managers=managers_of(session, product.domain),
    )


def forms_of(product: DataProduct) -> tuple[tuple[str, int], ...]:
    """Every form by which something of the product can be asked for, with its version."""
    masking = ((product.masking_form, product.masking_form_version),) if product.masking_form else ()
    return ((product.form, product.form_version), *masking)
