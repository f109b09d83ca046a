"""Who may do what: one table, from which the checks, the tests and the docs are made.

A row is data: an action with the relations that allow it, and those that forbid it to everyone. A relation is a small
question about a person and a place with the words for it; nothing else says who may do something, in words or in code.

To add a row: name the action in `Action`; give it its relations in `TABLE`, `Action.X: _for(GOVERNS, MANAGES)`, with
`never=(...)` for exceptions; where no relation fits, add one, and what it has to know to `Place`. Then add the action
to ALLOWED in tests/domain/test_permissions.py and the routes that ask for it to tests/matrix/cells.py.
`python -m tests.matrix` writes the tables of docs/permissions.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from placet.domain.errors import Forbidden
from placet.domain.people import DomainPermission, GlobalPermission, Person, PersonKind


class Action(StrEnum):
    """Everything someone can do. Determining a request is not here: the eligibility rules decide that."""

    SHAPE_DOMAINS = "create a domain, put data sources in it, import sources"
    APPLY_DEFINITIONS = "plan, apply and export definitions; with people in them, as they are managed"
    MANAGE_PEOPLE = "manage people, groups, attributes; give permissions"
    CHANGE_LOGIN = "change the login on a data platform of someone who has access there"
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
    READ_STANDING = "read what the rules were told about the beneficiary of a request"
    READ_GRANT = "read a grant"
    REVOKE_GRANT = "revoke a grant"
    CANCEL_REQUEST = "cancel a request"
    OPERATE = "add, list and remove webhooks"
    OPERATE_TARGETS = "see how data platforms stand, plan, verify, apply and retry"
    MANAGE_TAGS = "tag data sources and columns"
    MANAGE_POLICIES = "make, change and retire birthright policies"
    READ_POLICIES = "read birthright policies"
    RULE_PACKS = "rule packs: check, simulate, replay, put in force"
    ASK_DECISION = "ask for a decision about someone else"
    FETCH_POLICIES = "fetch what a data platform should enforce"
    MAKE_TOKENS = "make API tokens"
    END_TOKENS = "list and revoke API tokens"
    READ_AUDIT = "read and verify the audit trail"


@dataclass(frozen=True)
class Place:
    """What an action is about: where it is, and how the person stands to the thing itself.

    `domain` is the domain of a product, request or grant; a data source may be in several `domains`. `owner` owns the
    service account that is the beneficiary; `member` says whether the person is in the group that is it, `steward`
    whether they are a data steward of the product, request or form, `builtin` whether the form came with Placet,
    `visible` whether the catalog shows them the product, or one that holds the data source.
    `holder` has the token, `account` says whether that is a service account, `scoped` whether the person asks by a
    token with the scope for the action.
    """

    domain: str = ""
    domains: frozenset[str] = frozenset()
    creator: str = ""
    requester: str = ""
    beneficiary: str = ""
    owner: str = ""
    member: bool = False
    steward: bool = False
    visible: bool = False
    holder: str = ""
    account: bool = False
    scoped: bool = False
    builtin: bool = False


@dataclass(frozen=True)
class Relation:
    """One way in which an active person can stand to a place: the words people read, and the check."""

    words: str
    holds: Callable[[Person, Place], bool]


def _everywhere(permission: GlobalPermission) -> Relation:
    return Relation(permission.value, lambda person, _: permission in person.permissions)


def _here(permission: DomainPermission, words: str) -> Relation:
    return Relation(words, lambda person, place: person.holds_in(place.domain, permission))


def _in_one(permission: DomainPermission, words: str) -> Relation:
    return Relation(words, lambda person, place: any(person.holds_in(one, permission) for one in place.domains))


def _in_each(permission: DomainPermission, words: str) -> Relation:
    """In a place without domains nobody holds anything in each of them."""
    return Relation(
        words,
        lambda person, place: bool(place.domains) and all(person.holds_in(one, permission) for one in place.domains),
    )


def _named(words: str, named: Callable[[Place], str]) -> Relation:
    """Where nobody is named, nobody is meant: not even someone without an id."""
    return Relation(words, lambda person, place: person.id != "" and person.id == named(place))


GOVERNS = _everywhere(GlobalPermission.GOVERNANCE)
ADMINISTERS_PEOPLE = _everywhere(GlobalPermission.USER_ADMIN)
OPERATES = _everywhere(GlobalPermission.APPLICATION_ADMIN)
AUDITS = _everywhere(GlobalPermission.AUDIT)

MANAGES = _here(DomainPermission.MANAGE_DATA_PRODUCTS, "Manage Data Products in its domain")
WATCHES = _here(DomainPermission.AUDIT_ACTIVITY, "Audit Activity in the domain")
MANAGES_ANYWHERE = Relation(
    "Manage Data Products in any domain",
    lambda person, _: person.holds_anywhere(DomainPermission.MANAGE_DATA_PRODUCTS),
)
MANAGES_ONE = _in_one(DomainPermission.MANAGE_DATA_PRODUCTS, "Manage Data Products in one of its domains")
MAKES_POLICIES_FOR_ONE = _in_one(DomainPermission.MANAGE_POLICIES, "Manage Policies in one of its domains")
TAGS_ONE = _in_one(DomainPermission.MANAGE_TAGS, "Manage Tags in one of its domains")
TAGS_EACH = _in_each(DomainPermission.MANAGE_TAGS, "Manage Tags in every domain of the source")

MAKES_POLICIES = _here(DomainPermission.MANAGE_POLICIES, "Manage Policies of the domain")
MAKES_POLICIES_ANYWHERE = Relation(
    "Manage Policies in any domain", lambda person, _: person.holds_anywhere(DomainPermission.MANAGE_POLICIES)
)

STEWARD = Relation("its stewards", lambda _, place: place.steward)
REQUESTER = _named("its requester", lambda place: place.requester)
BENEFICIARY = _named("its beneficiary", lambda place: place.beneficiary)
OWNER = _named("the owner of the service account", lambda place: place.owner)
MEMBER = Relation("a member of the group it is for", lambda _, place: place.member)
CREATOR = _named("its creator", lambda place: place.creator)

HOLDER = _named("its holder", lambda place: place.holder)
ADMINISTERS_ACCOUNTS = Relation(
    "USER_ADMIN those of service accounts",
    lambda person, place: place.account and GlobalPermission.USER_ADMIN in person.permissions,
)
SCOPED_ACCOUNT = Relation(
    "a service account by a token with the scope `decisions`",
    lambda person, place: place.scoped and person.kind is PersonKind.SERVICE_ACCOUNT,
)

FETCHING_ACCOUNT = Relation(
    "a service account by a token with the scope `bundles`",
    lambda person, place: place.scoped and person.kind is PersonKind.SERVICE_ACCOUNT,
)

ADMINISTERS_AND_OPERATES = Relation(
    "USER_ADMIN together with APPLICATION_ADMIN",
    lambda person, _: {GlobalPermission.USER_ADMIN, GlobalPermission.APPLICATION_ADMIN} <= person.permissions,
)
SIGNED_IN = Relation("anyone signed in", lambda person, _: person.id != "")
WITHIN_SIGHT = Relation("anyone signed in, within its visibility", lambda _, place: place.visible)
BUILT_IN = Relation("the built-in standard form", lambda _, place: place.builtin)


@dataclass(frozen=True)
class Row:
    """One line of the table: the relations that allow an action, and those that forbid it to everyone."""

    allowed: tuple[Relation, ...]
    never: tuple[Relation, ...] = ()

    @property
    def who(self) -> str:
        """Who may, in words."""
        return "; ".join([", ".join(one.words for one in self.allowed), *(f"never {one.words}" for one in self.never)])

    def allows(self, person: Person, place: Place) -> bool:
        """Whether an active person stands to the place in a relation that allows, and it in none that forbids."""
        for relation in self.never:
            if relation.holds(person, place):
                return False
        for relation in self.allowed:  # noqa: SIM110 - asked at every request, and a generator costs twice as much
            if relation.holds(person, place):
                return True
        return False


def _for(*allowed: Relation, never: tuple[Relation, ...] = ()) -> Row:
    return Row(allowed, never)


_MANAGERS = (GOVERNS, MANAGES)
_BENEFITS = (BENEFICIARY, MEMBER, OWNER)

TABLE: dict[Action, Row] = {
    Action.SHAPE_DOMAINS: _for(GOVERNS),
    Action.APPLY_DEFINITIONS: _for(GOVERNS),
    Action.MANAGE_PEOPLE: _for(ADMINISTERS_PEOPLE),
    Action.CHANGE_LOGIN: _for(ADMINISTERS_AND_OPERATES),
    Action.FIND_PEOPLE: _for(SIGNED_IN),
    Action.READ_HOLDINGS: _for(BENEFICIARY, OWNER, ADMINISTERS_PEOPLE),
    Action.LIST_STEWARDS: _for(GOVERNS, MANAGES_ANYWHERE),
    Action.MANAGE_PRODUCT: _for(*_MANAGERS),
    Action.SEE_MEMBERS: _for(*_MANAGERS, STEWARD),
    Action.CREATE_FORM: _for(GOVERNS, MANAGES_ANYWHERE),
    Action.EDIT_FORM: _for(CREATOR, GOVERNS, never=(BUILT_IN,)),
    Action.REWORD_FORM: _for(STEWARD, CREATOR, GOVERNS, never=(BUILT_IN,)),
    Action.TAKE_UP_FORM: _for(*_MANAGERS),
    Action.SEE_PRODUCT: _for(WITHIN_SIGHT, *_MANAGERS),
    Action.SEE_SOURCE: _for(WITHIN_SIGHT, MANAGES_ONE, MAKES_POLICIES_FOR_ONE, TAGS_ONE, GOVERNS, AUDITS),
    Action.REQUEST_FOR_GROUP: _for(MEMBER, ADMINISTERS_PEOPLE),
    Action.REQUEST_FOR_ACCOUNT: _for(BENEFICIARY, OWNER, ADMINISTERS_PEOPLE),
    Action.READ_REQUEST: _for(REQUESTER, *_BENEFITS, STEWARD, *_MANAGERS, AUDITS),
    Action.READ_STANDING: _for(*_BENEFITS, STEWARD, *_MANAGERS, AUDITS),
    Action.READ_GRANT: _for(*_BENEFITS, STEWARD, *_MANAGERS, AUDITS),
    Action.REVOKE_GRANT: _for(STEWARD, *_MANAGERS),
    Action.CANCEL_REQUEST: _for(REQUESTER, *_BENEFITS, GOVERNS),
    Action.OPERATE: _for(OPERATES),
    Action.OPERATE_TARGETS: _for(OPERATES),
    Action.MANAGE_TAGS: _for(GOVERNS, TAGS_EACH),
    Action.MANAGE_POLICIES: _for(GOVERNS, MAKES_POLICIES),
    Action.READ_POLICIES: _for(GOVERNS, AUDITS, MAKES_POLICIES_ANYWHERE),
    Action.RULE_PACKS: _for(GOVERNS),
    Action.ASK_DECISION: _for(GOVERNS, AUDITS, SCOPED_ACCOUNT),
    Action.FETCH_POLICIES: _for(OPERATES, FETCHING_ACCOUNT),
    Action.MAKE_TOKENS: _for(HOLDER, ADMINISTERS_ACCOUNTS),
    Action.END_TOKENS: _for(HOLDER, ADMINISTERS_PEOPLE),
    Action.READ_AUDIT: _for(AUDITS, GOVERNS, WATCHES),
}


def may(person: Person, action: Action, place: Place | None = None) -> bool:
    """Whether a person may do something in a place. Inactive people may nothing."""
    return person.active and TABLE[action].allows(person, place or Place())


def refuse_unless_may(person: Person, action: Action, place: Place | None = None) -> None:
    """Raises Forbidden, naming who may."""
    if not may(person, action, place):
        raise Forbidden(f"`{person.id}` may not do this ({action.value}): it is for {TABLE[action].who}")
