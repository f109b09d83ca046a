"""The basket: several data products, asked for in one form, all of them or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from flask import Response, request

from placet.domain.answers import BadAnswers
from placet.domain.errors import NotFound, PlacetError
from placet.domain.people import Person
from placet.identity.web import marketplace, signed_in
from placet.pages import answers, beneficiary
from placet.pages.answers import Field
from placet.pages.asking import version_of, version_read
from placet.pages.beneficiary import BeneficiaryUnclear
from placet.pages.refused import NOTHING, Problem, Refused, refused
from placet.pages.rendering import page, see_other
from placet.service.basket_items import Item
from placet.service.baskets import BasketItem

FIELDS = {BeneficiaryUnclear.code: "for-other"}


@dataclass(frozen=True)
class Asked:
    """A product of the basket on the page; `id` begins the ids of its elements."""

    item: BasketItem
    id: str
    fields: list[Field]

    @property
    def version(self) -> str:
        return version_of(self.item.form) if self.item.form else ""

    @property
    def form_name(self) -> str:
        return answers.named("form", "", self.item.id)

    @property
    def agreement_name(self) -> str:
        return answers.named("agreement", "", self.item.id)


def show_basket() -> Response:
    """What is in the basket, with the form that asks for all of it."""
    return _basket_page(NOTHING)


def add(id: str) -> Response:
    """Put a data product into the basket."""
    marketplace().baskets.add(signed_in(), id)
    return see_other("placet.basket")


def remove(id: str) -> Response:
    """Take a data product out of the basket."""
    marketplace().baskets.remove(signed_in(), id)
    return see_other("placet.basket")


def submit() -> Response:
    """Ask for everything that the page showed, or for nothing."""
    person = signed_in()
    shown = asked_for(marketplace().baskets.contents(person))
    try:
        whom = beneficiary.chosen(person, request.form)
        marketplace().requests.submit_all(person, whom, [_item(one, shown) for one in request.form.getlist("product")])
    except PlacetError as error:
        return _basket_page(_refused(error, shown), getattr(error, "matches", ()))
    return see_other("placet.requests")


def asked_for(contents: list[BasketItem]) -> list[Asked]:
    """The products of a basket as the page shows them."""
    found = []
    for place, item in enumerate(contents, start=1):
        fields = answers.fields_of(item.form, item.id, f"item-{place}-") if item.form else []
        found.append(Asked(item, f"item-{place}-", fields))
    return found


def _item(product: str, shown: list[Asked]) -> Item:
    """What was sent about one product. Raises NotFound where it has left the basket since the page was shown."""
    asked = next((one for one in shown if one.item.id == product), None)
    if asked is None:
        raise NotFound("the basket has changed since you opened it: look it over, then send it")
    read = version_read(request.form.get(asked.form_name, ""))
    if asked.item.form is None:
        return Item(product, read=read)
    given = answers.read(asked.item.form, request.form, product)
    return Item(product, given, request.form.get(asked.agreement_name) == "accepted", read)


def _basket_page(refusal: Refused, matches: tuple[Person, ...] = ()) -> Response:
    person = signed_in()
    return page(
        "basket.html",
        refusal.status,
        items=asked_for(marketplace().baskets.contents(person)),
        units=answers.UNITS,
        given=request.form,
        refusal=refusal,
        matches=matches,
        groups=beneficiary.groups_of(person),
    )


def _refused(error: PlacetError, shown: list[Asked]) -> Refused:
    """What was refused, put to the product and the field that it is about."""
    asked = next((one for one in shown if one.item.id == error.facts.get("product")), None)
    if asked is None or asked.item.product is None:
        return refused(error, FIELDS)
    name = asked.item.product.name
    if error.code == BadAnswers.code and asked.item.form:
        problems = cast(Mapping[str, str], error.facts["problems"])
        found = answers.problems_of(asked.item.form, problems, asked.id)
        return Refused(error.title, error.status, tuple(Problem(f"{name}: {told}", field) for field, told in found))
    field = "agreement" if error.code == "agreement-not-accepted" else "title"
    return Refused(error.title, error.status, (Problem(f"{name}: {error.detail}", f"{asked.id}{field}"),))
