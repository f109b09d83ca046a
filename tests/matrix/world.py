"""One marketplace with someone in every role, and the things that routes are about: ours, and those of others."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from placet.domain.agreements import Agreement
from placet.domain.conditions import InGroup, Not
from placet.domain.forms import STANDARD_PACKS, Flow, FlowKind, Quorum, RequestForm
from placet.domain.masks import Mask, MaskKind
from placet.domain.people import DomainPermission, GlobalPermission, Person, StewardSource
from placet.domain.permissions import Place
from placet.domain.policies import DataPolicy
from placet.domain.products import Column, DataProduct, DataSource, Domain
from placet.domain.requests import BeneficiaryKind, Verdict, Whom
from placet.domain.scopes import InDomain, NamedColumns, OnSource, Scope, SourceScope, Tagged
from placet.domain.subscriptions import SubscriptionKind, SubscriptionPolicy
from placet.domain.tokens import Scope as TokenScope
from placet.service import Marketplace
from placet.service.people_file import read_json

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HERE, ELSEWHERE = "pay", "hr"
DOMAINS = (HERE, ELSEWHERE)

NOBODY = "anonymous"
INACTIVE = "inactive"
ACCOUNT = "account"
EVERYTHING = {
    "permissions": list(GlobalPermission),
    "domain_permissions": [f"{domain}/{held}" for domain in DOMAINS for held in DomainPermission],
}

ROLES: Mapping[str, Mapping[str, object]] = {
    NOBODY: {},
    INACTIVE: EVERYTHING | {"active": False},
    "outsider": {},
    "plain": {},
    "requester": {},
    "beneficiary": {"attributes": {"clearance": ["top-secret"]}},
    "owner": {},
    ACCOUNT: {"kind": "service-account", "owner": "owner"},
    "member": {"groups": ["insiders"]},
    "creator": {},
    "steward": {},
    "steward elsewhere": {},
    **{held.value: {"permissions": [held]} for held in GlobalPermission},
    **{held.value: {"domain_permissions": [f"{HERE}/{held}"]} for held in DomainPermission},
    **{f"{held} elsewhere": {"domain_permissions": [f"{ELSEWHERE}/{held}"]} for held in DomainPermission},
    "manage-tags in each": {"domain_permissions": [f"{one}/manage-tags" for one in DOMAINS]},
}
"""Everyone who calls, by their id, with what the directory says of them; `anonymous` is not in it."""


@dataclass(frozen=True)
class Thing:
    """What a route is about, and how people stand to it; `id` goes into the address and the body of a call.

    `own_domain` says that it is in whichever domain someone holds a permission in, which everyone may choose.
    """

    id: str
    domain: str = ""
    domains: frozenset[str] = frozenset()
    creator: str = ""
    requester: str = ""
    beneficiary: str = ""
    owner: str = ""
    group: str = ""
    steward: str = ""
    builtin: bool = False
    everyone: bool = False
    seen_by: str = ""
    holder: str = ""
    account: bool = False
    own_domain: bool = False

    def place(self, person: Person) -> Place:
        """Where it is, as one person stands to it."""
        held_in = min((domain for domain, _ in person.domain_permissions), default="")
        return Place(
            held_in if self.own_domain else self.domain,
            self.domains,
            self.creator,
            self.requester,
            self.beneficiary,
            self.owner,
            member=self.group in person.groups,
            steward=person.id == self.steward,
            builtin=self.builtin,
            visible=self.everyone or self.seen_by in person.groups,
            holder=self.holder,
            account=self.account,
        )


NOTHING = "nothing"


class World:
    """The marketplace, filled; `things` are by the names that the cells use."""

    def __init__(self, marketplace: Marketplace) -> None:
        self.marketplace = marketplace
        people = [{"id": id, "name": id} | dict(said) for id, said in ROLES.items() if id != NOBODY]
        groups = [{"id": "insiders", "name": "Insiders"}]
        marketplace.people.load("GOVERNANCE", read_json(json.dumps({"people": people, "groups": groups})))
        self.people = {id: self._person(id) for id in ROLES if id != NOBODY}
        self.things = {
            NOTHING: Thing("nothing"),
            "someone": Thing("plain", beneficiary="plain", holder="plain"),
            "a domain of one's own": Thing("own", own_domain=True),
            "pack": Thing("quorum"),
        }
        for domain in DOMAINS:
            marketplace.domains.save(self.people["GOVERNANCE"], Domain(domain, domain))
            self.things[f"domain {domain}"] = Thing(domain, domain)
        self._forms()
        self._products()
        self._requests()
        self._webhook()
        self._policies()
        self._tokens()

    def _person(self, id: str) -> Person:
        with self.marketplace.context.store.reading() as session:
            found = session.people.person(id)
        assert found
        return found

    def _forms(self) -> None:
        for id, steward in (("ours", "steward"), ("theirs", "steward elsewhere"), ("built-in", "steward")):
            flow = Flow(FlowKind.LISTED, Quorum.ANY, (StewardSource.user(steward),))
            form = RequestForm(id, 1, id, flow, packs=STANDARD_PACKS, created_at=NOW, created_by="creator")
            form = replace(form, builtin=id == "built-in")
            with self.marketplace.context.store.writing() as session:
                session.forms.save(form)
            with self.marketplace.context.store.writing() as session:
                session.agreements.save(Agreement(f"agreed-{id}", 1, id, "Keep it.", "creator", NOW))
            self.things[f"agreement {id}"] = Thing(f"agreed-{id}", creator="creator")
            self.things[f"form {id}"] = Thing(id, creator="creator", steward=steward, builtin=form.builtin)

    def _products(self) -> None:
        self._product("open", HERE, "ours", everyone=True)
        self._product("held", HERE, "ours", everyone=True)
        self._product("further", HERE, "ours", everyone=True)
        self._product("vault", HERE, "ours", seen_by="insiders")
        self._product("open-elsewhere", ELSEWHERE, "theirs", everyone=True)
        self._source("shared", DOMAINS, everyone=False)

    def _product(self, id: str, domain: str, form: str, *, everyone: bool = False, seen_by: str = "") -> None:
        self._source(id, (domain,), everyone, seen_by)
        governor = self.people["GOVERNANCE"]
        visible_to = frozenset({seen_by} if seen_by else ())
        draft = DataProduct(id, id, domain, form, 1, (id,), visible_to=visible_to)
        self.marketplace.products.create(governor, draft)
        self.marketplace.products.publish(governor, id)
        steward = str(self.things[f"form {form}"].steward)
        self.things[f"product {id}"] = Thing(id, domain, steward=steward, everyone=everyone, seen_by=seen_by)

    def _source(self, id: str, domains: Iterable[str], everyone: bool, seen_by: str = "") -> None:
        columns = (Column(1, "id", "bigint"),)
        source = DataSource(id, "warehouse", "shop", id, columns, domains=frozenset(domains))
        with self.marketplace.context.store.writing() as session:
            session.sources.save(source)
        self.things[f"source {id}"] = Thing(id, domains=source.domains, everyone=everyone, seen_by=seen_by)

    def _requests(self) -> None:
        self._asked("ours", "requester", "beneficiary", "open")
        self._asked("theirs", "plain", "plain", "open-elsewhere")
        self._asked("by USER_ADMIN", "USER_ADMIN", "beneficiary", "further")
        self._asked("by APPLICATION_ADMIN", "APPLICATION_ADMIN", "beneficiary", "open-elsewhere")
        self._granted("ours", "requester", "beneficiary", "held")
        self._for_group()
        self._granted("theirs", "owner", "account", "open-elsewhere")
        self._asked("for an account", "USER_ADMIN", "account", "open")
        self.things["group"] = Thing("insiders", group="insiders")
        self.things["account"] = Thing("account", beneficiary="account", owner="owner", holder="account", account=True)
        notice = self.marketplace.notifications.mine(self.people["steward"]).items[0]
        self.things["notice"] = Thing(notice.id, beneficiary="steward")

    def _asked(self, name: str, requester: str, beneficiary: str, product: str) -> str:
        made = self.marketplace.requests.submit(self.people[requester], product, whom=Whom(beneficiary))
        about = self.things[f"product {product}"]
        self.things[f"request {name}"] = replace(
            about,
            id=made.id,
            requester=requester,
            beneficiary=beneficiary,
            owner=self.people[beneficiary].owner or "",
            everyone=False,
            seen_by="",
        )
        return made.id

    def _granted(self, name: str, requester: str, beneficiary: str, product: str) -> None:
        self._asked(f"granted {name}", requester, beneficiary, product)
        self.things[f"grant {name}"] = self._approved(self.things.pop(f"request granted {name}"))

    def _approved(self, asked: Thing) -> Thing:
        """The grant that comes of a request."""
        self.marketplace.requests.determine(
            self.people[asked.steward], asked.id, verdict=Verdict.APPROVE, reason="Fine"
        )
        with self.marketplace.context.store.reading() as session:
            [grant] = session.grants.for_requests([asked.id])
        return replace(asked, id=grant.id, requester="")

    def _for_group(self) -> None:
        """A request and a grant of which the group `insiders` is the beneficiary; its one member asks."""
        whom = Whom("insiders", BeneficiaryKind.GROUP)
        for name, product in (("request", "open"), ("grant", "held")):
            made = self.marketplace.requests.submit(self.people["USER_ADMIN"], product, whom=whom)
            about = replace(self.things[f"product {product}"], requester="USER_ADMIN", group="insiders", everyone=False)
            self.things[f"{name} of a group"] = replace(about, id=made.id)
        self.things["grant of a group"] = self._approved(self.things["grant of a group"])

    def _webhook(self) -> None:
        made = self.marketplace.webhooks.add(self.people["APPLICATION_ADMIN"], "https://93.184.216.34/")
        self.things["webhook"] = Thing(made.id)

    def _policies(self) -> None:
        self._policy("policy pay", InDomain("pay"), "pay")
        self._policy("policy hr", InDomain("hr"), "hr")
        self._policy("policy tagged", Tagged("Unused"))
        self._policy("policy of both", NamedColumns("shared", frozenset({1})))
        self._subscription("subscription pay", InDomain("pay"), "pay")
        self._subscription("subscription hr", InDomain("hr"), "hr")
        self._subscription("subscription tagged", Tagged("Unused"))
        self._subscription("subscription of both", OnSource("shared"))

    def _subscription(self, name: str, scope: SourceScope, domain: str = "") -> None:
        """A guardrail that everyone meets."""
        who = Not(InGroup("nobody is in this"))
        made = self.marketplace.subscription_policies.create(
            self.people["GOVERNANCE"], SubscriptionPolicy("", name, SubscriptionKind.GUARDRAIL, scope, who)
        )
        self.things[name] = Thing(made.id, domain)

    def _policy(self, name: str, scope: Scope, domain: str = "") -> None:
        made = self.marketplace.data_policies.create(
            self.people["GOVERNANCE"], DataPolicy("", name, Mask(MaskKind.NULL), scope)
        )
        self.things[name] = Thing(made.id, domain)

    def _tokens(self) -> None:
        """A token for everyone who can have one, to ask for decisions and bundles with; those of two are things too.

        A service account calls by another one, which lets everything else through: nobody signs in as it.
        """
        self.tokens: dict[str, str] = {}
        ids: dict[str, str] = {}
        for id, person in self.people.items():
            if person.active:
                ids[id], self.tokens[id] = self._token(id, TokenScope.DECISIONS, TokenScope.BUNDLES)
        _, self.token_of_account = self._token(ACCOUNT, *(set(TokenScope) - {TokenScope.DECISIONS, TokenScope.BUNDLES}))
        self.things["token of someone"] = Thing(ids["plain"], holder="plain")
        self.things["token of an account"] = Thing(ids["account"], holder="account", account=True)

    def _token(self, holder: str, *scopes: TokenScope) -> tuple[str, str]:
        """The id and the text of a token, whose use is noted already: the clock stands still."""
        actor = self.people["USER_ADMIN" if holder == ACCOUNT else holder]
        ends_at = NOW + timedelta(days=30)
        token, text = self.marketplace.tokens.create(actor, "asks", scopes, ends_at, holder)
        self.marketplace.tokens.note_use(token)
        return token.id, text
