"""Data policies: who makes, changes, retires and reads them, and what they mask."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from placet.api.policy_schemas import DataPolicySchema, DataPolicyViewSchema
from placet.domain.conditions import InGroup
from placet.domain.errors import AlreadyThere, Conflict, Forbidden, NotFound, PlacetError, StaleRevision
from placet.domain.masks import Mask, MaskKind
from placet.domain.people import DomainPermission, GlobalPermission
from placet.domain.policies import BadPolicy, DataPolicy
from placet.domain.products import Column, DataSource, Domain
from placet.domain.scopes import InDomain, NamedColumns, Scope, Tagged
from placet.service.columns import columns_of
from placet.service.membership import SourceChange, keep_sources
from placet.service.saving import tell
from placet.workflow.refusals import WrongState
from tests.service.office import Office

AMOUNT, PAY, SECRET = NamedColumns("s1", frozenset({2})), InDomain("pay"), Tagged("Secret")
SHARED, HR = NamedColumns("shared", frozenset({1})), InDomain("hr")


def policy(scope: Scope = AMOUNT, **changed: object) -> DataPolicy:
    plain = DataPolicy("", "Amounts", Mask(MaskKind.NULL), scope)
    return replace(plain, **changed)  # type: ignore[arg-type]  # names of the dataclass


@pytest.fixture
def office(office: Office) -> Office:
    """With another domain, a source in both domains and one in none, and Tom, who manages the policies of Pay."""
    office.marketplace.domains.save(office.person("gus"), Domain("hr", "HR"))
    with office.marketplace.context.store.writing() as session:
        for id, domains in (("shared", {"pay", "hr"}), ("hers", {"hr"}), ("loose", set())):
            session.sources.save(replace(office.source(id, id), domains=frozenset(domains)))
    give(office, "tom", "pay")
    office.change_person("fay", permissions=frozenset({GlobalPermission.AUDIT}))
    return office


def give(office: Office, person: str, *domains: str) -> None:
    held = frozenset((domain, DomainPermission.MANAGE_POLICIES) for domain in domains)
    office.change_person(person, domain_permissions=held)


def make(office: Office, made: DataPolicy | None = None, by: str = "gus") -> DataPolicy:
    return office.marketplace.data_policies.create(office.person(by), made or policy())


@pytest.mark.requirement("P4", clause="birthright policies")
@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        (AMOUNT, ("gus", "tom", "bob")),
        (PAY, ("gus", "tom", "bob")),
        (HR, ("gus", "bob")),
        (SHARED, ("gus", "bob")),
        (NamedColumns("hers", frozenset({1})), ("gus", "bob")),
        (NamedColumns("loose", frozenset({1})), ("gus",)),
        (SECRET, ("gus",)),
    ],
    ids=str,
)
def test_policies_are_made_by_governance_and_who_may_in_each_domain_of_what_they_are_on(
    office: Office, scope: Scope, allowed: tuple[str, ...]
) -> None:
    give(office, "bob", "pay", "hr")
    for person in ("gus", "tom", "bob", "rita", "mia", "ada", "uma", "fay", "robot"):
        if person in allowed:
            made = make(office, policy(scope, name=person), person)
            assert read(office, made.id) == made
        else:
            with pytest.raises((Forbidden, NotFound)):
                make(office, policy(scope, name=person), person)
    listed = office.marketplace.data_policies.list(office.person("gus")).items
    assert {one.name for one in listed} == set(allowed)


def read(office: Office, id: str, by: str = "gus") -> DataPolicy:
    return office.marketplace.data_policies.get(office.person(by), id).policy


@pytest.mark.requirement("P4", clause="birthright policies")
@pytest.mark.parametrize(
    "do",
    [
        lambda office, made: office.marketplace.data_policies.replace(office.person("tom"), replace(made, name="X")),
        lambda office, made: office.marketplace.data_policies.retire(office.person("tom"), made.id, made.revision),
    ],
    ids=["replace", "retire"],
)
@pytest.mark.parametrize("scope", [SECRET, HR, SHARED], ids=str)
def test_what_someone_may_not_make_they_may_not_change_or_retire(
    office: Office, do: Callable[[Office, DataPolicy], object], scope: Scope
) -> None:
    made = make(office, policy(scope))
    with pytest.raises(Forbidden):
        do(office, made)
    assert read(office, made.id) == made


@pytest.mark.parametrize("scope", [HR, SECRET, SHARED], ids=str)
def test_who_may_make_none_hears_that_and_not_what_is_wrong_with_it(office: Office, scope: Scope) -> None:
    made = make(office, by="tom")
    bad = policy(scope, name=" ")
    for put_in_force in (
        lambda: make(office, bad, "tom"),
        lambda: office.marketplace.data_policies.replace(
            office.person("tom"), replace(bad, id=made.id, revision=made.revision)
        ),
    ):
        with pytest.raises(Forbidden):
            put_in_force()
    with pytest.raises(BadPolicy):
        make(office, bad, "gus")


def test_a_policy_is_not_moved_to_where_its_maker_may_not_make_one(office: Office) -> None:
    made = make(office, by="tom")
    for scope in (HR, SECRET, SHARED):
        with pytest.raises(Forbidden):
            office.marketplace.data_policies.replace(office.person("tom"), replace(made, scope=scope))
    assert read(office, made.id) == made


@pytest.mark.parametrize("person", ["rita", "mia", "ada", "ann"])
def test_policies_are_not_for_everyones_eyes(office: Office, person: str) -> None:
    made = make(office)
    with pytest.raises(Forbidden):
        read(office, made.id, person)
    with pytest.raises(Forbidden):
        office.marketplace.data_policies.list(office.person(person))
    with pytest.raises(Forbidden, match="make, change and retire"):
        make(office, by=person)


@pytest.mark.parametrize("person", ["gus", "fay", "tom"])
def test_who_governs_audits_or_manages_policies_reads_them_all(office: Office, person: str) -> None:
    made = [make(office, policy(scope, name=str(scope))) for scope in (PAY, HR, SECRET)]
    assert [read(office, one.id, person) for one in made] == made
    view = office.marketplace.data_policies.get(office.person(person), made[1].id)
    assert view.may_manage is (person == "gus")
    assert view.on == "everything in the domain HR"


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        (NamedColumns("none", frozenset({1})), "no data source that you may see"),
        (NamedColumns("hers", frozenset({1})), "no data source that you may see"),
        (NamedColumns("s1", frozenset({1, 9})), "no column with the id `9`"),
        (InDomain("none"), "no domain has the id `none`"),
        (Tagged("HR..Pay"), "is no tag"),
    ],
    ids=str,
)
def test_a_policy_is_on_what_there_is(office: Office, scope: Scope, told: str) -> None:
    with pytest.raises((NotFound, BadPolicy), match=told):
        make(office, policy(scope), "gus" if isinstance(scope, Tagged) else "tom")
    assert office.marketplace.data_policies.list(office.person("gus")).items == ()


def test_a_change_keeps_the_age_of_a_policy_and_counts_its_revision(office: Office) -> None:
    made = make(office)
    office.clock.advance(days=1)
    told = replace(made, name="Pay", everyone_except=InGroup("finance"), created_at=None, active=False)
    changed = office.marketplace.data_policies.replace(office.person("tom"), told)
    assert changed == replace(told, created_at=made.created_at, revision=2, active=True) == read(office, made.id)
    assert office.trail()[-2:] == ["data_policy.saved", "data_policy.saved"]


def test_a_change_of_what_has_changed_meanwhile_is_refused(office: Office) -> None:
    made = make(office)
    office.marketplace.data_policies.replace(office.person("gus"), replace(made, name="Pay"))
    with pytest.raises(StaleRevision):
        office.marketplace.data_policies.replace(office.person("gus"), made)
    with pytest.raises(StaleRevision):
        office.marketplace.data_policies.retire(office.person("gus"), made.id, made.revision)
    assert read(office, made.id).name == "Pay"


def test_a_retired_policy_masks_nothing_stays_readable_and_changes_no_more(office: Office) -> None:
    made = make(office)
    retired = office.marketplace.data_policies.retire(office.person("tom"), made.id, made.revision)
    assert retired == replace(made, active=False, revision=2) == read(office, made.id)
    assert office.marketplace.data_policies.get(office.person("gus"), made.id).sources == ()
    assert office.marketplace.data_policies.list(office.person("gus")).items == ()
    assert office.marketplace.data_policies.list(office.person("gus"), active=False).items == (retired,)
    for change in (
        lambda: office.marketplace.data_policies.replace(office.person("gus"), retired),
        lambda: office.marketplace.data_policies.retire(office.person("gus"), made.id, 2),
    ):
        with pytest.raises(WrongState):
            change()
    assert office.trail()[-1] == "data_policy.retired"
    assert make(office).name == made.name


def test_the_trail_keeps_all_of_a_policy_in_its_domain(office: Office) -> None:
    make(office, policy(everyone_except=InGroup("finance")))
    make(office, policy(SHARED, name="Both"))
    with office.marketplace.context.store.reading() as session:
        one, both = list(session.audit.entries())[-2:]
    assert (one.domain, both.domain) == ("pay", "")
    assert json.loads(one.data)["policy"] == {
        "mask": "nothing at all (NULL)",
        "scope": {"source": "s1", "columns": [2]},
        "everyone_except": {"group": "finance"},
        "for_everyone_who": None,
        "description": "",
    }


def test_of_two_who_make_the_same_or_change_the_same_at_once_one_is_told(office: Office) -> None:
    made = make(office, policy(name="Shared"))
    gus = office.person("gus")

    def change(name: str) -> None:
        office.marketplace.data_policies.replace(gus, replace(made, name=name))

    assert sorted(race(lambda _: make(office), lambda _: make(office))) == ["", "already-there"]
    assert sorted(race(change, change)) == ["", "stale-revision"]
    assert read(office, made.id).revision == 2


def race(*commands: Callable[[str], object]) -> list[str]:
    """The codes of what was refused, and nothing for what was taken, of commands that are given at once."""
    ends: list[str] = []

    def run(command: Callable[[str], object], name: str) -> None:
        try:
            command(name)
            ends.append("")
        except PlacetError as error:
            ends.append(error.code)

    threads = [threading.Thread(target=run, args=(command, f"n{at}")) for at, command in enumerate(commands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def test_a_name_that_is_in_force_is_taken(office: Office) -> None:
    make(office)
    with pytest.raises(AlreadyThere, match="Amounts"):
        make(office, policy(PAY))


def test_a_policy_shows_which_columns_it_masks_now_and_which_another_masks_instead(office: Office) -> None:
    deep = make(office, policy(AMOUNT))
    wide = make(office, policy(PAY, name="All of pay"))
    view = office.marketplace.data_policies.get(office.person("tom"), wide.id)
    shown = {one.source.id: [(each.column.name, each.instead) for each in one.columns] for one in view.sources}
    assert shown == {"s1": [("id", None), ("amount", deep)], "shared": [("id", None), ("amount", None)]}
    assert not view.others
    assert view.on == "everything in the domain Pay"
    narrow = office.marketplace.data_policies.get(office.person("tom"), deep.id)
    assert [[each.column.name for each in one.columns] for one in narrow.sources] == [["amount"]]
    assert narrow.on == "amount of pay.salaries"


def test_who_manages_one_domain_is_shown_the_sources_of_that_one(office: Office) -> None:
    make(office, policy(HR))
    made = office.marketplace.data_policies.list(office.person("tom")).items[0]
    view = office.marketplace.data_policies.get(office.person("tom"), made.id)
    assert [one.source.id for one in view.sources] == ["shared"]
    assert view.others
    assert not office.marketplace.data_policies.get(office.person("gus"), made.id).others


def test_of_very_many_sources_a_policy_shows_the_first(office: Office) -> None:
    with office.marketplace.context.store.writing() as session:
        for at in range(60):
            session.sources.save(DataSource(f"t{at:02}", "wh", "hr", f"t{at:02}", domains=frozenset({"hr"})))
    made = make(office, policy(HR))
    view = office.marketplace.data_policies.get(office.person("gus"), made.id)
    assert len(view.sources) == 50
    assert view.others


def test_columns_are_shown_as_one_person_sees_them_with_what_their_exceptions_cover(office: Office) -> None:
    lifted = make(office, policy(everyone_except=InGroup("finance")))
    standing = make(office, policy(SHARED, name="Never", for_everyone_who=InGroup("legal")))
    covered = {("s1", 2), ("shared", 1)}

    def seen(id: str) -> dict[tuple[str, str], tuple[bool, bool, bool, bool]]:
        person = office.person(id)
        with office.marketplace.context.store.reading() as session:
            found = columns_of(session, session.sources.many(["s1", "shared"]), person, covered)
        return {
            (one.source.id, view.column.name): (view.state.masked, view.state.clearable, view.clear, view.held_back)
            for one in found
            for view in one.columns
        }

    clear, lifts, stays = (False, False, True, False), (True, True, True, False), (True, False, False, True)
    plain = {("s1", "id"): clear, ("shared", "amount"): clear}
    assert seen("ann") == plain | {("s1", "amount"): clear, ("shared", "id"): clear}
    assert seen("rita") == plain | {("s1", "amount"): lifts, ("shared", "id"): clear}
    assert seen("bob") == plain | {("s1", "amount"): lifts, ("shared", "id"): stays}
    bob = office.person("bob")
    with office.marketplace.context.store.reading() as session:
        found = columns_of(session, session.sources.many(["s1", "shared"]), bob)
    by = [view.state.masked_by for one in found for view in one.columns if not view.clear]
    assert by == [lifted, standing]


def test_a_policy_stays_on_its_columns_where_these_get_other_numbers(office: Office) -> None:
    made = make(office)
    other = make(office, policy(PAY, name="Others"))
    before = replace(office.source("s1", "salaries"), numbered=False)
    after = replace(before, columns=(Column(2, "id", "integer"), Column(7, "amount", "numeric")), numbered=True)
    gus, context = office.person("gus"), office.marketplace.context
    with context.transaction() as transaction:
        transaction.session.sources.hold()
        tell(transaction, keep_sources(context, transaction, gus, [SourceChange(before, after)]))
    assert read(office, made.id) == replace(made, scope=NamedColumns("s1", frozenset({7})), revision=2)
    assert read(office, other.id) == other
    assert office.trail().count("data_policy.saved") == 3


def test_what_a_policy_in_force_is_on_is_not_removed(office: Office) -> None:
    gus = office.person("gus")
    made = make(office, policy(SHARED))
    with pytest.raises(Conflict):
        office.marketplace.sources.delete(gus, "shared")
    office.marketplace.data_policies.retire(gus, made.id, made.revision)
    office.marketplace.sources.delete(gus, "shared")
    assert read(office, made.id).scope == SHARED


def test_a_policy_names_no_columns_of_a_source_that_its_reader_may_not_see(office: Office) -> None:
    with office.marketplace.context.store.writing() as session:
        session.sources.save(office.source("s9", "hidden"))
    office.marketplace.domains.save(office.person("gus"), Domain("web", "Web"))
    policies = office.marketplace.data_policies
    made = policies.create(
        office.person("gus"), DataPolicy("", "Amounts", Mask(MaskKind.NULL), NamedColumns("s9", frozenset({2})))
    )
    office.change_person("tom", domain_permissions=frozenset({("web", DomainPermission.MANAGE_POLICIES)}))
    for who, on, scope in (
        ("gus", "amount of pay.hidden", {"source": "s9", "columns": [2]}),
        ("tom", "a data source that you may not see", None),
    ):
        view = policies.get(office.person(who), made.id)
        [listed] = policies.list(office.person(who)).items
        assert (view.on, view.named) == (on, ("amount",) if scope else ())
        assert DataPolicyViewSchema().dump(view)["scope"] == DataPolicySchema().dump(listed)["scope"] == scope
