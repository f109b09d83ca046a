"""Every address of the pages, found in the app's own table, with ids in it that exist."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from flask import Flask
from werkzeug.routing import Rule

from placet.domain.conditions import InGroup
from placet.domain.forms import Flow, FlowKind
from placet.domain.masks import Mask, MaskKind
from placet.domain.people import GlobalPermission, Person, StewardSource
from placet.domain.policies import DataPolicy
from placet.domain.products import Column, DataSource, Domain
from placet.domain.requests import Verdict
from placet.domain.scopes import NamedColumns, OnSource
from placet.domain.subscriptions import SubscriptionKind, SubscriptionPolicy
from placet.domain.tokens import Scope
from placet.emitter.rego.target import RegoTarget
from placet.emitter.settings import RegoSettings
from tests.pages.shop import Shop

STATIC = "placet.static"
FINANCE_READS = SubscriptionPolicy(
    "", "Finance reads", SubscriptionKind.ALLOW, OnSource("visits"), InGroup("finance"), "What they always need"
)
ANY_STEWARD = Flow(FlowKind.LISTED, sources=(StewardSource.group("finance"), StewardSource.group("privacy")))


def rules(app: Flask, method: str) -> list[Rule]:
    """The rules of our pages that answer a method."""
    ours = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("placet.")]
    return [rule for rule in ours if method in (rule.methods or ()) and rule.endpoint != STATIC]


def every_address(app: Flask, shop: Shop, prefix: str = "/placet") -> list[str]:
    """An address for each rule, about things that exist; some for each state of them."""
    ids = things(shop)
    found = []
    for rule in {rule.rule for method in ("GET", "POST") for rule in rules(app, method)}:
        kind = rule.removeprefix(prefix).split("/")[1]
        found += [re.sub(r"<\w+>", id, rule) for id in ids[kind]] if "<" in rule else [rule]
    return sorted(found)


def tagged_domain(shop: Shop) -> str:
    """The id of a dynamic domain."""
    made = shop.marketplace.domains.save(shop.person("gov"), Domain("tagged", "Tagged", tags=frozenset({"Finance"})))
    return made.id


def grown_source(shop: Shop) -> str:
    """The id of a source with a column that waits for a look."""
    columns = (Column(1, "id", "bigint"), Column(2, "new", "text", confirmed=False))
    with shop.marketplace.context.store.writing() as session:
        session.sources.save(DataSource("grown", "warehouse", "shop", "grown", columns, domains=frozenset({"web"})))
    return "grown"


def fail_something(shop: Shop) -> None:
    """A job on the platform that was tried in vain."""
    now = shop.marketplace.context.clock.now()
    with shop.marketplace.context.store.writing() as session:
        session.jobs.add("policies", "opa", "policies", now)
    with shop.marketplace.context.store.writing() as session:
        [job] = session.jobs.waiting_on("opa")
        session.jobs.failed(job.id, "out of reach", now + timedelta(minutes=5))


def things(shop: Shop) -> dict[str, list[str]]:
    """The ids to put into a rule, by its first part; Ann asks, Sam and Sue determine."""
    ann, market = shop.person("ann"), shop.marketplace
    answers = {"why": "Forecasts", "tool": "SQL", "export": "no", "long": "2 weeks"}
    waiting = market.requests.submit(ann, "orders", answers=answers, accepts_agreement=True).id
    begun, denied, quick = shop.ask("ann"), shop.ask("anna"), shop.ask("ann", "quick")
    market.requests.determine(shop.person("sam"), begun, verdict=Verdict.APPROVE, reason="Good purpose")
    market.requests.determine(shop.person("sue"), denied, verdict=Verdict.DENY, reason="No contract")
    requests = [waiting, begun, denied, quick]
    grants = [one.grant.id for one in market.grants.list(shop.person("gov"), product="quick").items]
    notices = [one.id for one in market.notifications.mine(shop.person("sam")).items[:1]]
    masked = NamedColumns("orders", frozenset({2}))
    policy = DataPolicy("", "Customers", Mask(MaskKind.HASH), masked, InGroup("finance"), description="Names of people")
    policies = [market.data_policies.create(shop.person("gov"), policy).id]
    end = market.context.clock.now() + timedelta(days=30)
    tokens = [market.tokens.create(ann, name, [Scope.READ], end)[0].id for name in ("nightly", "hourly")]
    market.forms.edit(shop.person("gov"), replace(market.forms.get(shop.person("gov"), "both"), flow=ANY_STEWARD))
    for product in ("orders", "both", "quick"):
        market.baskets.add(ann, product)
    market.products.suspend(shop.person("gov"), "hidden")
    market.context.targets = {"opa": RegoTarget(RegoSettings("opa"))}
    fail_something(shop)
    gov = shop.person("gov")
    market.people.replace(gov, replace(gov, permissions=gov.permissions | {GlobalPermission.APPLICATION_ADMIN}))
    assert grants
    assert notices
    market.people.create(shop.person("gov"), Person("zed", "Zed Zeal", groups=frozenset({"visitors"})))
    market.people.create(shop.person("gov"), Person("idle", "Ida Idle", active=False))
    return {
        "products": ["orders", "both", "quick"],
        "manage": ["both", "hidden"],
        "domains": ["sales", "web", tagged_domain(shop)],
        "sources": ["orders", "visits", grown_source(shop)],
        "requests": requests,
        "review": requests,
        "grants": grants,
        "notifications": notices,
        "policies": policies,
        "targets": ["opa"],
        "subscriptions": [market.subscription_policies.create(shop.person("gov"), FINANCE_READS).id],
        "tokens": tokens[:1],
        "people": ["zed", "idle", "nobody"],
        "groups": ["visitors", "nowhere"],
        "forms": ["orders", "both", "quick", "standard"],
        "agreements": ["rules"],
        "rules": ["quorum", "two-people", "not-yet-there"],
    }
