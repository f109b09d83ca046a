"""The permission table: every action, every role, their own domain and another."""

from __future__ import annotations

import itertools

import pytest

from placet.domain.errors import Forbidden
from placet.domain.people import DomainPermission, GlobalPermission, Person
from placet.domain.permissions import TABLE, Action, Place, may, refuse_unless_may

HERE = Place(
    domain="pay",
    domains=frozenset({"pay", "tax"}),
    creator="creator",
    requester="requester",
    beneficiary="beneficiary",
    owner="owner",
    visible=True,
    holder="holder of the token",
)


def with_domain(permission: DomainPermission, *domains: str) -> Person:
    return Person("holder", "Holder", domain_permissions=frozenset((domain, permission) for domain in domains))


BOTH = (GlobalPermission.USER_ADMIN, GlobalPermission.APPLICATION_ADMIN)
PEOPLE = {
    "anyone": Person("anyone", "Anyone"),
    **{name: Person(name, name) for name in ("creator", "requester", "beneficiary", "owner", "holder of the token")},
    **{held.value: Person("holder", "Holder", permissions=frozenset({held})) for held in GlobalPermission},
    "USER_ADMIN and APPLICATION_ADMIN": Person("holder", "Holder", permissions=frozenset(BOTH)),
    **{held.value: with_domain(held, "pay") for held in DomainPermission},
    **{f"{held} in each": with_domain(held, "pay", "tax") for held in DomainPermission},
    **{f"{held} elsewhere": with_domain(held, "hr") for held in DomainPermission},
}
MANAGER = {"GOVERNANCE", "manage-data-products", "manage-data-products in each"}
SIGNED_IN = set(PEOPLE)

ALLOWED: dict[Action, set[str]] = {
    Action.SHAPE_DOMAINS: {"GOVERNANCE"},
    Action.APPLY_DEFINITIONS: {"GOVERNANCE"},
    Action.MANAGE_PEOPLE: {"USER_ADMIN"},
    Action.CHANGE_LOGIN: set(),
    Action.FIND_PEOPLE: SIGNED_IN,
    Action.READ_HOLDINGS: {"USER_ADMIN", "beneficiary", "owner"},
    Action.LIST_STEWARDS: {*MANAGER, "manage-data-products elsewhere"},
    Action.MANAGE_PRODUCT: MANAGER,
    Action.SEE_MEMBERS: MANAGER,
    Action.CREATE_FORM: {*MANAGER, "manage-data-products elsewhere"},
    Action.EDIT_FORM: {"GOVERNANCE", "creator"},
    Action.REWORD_FORM: {"GOVERNANCE", "creator"},
    Action.TAKE_UP_FORM: MANAGER,
    Action.SEE_PRODUCT: SIGNED_IN,
    Action.SEE_SOURCE: SIGNED_IN,
    Action.REQUEST_FOR_GROUP: {"USER_ADMIN"},
    Action.REQUEST_FOR_ACCOUNT: {"USER_ADMIN", "beneficiary", "owner"},
    Action.READ_REQUEST: {*MANAGER, "AUDIT", "requester", "beneficiary", "owner"},
    Action.READ_STANDING: {*MANAGER, "AUDIT", "beneficiary", "owner"},
    Action.READ_GRANT: {*MANAGER, "AUDIT", "beneficiary", "owner"},
    Action.REVOKE_GRANT: MANAGER,
    Action.CANCEL_REQUEST: {"GOVERNANCE", "requester", "beneficiary", "owner"},
    Action.OPERATE: {"APPLICATION_ADMIN"},
    Action.OPERATE_TARGETS: {"APPLICATION_ADMIN"},
    Action.MANAGE_TAGS: {"GOVERNANCE", "manage-tags in each"},
    Action.MANAGE_POLICIES: {"GOVERNANCE", "manage-policies", "manage-policies in each"},
    Action.READ_POLICIES: {
        "GOVERNANCE",
        "AUDIT",
        "manage-policies",
        "manage-policies in each",
        "manage-policies elsewhere",
    },
    Action.RULE_PACKS: {"GOVERNANCE"},
    Action.ASK_DECISION: {"GOVERNANCE", "AUDIT"},
    Action.FETCH_POLICIES: {"APPLICATION_ADMIN"},
    Action.MAKE_TOKENS: {"holder of the token"},
    Action.END_TOKENS: {"USER_ADMIN", "holder of the token"},
    Action.READ_AUDIT: {"GOVERNANCE", "AUDIT", "audit-activity", "audit-activity in each"},
}


for action, allowed in ALLOWED.items():
    if action is Action.CHANGE_LOGIN or allowed & {held.value for held in BOTH}:
        allowed.add("USER_ADMIN and APPLICATION_ADMIN")


@pytest.mark.requirement("P4", clause="one table")
def test_every_action_has_a_row_and_a_line_here() -> None:
    assert set(TABLE) == set(Action) == set(ALLOWED)


@pytest.mark.parametrize(("action", "who"), list(itertools.product(Action, PEOPLE)), ids=str)
def test_each_cell_of_the_table(action: Action, who: str) -> None:
    assert may(PEOPLE[who], action, HERE) == (who in ALLOWED[action])


@pytest.mark.parametrize("action", Action)
def test_the_inactive_may_nothing(action: Action) -> None:
    gone = Person(
        "requester",
        "Gone",
        permissions=frozenset(GlobalPermission),
        domain_permissions=frozenset(("pay", held) for held in DomainPermission),
        active=False,
    )
    assert not may(gone, action, HERE)


@pytest.mark.parametrize(
    ("action", "steward"),
    list(
        itertools.product(
            [
                Action.READ_REQUEST,
                Action.READ_STANDING,
                Action.SEE_MEMBERS,
                Action.READ_GRANT,
                Action.REVOKE_GRANT,
                Action.REWORD_FORM,
            ],
            [True, False],
        )
    ),
)
def test_stewards_read_requests_see_members_read_and_revoke_grants_and_reword_forms(
    action: Action, steward: bool
) -> None:
    assert may(PEOPLE["anyone"], action, Place(domain="pay", steward=steward)) == steward


@pytest.mark.parametrize(
    "action",
    [
        Action.REQUEST_FOR_GROUP,
        Action.READ_REQUEST,
        Action.READ_STANDING,
        Action.READ_GRANT,
        Action.CANCEL_REQUEST,
    ],
)
@pytest.mark.parametrize("member", [True, False])
def test_a_member_of_a_group_may_what_its_beneficiary_may(action: Action, member: bool) -> None:
    assert may(PEOPLE["anyone"], action, Place(domain="pay", member=member)) == member


@pytest.mark.requirement("P4", clause="the standard form is fixed")
@pytest.mark.parametrize("action", [Action.EDIT_FORM, Action.REWORD_FORM])
def test_nobody_changes_what_came_with_placet(action: Action) -> None:
    built_in = Place(creator="creator", steward=True, builtin=True)
    assert not [who for who, person in PEOPLE.items() if may(person, action, built_in)]


def test_what_is_out_of_sight_is_for_those_who_manage_it() -> None:
    hidden = Place(domain="pay")
    assert {who for who, person in PEOPLE.items() if may(person, Action.SEE_PRODUCT, hidden)} == MANAGER


def test_a_source_that_no_product_in_sight_holds_is_for_those_who_keep_its_domain_or_watch() -> None:
    kept = {f"{held}{where}" for held in ("manage-policies", "manage-tags") for where in ("", " in each")}
    place = Place(domains=frozenset({"pay", "tax"}))
    assert {who for who, person in PEOPLE.items() if may(person, Action.SEE_SOURCE, place)} == {
        *MANAGER,
        *kept,
        "AUDIT",
    }


@pytest.mark.parametrize("action", Action)
def test_a_source_in_no_domain_is_nobodys_by_a_domain(action: Action) -> None:
    holder = Person("holder", "Holder", domain_permissions=frozenset(("pay", held) for held in DomainPermission))
    anywhere = (Action.CREATE_FORM, Action.LIST_STEWARDS, Action.FIND_PEOPLE, Action.READ_POLICIES)
    assert may(holder, action, Place()) == (action in anywhere)


def test_the_words_of_a_row_are_those_of_its_relations() -> None:
    assert TABLE[Action.EDIT_FORM].who == "its creator, GOVERNANCE; never the built-in standard form"
    for row in TABLE.values():
        assert all(relation.words in row.who for relation in (*row.allowed, *row.never))


def test_no_two_relations_have_the_same_words() -> None:
    relations = {relation for row in TABLE.values() for relation in (*row.allowed, *row.never)}
    assert len({relation.words for relation in relations}) == len(relations)


def test_a_refusal_names_who_may() -> None:
    with pytest.raises(Forbidden, match="USER_ADMIN"):
        refuse_unless_may(PEOPLE["anyone"], Action.MANAGE_PEOPLE)


@pytest.mark.parametrize("action", Action)
def test_who_has_no_id_is_not_taken_for_whoever_is_not_named(action: Action) -> None:
    assert not may(Person("", "Nobody"), action, Place())


@pytest.mark.requirement("P2", clause="identifiers permit nothing")
@pytest.mark.parametrize("action", Action)
def test_manage_identifiers_permits_nothing_that_anyone_may_not(action: Action) -> None:
    keeper = PEOPLE[DomainPermission.MANAGE_IDENTIFIERS.value]
    assert may(keeper, action, HERE) == may(PEOPLE["anyone"], action, HERE)
