"""The marketplace's values as facts that rule packs read: ids, words, numbers and instants, never free text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from placet.domain.forms import Flow
from placet.domain.people import Person, PersonKind, SourceKind, StewardSource
from placet.domain.products import DataProduct
from placet.domain.requests import AccessRequest, Determination, Verdict

Facts = dict[str, list[Mapping[str, object]]]


def merged(*parts: Mapping[str, Sequence[Mapping[str, object]]]) -> Facts:
    """All parts together; a fact that stands in several is kept once."""
    facts: Facts = {}
    for part in parts:
        for kind, rows in part.items():
            kept = facts.setdefault(kind, [])
            kept.extend(row for row in rows if row not in kept)
    return facts


def about_flow(flow: Flow, product: DataProduct, start: datetime) -> Facts:
    """Whom the form asks, or the product where the form delegates."""
    facts: Facts = {
        "form": [{"stewards": flow.kind.value, "quorum": flow.quorum.value}],
        "form source": [{"source": source.in_domain(product.domain).key, "stage": 1} for source in flow.sources],
        "product source": [{"source": source.in_domain(product.domain).key, "stage": 1} for source in product.stewards],
    }
    if flow.justification:
        facts["justified"] = [{}]
    if flow.duration:
        facts["form end"] = [{"at": flow.duration.after(start)}]
    return facts


def about_parties(requester: Person, beneficiary: Person) -> Facts:
    """Who asks, and for whom."""
    facts: Facts = {"requester": [{"person": requester.id}], "beneficiary": [{"person": beneficiary.id}]}
    return facts | about_owner(beneficiary)


def about_owner(account: Person) -> Facts:
    """Who owns a service account; nothing about a person."""
    if account.kind is not PersonKind.SERVICE_ACCOUNT or not account.owner:
        return {}
    return {"owner": [{"account": account.id, "person": account.owner}]}


def about_steward(person: Person) -> Facts:
    """Everything someone holds that a steward source can ask for, and who owns them if they are a service account."""
    return about_owner(person) | {
        "asked": [{"person": person.id}],
        "active": [{"person": person.id}] if person.active else [],
        "member": [{"person": person.id, "group": group} for group in sorted(person.groups)],
        "attribute": [
            {"person": person.id, "key": key, "value": value}
            for key, values in sorted(person.attributes.items())
            for value in sorted(values)
        ],
        "holds": [{"person": person.id, "permission": held.value} for held in sorted(person.permissions)],
        "holds in": [
            {"person": person.id, "domain": domain, "permission": held.value}
            for domain, held in sorted(person.domain_permissions)
        ],
    }


def about_sources(sources: Iterable[StewardSource]) -> Facts:
    """What each steward source asks for."""
    facts: Facts = {}
    for source in sources:
        kind, row = _SOURCE_FACTS[source.kind](source)
        facts.setdefault(kind, []).append({"source": source.key, **row})
    return facts


_SOURCE_FACTS: dict[SourceKind, Callable[[StewardSource], tuple[str, dict[str, object]]]] = {
    SourceKind.USER: lambda s: ("by person", {"person": s.name}),
    SourceKind.GROUP: lambda s: ("by group", {"group": s.name}),
    SourceKind.ATTRIBUTE: lambda s: ("by attribute", {"key": s.name, "value": s.value}),
    SourceKind.GLOBAL_PERMISSION: lambda s: ("by permission", {"permission": s.name}),
    SourceKind.DOMAIN_PERMISSION: lambda s: ("by domain", {"domain": s.value, "permission": s.name}),
}


def about_request(request: AccessRequest) -> Facts:
    """Whom the request asks, in what order, and what was determined so far."""
    facts: Facts = {
        "requires": [{"source": needed.source.key, "stage": needed.stage} for needed in request.sources],
        "quorum": [{"rule": request.quorum.value}] if request.quorum else [],
    }
    return merged(
        facts, about_sources(needed.source for needed in request.sources), about_verdicts(request.determinations)
    )


def about_verdicts(determinations: Iterable[Determination]) -> Facts:
    """Who said what, and which sources they stood for when they said it."""
    made = list(determinations)
    return {
        "determination": [{"steward": one.steward, "verdict": one.verdict.value} for one in made],
        "stood for": [{"steward": one.steward, "source": key} for one in made for key in sorted(one.stood_for)],
    }


def about_ends(determinations: Iterable[Determination], product: DataProduct, start: datetime) -> Facts:
    """When access would end if it began at `start`: by each temporary approval, and by the product's maximum."""
    approvals = [made for made in determinations if made.verdict is Verdict.APPROVE]
    ends = [(made.steward, made.term.ends_at(start)) for made in approvals]
    facts: Facts = {
        "now": [{"at": start}],
        "limit": [{"steward": steward, "end": end} for steward, end in ends if end is not None],
    }
    if product.maximum:
        facts["cap"] = [{"at": product.maximum.after(start)}]
    return facts
