"""Whether who asks for another may learn how that one stands: what they hold, have, and ask for."""

from __future__ import annotations

from dataclasses import replace

from placet.domain.forms import FlowKind, RequestForm
from placet.domain.permissions import Action, may
from placet.domain.products import DataProduct
from placet.workflow.situation import Situation


def reads_standing(situation: Situation, form: RequestForm) -> bool:
    """Whether the requester may learn what keeps the beneficiary from this, for that tells what they hold and have."""
    requester = situation.requester
    steward = bool(_asked_by(form, situation.product) & requester.source_keys())
    place = replace(situation.place(requester), steward=steward)
    return may(requester, Action.READ_STANDING, place) or may(requester, Action.READ_HOLDINGS, place)


def _asked_by(form: RequestForm, product: DataProduct) -> set[str]:
    """The keys of the steward sources that a form asks for a product."""
    sources = product.stewards if form.flow.kind is FlowKind.DELEGATED else form.flow.sources
    return {source.in_domain(product.domain).key for source in sources}
