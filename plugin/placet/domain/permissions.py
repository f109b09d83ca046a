"""Who may do what: one table, from which the checks, the tests and the docs are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from placet.domain.errors import Forbidden
from placet.domain.people import DomainPermission, GlobalPermission, Person


class Action(StrEnum):
    """Everything someone can do. Determining a request is not here: the eligibility rules decide that."""

    SHAPE_DOMAINS = "create a domain, put data sources in it, import sources"
    MANAGE_PEOPLE = "manage people, groups, attributes; give permissions"
    FIND_PEOPLE = "find people by id, name or e-mail address"
    READ_HOLDINGS = "read what someone holds"
    LIST_STEWARDS = "list whom a steward source makes a data steward"
    MANAGE_PRODUCT = "publish, change, suspend, unpublish, delete a product"
    SEE_MEMBERS = "see the members of a product"
    CREATE_FORM = "create a request form or data use agreement"
    EDIT_FORM = "edit or delete a form or data use agreement"
    REWORD_FORM = "change the wording of the questions and help of a form"
    TAKE_UP_FORM = "take a form version that changes who decides into use on a product"
    SEE_PRODUCT = "see a product in the catalog, request it for oneself or another person"
    SEE_SOURCE = "see a data source with its columns and tags"
    REQUEST_FOR_GROUP = "request for a group"
    REQUEST_FOR_ACCOUNT = "request for a service account"
    READ_REQUEST = "read a request, its answers and reasons"
    READ_GRANT = "read a grant"
    REVOKE_GRANT = "revoke a grant"
    CANCEL_REQUEST = "cancel a request"
    OPERATE = "add, list and remove webhooks"
    MANAGE_TAGS = "tag data sources and columns"
    MANAGE_POLICIES = "make, change and retire birthright policies"
    READ_POLICIES = "read birthright policies"
    RULE_PACKS = "rule packs: check, simulate, replay, put in force"
    ASK_DECISION = "ask for a decision about someone else"
    READ_AUDIT = "read and verify the audit trail"


@dataclass(frozen=True)
class Place:
    """What an action is about: the domain, and how the person stands to the thing itself.

    `owner` owns the service account that is the beneficiary; `member` says whether the person is in the group that is
    it, `steward` whether they are a data steward of the product, request or form, `builtin` whether the form came with
    Placet, `visible` whether the catalog shows them the product, or one that holds the data source.
    """

    domain: str = ""
    creator: str = ""
    requester: str = ""
    beneficiary: str = ""
    owner: str = ""
    member: bool = False
    steward: bool = False
    visible: bool = False
    builtin: bool = False


@dataclass(frozen=True)
class Row:
    """One line of the table: the words people read and the check itself."""

    who: str
    allows: Callable[[Person, Place], bool]


def _governs(person: Person) -> bool:
    return person.holds(GlobalPermission.GOVERNANCE)


def _manages(person: Person, place: Place) -> bool:
    return _governs(person) or person.holds_in(place.domain, DomainPermission.MANAGE_DATA_PRODUCTS)


def _manages_or_stewards(person: Person, place: Place) -> bool:
    return _manages(person, place) or (person.active and place.steward)


def _is_one_of(person: Person, *ids: str) -> bool:
    """Where nobody is named, nobody is meant: not even someone without an id."""
    return person.active and person.id != "" and person.id in ids


def _benefits(person: Person, place: Place) -> bool:
    """As the beneficiary, or as a member of the group that is it."""
    return _is_one_of(person, place.beneficiary) or (person.active and place.member)


def _party(person: Person, place: Place) -> bool:
    return _is_one_of(person, place.requester) or _benefits(person, place)


def _reads_request(person: Person, place: Place) -> bool:
    return _party(person, place) or _manages_or_stewards(person, place) or person.holds(GlobalPermission.AUDIT)


def _reads_grant(person: Person, place: Place) -> bool:
    return _benefits(person, place) or _manages_or_stewards(person, place) or person.holds(GlobalPermission.AUDIT)


_KEEPERS = (DomainPermission.MANAGE_DATA_PRODUCTS, DomainPermission.MANAGE_POLICIES, DomainPermission.MANAGE_TAGS)


def _sees_source(person: Person, place: Place) -> bool:
    keeps = any(person.holds_in(place.domain, held) for held in _KEEPERS)
    return place.visible or keeps or _governs(person) or person.holds(GlobalPermission.AUDIT)


def _asks_for_account(person: Person, place: Place) -> bool:
    return _is_one_of(person, place.beneficiary, place.owner) or person.holds(GlobalPermission.USER_ADMIN)


def _asks_for_group(person: Person, place: Place) -> bool:
    return (person.active and place.member) or person.holds(GlobalPermission.USER_ADMIN)


def _reads_holdings(person: Person, place: Place) -> bool:
    return _is_one_of(person, place.beneficiary, place.owner) or person.holds(GlobalPermission.USER_ADMIN)


def _creates_forms(person: Person) -> bool:
    return _governs(person) or person.holds_anywhere(DomainPermission.MANAGE_DATA_PRODUCTS)


def _edits_form(person: Person, place: Place) -> bool:
    return not place.builtin and (_governs(person) or _is_one_of(person, place.creator))


def _rewords_form(person: Person, place: Place) -> bool:
    return _edits_form(person, place) or (person.active and place.steward and not place.builtin)


def _reads_policies(person: Person, _: Place) -> bool:
    everywhere = _governs(person) or person.holds(GlobalPermission.AUDIT)
    return everywhere or person.holds_anywhere(DomainPermission.MANAGE_POLICIES)


def _reads_audit(person: Person, place: Place) -> bool:
    everywhere = _governs(person) or person.holds(GlobalPermission.AUDIT)
    return everywhere or person.holds_in(place.domain, DomainPermission.AUDIT_ACTIVITY)


TABLE: dict[Action, Row] = {
    Action.SHAPE_DOMAINS: Row("GOVERNANCE", lambda person, _: _governs(person)),
    Action.MANAGE_PEOPLE: Row("USER_ADMIN", lambda person, _: person.holds(GlobalPermission.USER_ADMIN)),
    Action.FIND_PEOPLE: Row("anyone signed in", lambda person, _: _is_one_of(person, person.id)),
    Action.READ_HOLDINGS: Row("they themselves, the owner of a service account, USER_ADMIN", _reads_holdings),
    Action.LIST_STEWARDS: Row(
        "GOVERNANCE, Manage Data Products in any domain", lambda person, _: _creates_forms(person)
    ),
    Action.MANAGE_PRODUCT: Row("GOVERNANCE, or Manage Data Products in its domain", _manages),
    Action.SEE_MEMBERS: Row(
        "GOVERNANCE, Manage Data Products in its domain, a steward of the product", _manages_or_stewards
    ),
    Action.CREATE_FORM: Row("GOVERNANCE, Manage Data Products in any domain", lambda person, _: _creates_forms(person)),
    Action.EDIT_FORM: Row(
        "its creator, GOVERNANCE; never the built-in standard form",
        _edits_form,
    ),
    Action.REWORD_FORM: Row(
        "its stewards, its creator, GOVERNANCE; never the built-in standard form",
        _rewords_form,
    ),
    Action.TAKE_UP_FORM: Row("GOVERNANCE, or Manage Data Products in its domain", _manages),
    Action.SEE_PRODUCT: Row(
        "anyone signed in, within its visibility; those who manage it",
        lambda person, place: (person.active and place.visible) or _manages(person, place),
    ),
    Action.SEE_SOURCE: Row(
        "anyone signed in, where a product they see holds it; Manage Data Products, Manage Policies or Manage Tags of "
        "one of its domains; GOVERNANCE, AUDIT",
        _sees_source,
    ),
    Action.REQUEST_FOR_GROUP: Row("a member of the group, USER_ADMIN", _asks_for_group),
    Action.REQUEST_FOR_ACCOUNT: Row("the account itself, its owner, USER_ADMIN", _asks_for_account),
    Action.READ_REQUEST: Row(
        "requester, beneficiary or a member of it, its stewards, managers of the domain, GOVERNANCE, AUDIT",
        _reads_request,
    ),
    Action.READ_GRANT: Row(
        "its beneficiary or a member of it, GOVERNANCE, Manage Data Products of the domain, a steward of the product, "
        "AUDIT",
        _reads_grant,
    ),
    Action.REVOKE_GRANT: Row(
        "GOVERNANCE, Manage Data Products of the domain, a steward of the product", _manages_or_stewards
    ),
    Action.CANCEL_REQUEST: Row(
        "its requester, the beneficiary or a member of it, GOVERNANCE",
        lambda person, place: _party(person, place) or _governs(person),
    ),
    Action.OPERATE: Row("APPLICATION_ADMIN", lambda person, _: person.holds(GlobalPermission.APPLICATION_ADMIN)),
    Action.MANAGE_TAGS: Row(
        "GOVERNANCE, or Manage Tags of every domain of the source",
        lambda person, place: _governs(person) or person.holds_in(place.domain, DomainPermission.MANAGE_TAGS),
    ),
    Action.MANAGE_POLICIES: Row(
        "GOVERNANCE, or Manage Policies of the domain; for a data source, of every domain of it; for a tag, GOVERNANCE",
        lambda person, place: _governs(person) or person.holds_in(place.domain, DomainPermission.MANAGE_POLICIES),
    ),
    Action.READ_POLICIES: Row("GOVERNANCE, AUDIT, Manage Policies in any domain", _reads_policies),
    Action.RULE_PACKS: Row("GOVERNANCE", lambda person, _: _governs(person)),
    Action.ASK_DECISION: Row(
        "GOVERNANCE, AUDIT", lambda person, _: _governs(person) or person.holds(GlobalPermission.AUDIT)
    ),
    Action.READ_AUDIT: Row("AUDIT, GOVERNANCE; Audit Activity for the domain", _reads_audit),
}


def may(person: Person, action: Action, place: Place | None = None) -> bool:
    """Whether a person may do something in a place. Inactive people may nothing."""
    return person.active and TABLE[action].allows(person, place or Place())


def refuse_unless_may(person: Person, action: Action, place: Place | None = None) -> None:
    """Raises Forbidden, naming who may."""
    if not may(person, action, place):
        raise Forbidden(f"`{person.id}` may not do this ({action.value}): it is for {TABLE[action].who}")
