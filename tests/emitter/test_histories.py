"""Ways in that overlap, given and taken in any order: ending one neither ends nor revives another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import errors, sql

from placet.domain.conditions import InGroup
from placet.domain.masks import Mask, MaskKind
from placet.emitter.evaluate import may_read, sight_of
from placet.emitter.policy import Desired, Entitlement, Login, TargetColumn, TargetGroup, TargetSource
from tests.emitter.worlds import LONG_AGO, World, at, guarded, masked, one_product, until

SSN = ("orders", 3)
START = datetime(2030, 1, 1, tzinfo=UTC)
COLUMNS = (TargetColumn(1, "id"), TargetColumn(2, "region"), TargetColumn(3, "ssn"))
KINDS = ("own", "group", "own exception", "group exception")


def way(kind: str, number: int, login: str, start: datetime = LONG_AGO, end: datetime | None = None) -> Entitlement:
    """A way in, or an exception, of one's own or of the group."""
    group = "team" if "group" in kind else None
    columns = frozenset({SSN}) if "exception" in kind else frozenset()
    return Entitlement(f"g{number}", "sales", "" if group else login, start, end, group, columns)


def ruled(source: TargetSource, login: str, ways: tuple[Entitlement, ...], staff: bool = False) -> Desired:
    """Staff read the source without a grant; its column is masked for all but by exceptions."""
    source = guarded(masked(source, ssn=Mask(MaskKind.NULL)), allow=(InGroup("staff"),))
    person = Login(login, groups=frozenset({"staff"} if staff else set()))
    return replace(one_product(source, entitlements=ways), logins=(person,), groups=(TargetGroup("team", (login,)),))


def seen(desired: Desired, login: str, instant: datetime) -> tuple[bool, bool]:
    """Whether the login reads the source, and whether it would see the column clear."""
    access = may_read(desired, login, "orders", instant).allowed
    return access, sight_of(desired, login, "orders", 3, instant).clear


INSTANTS = st.integers(0, 5).map(lambda hours: START + timedelta(hours=hours))
WAYS = st.lists(st.tuples(st.sampled_from(KINDS), INSTANTS, INSTANTS | st.none()), max_size=8)


@given(WAYS, st.booleans(), INSTANTS, st.randoms(use_true_random=False))
def test_what_is_left_gives_what_it_gave_alone_whatever_ended_before(
    drawn: list[tuple[str, datetime, datetime | None]], staff: bool, instant: datetime, random: Random
) -> None:
    """Each revocation in a random order leaves the sum of what each of the others, alone, gives."""
    left = [way(kind, number, "ann", start, end) for number, (kind, start, end) in enumerate(drawn)]
    random.shuffle(left)
    source = TargetSource("orders", "raw", "orders", COLUMNS)
    while True:
        alone = [seen(ruled(source, "ann", (one,)), "ann", instant) for one in left]
        access = staff or any(reads for reads, _ in alone)
        assert seen(ruled(source, "ann", tuple(left), staff), "ann", instant) == (access, any(c for _, c in alone))
        if not left:
            return
        left.pop()


@dataclass
class History:
    """What has been done on the server to Ann's ways in, and what of it should hold."""

    world: World
    source: TargetSource
    login: str
    random: Random
    ways: dict[str, Entitlement] = field(default_factory=dict)
    staff: bool = False
    active: bool = True
    given: int = 0

    @property
    def desired(self) -> Desired:
        found = ruled(self.source, self.login, tuple(self.ways.values()), self.staff)
        return replace(found, logins=(replace(found.logins[0], active=self.active),))

    def grant(self) -> None:
        self.given += 1
        ends = self.random.random() < 0.4
        end = self.world.server_time() + timedelta(milliseconds=60) if ends else None
        one = way(self.random.choice(KINDS), self.given, self.login, end=end)
        self.ways[one.grant] = one
        self.world.target.grant(one, (self.login,))

    def revoke(self) -> None:
        if self.ways:
            grant = self.random.choice(sorted(self.ways))
            del self.ways[grant]
            self.world.target.revoke(grant, self.world.server_time())

    def expire(self) -> None:
        """Wait for the next end, and clear away what is left, as a worker does."""
        for grant, one in sorted(self.ways.items()):
            if one.end is not None:
                until(self.world, one.end)
                self.world.target.drop_ended(grant)
                del self.ways[grant]
                return

    def change_the_person(self) -> None:
        self.staff, self.active = self.random.random() < 0.5, self.random.random() < 0.7
        self.world.apply(self.desired)

    def step(self) -> None:
        steps: list[Callable[[], None]] = [self.grant, self.grant, self.revoke, self.expire, self.change_the_person]
        self.random.choice(steps)()

    def check(self) -> None:
        """Ask the server; what ends while it is asked may be there or not."""
        before = self._expected()
        with self.world.connect(self.login) as connection:
            try:
                rows = connection.execute(sql.SQL("SELECT ssn FROM {}").format(at("raw__orders"))).fetchall()
            except errors.InsufficientPrivilege:
                rows = []
        found = (bool(rows), bool(rows) and rows[0][0] is not None)
        assert found in (before, self._expected())

    def _expected(self) -> tuple[bool, bool]:
        access, clear = seen(self.desired, self.login, self.world.server_time())
        return access, access and clear


@pytest.mark.requirement("N7", clause="revoking leaves overlaps")
@pytest.mark.parametrize("seed", range(3))
def test_the_server_keeps_ways_in_apart_through_any_history(world: World, ann: str, seed: int) -> None:
    history = History(world, world.table("orders"), ann, Random(seed))
    world.apply(history.desired)
    for _ in range(25):
        history.step()
        history.check()
    assert world.drift(history.desired) == []
