"""Policies on the real server: what is known of people, who is let, what does not fit, and the order of changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import psycopg
import pytest
from psycopg import sql

from placet.demo.server import EmbeddedPostgres
from placet.domain.conditions import HasAttribute, InGroup, Not
from placet.domain.masks import Mask, MaskKind
from placet.domain.people import GlobalPermission
from placet.domain.row_filters import Comparison, RowFilter
from placet.emitter.policy import Desired, Entitlement, Login, TargetColumn, TargetSource
from placet.emitter.postgres import plan
from placet.emitter.postgres.connection import locked
from placet.emitter.postgres.stages import STAGES
from placet.emitter.postgres.steps import Work
from tests.emitter.policy_stage import PolicyStage, Seen
from tests.emitter.policy_worlds import IDS, random_world
from tests.emitter.worlds import World, at, data_policy, granted, guarded, masked, one_product, world_on

VIEW = "raw__orders"
CONTRACTORS = InGroup("contractors")


def member(login: str, *groups: str, **attributes: str) -> Login:
    """A login of someone who is in these groups and has these attributes."""
    return Login(login, groups=frozenset(groups), attributes={key: frozenset({one}) for key, one in attributes.items()})


def of(source: TargetSource, *logins: Login, entitlements: tuple[Entitlement, ...] = ()) -> Desired:
    """The product `sales` on one source, granted to all of the logins."""
    given = entitlements or tuple(granted(login.name, grant=f"of {login.name}") for login in logins)
    return replace(one_product(source, entitlements=given), logins=logins)


def definition(world: World, view: str = VIEW) -> str:
    [(text,)] = world.ask("SELECT pg_get_viewdef(%s::regclass)", f"marketplace.{view}")
    assert isinstance(text, str)
    return text


def shown(world: World, login: str, view: str = VIEW) -> list[tuple[object, ...]]:
    with world.connect(login) as connection:
        return connection.execute(sql.SQL("SELECT * FROM {} ORDER BY 1").format(at(view))).fetchall()


def test_a_source_without_policies_asks_nothing_of_people(world: World, desired: Desired) -> None:
    world.apply(desired)
    text = definition(world)
    assert not [word for word in ("attr", "asked", "unmask", "CASE", "secret") if word in text]
    assert world.ask("SELECT count(*) FROM gov.attr") == [(0,)]


def test_only_what_policies_ask_is_on_the_platform(world: World, ann: str) -> None:
    source = guarded(world.table("orders"), Not(CONTRACTORS))
    person = Login(
        ann,
        groups=frozenset({"contractors", "choir"}),
        attributes={"salary": frozenset({"9"})},
        permissions=frozenset({GlobalPermission.AUDIT}),
    )
    world.apply(of(source, person))
    facts = "SELECT kind, key, value FROM gov.attr ORDER BY kind"
    assert world.ask(facts) == [("group", "", "contractors"), ("told", "", "")]
    world.apply(of(replace(source, guardrails=()), person))
    assert world.ask(facts) == []


def test_a_guardrail_about_those_who_are_not_something_keeps_out_whoever_is_not_known(world: World, ann: str) -> None:
    """Bob is granted access before anything is known of him: he could be a contractor."""
    source, bob = guarded(world.table("orders"), Not(CONTRACTORS)), world.login("bob")
    desired = of(source, Login(ann))
    world.apply(desired)
    world.target.grant(granted(bob, grant="g2"))
    assert (world.count(ann, VIEW), world.count(bob, VIEW)) == (3, 0)
    both = (granted(ann, grant=f"of {ann}"), granted(bob, grant="g2"))
    world.apply(of(source, Login(ann), Login(bob), entitlements=both))
    assert world.count(bob, VIEW) == 3
    world.apply(of(source, Login(ann), member(bob, "contractors"), entitlements=both))
    assert world.count(bob, VIEW) == 0


def test_facts_made_for_other_policies_open_nothing(world: World, ann: str) -> None:
    source = guarded(world.table("orders"), Not(CONTRACTORS))
    desired = of(source, Login(ann))
    world.apply(desired)
    world.run("UPDATE gov.asked SET value = 'another version' WHERE kind = 'source'")
    assert world.count(ann, VIEW) == 0
    assert len(world.drift(desired)) == 2
    world.apply(desired)
    assert world.count(ann, VIEW) == 3


def test_a_transaction_that_began_before_a_policy_reads_nothing_by_it(world: World, ann: str) -> None:
    """Its snapshot has not got the facts that the new policy is about, while the view is the new one."""
    source = world.table("orders")
    world.apply(of(source, member(ann, "contractors")))
    with world.connect(ann, autocommit=False) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute("SELECT count(*) FROM pg_class")
        world.apply(of(guarded(source, Not(CONTRACTORS)), member(ann, "contractors")))
        assert connection.execute(sql.SQL("SELECT count(*) FROM {}").format(at(VIEW))).fetchone() == (0,)


def test_whoever_is_let_without_a_grant_reads_while_strangers_are_refused(world: World, ann: str) -> None:
    bob, stranger = world.login("bob"), world.login("stranger")
    source = guarded(world.table("orders"), Not(HasAttribute("level", "barred")), allow=(InGroup("staff"),))
    desired = Desired((source,), logins=(member(ann, "staff"), Login(bob)))
    world.apply(desired)
    assert [world.count(login, VIEW) for login in (ann, bob, stranger)] == [3, 0, None]
    assert world.drift(desired) == []
    world.apply(replace(desired, logins=(member(ann, "staff", level="barred"), Login(bob))))
    assert world.count(ann, VIEW) == 0
    closed = replace(desired, sources=(replace(source, allow=()),))
    world.apply(closed)
    assert [world.count(login, VIEW) for login in (ann, bob, stranger)] == [None, None, None]
    assert world.drift(closed) == []
    assert world.ask("SELECT count(*) FROM pg_roles WHERE rolname = %s", world.role("known")) == [(0,)]


def test_a_deactivation_is_seen_at_once_by_who_was_let_without_a_grant(world: World, ann: str) -> None:
    source = guarded(world.table("orders"), allow=(InGroup("staff"),))
    desired = Desired((source,), logins=(member(ann, "staff"),))
    world.apply(desired)
    with world.connect(ann, autocommit=False) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        query = sql.SQL("SELECT count(*) FROM {}").format(at(VIEW))
        assert connection.execute(query).fetchone() == (3,)
        world.apply(replace(desired, logins=(replace(desired.logins[0], active=False),)))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(query)


def test_a_role_of_that_name_that_was_not_made_here_lets_nobody(world: World, ann: str) -> None:
    world.run("CREATE ROLE {}", world.role("known"))
    world.run("GRANT {} TO {}", world.role("known"), ann)
    source = guarded(world.table("orders"), allow=(InGroup("staff"),))
    done = world.apply(Desired((source,), logins=(member(ann, "staff"),)))
    assert [problem.object for problem in done.problems] == [world.role("known")]
    assert world.count(ann, VIEW) is None


TYPES = {
    "number": "integer",
    "small": "smallint",
    "money": "numeric(10,2)",
    "word": "varchar(20)",
    "fixed": "char(6)",
    "day": "date",
    "flag": "boolean",
    "ratio": "double precision",
    "moment": "timestamp",
    "list": "text[]",
    "own": "raw.percent",
}
VALUES = "32767, 32767, 1234.56, 'größer', 'ab', '2026-01-31', true, 1.5, '2026-01-31 12:00', '{a}', 7"


@pytest.fixture
def typed(world: World) -> TargetSource:
    """A table with a column of each type, and one row."""
    world.run("CREATE SCHEMA raw")
    world.run("CREATE DOMAIN raw.percent AS integer NOT NULL CHECK (VALUE >= 0)")
    columns = ", ".join(f"{name} {type_}" for name, type_ in TYPES.items())
    world.admin.execute(f"CREATE TABLE raw.typed ({columns})".encode())
    world.admin.execute(f"INSERT INTO raw.typed VALUES ({VALUES})".encode())
    return TargetSource("typed", "raw", "typed", tuple(TargetColumn(n, name) for n, name in enumerate(TYPES, 1)))


FITTING = {
    MaskKind.CONSTANT: {"word": "hidden", "fixed": "hidden"},
    MaskKind.PARTIAL: {"word": "g***", "fixed": "a***"},
    MaskKind.ROUNDING: {"number": 33000, "small": 33000, "money": 1000, "own": 0},
    MaskKind.NULL: {},
}
MASKS = {
    MaskKind.CONSTANT: Mask(MaskKind.CONSTANT, text="hidden"),
    MaskKind.PARTIAL: Mask(MaskKind.PARTIAL, first=1, last=0),
    MaskKind.ROUNDING: Mask(MaskKind.ROUNDING, places=-3),
    MaskKind.NULL: Mask(MaskKind.NULL),
}


@pytest.mark.parametrize("kind", FITTING)
def test_a_mask_shows_what_it_makes_of_columns_it_is_for_and_nothing_of_others(
    world: World, ann: str, typed: TargetSource, kind: MaskKind
) -> None:
    source = masked(typed, **dict.fromkeys(TYPES, MASKS[kind]))
    done = world.apply(of(source, Login(ann)))
    [row] = shown(world, ann, "raw__typed")
    assert {name: value for name, value in zip(TYPES, row, strict=True) if value is not None} == FITTING[kind]
    unfit = TYPES.keys() - FITTING[kind].keys() if kind is not MaskKind.NULL else set()
    assert len(done.problems) == len(unfit)
    assert all("hides it altogether: its mask is for" in problem.summary for problem in done.problems)


def test_a_column_that_is_masked_by_nothing_keeps_its_type(world: World, ann: str, typed: TargetSource) -> None:
    types = "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
    query = "SELECT v.* FROM (" + types + ") v"
    world.apply(of(masked(typed, **dict.fromkeys(TYPES, MASKS[MaskKind.NULL])), Login(ann)))
    was, now = (dict(world.ask(query, name)) for name in ("raw.typed", "marketplace.raw__typed"))  # type: ignore[arg-type]
    assert now == {**was, "own": "integer"}


@pytest.mark.usefixtures("ann")
def test_a_column_nobody_has_confirmed_shows_nothing_to_anyone(world: World, ann: str, typed: TargetSource) -> None:
    source = replace(typed, columns=tuple(replace(column, unconfirmed=True) for column in typed.columns))
    world.apply(of(source, Login(ann)))
    assert shown(world, ann, "raw__typed") == [(None,) * len(TYPES)]


COMPARED = {
    "number": ("32767", 1),
    "small": ("32767", 1),
    "money": ("1234.56", 0),
    "word": ("größer", 1),
    "fixed": ("ab", 1),
    "day": ("2026-01-31", 0),
    "flag": ("true", 1),
    "ratio": ("1.5", 0),
    "moment": ("2026-01-31 12:00:00", 0),
    "list": ("{a}", 0),
    "own": ("7", 1),
}


@pytest.mark.parametrize("column", TYPES)
def test_rows_are_found_by_attributes_in_columns_whose_values_they_can_name(
    world: World, ann: str, typed: TargetSource, column: str
) -> None:
    value, rows = COMPARED[column]
    policy = data_policy("own rows", RowFilter(Comparison.ONE_OF, attribute="sees"))
    source = replace(typed, filters=((policy, frozenset({list(TYPES).index(column) + 1})),))
    done = world.apply(of(source, member(ann, sees=value)))
    assert len(shown(world, ann, "raw__typed")) == rows
    assert len(done.problems) == 1 - rows
    assert all("lets no row through" in problem.summary for problem in done.problems)


def test_a_filter_whose_column_is_gone_lets_no_row_through(world: World, ann: str, typed: TargetSource) -> None:
    policy = data_policy("words", RowFilter(Comparison.NOT_EQUAL, ("x",)))
    none_left = replace(typed, filters=((policy, frozenset()),))
    gone = replace(typed, filters=((policy, frozenset({4})),))
    assert [p.summary for p in world.apply(of(none_left, Login(ann))).problems] == [
        "the data policy `words` lets no row through: none of its columns is left"
    ]
    assert shown(world, ann, "raw__typed") == []
    world.apply(of(gone, Login(ann)))
    assert len(shown(world, ann, "raw__typed")) == 1
    world.run("ALTER TABLE raw.typed DROP COLUMN word CASCADE")
    assert "the data policy `words` lets no row through: one of its columns is gone" in {
        problem.summary for problem in world.apply(of(gone, Login(ann))).problems
    }
    assert shown(world, ann, "raw__typed") == []


def test_a_number_that_is_none_passes_no_filter(world: World, ann: str, typed: TargetSource) -> None:
    world.run("UPDATE raw.typed SET money = 'NaN'")
    for comparison in (Comparison.NOT_EQUAL, Comparison.GREATER):
        policy = data_policy("money", RowFilter(comparison, (5,)))  # type: ignore[arg-type]
        world.apply(of(replace(typed, filters=((policy, frozenset({3})),)), Login(ann)))
        assert shown(world, ann, "raw__typed") == []


def test_the_secret_of_hashes_stays_and_is_told_nobody(world: World, ann: str) -> None:
    source = masked(world.table("orders"), ssn=Mask(MaskKind.HASH))
    desired = of(source, Login(ann))
    told = repr((world.target.plan(desired), world.apply(desired)))
    [(secret,)] = world.ask("SELECT key FROM gov.secret")
    hashes = shown(world, ann)
    assert len(secret) == 32
    assert bytes(secret).hex() not in told
    assert bytes(secret).hex() not in (world.server.socket_folder / "log").read_text(errors="ignore")
    world.apply(desired)
    assert (world.ask("SELECT key FROM gov.secret"), shown(world, ann)) == ([(secret,)], hashes)
    world.run("DELETE FROM gov.secret")
    assert {row[2] for row in shown(world, ann)} == {None}
    assert world.drift(desired) == ["secret gov.secret: draw the secret of keyed hashes"]
    world.apply(desired)
    assert shown(world, ann) != hashes


def test_policy_tables_of_an_earlier_shape_are_made_anew(world: World, ann: str, desired: Desired) -> None:
    world.apply(desired)
    world.run("DROP TABLE gov.attr, gov.unmask, gov.asked")
    world.run("CREATE TABLE gov.attr (principal name, key text, value text)")
    world.run("CREATE TABLE gov.unmask (grant_id text, source text, column_id smallint, principal name)")
    world.apply(desired)
    assert world.drift(desired) == []
    assert world.count(ann, VIEW) == 3


@pytest.fixture(scope="module")
def stage(server: EmbeddedPostgres) -> Iterator[PolicyStage]:
    with world_on(server) as world:
        yield PolicyStage(world, rows=6)


def changed(random: Random, old: Desired, new: Desired) -> Desired:
    """The old world with some of the new one in it: people, policies, approvals, or several of these at once."""
    parts = [part for part in ("logins", "sources", "entitlements", "groups") if random.random() < 0.6]
    some = tuple(random.choice(pair) for pair in zip(old.sources, new.sources, strict=True))
    return replace(old, **{part: some if part == "sources" else getattr(new, part) for part in parts})


@pytest.mark.parametrize("seed", [3, 11, 39])
def test_no_moment_of_applying_gives_more_than_before_or_after(stage: PolicyStage, seed: int) -> None:
    """Rows and clear values, after each stage: people, policies and approvals change at once."""
    base = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2, minutes=30)
    random = Random(seed)
    old = with_ids_in_clear(random_world(seed, stage.names, base))
    new = changed(random, old, with_ids_in_clear(random_world(seed + 1000, stage.names, base)))
    stage.world.apply(old)
    before, during = given(stage, old), []
    with locked(stage.world.settings) as connection:
        work, refused = Work(connection, stage.world.settings, new), list[str]()
        for one in STAGES:
            plan._apply(work, one, refused)
            during.append(given(stage, new))
    after = given(stage, new)
    assert after == during[-1]
    for number, moment in enumerate(during):
        assert moment <= before | after, f"after stage {number}: {sorted(moment - before - after)[:5]}"


def with_ids_in_clear(world: Desired) -> Desired:
    """Whatever else is masked, rows can be told apart."""
    plain = TargetColumn(IDS["id"], "id")
    return replace(world, sources=tuple(replace(one, columns=(plain, *one.columns[1:])) for one in world.sources))


def given(stage: PolicyStage, desired: Desired) -> set[tuple[str, str, int, str]]:
    """Each row and each clear value that each login is given now."""
    found = set()
    for login, source, rows in now_seen(stage, desired):
        for row in rows or []:
            clear = stage.clear[source][row["id"]]
            found.add((login, source, row["id"], "the row"))
            found |= {(login, source, row["id"], name) for name, value in row.items() if _same(value, clear[name])}
    return found


def _same(value: object, clear: object) -> bool:
    return value is not None and value == clear


def now_seen(stage: PolicyStage, desired: Desired) -> Iterator[tuple[str, str, Seen]]:
    views = desired.sources
    for login, source, _, seen in stage.answers(views, [datetime.now(UTC)]):
        yield login, source, seen
