"""Rule packs: read them, check and try one, put one in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from placet.api.listing import LOCATED
from placet.api.pack_schemas import (
    CheckSchema,
    DifferencesSchema,
    FactsToTry,
    PackText,
    PackToCompare,
    PackToReplay,
    ReplaySchema,
    RulePackList,
    RulePackSchema,
    SimulationSchema,
    VersionQuery,
)
from placet.api.resource import Resource
from placet.api.revisions import TAGGED, refuse_stale_or_new, tagged
from placet.domain.errors import EngineDisagreement, FactError, NotFound, PackError
from placet.domain.permissions import Action, refuse_unless_may
from placet.engine import CheckReport
from placet.identity.web import marketplace, signed_in, url_for
from placet.service.combining import name_of
from placet.service.pack_views import PackView
from placet.service.replaying import Replayed
from placet.service.simulating import Simulation
from placet.workflow.refusals import ContradictoryVerdict

rule_packs = Resource("rule-packs", "Rule packs: who is asked, who may determine, when and until when.")


@rule_packs.route("/rule-packs")
@rule_packs.response(200, RulePackList)
@rule_packs.reads()
def listed() -> Mapping[str, object]:
    """List the rule packs

    Every one that is in force or on offer, by name.
    """
    return {"items": marketplace().rule_packs.all(signed_in())}


@rule_packs.route("/rule-packs/<name>")
@rule_packs.arguments(VersionQuery, location="query")
@rule_packs.response(200, RulePackSchema, headers=TAGGED)
@rule_packs.reads(NotFound)
def one(asked: dict[str, Any], name: str) -> tuple[PackView, dict[str, str]]:
    """Read a rule pack

    The one in force, another version of it by its hash, or where neither is there the one on offer. `ETag` is the hash
    of the one in force.
    """
    return shown(marketplace().rule_packs.get(signed_in(), name, **asked))


@rule_packs.route("/rule-packs/<name>", methods=["PUT"])
@rule_packs.arguments(PackText)
@rule_packs.response(200, RulePackSchema, headers=TAGGED)
@rule_packs.alt_response(201, schema=RulePackSchema, headers=TAGGED | LOCATED, description="The first of its name.")
@rule_packs.changes(PackError, FactError)
@rule_packs.matches
def put_in_force(given: dict[str, Any], name: str) -> tuple[PackView, int, dict[str, str]]:
    """Put a rule pack in force

    New requests are decided by it; open ones keep theirs. Refused unless nothing is wrong with it and its cases hold,
    alone and with the packs of every form that names it. `If-Match` names the hash of the one it replaces; where none
    is in force it is left out, or sent as `If-None-Match: *`.
    """
    was = refuse_stale_or_new(hash_in_force(name))
    if (own := name_of(given["text"])) != name:
        raise PackError([f"the pack calls itself `{own}`: put it in force under that name, not as `{name}`"])
    view, headers = shown(marketplace().rule_packs.put_in_force(signed_in(), **given, replacing=was))
    if was:
        return view, 200, headers
    return view, 201, headers | {"Location": url_for("placet-rule-packs.one", name=name)}


@rule_packs.route("/rule-packs/check", methods=["POST"])
@rule_packs.arguments(PackText)
@rule_packs.response(200, CheckSchema)
@rule_packs.changes()
def check(given: dict[str, Any]) -> CheckReport:
    """Check a rule pack, and run its cases

    As it would be used: with the packs of every form that names it, or else with the standard ones.
    """
    return marketplace().rule_packs.check(signed_in(), **given)


@rule_packs.route("/rule-packs/diff", methods=["POST"])
@rule_packs.arguments(PackToCompare)
@rule_packs.response(200, DifferencesSchema)
@rule_packs.changes(PackError)
def diff(given: dict[str, Any]) -> Mapping[str, object]:
    """Compare a rule pack with the one in force under its name

    Rule by rule, whatever their order and layout.
    """
    actor = signed_in()
    refuse_unless_may(actor, Action.RULE_PACKS)
    name = name_of(given["text"])
    return {"name": name, "differences": marketplace().rule_packs.compare(actor, name, given["text"])}


@rule_packs.route("/rule-packs/simulate", methods=["POST"])
@rule_packs.arguments(FactsToTry)
@rule_packs.response(200, SimulationSchema)
@rule_packs.changes(NotFound, PackError, FactError, EngineDisagreement)
def simulate(given: dict[str, Any]) -> Simulation:
    """Try rules on facts that you write down

    Everything that follows, with its reasons and its proof. Nothing is stored.
    """
    return marketplace().rule_packs.simulate(signed_in(), **given)


@rule_packs.route("/rule-packs/replay", methods=["POST"])
@rule_packs.arguments(PackToReplay)
@rule_packs.response(200, ReplaySchema)
@rule_packs.changes(PackError, FactError, EngineDisagreement, ContradictoryVerdict)
def replay(given: dict[str, Any]) -> Replayed:
    """Run stored requests again under a rule pack

    Each that would have ended differently, with both proofs, and each of which that can't be told. Nothing is changed.
    """
    return marketplace().rule_packs.replay(signed_in(), **given)


def hash_in_force(name: str) -> str:
    """The hash of the pack in force under a name, or nothing."""
    cards = marketplace().rule_packs.all(signed_in())
    return next((card.in_force.hash for card in cards if card.name == name and card.in_force), "")


def shown(view: PackView) -> tuple[PackView, dict[str, str]]:
    return view, tagged(view.card.in_force.hash) if view.card.in_force else {}
