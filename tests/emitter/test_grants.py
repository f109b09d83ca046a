"""Granting and revoking: one row and at most one membership, in any order, any number of times."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import psycopg
import pytest

from placet.domain.errors import TargetError
from placet.emitter.policy import Desired, Entitlement, Login, TargetProduct
from placet.emitter.postgres import connection
from placet.emitter.target import TargetRefusal
from tests.emitter.worlds import FAR_OFF, LONG_AGO, World, count, granted, one_product, soon, until

VIEW = "raw__orders"
MEMBERS = "SELECT count(*) FROM pg_auth_members a JOIN pg_roles r ON r.oid = a.roleid WHERE r.rolname = %s"
ROWS = "SELECT grant_id, principal, product, valid_from, valid_until::text FROM gov.entitlement ORDER BY 1"


@pytest.fixture
def desired(world: World, ann: str) -> Desired:
    """Ann is known and has nothing yet."""
    desired = one_product(world.table("orders"), ann)
    world.apply(desired)
    return desired


def members(world: World) -> int:
    """How many members the product `sales` has."""
    [(found,)] = world.ask(MEMBERS, world.role("p_sales"))
    assert isinstance(found, int)
    return found


@pytest.mark.usefixtures("desired")
def test_a_grant_gives_access_and_returns_the_logins_number(world: World, ann: str) -> None:
    oid = world.target.grant(granted(ann))
    assert world.count(ann, VIEW) == 3
    assert world.ask("SELECT oid FROM pg_roles WHERE rolname = %s", ann) == [(oid,)]
    assert world.target.held() == (granted(ann),)


@pytest.mark.usefixtures("desired")
def test_granting_and_revoking_again_changes_nothing(world: World, ann: str) -> None:
    for _ in range(2):
        world.target.grant(granted(ann))
        assert (members(world), len(world.ask(ROWS))) == (1, 1)
    for _ in range(2):
        world.target.revoke("g1", FAR_OFF)
        assert (members(world), world.count(ann, VIEW)) == (0, None)
        ended = world.ask(ROWS)
    world.target.revoke("g1", FAR_OFF)
    assert world.ask(ROWS) == ended


@pytest.mark.requirement("R9", clause="other ways in stay")
@pytest.mark.requirement("N7", clause="revoking leaves overlaps")
@pytest.mark.usefixtures("desired")
def test_revoking_one_of_two_grants_leaves_the_other(world: World, ann: str) -> None:
    short, long = granted(ann, grant="short", end=FAR_OFF - timedelta(days=400)), granted(ann, grant="long")
    for first, second in ((short, long), (long, short)):
        again = f"{first.grant} first"
        one, other = replace(first, grant=f"{again} 1"), replace(second, grant=f"{again} 2")
        world.target.grant(one)
        world.target.grant(other)
        world.target.revoke(one.grant, world.server_time())
        assert world.count(ann, VIEW) == 3
        assert world.target.held() == (other,), "what is left keeps its own end"
        world.target.revoke(other.grant, world.server_time())
        assert world.count(ann, VIEW) is None


@pytest.mark.usefixtures("desired")
def test_the_membership_that_an_end_leaves_behind_is_dropped(world: World, ann: str) -> None:
    end = soon(world, 500)
    world.target.grant(granted(ann, end=end))
    until(world, end)
    assert (members(world), world.count(ann, VIEW)) == (1, 0)
    rows = world.ask(ROWS)
    for _ in range(2):
        world.target.drop_ended("g1")
        assert (members(world), world.count(ann, VIEW), world.ask(ROWS)) == (0, None, rows)
    world.target.drop_ended("never there")


@pytest.mark.usefixtures("desired")
def test_what_has_not_ended_by_the_clock_of_the_platform_is_left_alone(world: World, ann: str) -> None:
    world.target.grant(granted(ann, end=FAR_OFF))
    with pytest.raises(TargetError, match="still runs"):
        world.target.drop_ended("g1")
    assert world.count(ann, VIEW) == 3


@pytest.mark.usefixtures("desired")
def test_the_membership_stays_while_another_grant_calls_for_it(world: World, ann: str) -> None:
    end = soon(world, 500)
    world.target.grant(granted(ann, end=end))
    world.target.grant(granted(ann, grant="later", start=end))
    until(world, end)
    world.target.drop_ended("g1")
    assert world.count(ann, VIEW) == 3


@pytest.mark.usefixtures("desired")
def test_a_scheduled_grant_keeps_the_role_of_an_ended_one(world: World, ann: str) -> None:
    world.target.grant(granted(ann))
    world.target.grant(granted(ann, grant="later", start=FAR_OFF))
    world.target.revoke("g1", world.server_time())
    assert (members(world), world.count(ann, VIEW)) == (1, 0)


def test_revoking_on_one_product_leaves_the_access_by_another(world: World, ann: str, desired: Desired) -> None:
    products = (*desired.products, TargetProduct("other", ("orders",)))
    world.apply(replace(desired, products=products))
    world.target.grant(granted(ann))
    world.target.grant(granted(ann, product="other", grant="g2"))
    world.target.revoke("g1", world.server_time())
    assert world.count(ann, VIEW) == 3


@pytest.mark.usefixtures("desired")
def test_a_revocation_that_comes_before_its_grant_stands(world: World, ann: str) -> None:
    at = world.server_time()
    world.target.revoke("g1", at)
    world.target.grant(granted(ann))
    assert (members(world), world.count(ann, VIEW)) == (0, None)
    assert world.ask("SELECT valid_until FROM gov.entitlement") == [(at,)]


@pytest.mark.usefixtures("desired")
def test_an_end_is_never_moved_later(world: World, ann: str) -> None:
    early = world.server_time() - timedelta(days=1)
    world.target.grant(granted(ann))
    world.target.revoke("g1", early)
    world.target.revoke("g1", FAR_OFF)
    world.target.grant(granted(ann, end=FAR_OFF))
    assert world.ask("SELECT valid_until FROM gov.entitlement") == [(early,)]


@pytest.mark.usefixtures("desired")
def test_a_revocation_in_the_future_is_one_now(world: World, ann: str) -> None:
    """Where the clock of the marketplace is ahead of the server's, access still ends at once."""
    world.target.grant(granted(ann))
    world.target.revoke("g1", FAR_OFF)
    assert world.ask("SELECT valid_until <= clock_timestamp() FROM gov.entitlement") == [(True,)]


@pytest.mark.usefixtures("desired")
def test_a_membership_that_others_gave_as_well_goes_too(world: World, ann: str) -> None:
    """Otherwise an older snapshot would go on reading."""
    chief = world.login("chief")
    world.run("GRANT {} TO {} WITH ADMIN OPTION", world.role("p_sales"), chief)
    world.target.grant(granted(ann))
    with world.connect(chief) as opened:
        opened.execute(f"GRANT {world.role('p_sales')} TO {ann}")
    world.target.revoke("g1", world.server_time())
    assert world.ask("SELECT pg_has_role(%s, %s, 'MEMBER')", ann, world.role("p_sales")) == [(False,)]


REFUSED: list[tuple[Callable[[str], Entitlement], type[Exception], str]] = [
    (
        lambda ann: granted(ann, product="unknown"),
        TargetError,
        "the product `unknown` is not on target `warehouse` yet",
    ),
    (lambda ann: granted("nobody_of_that_name"), TargetError, "no login `nobody_of_that_name`; create it there"),
    (lambda ann: granted("x" * 64), TargetError, "no login `x"),
    (lambda ann: granted(""), TargetError, "no login ``"),
]


@pytest.mark.usefixtures("desired")
@pytest.mark.parametrize(("entitlement", "error", "message"), REFUSED)
def test_a_grant_that_cannot_take_effect_says_what_is_missing_and_leaves_nothing(
    world: World, ann: str, entitlement: Callable[[str], Entitlement], error: type[Exception], message: str
) -> None:
    before = world.ask("SELECT count(*) FROM gov.principal")
    with pytest.raises(error, match=message):
        world.target.grant(entitlement(ann))
    assert (world.ask(ROWS), world.ask("SELECT count(*) FROM gov.principal")) == ([], before)


@pytest.mark.usefixtures("desired")
def test_a_grant_for_a_login_made_anew_is_refused(world: World, ann: str) -> None:
    world.run("DROP ROLE {0}; CREATE ROLE {0} LOGIN", ann)
    with pytest.raises(TargetRefusal, match="was dropped and made anew; confirm whose it is"):
        world.target.grant(granted(ann))
    assert (world.ask(ROWS), world.count(ann, VIEW)) == ([], None)


def test_a_grant_id_that_is_somebody_elses_is_refused(world: World, ann: str, desired: Desired) -> None:
    bob = world.login("bob")
    world.target.grant(granted(ann))
    with pytest.raises(TargetRefusal, match=f"the grant `g1` is for `{ann}` and `sales` on the target"):
        world.target.grant(granted(bob))
    assert world.count(bob, VIEW) is None


@pytest.mark.usefixtures("desired")
def test_a_login_not_seen_before_is_noted_down_with_its_first_grant(world: World) -> None:
    bob = world.login("bob")
    world.target.grant(granted(bob))
    assert world.count(bob, VIEW) == 3


MEASURE = """
    SELECT (SELECT count(*) FROM gov.entitlement), (SELECT count(*) FROM pg_auth_members),
           (SELECT count(*) FROM pg_policy), (SELECT count(*) FROM pg_views WHERE schemaname = 'marketplace'),
           (SELECT sum(cardinality(relacl)) FROM pg_class), (SELECT sum(cardinality(nspacl)) FROM pg_namespace),
           (SELECT count(*) FROM pg_attribute WHERE attacl IS NOT NULL), (SELECT count(*) FROM pg_default_acl)
"""


def statements(world: World, work: Callable[[], object]) -> int:
    """How many statements the server's own log has of this work; only new connections to this database are logged."""
    log = world.server.socket_folder / "log"
    world.run("ALTER DATABASE {} SET log_statement = 'all'", world.admin.info.dbname)
    start = log.stat().st_size
    work()
    world.run("ALTER DATABASE {} RESET log_statement", world.admin.info.dbname)
    with log.open() as lines:
        lines.seek(start)
        return sum(1 for line in lines if re.search("LOG:  (statement|execute [^:]*):", line))


def grown(world: World, people: int, sources: int) -> Desired:
    """A world with so many other people, all members, and so many sources in the product."""
    tables = tuple(world.table(f"t{n}") for n in range(sources))
    logins = [world.login(f"p{n}") for n in range(people)]
    return Desired(
        sources=tables,
        products=(TargetProduct("sales", tuple(table.id for table in tables)),),
        logins=tuple(map(Login, logins)),
        entitlements=tuple(granted(login, grant=f"of {login}") for login in logins),
    )


@pytest.mark.requirement("E3", clause="one row for each grant")
@pytest.mark.requirement("E3", clause="one role membership at most")
@pytest.mark.requirement("E3", clause="no object privilege for a person")
@pytest.mark.requirement("E3", clause="no policy for a person")
@pytest.mark.requirement("E3", clause="policies do not grow with people")
def test_an_approval_is_one_row_and_one_membership_among_few_or_many(world: World) -> None:
    costs = set()
    for people, sources in ((1, 1), (12, 6)):
        world.apply(Desired())
        world.run("DROP SCHEMA IF EXISTS raw CASCADE")
        world.apply(grown(world, people, sources))
        ann = world.login(f"ann{people}")
        [before] = world.ask(MEASURE)
        cost = statements(world, lambda ann=ann, people=people: world.target.grant(granted(ann, grant=f"g{people}")))
        [after] = world.ask(MEASURE)
        costs.add(cost)
        assert [now - was for was, now in zip(before, after, strict=True)] == [1, 1, 0, 0, 0, 0, 0, 0]
        assert all(world.count(ann, f"raw__t{n}") == 3 for n in range(sources))
        assert world.ask("SELECT count(*) FROM pg_shdepend WHERE refobjid = %s::regrole AND deptype = 'a'", ann) == [
            (0,)
        ]
    assert len(costs) == 1
    assert costs.pop() > 0


def test_a_second_grant_on_the_product_makes_no_second_membership(world: World, ann: str, desired: Desired) -> None:
    world.target.grant(granted(ann))
    world.target.grant(granted(ann, grant="g2", start=LONG_AGO, end=FAR_OFF))
    assert members(world) == 1


@pytest.mark.usefixtures("desired")
def test_workers_who_grant_and_revoke_at_once_lose_nothing(world: World, ann: str) -> None:
    """Sixteen grants of one login, each given and most revoked by eight workers in random order."""
    revoked = {f"g{n}" for n in range(16)} - {"g7"}
    jobs: list[tuple[str, Callable[[], object]]] = []
    for grant in sorted({*revoked, "g7"}):
        jobs.append((grant, lambda grant=grant: world.target.grant(granted(ann, grant=grant))))
    for grant in sorted(revoked):
        jobs.append((grant, lambda grant=grant: world.target.revoke(grant, world_time())))

    def world_time() -> datetime:
        return LONG_AGO + timedelta(days=1)

    random.Random(7).shuffle(jobs)
    with ThreadPoolExecutor(8) as workers:
        for done in [workers.submit(job) for _, job in jobs]:
            done.result()
    assert [held.grant for held in world.target.held()] == ["g7"]
    assert (members(world), world.count(ann, VIEW)) == (1, 3)
    world.target.revoke("g7", world_time())
    assert (members(world), world.count(ann, VIEW)) == (0, None)


def test_applying_while_others_grant_undoes_nothing(world: World, ann: str, desired: Desired) -> None:
    """The marketplace is a list here; every grant is in it before the worker is told, as in a transaction's outbox."""
    approved: list[Entitlement] = []

    def approve(number: int) -> None:
        approved.append(held := granted(ann, grant=f"g{number:02}"))
        world.target.grant(held)

    with ThreadPoolExecutor(4) as workers:
        done = [workers.submit(approve, n) for n in range(20)]
        done += [
            workers.submit(world.target.apply, lambda: replace(desired, entitlements=tuple(approved))) for _ in range(6)
        ]
        for job in done:
            job.result()
    assert [held.grant for held in world.target.held()] == [f"g{n:02}" for n in range(20)]


@pytest.mark.usefixtures("desired")
def test_an_open_connection_gains_access_with_its_next_statement(world: World, ann: str) -> None:
    with world.connect(ann) as opened:
        assert count(opened, VIEW) is None
        world.target.grant(granted(ann))
        assert count(opened, VIEW) == 3


@pytest.mark.usefixtures("desired")
def test_a_failure_half_way_leaves_no_row_behind(world: World, ann: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Someone else has the memberships locked for longer than we wait."""
    monkeypatch.setattr(connection, "LOCK_WAIT", "200ms")
    with psycopg.connect(world.dsn) as other:
        other.execute(f"GRANT {world.role('p_sales')} TO {world.login('bob')}")
        with pytest.raises(TargetError, match="is busy"):
            world.target.grant(granted(ann))
        other.rollback()
    assert world.ask(ROWS) == []
    world.target.grant(granted(ann))
    assert world.count(ann, VIEW) == 3
