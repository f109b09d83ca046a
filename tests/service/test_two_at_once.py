"""Two commands at once on one grant, form or product: one order of both, or a clear refusal; and the trail holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from placet.domain.errors import NotFound, PlacetError, StaleRevision
from placet.domain.forms import FormInUse, RequestForm
from placet.domain.products import DataProduct, ProductState
from placet.domain.requests import Grant, RequestStatus
from placet.workflow.refusals import GrantOver, ProductNotPublished, WrongState
from tests.service.office import ALL, ANY, AUTOMATIC, LEGAL, Office
from tests.storage.test_concurrency import at_once


def together(*acts: Callable[[], object]) -> tuple[list[object], list[type[PlacetError]]]:
    """What two commands that begin together have given, and what kinds of refusal they were met with."""
    outcomes = at_once(len(acts), lambda number: acts[number]())
    refused = [one for one in outcomes if isinstance(one, type)]
    return [one for one in outcomes if not isinstance(one, type)], refused


@pytest.fixture(autouse=True)
def trail_holds(office: Office) -> Iterator[None]:
    """Whatever was done at once, each change has one entry, in one order."""
    yield
    report = office.marketplace.audit.verify(office.person("gus"))
    assert report.intact, report


def kept(office: Office, grant: Grant) -> Grant:
    with office.marketplace.context.store.reading() as session:
        found = session.grants.get(grant.id)
    assert found
    return found


def revocations(office: Office, grant: Grant) -> list[str]:
    """Who revoked a grant, as the trail has it."""
    return [one.actor for one in office.entries() if (one.type, one.subject) == ("grant.revoked", grant.id)]


def test_on_one_grant(office: Office) -> None:
    market, gus, mia, uma = office.marketplace, *map(office.person, ("gus", "mia", "uma"))
    twice, left, gone = (office.approved(who) for who in ("rita", "tom", "ada"))

    [revoked], refused = together(
        lambda: market.grants.revoke(gus, twice.id, "over"), lambda: market.grants.revoke(mia, twice.id, "over")
    )
    assert isinstance(revoked, Grant)
    assert refused == [GrantOver]
    by = kept(office, twice).revocation
    assert by
    assert revocations(office, twice) == [by.by]

    _, refused = together(
        lambda: market.grants.revoke(gus, left.id, "over"), lambda: market.people.deactivate(uma, "tom")
    )
    assert refused == []
    assert (bool(kept(office, left).revocation), office.person("tom").active) == (True, False)

    _, refused = together(
        lambda: market.grants.revoke(gus, gone.id, "over"), lambda: market.products.delete(mia, office.product.id)
    )
    assert refused in ([], [GrantOver])
    assert office.reread(office.product).state is ProductState.DELETED
    assert revocations(office, gone) == ["mia" if refused else "gus"]


def test_on_one_form(office: Office) -> None:
    market, gus, mia = office.marketplace, office.person("gus"), office.person("mia")
    form = market.forms.get(gus, office.product.form)

    [edited], refused = together(*(lambda: market.forms.edit(gus, replace(form, flow=ANY)) for _ in range(2)))
    assert isinstance(edited, RequestForm)
    assert (edited.version, refused) == (2, [StaleRevision])

    _, refused = together(
        lambda: market.forms.edit(gus, replace(edited, flow=replace(ALL, sources=(LEGAL,)))),
        lambda: market.products.take_up_form(mia, office.product.id, 2),
    )
    assert refused == []
    assert office.reread(office.product).form_version == 2

    unused = office.form(AUTOMATIC)
    draft = DataProduct("new", "New", "pay", unused.id, 1, sources=("s1",))
    [done], refused = together(lambda: market.forms.delete(gus, unused.id), lambda: market.products.create(mia, draft))
    assert refused == ([FormInUse] if isinstance(done, DataProduct) else [NotFound])


def test_on_one_product(office: Office) -> None:
    market, gus, mia = office.marketplace, office.person("gus"), office.person("mia")
    read = office.reread(office.product)

    [changed], refused = together(
        *(lambda text=text: market.products.change(mia, replace(read, description=text)) for text in "ab")
    )
    assert isinstance(changed, DataProduct)
    assert refused == [StaleRevision]
    assert office.reread(read) == changed

    market.products.suspend(gus, read.id)
    _, refused = together(
        lambda: market.products.publish(gus, read.id), lambda: market.products.unpublish(mia, read.id)
    )
    assert refused in ([], [WrongState])
    last = {"data_product.published": ProductState.PUBLISHED, "data_product.unpublished": ProductState.UNPUBLISHED}
    assert office.reread(read).state is last[office.trail()[-1]]

    other = office.publish("Other", ALL)
    _, refused = together(lambda: market.products.delete(mia, other.id), lambda: office.ask("rita", other))
    assert set(refused) <= {ProductNotPublished, NotFound}
    with market.context.store.reading() as session:
        made = [one for one in session.requests.page().items if one.product == other.id]
    assert [one.status for one in made] == ([] if refused else [RequestStatus.CANCELED])
