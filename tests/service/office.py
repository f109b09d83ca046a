"""An office that asks for data: who is there, what they can ask for, and shorthands for what they do."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

from placet.domain.clock import SetClock
from placet.domain.forms import Flow, FlowKind, Quorum, RequestForm
from placet.domain.people import DomainPermission, GlobalPermission, Person, PersonKind, StewardSource
from placet.domain.products import Column, DataProduct, DataSource, Domain
from placet.domain.requests import AccessRequest, Grant, Verdict, Whom
from placet.domain.terms import FOR_GOOD, Term
from placet.emitter.policy import Desired
from placet.service import Marketplace
from placet.service.desired import desired_state
from placet.service.people_file import PeopleFile
from placet.storage.audit import Entry

FINANCE, LEGAL = StewardSource.group("finance"), StewardSource.group("legal")
ALL = Flow(FlowKind.LISTED, Quorum.ALL, (FINANCE, LEGAL))
ANY = replace(ALL, quorum=Quorum.ANY)
AUTOMATIC = Flow(FlowKind.AUTOMATIC, justification="open to everyone in the house")

PEOPLE = (
    Person("rita", "Rita Requester", "rita@example.org"),
    Person("tom", "Tom Consumer"),
    Person("ann", "Ann Finance", groups=frozenset({"finance"})),
    Person("fay", "Fay Finance", groups=frozenset({"finance"})),
    Person("bob", "Bob Legal", groups=frozenset({"legal"})),
    Person("gus", "Gus Governor", permissions=frozenset({GlobalPermission.GOVERNANCE})),
    Person("mia", "Mia Manager", domain_permissions=frozenset({("pay", DomainPermission.MANAGE_DATA_PRODUCTS)})),
    Person("ada", "Ada Admin", permissions=frozenset({GlobalPermission.APPLICATION_ADMIN})),
    Person("uma", "Uma Users", permissions=frozenset({GlobalPermission.USER_ADMIN})),
    Person("robot", "Robot", kind=PersonKind.SERVICE_ACCOUNT, owner="ann"),
)


class Office:
    """A marketplace with people and one product, `salaries`, whose form asks finance and legal."""

    def __init__(self, marketplace: Marketplace, clock: SetClock) -> None:
        self.marketplace = marketplace
        self.clock = clock
        self._numbers = count(1)
        marketplace.people.load("test", PeopleFile(PEOPLE))
        marketplace.domains.save(self.person("gus"), Domain("pay", "Pay"))
        with marketplace.context.store.writing() as session:
            session.sources.save(self.source("s1", "salaries"))
        self.product = self.publish("Salaries", ALL)

    def person(self, id: str) -> Person:
        with self.marketplace.context.store.reading() as session:
            found = session.people.person(id)
        assert found
        return found

    def change_person(self, id: str, **changes: object) -> None:
        with self.marketplace.context.store.writing() as session:
            held = session.people.direct(id)
            assert held
            session.people.save(replace(held, **changes))  # type: ignore[arg-type]  # names of the dataclass

    @staticmethod
    def source(id: str, name: str) -> DataSource:
        columns = (Column(1, "id", "integer"), Column(2, "amount", "numeric"))
        return DataSource(id, "warehouse", "pay", name, columns, domains=frozenset({"pay"}))

    def form(self, flow: Flow) -> RequestForm:
        name = f"Form {next(self._numbers)}"
        return self.marketplace.forms.create(self.person("gus"), RequestForm("", 1, name, flow))

    def publish(self, name: str, flow: Flow, **changes: object) -> DataProduct:
        form = self.form(flow)
        draft = DataProduct("", name, "pay", form.id, form.version, sources=("s1",))
        described = replace(draft, **changes)  # type: ignore[arg-type]  # names of the dataclass
        made = self.marketplace.products.create(self.person("gus"), described)
        return self.marketplace.products.publish(self.person("gus"), made.id)

    def reread(self, product: DataProduct) -> DataProduct:
        """The product as it is kept now."""
        with self.marketplace.context.store.reading() as session:
            found = session.products.get(product.id)
        assert found
        return found

    def ask(self, requester: str = "rita", product: DataProduct | None = None, beneficiary: str = "") -> AccessRequest:
        wanted = (product or self.product).id
        return self.marketplace.requests.submit(self.person(requester), wanted, whom=Whom(beneficiary or requester))

    def say(
        self, steward: str, request: AccessRequest, verdict: Verdict = Verdict.APPROVE, term: Term = FOR_GOOD
    ) -> AccessRequest:
        person = self.person(steward)
        return self.marketplace.requests.determine(person, request.id, verdict=verdict, reason="because", term=term)

    def approved(self, requester: str = "rita", term: Term = FOR_GOOD) -> Grant:
        """A request for the salaries, approved by everyone needed; its grant."""
        request = self.ask(requester)
        self.say("ann", request, term=term)
        self.say("bob", request)
        with self.marketplace.context.store.reading() as session:
            [grant] = session.grants.for_requests([request.id])
        assert grant
        return grant

    def pack(self, name: str) -> str:
        """The text of the pack in force under a name."""
        with self.marketplace.context.store.reading() as session:
            kept = session.packs.get(session.packs.in_force()[name])
        assert kept
        return kept.text

    def force(self, name: str, text: str) -> None:
        """Put a pack in force as it is, past every check."""
        now = self.clock.now()
        with self.marketplace.context.store.writing() as session:
            session.packs.put_in_force(name, session.packs.put(name, text, now), now, "gus")

    def entries(self) -> list[Entry]:
        """The audit entries, in order."""
        with self.marketplace.context.store.reading() as session:
            return list(session.audit.entries())

    def trail(self) -> list[str]:
        """Their types."""
        return [entry.type for entry in self.entries()]


def wanted_on(office: Office, target: str) -> Desired:
    """Everything a platform should enforce now, whatever it can."""
    with office.marketplace.context.store.reading() as session:
        return desired_state(session, target, office.clock.now())
