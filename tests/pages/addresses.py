"""Every address of the pages, found in the app's own table, with ids in it that exist."""

from __future__ import annotations

import re

from flask import Flask
from werkzeug.routing import Rule

from placet.domain.conditions import InGroup
from placet.domain.policies import DataPolicy, Mask, MaskKind, NamedColumns
from placet.domain.requests import Verdict
from tests.pages.shop import Shop

STATIC = "placet.static"


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
    assert grants
    assert notices
    return {
        "products": ["orders", "both", "quick"],
        "requests": requests,
        "review": requests,
        "grants": grants,
        "notifications": notices,
        "policies": policies,
        "rules": ["quorum", "two-people", "not-yet-there"],
    }
