"""Several data products asked for at once: all or nothing, one request each."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace

import pytest

from placet.domain.errors import NotFound, PlacetError
from placet.domain.products import DataProduct
from placet.domain.requests import AccessRequest, BeneficiaryKind, RequestStatus, Whom
from placet.service.basket_items import MOST_ITEMS, BadBasket, Item
from placet.workflow.refusals import AlreadyGranted, FormChanged, ProductNotPublished, RequestOpen
from tests.service.office import ALL, AUTOMATIC, Office


def all_requests(office: Office) -> list[AccessRequest]:
    with office.marketplace.context.store.reading() as session:
        return list(session.requests.page().items)


@pytest.mark.requirement("R1", clause="several at once")
def test_a_basket_becomes_a_request_for_each_product_with_the_events_of_each(office: Office) -> None:
    quick = office.publish("Quick", AUTOMATIC)
    before = len(office.trail())
    items = [Item(quick.id), Item(office.product.id)]
    made = office.marketplace.requests.submit_all(office.person("rita"), Whom("tom"), items)
    assert [(one.product, one.requester, one.beneficiary) for one in made] == [
        (quick.id, "rita", "tom"),
        (office.product.id, "rita", "tom"),
    ]
    assert [one.status for one in made] == [RequestStatus.APPROVED, RequestStatus.PENDING]
    assert sorted(office.trail()[before:]) == [
        "access_request.approved",
        "access_request.created",
        "access_request.created",
        "grant.started",
    ]
    with office.marketplace.context.store.reading() as session:
        assert all(session.verdicts.of(one.id) for one in made)


@pytest.mark.requirement("R1", clause="several at once")
@pytest.mark.parametrize("last", ["asked", "granted", "suspended", "unseen", "form"])
def test_what_is_refused_of_one_product_leaves_nothing_done_of_any(office: Office, last: str) -> None:
    """The refused one comes last in the order in which they are judged, so all others were judged and kept before."""
    quick = office.publish("Quick", AUTOMATIC, id="a-quick")
    refused = office.publish("Refused", AUTOMATIC if last == "granted" else ALL, id="z-refused")
    item, error = Item(refused.id), RequestOpen
    if last in ("asked", "granted"):
        office.ask("rita", refused)
        error = RequestOpen if last == "asked" else AlreadyGranted
    if last == "suspended":
        office.marketplace.products.suspend(office.person("gus"), refused.id)
        error = ProductNotPublished
    if last == "unseen":
        item, error = Item("zz"), NotFound
    if last == "form":
        item, error = Item(refused.id, read=("another", 1)), FormChanged
    before, trail = all_requests(office), office.trail()
    with pytest.raises(error) as told:
        office.marketplace.requests.submit_all(office.person("rita"), None, [item, Item(quick.id)])
    assert told.value.facts["product"] == item.product
    assert (all_requests(office), office.trail()) == (before, trail)
    with office.marketplace.context.store.reading() as session:
        assert not session.grants.live_on(quick.id, office.clock.now())


def test_a_basket_for_a_group_asks_for_the_group(office: Office) -> None:
    whom = Whom("finance", BeneficiaryKind.GROUP)
    [made] = office.marketplace.requests.submit_all(office.person("ann"), whom, [Item(office.product.id)])
    assert made.whom == whom


def test_a_basket_holds_one_to_twenty_products_each_once(office: Office) -> None:
    rita, product = office.person("rita"), office.product.id
    for items in ([], [Item(f"p{number}") for number in range(MOST_ITEMS + 1)], [Item(product), Item(product)]):
        with pytest.raises(BadBasket):
            office.marketplace.requests.submit_all(rita, None, items)


@pytest.mark.requirement("R1", clause="several at once")
def test_of_overlapping_baskets_sent_at_once_one_is_kept_whole_and_the_others_are_told(office: Office) -> None:
    products = [office.publish(f"Part {number}", ALL) for number in range(4)]
    baskets = [products[:3], products[1:], products[::-1], [products[2]]] * 2
    begin = threading.Barrier(len(baskets))

    def send(wanted: list[DataProduct]) -> object:
        items, rita = [Item(product.id) for product in wanted], office.person("rita")
        begin.wait()
        try:
            return [one.product for one in office.marketplace.requests.submit_all(rita, None, items)]
        except PlacetError as error:
            return error

    with ThreadPoolExecutor(len(baskets)) as threads:
        answers = list(threads.map(send, baskets))
    kept = [answer for answer in answers if isinstance(answer, list)]
    errors = [answer for answer in answers if isinstance(answer, PlacetError)]
    assert len(kept) == 1  # each holds the third product
    assert sorted(kept[0]) == sorted(one.product for one in all_requests(office))
    assert {type(error) for error in errors} == {RequestOpen}
    assert all(error.facts["product"] in {product.id for product in products} for error in errors)


def test_what_is_put_into_the_basket_stays_until_it_is_asked_for_or_taken_out(office: Office) -> None:
    baskets, rita = office.marketplace.baskets, office.person("rita")
    quick, other = office.publish("Quick", AUTOMATIC), office.publish("Other", ALL)
    for product in (office.product, quick, other, quick):
        baskets.add(rita, product.id)
        office.clock.advance(minutes=1)
    assert [one.id for one in baskets.contents(rita)] == [office.product.id, quick.id, other.id]
    assert baskets.contents(office.person("tom")) == []
    office.marketplace.requests.submit_all(rita, None, [Item(quick.id)])
    baskets.remove(rita, other.id)
    assert [one.id for one in baskets.contents(rita)] == [office.product.id]


def test_what_became_unrequestable_is_said_and_stays_until_it_is_taken_out(office: Office) -> None:
    baskets, rita, gus = office.marketplace.baskets, office.person("rita"), office.person("gus")
    quick, hidden, other = (office.publish(name, AUTOMATIC) for name in ("Quick", "Hidden", "Other"))
    for product in (office.product, quick, hidden, other):
        baskets.add(rita, product.id)
        office.clock.advance(minutes=1)
    asked = office.ask("rita")
    office.ask("rita", quick)
    office.marketplace.products.unpublish(gus, hidden.id)
    office.marketplace.products.suspend(gus, other.id)
    first, second, third, fourth = baskets.contents(rita)
    assert (first.open_request, first.why_not) == (asked.id, "")
    assert second.lasting
    assert (third.product, third.form) == (None, None)
    assert "catalog" in third.why_not
    assert fourth.why_not == "`Other` is suspended: nobody can ask for it now"
    with pytest.raises(ProductNotPublished):
        baskets.add(rita, other.id)
    with pytest.raises(NotFound):
        baskets.add(rita, "nothing")


def test_a_full_basket_takes_no_more(office: Office) -> None:
    rita = office.person("rita")
    for id in parts(office, MOST_ITEMS):
        office.marketplace.baskets.add(rita, id)
    with pytest.raises(BadBasket):
        office.marketplace.baskets.add(rita, office.product.id)
    office.marketplace.baskets.add(rita, "p0")


def test_of_two_that_are_put_into_the_last_place_at_once_one_is_refused(office: Office) -> None:
    rita, context = office.person("rita"), office.marketplace.context
    *inside, last = parts(office, MOST_ITEMS)
    for id in inside:
        office.marketplace.baskets.add(rita, id)
    with ThreadPoolExecutor(1) as threads:
        with context.transaction() as transaction:
            transaction.session.baskets.hold("rita")
            transaction.session.baskets.add("rita", last, office.clock.now())
            other = threads.submit(office.marketplace.baskets.add, rita, office.product.id)
            wait([other], timeout=0.3)  # long enough to have counted what is inside, if it does not wait for this
        with pytest.raises(BadBasket):
            other.result()
    assert len(office.marketplace.baskets.contents(rita)) == MOST_ITEMS


def parts(office: Office, count: int) -> list[str]:
    """The ids of so many more products, which are published."""
    with office.marketplace.context.store.writing() as session:
        for number in range(count):
            name = f"Part {number}"
            session.products.add(replace(office.product, id=f"p{number}", name=name, revision=1))
    return [f"p{number}" for number in range(count)]
