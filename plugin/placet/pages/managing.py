"""Managing data products: those one manages, the form that describes one, and the steps of its life."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, request

from placet.domain.errors import Invalid, PlacetError
from placet.domain.people import Person
from placet.domain.permissions import Action, Place, may, refuse_unless_may
from placet.domain.products import DataProduct, ProductState
from placet.identity.web import marketplace, signed_in
from placet.pages.lines import revision_in
from placet.pages.product_form import described, filled
from placet.pages.refused import NOTHING, Refused, refused
from placet.pages.rendering import page, see_other
from placet.service.context import LARGEST_PAGE
from placet.workflow.products import Step, steps_from

FIELDS = {"nothing-chosen": "groups", "already-there": "name", "bad-term": "maximum", "nobody-can-decide": "form"}
STEPS = tuple(step.value for step in Step if step is not Step.CHANGE)


def show_managed() -> Response:
    """The products one manages, by words and state."""
    person, search, state = signed_in(), request.args.get("search", "").strip(), request.args.get("state", "")
    if state and state not in list(ProductState):
        raise Invalid(f"no data product is `{state}`: choose one of {', '.join(ProductState)}")
    chosen = ProductState(state) if state else None
    found = marketplace().products.managed(person, search, chosen, request.args.get("cursor", ""))
    names = {one.id: one.name for one in marketplace().domains.all(person)}
    domains = {id: name for id, name in names.items() if may(person, Action.MANAGE_PRODUCT, Place(domain=id))}
    return page(
        "managed.html",
        found=found,
        names=names,
        domains=domains,
        steps={state: sorted(steps_from(state)) for state in ProductState},
        states=tuple(ProductState),
        given={"search": search, "state": state},
    )


def show_new() -> Response:
    """The form for a new product of the domain that the address names."""
    person, product = signed_in(), _new()
    refuse_unless_may(person, Action.MANAGE_PRODUCT, Place(domain=product.domain))
    return _form_page(person, product, NOTHING)


def create() -> Response:
    """Make a draft out of what was written; its data sources are chosen next."""
    person, product = signed_in(), _new()
    refuse_unless_may(person, Action.MANAGE_PRODUCT, Place(domain=product.domain))
    try:
        made = marketplace().products.create(person, described(request.form, product))
    except PlacetError as error:
        return _form_page(person, product, refused(error, FIELDS))
    return see_other("placet.product_sources", id=made.id)


def show_form(id: str) -> Response:
    """The form that describes a product anew."""
    person = signed_in()
    return _form_page(person, managed_product(person, id), NOTHING)


def change(id: str) -> Response:
    """Describe a product as it was written, unless someone else has changed it since the form was opened."""
    person = signed_in()
    product = managed_product(person, id)
    try:
        opened = replace(product, revision=revision_in(request.form))
        marketplace().products.change(person, described(request.form, opened))
    except PlacetError as error:
        return _form_page(person, product, refused(error, FIELDS))
    return see_other("placet.product", id=id)


def show_step(id: str) -> Response:
    """What a step would mean, and the button that takes it."""
    return _step_page(id, NOTHING)


def take_step(id: str) -> Response:
    """Publish, suspend, unpublish or delete a product."""
    person, products = signed_in(), marketplace().products
    takes = {
        Step.PUBLISH: products.publish,
        Step.SUSPEND: products.suspend,
        Step.UNPUBLISH: products.unpublish,
        Step.DELETE: products.delete,
    }
    try:
        takes[_step()](person, id, revision_in(request.form))
    except PlacetError as error:
        return _step_page(id, refused(error, {}))
    return see_other("placet.managed")


def _step() -> Step:
    """The step that the address ends in."""
    return Step(request.path.rpartition("/")[2])


def _new() -> DataProduct:
    return DataProduct("", "", request.args.get("domain", ""), "", 0)


def managed_product(person: Person, id: str) -> DataProduct:
    """The product. Raises NotFound, and Forbidden for who does not manage it."""
    product = marketplace().products.get(person, id).card.product
    refuse_unless_may(person, Action.MANAGE_PRODUCT, Place(domain=product.domain))
    return product


def _form_page(person: Person, product: DataProduct, refusal: Refused) -> Response:
    forms = {(one.id, one.version): one.name for one in marketplace().forms.list(person, limit=LARGEST_PAGE).items}
    kept = [(product.form, product.form_version), (product.masking_form, product.masking_form_version)]
    for id, version in kept:
        if id and (id, version) not in forms:
            forms[id, version] = marketplace().forms.get(person, id, version).name
    return page(
        "product_form.html",
        refusal.status,
        product=product,
        given=request.form if refusal else filled(product),
        forms={f"{id}:{version}": f"{name}, version {version}" for (id, version), name in sorted(forms.items())},
        refusal=refusal,
    )


def _step_page(id: str, refusal: Refused) -> Response:
    person, step = signed_in(), _step()
    product = managed_product(person, id)
    return page(
        "product_step.html",
        refusal.status,
        product=product,
        step=step.value,
        possible=step in steps_from(product.state),
        follows=marketplace().products.consequences(person, id),
        refusal=refusal,
    )
