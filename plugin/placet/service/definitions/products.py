"""Data products in a file of definitions, and the steps that lead one to the state it says."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence

from placet.domain.people import Person
from placet.domain.products import DataProduct, ProductState
from placet.domain.terms import Duration
from placet.service.context import Context
from placet.service.definitions.forms import DURATION, version_of
from placet.service.definitions.kind import (
    AT_ONCE,
    SET,
    STEWARD,
    WORD,
    WORDS,
    Kind,
    Plain,
    Standing,
    every,
    plain_steward,
    steward_from,
)
from placet.service.definitions.shapes import Left, Member, Number, Record, Several, Word
from placet.service.products import ProductCommands
from placet.storage import Session
from placet.workflow.products import TRANSITIONS, Step
from placet.workflow.refusals import WrongState

STATES = tuple(state.value for state in ProductState if state is not ProductState.DELETED)
STEPS: Mapping[Step, Callable[[ProductCommands, Person, str], DataProduct]] = {
    Step.PUBLISH: ProductCommands.publish,
    Step.SUSPEND: ProductCommands.suspend,
    Step.UNPUBLISH: ProductCommands.unpublish,
}


class ProductKind(Kind):
    """Data products."""

    section = "products"
    shape = Record(
        {
            "name": Member(WORD, about="What people call it; every product has another."),
            "domain": Member(WORD, about="The id of its domain, fixed when it is first published."),
            "form": Member(WORD, about="The id of the form by which access is asked for."),
            "form_version": Member(Number(), Left.KEPT, "Left out: the version it has, or the latest of another form."),
            "masking_form": Member(WORD, "", "The id of the form for clear values; none: nobody asks for them."),
            "masking_form_version": Member(Number(), Left.KEPT, "As `form_version`."),
            "sources": Member(WORDS, [], "The ids of its data sources."),
            "description": Member(WORD, "", "What it is."),
            "expert": Member(WORD, "", "Who knows about it, in words."),
            "links": Member(WORDS, [], "Addresses of its documentation."),
            "visible_to": Member(SET, [], "The ids of groups; none: everyone."),
            "maximum": Member(DURATION, "", "As `90 days`; none: for good."),
            "stewards": Member(Several(STEWARD), [], "Who decides, where the form delegates."),
            "state": Member(Word(STATES), Left.KEPT, "Left out: the state it has, a draft where it is new."),
        }
    )

    def ids(self, session: Session) -> list[str]:
        kept = [state for state in ProductState if state is not ProductState.DELETED]
        found = every(lambda cursor: session.products.page(states=kept, cursor=cursor, limit=AT_ONCE))
        return sorted(product.id for product in found)

    def standing(self, session: Session, ids: Sequence[str]) -> dict[str, Standing]:
        products = session.products.many(ids)
        named = sorted({form for one in products for form in (one.form, one.masking_form) if form})
        latest = {form.id: form.version for form in filter(None, map(session.forms.get, named))}
        return {product.id: self._standing(product, latest) for product in products}

    def _standing(self, product: DataProduct, latest: Mapping[str, int]) -> Standing:
        plain = {
            "name": product.name,
            "domain": product.domain,
            "form": product.form,
            "form_version": product.form_version,
            "masking_form": product.masking_form,
            "masking_form_version": product.masking_form_version,
            "sources": list(product.sources),
            "description": product.description,
            "expert": product.expert,
            "links": list(product.links),
            "visible_to": sorted(product.visible_to),
            "maximum": str(product.maximum or ""),
            "stewards": [plain_steward(source) for source in product.stewards],
            "state": product.state.value,
        }
        current = {
            name
            for name, form, version in (
                ("form_version", product.form, product.form_version),
                ("masking_form_version", product.masking_form, product.masking_form_version),
            )
            if not form or latest.get(form) == version
        }
        return Standing(plain, product, frozenset(current), gone=product.state is ProductState.DELETED)

    def whole(self, context: Context, id: str, wanted: Plain, standing: Standing | None) -> Plain:  # noqa: ARG002 - not all look at all
        stewards = list(dict.fromkeys(map(steward_from, wanted["stewards"])))
        once = {part: list(dict.fromkeys(wanted[part])) for part in ("sources", "links")}
        return wanted | once | {"name": wanted["name"].strip(), "stewards": [plain_steward(one) for one in stewards]}

    def write(self, context: Context, actor: Person, id: str, wanted: Plain, standing: Standing | None) -> None:
        commands, product = ProductCommands(context), _product(id, wanted, standing)
        if standing is None:
            commands.create(actor, product)
        elif any(wanted[part] != standing.plain[part] for part in wanted if part != "state"):
            commands.change(actor, product)
        state = standing.value.state if standing else ProductState.DRAFT
        for step in steps_to(product.name, state, ProductState(wanted.get("state", state))):
            STEPS[step](commands, actor, id)


def steps_to(name: str, state: ProductState, wanted: ProductState) -> list[Step]:
    """The fewest steps from one state to another. Raises WrongState where none lead there."""
    ways: deque[tuple[ProductState, list[Step]]] = deque([(state, [])])
    seen = {state}
    while ways:
        here, steps = ways.popleft()
        if here is wanted:
            return steps
        for step in STEPS:
            led = TRANSITIONS[step][here]
            if isinstance(led, ProductState) and led not in seen:
                seen.add(led)
                ways.append((led, [*steps, step]))
    raise WrongState(f"`{name}` is {state}, and nothing makes it {wanted} again: write another `state`")


def _product(id: str, wanted: Plain, standing: Standing | None) -> DataProduct:
    return DataProduct(
        id=id,
        name=wanted["name"],
        domain=wanted["domain"],
        form=wanted["form"],
        form_version=version_of("form", wanted, standing),
        sources=tuple(wanted["sources"]),
        description=wanted["description"],
        expert=wanted["expert"],
        links=tuple(wanted["links"]),
        visible_to=frozenset(wanted["visible_to"]),
        maximum=Duration.parse(wanted["maximum"]) if wanted["maximum"] else None,
        stewards=tuple(map(steward_from, wanted["stewards"])),
        revision=standing.value.revision if standing else 1,
        masking_form=wanted["masking_form"],
        masking_form_version=version_of("masking_form", wanted, standing),
    )
