"""A small world for workflow tests: people, a product, a form, and the shipped rules."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from placet.domain.forms import Flow, FlowKind, Quorum, RequestForm
from placet.domain.people import DomainPermission, GlobalPermission, Group, Person, StewardSource
from placet.domain.products import DataProduct, ProductState, SourceTags
from placet.domain.requests import AccessRequest, BeneficiaryKind, ColumnRef, Grant, Verdict
from placet.domain.terms import FOR_GOOD, Duration, Term
from placet.engine import load_pack
from placet.workflow.change import Change
from placet.workflow.commands import DetermineRequest, SubmitRequest
from placet.workflow.determine import determine
from placet.workflow.rulebook import Rulebook
from placet.workflow.situation import Situation, WantedColumn
from placet.workflow.submit import submit

START = datetime(2026, 1, 31, 12, tzinfo=UTC)
RULES = Rulebook(load_pack("routing", "eligibility", "quorum", "expiry"))

rita = Person("rita", "Rita Requester")
tom = Person("tom", "Tom Consumer")
ann = Person("ann", "Ann Finance", groups=frozenset({"finance"}))
bob = Person("bob", "Bob Legal", groups=frozenset({"legal"}))
both = Person("both", "Both", groups=frozenset({"finance", "legal"}))
gus = Person("gus", "Gus Governor", permissions=frozenset({GlobalPermission.GOVERNANCE}))
stranger = Person("stranger", "Stranger")
mia = Person("mia", "Mia Manager", domain_permissions=frozenset({("pay", DomainPermission.MANAGE_DATA_PRODUCTS)}))
EVERYONE = (rita, tom, ann, bob, both, gus, mia, stranger)

FINANCE, LEGAL = StewardSource.group("finance"), StewardSource.group("legal")


def listed(*sources: StewardSource, quorum: Quorum = Quorum.ANY) -> Flow:
    return Flow(FlowKind.LISTED, quorum, sources)


def product(**changes: object) -> DataProduct:
    made = DataProduct("salaries", "Salaries", "pay", "form", 1, sources=("s1",), state=ProductState.PUBLISHED)
    return replace(made, **changes)  # type: ignore[arg-type]  # the names are those of the dataclass


def form(flow: Flow, **changes: object) -> RequestForm:
    return replace(RequestForm("form", 1, "Form", flow), **changes)  # type: ignore[arg-type]  # as above


@dataclass(frozen=True)
class Memory:
    """What the rules may be told besides, out of a world."""

    world: World

    def form(self) -> RequestForm:
        return self.world.form

    def datasets(self) -> list[SourceTags]:
        return self.world.datasets

    def people(self, ids: Iterable[str]) -> list[Person]:
        return [self.world.people[id] for id in sorted(ids)]

    def called(self, columns: Iterable[ColumnRef]) -> list[tuple[str, str]]:
        return [(self.world.columns[one].label.rpartition(".")[0], one.name) for one in columns]

    def accounts(self) -> dict[str, str]:
        asked = self.world.request
        accounts = (one for one in self.world.people.values() if asked and asked.beneficiary in one.groups)
        return {one.id: one.owner for one in accounts if one.owner}

    def earlier(self) -> list[AccessRequest]:
        return self.world.earlier


@dataclass
class World:
    """Plays commands against one product and keeps what changed, as the service would."""

    form: RequestForm
    product: DataProduct = field(default_factory=product)
    people: dict[str, Person] = field(default_factory=lambda: {person.id: person for person in EVERYONE})
    now: datetime = START
    rules: Rulebook = RULES
    request: AccessRequest | None = None
    grants: tuple[Grant, ...] = ()
    changes: list[Change] = field(default_factory=list)
    datasets: list[SourceTags] = field(default_factory=list)
    earlier: list[AccessRequest] = field(default_factory=list)
    columns: dict[ColumnRef, WantedColumn] = field(default_factory=dict)
    serial: itertools.count[int] = field(default_factory=itertools.count)

    def stewards(self, source: StewardSource) -> frozenset[str]:
        active = (person for person in self.people.values() if person.active)
        return frozenset(person.id for person in active if source.key in person.source_keys())

    def situation(self, requester: str = "rita", beneficiary: str = "rita", group: bool = False) -> Situation:
        live = tuple(grant for grant in self.grants if grant.live_at(self.now))
        members = self.stewards(StewardSource.group(beneficiary)) if group else frozenset[str]()
        open_request = self.request.id if self.request and not self.request.final else ""
        return Situation(
            self.product,
            self.people[requester],
            Group(beneficiary, beneficiary.title()) if group else self.people[beneficiary],
            self.now,
            self.stewards,
            grants=tuple(grant for grant in live if grant.beneficiary == beneficiary),
            open_request=open_request,
            background=Memory(self),
            members=members,
            states=self.states,
        )

    def states(self, columns: Iterable[ColumnRef]) -> dict[ColumnRef, WantedColumn]:
        return {one: self.columns[one] for one in columns if one in self.columns}

    def submit(self, requester: str = "rita", beneficiary: str = "", **command: object) -> AccessRequest:
        number = next(self.serial)
        beneficiary = beneficiary or requester
        asked = SubmitRequest(f"r{number}", f"g{number}", requester, beneficiary, self.product.id, **command)  # type: ignore[arg-type]  # as above
        situation = self.situation(requester, beneficiary, asked.beneficiary_kind is BeneficiaryKind.GROUP)
        return self.keep(submit(asked, self.form, situation, self.rules))

    def determine(
        self, steward: str, verdict: Verdict = Verdict.APPROVE, term: Term = FOR_GOOD, reason: str = "fine"
    ) -> AccessRequest:
        assert self.request
        number = next(self.serial)
        command = DetermineRequest(f"d{number}", f"g{number}", self.request.id, verdict, reason, term)
        situation = self.situation(self.request.requester, self.request.beneficiary, self.request.whom.is_group)
        return self.keep(determine(command, self.people[steward], self.request, situation, self.rules))

    def keep(self, change: Change) -> AccessRequest:
        self.changes.append(change)
        [self.request] = [*change.requests, *([change.new_request] if change.new_request else [])]
        if change.new_grant:
            self.grants = (*self.grants, change.new_grant)
        return self.request

    def change_person(self, id: str, **changes: object) -> None:
        self.people[id] = replace(self.people[id], **changes)  # type: ignore[arg-type]  # as above

    def later(self, **units: float) -> None:
        self.now += timedelta(**units)

    @property
    def grant(self) -> Grant:
        return self.grants[-1]

    def told(self) -> list[str]:
        """The types of what the last command made happen."""
        return [event.type for event in self.changes[-1].events]


def days(amount: int) -> Term:
    return Term(duration=Duration.parse(f"{amount} days"))
