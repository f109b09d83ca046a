"""Choosing the data sources of a data product out of all that its domain has, a page at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from flask import Response, request

from placet.domain.errors import Conflict, Invalid, PlacetError
from placet.domain.people import Person
from placet.domain.products import DataProduct, ProductState
from placet.identity.web import marketplace, signed_in
from placet.pages.answers import Sent
from placet.pages.lines import revision_in
from placet.pages.managing import managed_product
from placet.pages.refused import NOTHING, Refused, refused
from placet.pages.rendering import page, see_other
from placet.service.views import SourceFilter

FILTERS = ("search", "tag", "target", "held")
HELD = {"": "In it or not", "in": "In it", "out": "Not in it"}
SHOWN = 100
"""How many sources of a change are listed at most; all of them are counted."""


class ChangedMeanwhile(Conflict):
    """Other sources than those that were looked at would be put in or taken out."""

    code = "choice-changed"
    title = "Something was changed meanwhile"


@dataclass(frozen=True)
class Choice:
    """The sources to put into a product and those to take out of it, none of them there already or not there."""

    added: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)

    @property
    def digest(self) -> str:
        """What this choice and no other is known by."""
        lines = "\n".join(("in", *sorted(self.added), "out", *sorted(self.removed)))
        return hashlib.sha256(lines.encode()).hexdigest()

    def applied(self, sources: Iterable[str]) -> tuple[str, ...]:
        """The sources of the product after it."""
        gone = set(self.removed)
        return *(one for one in sources if one not in gone), *self.added


def show_sources(id: str) -> Response:
    """The sources that the product has or could have, searched and filtered."""
    return _list_page(id, request.args, NOTHING)


def choose(id: str) -> Response:
    """Put in and take out what was chosen; of a published product only after what follows from it was shown."""
    person = signed_in()
    product = managed_product(person, id)
    try:
        choice = _choice(person, product, request.form)
        if choice and product.state is ProductState.PUBLISHED and not request.form.get("confirmed"):
            return _confirm_page(person, product, choice)
        _apply(person, product, choice)
    except ChangedMeanwhile as error:
        return _confirm_page(person, product, _choice(person, product, request.form), refused(error, {}))
    except PlacetError as error:
        return _list_page(id, request.form, refused(error, {}))
    cursor = request.form.get("cursor") or None
    return see_other("placet.product_sources", id=id, **_onward(request.form), cursor=cursor)


def _apply(person: Person, product: DataProduct, choice: Choice) -> None:
    if not choice:
        return
    if product.state is ProductState.PUBLISHED and request.form.get("confirmed") != choice.digest:
        raise ChangedMeanwhile("this is not what you have looked at: look at it again, and confirm it then")
    changed = replace(product, sources=choice.applied(product.sources), revision=revision_in(request.form))
    marketplace().products.change(person, changed)


def _choice(person: Person, product: DataProduct, sent: Sent) -> Choice:
    """What was ticked among what was shown; or everything that the filters let through."""
    held, whole = set(product.sources), sent.get("whole", "")
    if whole:
        found = [one.id for one in marketplace().sources.all(person, _filter(product, sent))]
        ticked = set(found) if whole == "in" else set()
    else:
        found, ticked = list(dict.fromkeys(sent.getlist("shown"))), set(sent.getlist("chosen"))
    return Choice(
        added=tuple(one for one in found if one in ticked and one not in held),
        removed=tuple(one for one in found if one not in ticked and one in held),
    )


def _filter(product: DataProduct, given: Sent) -> SourceFilter:
    """What is in the product, or could be: everything in its domain, and what it has that has left it."""
    asked = {name: given.get(name, "").strip() for name in FILTERS}
    held = asked.pop("held")
    if held not in HELD:
        raise Invalid(f"sources can't be shown by `{held}`: choose one of in and out, or neither")
    if held == "in":
        return SourceFilter(**asked, held_by=product.id)
    return SourceFilter(**asked, domain=product.domain, beside=product.id if held == "out" else "")


def _onward(given: Sent) -> dict[str, str | None]:
    return {name: given.get(name, "").strip() or None for name in FILTERS}


def _list_page(id: str, given: Sent, refusal: Refused) -> Response:
    person = signed_in()
    product = managed_product(person, id)
    cursor = given.get("cursor", "")
    return page(
        "product_sources.html",
        refusal.status,
        product=product,
        found=marketplace().sources.page(person, _filter(product, given), cursor),
        ticked=set(given.getlist("chosen")) if refusal and not given.get("whole") else set(product.sources),
        revision=given.get("revision", "") if refusal else product.revision,
        given={name: given.get(name, "").strip() for name in FILTERS},
        onward=_onward(given),
        cursor=cursor,
        choices=HELD,
        targets=marketplace().sources.targets(person),
        refusal=refusal,
    )


def _confirm_page(person: Person, product: DataProduct, choice: Choice, refusal: Refused = NOTHING) -> Response:
    change = marketplace().products.change_of_sources(person, product.id, choice.added, choice.removed)
    again = [(name, value) for name, value in request.form.items(multi=True) if name in SENT_AGAIN]
    return page(
        "product_sources_change.html",
        refusal.status,
        product=product,
        change=change,
        sections=(("added", "Put in", change.added, "gain"), ("removed", "Taken out", change.removed, "lose")),
        shown=SHOWN,
        again=again,
        onward=_onward(request.form),
        confirmed=choice.digest,
        refusal=refusal,
    )


SENT_AGAIN = (*FILTERS, "cursor", "shown", "chosen", "whole", "revision")
"""The fields that the confirmation sends a second time, so that the choice is made of the same."""
