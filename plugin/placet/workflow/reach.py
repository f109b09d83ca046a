"""Whether anyone can decide a request: said at its submission, and anew whenever the directory changes."""

from __future__ import annotations

from dataclasses import replace

from placet.domain.events import RequestRoutable, RequestUnroutable
from placet.domain.forms import Quorum
from placet.domain.requests import AccessRequest, RequiredSource, Verdict
from placet.workflow.change import Change
from placet.workflow.known import Known
from placet.workflow.rulebook import Rulebook
from placet.workflow.situation import Situation, out_of_reach, stewards_of
from placet.workflow.states import RequestStep, refuse_request_step
from placet.workflow.telling import request_data

FEW = 12


def unreachable(request: AccessRequest, situation: Situation, rules: Rulebook) -> str:
    """Why no one could ever approve a request, in words, or nothing where someone could.

    What was determined counts, also where its giver has left since; and no one determines twice.
    """
    lacking = unmet(request)
    if request.sources and not lacking:
        return barred_by_rules(request, situation, rules)
    spent = situation.parties | {made.steward for made in request.determinations}
    why = out_of_reach(lacking, request.quorum, situation.stewards, spent)
    return why or barred_by_rules(request, situation, rules)


def unmet(request: AccessRequest) -> tuple[RequiredSource, ...]:
    """The steward sources for which no one has approved yet; with quorum `any` they stand together."""
    if request.quorum is not Quorum.ALL:
        return request.sources
    approvals = (made for made in request.determinations if made.verdict is Verdict.APPROVE)
    met = frozenset[str]().union(*(made.stood_for for made in approvals))
    return tuple(needed for needed in request.sources if needed.key not in met)


def barred_by_rules(request: AccessRequest, situation: Situation, rules: Rulebook) -> str:
    """Why added packs leave no one who could approve a request, in words, or nothing; standard ones never do so.

    Where many are asked it is not looked into: that takes long, and rules that leave none of them are rare.
    """
    if not rules.added:
        return ""
    known = Known(request, situation)
    stewards = frozenset[str]().union(*stewards_of(request.sources, situation.stewards).values())
    if len(stewards) > FEW:
        return ""
    asked = tuple(known.background.people(stewards))
    if rules.needs(replace(known, asked=asked)) is not None:
        return ""
    return f"the rules of {', '.join(rules.added)} let no one who is asked approve it"


def reflagged(request: AccessRequest, situation: Situation, rules: Rulebook, actor: str) -> Change | None:
    """A pending request flagged, or no longer flagged, as someone can decide it now; None where that is as before.

    It waits either way. The managers are told when no one can decide it, and those who are asked when they can again.
    Raises RequestDecided for one that does not wait.
    """
    refuse_request_step(request, RequestStep.FLAG)
    why = unreachable(request, situation, rules)
    if bool(why) == request.unroutable:
        return None
    now_said = replace(request, unroutable=bool(why))
    data = request_data(now_said, situation.product) | ({"why": why} if why else {})
    told = situation.managers if why else {*situation.managers, *situation.asked(request)}
    kind = RequestUnroutable if why else RequestRoutable
    event = kind(actor, situation.now, request.id, situation.product.domain, data, tuple(sorted(told)))
    return Change(events=(event,), requests=(now_said,))
