"""What waits for a steward: found by the sources they stand for, the oldest first, each once."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from placet.domain.people import StewardSource
from placet.domain.requests import AccessRequest, RequestStatus, RequiredSource
from placet.storage import Store
from tests.storage.world import ANN, NOW, determination, furnish, minutes, request

PAY = StewardSource.attribute("team", "pay")
LONG = StewardSource.attribute("\U0001f600" * 255, "\U0001f680" * 255)


def asking(id: str, *sources: StewardSource, **changed: Any) -> AccessRequest:
    changed = {"beneficiary": f"for {id}", "created_at": NOW + minutes(int(re.sub(r"\D", "", id) or 0))} | changed
    return request(id, sources=tuple(map(RequiredSource, sources)), **changed)


@pytest.fixture
def furnished(store: Store) -> Store:
    return furnish(store)


def keep(store: Store, *requests: AccessRequest) -> None:
    with store.writing() as session:
        for one in requests:
            session.requests.add(one)


def inbox(store: Store, *sources: StewardSource, excluding: str = "ann") -> list[str]:
    with store.reading() as session:
        return [one.id for one in session.requests.inbox({source.key for source in sources}, excluding).items]


def test_it_holds_pending_requests_that_ask_one_of_the_sources(furnished: Store) -> None:
    keep(furnished, asking("r1", ANN), asking("r2", PAY), asking("r3", StewardSource.user("eve")))
    keep(furnished, asking("r0", PAY, ANN), asking("r4", ANN).decided(RequestStatus.CANCELED, NOW))
    assert inbox(furnished, ANN, PAY) == ["r0", "r1", "r2"]
    assert inbox(furnished, PAY) == ["r0", "r2"]
    assert inbox(furnished) == []


def test_a_source_with_the_longest_names_works(furnished: Store) -> None:
    keep(furnished, asking("r1", LONG))
    assert inbox(furnished, LONG) == ["r1"]


def test_a_source_that_stands_in_two_stages_counts_once(furnished: Store) -> None:
    twice = request("r1", sources=(RequiredSource(ANN, 1), RequiredSource(ANN, 2)))
    keep(furnished, twice, asking("r2", ANN), asking("r3", ANN))
    with furnished.reading() as session:
        page = session.requests.inbox({ANN.key}, "ann", limit=2)
        assert page.items == (twice, asking("r2", ANN))
        assert [one.id for one in session.requests.inbox({ANN.key}, "ann", page.next, 2).items] == ["r3"]


def test_what_one_has_determined_does_not_wait_for_one(furnished: Store) -> None:
    keep(furnished, asking("r1", ANN), asking("r2", ANN))
    with furnished.writing() as session:
        session.requests.add_determination(determination(request="r1"))
    assert inbox(furnished, ANN) == ["r2"]
    assert inbox(furnished, ANN, excluding="eve") == ["r1", "r2"]


def test_a_request_leaves_it_when_it_is_decided(furnished: Store) -> None:
    keep(furnished, asking("r1", ANN))
    with furnished.writing() as session:
        session.requests.save(asking("r1", ANN).decided(RequestStatus.DENIED, NOW))
    assert inbox(furnished, ANN) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_its_pages_hold_everything_once_in_order(furnished: Store, limit: int) -> None:
    chance = random.Random(7)
    sources = [StewardSource.group(f"g{number}") for number in range(6)]
    requests = [
        asking(f"r{number}", *chance.sample(sources, 3), created_at=NOW + minutes(number // 3)) for number in range(30)
    ]
    keep(furnished, *requests)
    mine = sources[:4]
    wanted = [one for one in requests if {needed.source for needed in one.sources} & set(mine)]
    seen: list[AccessRequest] = []
    cursor = None
    while not seen or cursor:
        with furnished.reading() as session:
            page = session.requests.inbox([source.key for source in mine], "ann", cursor, limit)
        seen += page.items
        cursor = page.next
        keep(furnished, asking(f"late {len(seen)}", mine[0], created_at=NOW - minutes(1), beneficiary=f"l{len(seen)}"))
    assert seen == sorted(wanted, key=lambda one: (one.created_at, one.id))


def test_someone_with_very_many_sources_has_one(furnished: Store) -> None:
    keep(furnished, asking("r1", StewardSource.group("g0")), asking("r2", StewardSource.group("g449")))
    groups = [StewardSource.group(f"g{number}") for number in range(450)]
    assert inbox(furnished, *groups) == ["r1", "r2"]
