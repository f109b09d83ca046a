"""What the workflow is told around one data product."""

from __future__ import annotations

from placet.domain.forms import RequestForm
from placet.domain.products import DataProduct
from placet.service.context import Context, known_form, managers_of, stewards_in
from placet.storage import Session
from placet.workflow.products import Shelf


def shelf_around(context: Context, session: Session, product: DataProduct, form: RequestForm | None = None) -> Shelf:
    """A product with its sources, its stewards, who manages its domain, and its form, unless that is known."""
    return Shelf(
        product=product,
        form=form or known_form(session, product.form, product.form_version),
        sources=tuple(session.sources.many(product.sources)),
        now=context.clock.now(),
        stewards=stewards_in(session),
        managers=managers_of(session, product.domain),
    )
