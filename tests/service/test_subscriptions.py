"""Subscription policies: who makes, changes, retires and reads them, and what they mean for whom."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from placet.domain.conditions import HasAttribute, InGroup, Not
from placet.domain.errors import Forbidden, NotFound, StaleRevision
from placet.domain.masks import Mask, MaskKind
from placet.domain.people import DomainPermission, GlobalPermission, Group
from placet.domain.policies import BadPolicy, DataPolicy
from placet.domain.products import Domain
from placet.domain.row_filters import Comparison, RowFilter
from placet.domain.scopes import InDomain, NamedColumns, OnSource, SourceScope, Tagged
from placet.domain.subscriptions import SubscriptionKind, SubscriptionPolicy
from placet.service.policy_effects import Preview
from placet.storage import Login
from placet.workflow.refusals import WrongState
from tests.service.office import Office, wanted_on

PAY, HR, S1, TAG = InDomain("pay"), InDomain("hr"), OnSource("s1"), Tagged("Secret")
STAFF = InGroup("staff")


def policy(scope: SourceScope = S1, **changed: object) -> SubscriptionPolicy:
    plain = SubscriptionPolicy("", "Staff", SubscriptionKind.ALLOW, scope, STAFF)
    return replace(plain, **changed)  # type: ignore[arg-type]  # names of the dataclass


@pytest.fixture
def office(office: Office) -> Office:
    """With another domain, and Tom, who manages the policies of Pay."""
    office.marketplace.domains.save(office.person("gus"), Domain("hr", "HR"))
    held = frozenset({("pay", DomainPermission.MANAGE_POLICIES)})
    office.change_person("tom", domain_permissions=held)
    office.change_person("fay", permissions=frozenset({GlobalPermission.AUDIT}))
    with office.marketplace.context.store.writing() as session:
        session.people.save_group(Group("staff", "Staff"))
    return office


def make(office: Office, made: SubscriptionPolicy | None = None, by: str = "gus") -> SubscriptionPolicy:
    return office.marketplace.subscription_policies.create(office.person(by), made or policy())


def joins(office: Office, *people: str) -> None:
    for person in people:
        office.change_person(person, groups=frozenset({"staff"}))


@pytest.mark.requirement("P4", clause="birthright policies")
@pytest.mark.parametrize(
    ("scope", "allowed"),
    [(S1, ("gus", "tom")), (PAY, ("gus", "tom")), (HR, ("gus",)), (TAG, ("gus",))],
    ids=str,
)
def test_policies_are_made_by_governance_and_who_may_in_what_they_are_on(
    office: Office, scope: SourceScope, allowed: tuple[str, ...]
) -> None:
    for person in ("gus", "tom", "rita", "mia", "ada", "fay"):
        do = office.marketplace.subscription_policies
        if person in allowed:
            assert do.preview(office.person(person), policy(scope, name=person)).looked_at >= 0
            made = make(office, policy(scope, name=person), person)
            assert do.get(office.person(person), made.id).policy == made
        else:
            for act in (do.create, do.preview):
                with pytest.raises((Forbidden, NotFound)):
                    act(office.person(person), policy(scope, name=person))


def test_a_policy_is_changed_and_retired_by_its_revision_and_then_no_more(office: Office) -> None:
    do, gus = office.marketplace.subscription_policies, office.person("gus")
    made = make(office)
    changed = do.replace(gus, replace(made, who=Not(STAFF), name="Others"))
    assert (changed.revision, changed.created_at) == (2, made.created_at)
    with pytest.raises(StaleRevision):
        do.replace(gus, made)
    with pytest.raises(Forbidden):
        do.retire(office.person("rita"), made.id, 2)
    assert not do.retire(gus, made.id, 2).active
    for late in (lambda: do.retire(gus, made.id, 3), lambda: do.preview_retirement(gus, made.id)):
        with pytest.raises(WrongState):
            late()
    assert [one.id for one in do.list(gus, active=False).items] == [made.id]
    assert not do.list(gus).items


def test_what_it_is_on_has_to_be_there_and_its_parts_have_to_fit(office: Office) -> None:
    with pytest.raises(NotFound):
        make(office, policy(OnSource("none")))
    with pytest.raises(NotFound):
        make(office, policy(InDomain("none")))
    with pytest.raises(BadPolicy):
        make(office, policy(who=InGroup("")))


def test_a_policy_that_allows_gives_access_at_once_and_a_guardrail_takes_it(office: Office) -> None:
    joins(office, "rita")
    decide = office.marketplace.decisions.decide
    assert not decide(office.person("rita"), "rita", "s1").allowed
    made = make(office)
    assert (
        "`rita` meets the allow policy `Staff`: in group staff" in decide(office.person("rita"), "rita", "s1").reasons
    )
    make(office, policy(kind=SubscriptionKind.GUARDRAIL, name="Cleared", who=HasAttribute("cleared", "yes")))
    refused = decide(office.person("rita"), "rita", "s1")
    assert not refused.allowed
    assert any("guardrail policy `Cleared`" in reason for reason in refused.reasons)
    office.change_person("rita", groups=frozenset({"staff"}), attributes={"cleared": frozenset({"yes"})})
    assert decide(office.person("rita"), "rita", "s1").allowed
    office.marketplace.subscription_policies.retire(office.person("gus"), made.id, made.revision)
    assert not decide(office.person("rita"), "rita", "s1").allowed


def test_the_trail_keeps_all_of_a_policy(office: Office) -> None:
    make(office, policy(PAY))
    with office.marketplace.context.store.reading() as session:
        [entry] = [one for one in session.audit.entries() if one.type == "subscription_policy.saved"]
    assert entry.domain == "pay"
    assert json.loads(entry.data)["policy"] == {
        "scope": {"domain": "pay"},
        "who": {"group": "staff"},
        "description": "",
    }


def names(found: Preview, what: str) -> dict[str, list[str]]:
    return {one.source.id: [person.id for person in getattr(one, what).first] for one in found.sources}


def test_a_preview_names_who_would_gain_and_lose_and_changes_nothing(office: Office) -> None:
    joins(office, "rita", "tom")
    do, gus = office.marketplace.subscription_policies, office.person("gus")
    office.change_person("gus", permissions=frozenset({GlobalPermission.GOVERNANCE}))
    found = do.preview(gus, policy())
    assert (names(found, "gains"), found.gains, found.loses) == ({"s1": ["rita", "tom"]}, 2, 0)
    assert not do.list(gus).items
    made = make(office)
    assert not do.preview(gus, made).sources
    less = do.preview(gus, replace(made, who=HasAttribute("cleared", "yes")))
    assert (names(less, "loses"), less.gains) == ({"s1": ["rita", "tom"]}, 0)
    gone = do.preview_retirement(gus, made.id)
    assert (names(gone, "loses"), gone.loses) == ({"s1": ["rita", "tom"]}, 2)
    guard = do.preview(gus, policy(kind=SubscriptionKind.GUARDRAIL, name="No", who=Not(STAFF)))
    assert names(guard, "loses") == {"s1": ["rita", "tom"]}


def test_a_preview_of_a_data_policy_names_who_sees_less_and_more(office: Office) -> None:
    joins(office, "rita", "tom")
    office.change_person("tom", groups=frozenset({"staff"}), attributes={"region": frozenset({"EU"})})
    make(office)
    do, gus = office.marketplace.data_policies, office.person("gus")
    scope = NamedColumns("s1", frozenset({2}))
    hiding = DataPolicy("", "Hide", Mask(MaskKind.NULL), scope, HasAttribute("region", "EU"))
    assert names(do.preview(gus, hiding), "less_clear") == {"s1": ["rita"]}
    made = do.create(gus, hiding)
    assert names(do.preview_retirement(gus, made.id), "clearer") == {"s1": ["rita"]}
    rows = DataPolicy("", "Rows", None, scope, filter=RowFilter(Comparison.ONE_OF, attribute="region"))
    assert names(do.preview(gus, rows), "fewer_rows") == {"s1": ["rita", "tom"]}


class Nothing:
    """A platform of which nothing is asked."""


def test_platforms_are_brought_to_what_is_allowed_now(office: Office) -> None:
    """Also where only the facts of someone with a login change, and only where a policy asks for them."""
    office.marketplace.context.targets = {"warehouse": Nothing()}  # type: ignore[dict-item]  # nothing is asked of it
    people, uma = office.marketplace.people, office.person("uma")
    with office.marketplace.context.store.writing() as session:
        session.logins.save(Login("rita", "warehouse", "rita_db"))

    def waiting() -> list[str]:
        with office.marketplace.context.store.reading() as session:
            return [job.kind for job in session.jobs.unfinished()]

    before = len(waiting())
    cleared = replace(office.person("rita"), attributes={"cleared": frozenset({"yes"})})
    people.replace(uma, cleared)
    assert len(waiting()) == before
    make(office, policy(who=HasAttribute("cleared", "yes")))
    people.replace(uma, replace(cleared, attributes={}))
    assert waiting()[before:] == ["policies", "directory"]
    desired = wanted_on(office, "warehouse")
    assert [source.id for source in desired.sources if source.allow] == ["s1"]
