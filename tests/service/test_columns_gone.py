"""What ends with the columns of a source: masking exceptions, and requests for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from placet.domain.products import Column, DataSource
from placet.domain.requests import ColumnRef, RequestStatus, RequestType
from placet.domain.sources import Described, DescribedColumn
from tests.service.office import Office

ENDED = "columns dropped"


def exception(office: Office, id: str, columns: Iterable[int], granted: bool = True) -> None:
    """A masking exception for columns of the salaries as it is kept: granted to Rita, or asked for by her."""
    refs = tuple(ColumnRef("s1", number, f"c{number}") for number in columns)
    masking = {"type": RequestType.MASKING_EXCEPTION, "columns": refs}
    with office.marketplace.context.store.writing() as session:
        [grant, *_] = [one for one in session.grants.live_on(office.product.id, office.clock.now()) if not one.columns]
        request = session.requests.get(grant.request)
        assert request
        status = RequestStatus.APPROVED if granted else RequestStatus.PENDING
        asked = replace(request, id=f"request-{id}", status=status, determinations=(), **masking)  # type: ignore[arg-type]  # names of the dataclass
        session.requests.add(asked if granted else replace(asked, decided_at=None))
        if granted:
            session.grants.add(replace(grant, id=id, request=f"request-{id}", **masking))  # type: ignore[arg-type]  # as above


@pytest.fixture
def payroll(office: Office) -> Office:
    """The office, where Rita reads the salaries and sees some of their columns clear."""
    office.approved("rita")
    for id, columns in (("id", [1]), ("amount", [2]), ("both", [1, 2])):
        exception(office, id, columns)
    exception(office, "asked", [2], granted=False)
    return office


def standing(office: Office) -> dict[str, str]:
    """Why each exception ended, and where the open request stands."""
    with office.marketplace.context.store.reading() as session:
        grants = [session.grants.get(id) for id in ("id", "amount", "both")]
        asked = session.requests.get("request-asked")
    assert asked
    reasons = {one.id: one.revocation.reason if one.revocation else "" for one in grants if one}
    return reasons | {"asked": asked.status.value}


def describe(office: Office, *columns: DescribedColumn) -> DataSource:
    office.clock.advance(seconds=1)
    return office.marketplace.sources.replace(office.person("gus"), "s1", Described("", "", columns))


ID, AMOUNT = DescribedColumn("id", number=1), DescribedColumn("amount", number=2)


@pytest.mark.requirement("D3", clause="a renamed column keeps its own")
def test_a_renamed_column_keeps_its_exceptions(payroll: Office) -> None:
    describe(payroll, ID, replace(AMOUNT, name="wage"))
    assert standing(payroll) == {"id": "", "amount": "", "both": "", "asked": "pending"}


@pytest.mark.requirement("D3", clause="a dropped column ends its exceptions")
def test_a_dropped_column_ends_its_exceptions_and_no_others(payroll: Office) -> None:
    describe(payroll, ID)
    assert standing(payroll) == {"id": "", "amount": ENDED, "both": "", "asked": "canceled"}
    messages = [one.message for one in payroll.marketplace.notifications.mine(payroll.person("rita")).items]
    assert sum(ENDED in message for message in messages) >= 1
    assert payroll.trail().count("grant.revoked") == 1
    describe(payroll)
    describe(payroll, DescribedColumn("other", number=7))
    assert standing(payroll)["both"] == ENDED, "nothing is left of it"


@pytest.mark.requirement("D3", clause="a dropped column ends its exceptions")
def test_an_exception_never_shows_another_column_under_its_number(payroll: Office) -> None:
    with payroll.marketplace.context.store.writing() as session:
        source = session.sources.get("s1")
        assert source
        session.sources.save(replace(source, numbered=False))
    after = describe(payroll, DescribedColumn("amount", number=1), DescribedColumn("id", number=3))
    assert [(one.id, one.name) for one in after.columns] == [(1, "amount"), (3, "id")]
    assert standing(payroll) == {"id": ENDED, "amount": ENDED, "both": ENDED, "asked": "canceled"}


def test_a_dropped_column_that_comes_back_is_another(payroll: Office) -> None:
    with payroll.marketplace.context.store.writing() as session:
        source = session.sources.get("s1")
        assert source
        session.sources.save(replace(source, numbered=False))
    plain = DescribedColumn("id")
    describe(payroll, plain)
    after = describe(payroll, plain, DescribedColumn("amount"))
    assert after.columns[1] == Column(3, "amount", "", confirmed=False)
    assert standing(payroll)["amount"] == ENDED
