"""The marketplace of one app: every service, joined over one store."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from placet.domain.clock import Clock, SystemClock
from placet.domain.people import Directory
from placet.emitter.target import Target
from placet.outbox.recording import Recorded
from placet.service.access import AccessViews
from placet.service.agreements import Agreements
from placet.service.audit import AuditViews
from placet.service.baskets import Baskets
from placet.service.catalog_links import CatalogLinks
from placet.service.context import Context
from placet.service.decisions import Decisions
from placet.service.definitions import Definitions
from placet.service.domains import Domains
from placet.service.explaining import Explanations
from placet.service.forms import Forms
from placet.service.grant_views import GrantViews
from placet.service.grants import GrantCommands
from placet.service.groups import Groups
from placet.service.handing_out import HandingOut
from placet.service.health import HealthChecks
from placet.service.importing import Imports
from placet.service.notifications import Notifications
from placet.service.packs import Rulebooks, put_shipped_in_force
from placet.service.people import People
from placet.service.policies import DataPolicies
from placet.service.product_views import ProductViews
from placet.service.products import ProductCommands
from placet.service.replaying import Replays
from placet.service.request_views import RequestViews
from placet.service.requests import RequestCommands
from placet.service.rule_packs import RulePackCommands
from placet.service.source_policies import SourcePolicies
from placet.service.source_views import SourceViews
from placet.service.sources import SourceCommands
from placet.service.standard_form import keep_standard_form
from placet.service.subscriptions import SubscriptionPolicies
from placet.service.tagging import Tagging
from placet.service.taking_up import FormTakeUps
from placet.service.targets import Targets
from placet.service.tokens import Tokens
from placet.service.webhooks import Webhooks
from placet.service.work import Work
from placet.settings import Settings
from placet.storage import Store

Announce = Callable[[tuple[Recorded, ...]], None]


class Requests(RequestCommands, RequestViews, Explanations):
    """Access requests: commands and views."""


class RulePacks(RulePackCommands, Replays):
    """Rule packs: commands and views."""


class Products(ProductCommands, ProductViews, FormTakeUps):
    """Data products: commands and views."""


class Grants(GrantCommands, GrantViews):
    """Grants: commands and views."""


class Sources(SourceCommands, Tagging, Imports, SourceViews):
    """Data sources: commands and views."""


class Marketplace:
    """Everything Placet can do, by topic; what pages, API, worker and command line call.

    `announce` is called after each commit with what was recorded in it. Nothing is read or written before it is asked.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        *,
        clock: Clock | None = None,
        targets: Mapping[str, Target] | None = None,
        announce: Announce = lambda _: None,
        directory: Directory | None = None,
    ) -> None:
        rulebooks = Rulebooks(settings.engine, settings.facts_limit)
        context = Context(store, clock or SystemClock(), settings, rulebooks, targets or {}, announce, directory)
        self.context = context
        self.people = People(context)
        self.groups = Groups(context)
        self.domains = Domains(context)
        self.sources = Sources(context)
        self.catalog_links = CatalogLinks(context)
        self.data_policies = DataPolicies(context)
        self.targets = Targets(context)
        self.source_policies = SourcePolicies(context)
        self.subscription_policies = SubscriptionPolicies(context)
        self.rule_packs = RulePacks(context)
        self.agreements = Agreements(context)
        self.forms = Forms(context)
        self.products = Products(context)
        self.requests = Requests(context)
        self.baskets = Baskets(context)
        self.grants = Grants(context)
        self.access = AccessViews(context)
        self.decisions = Decisions(context)
        self.handing_out = HandingOut(context)
        self.tokens = Tokens(context)
        self.audit = AuditViews(context)
        self.webhooks = Webhooks(context)
        self.notifications = Notifications(context)
        self.health = HealthChecks(context)
        self.work = Work(context)
        self.definitions = Definitions(context)

    def upgrade(self) -> list[str]:
        """Bring the tables up to date, and put the shipped rule packs in force and the standard form beside them.

        Returns the migrations that ran.
        """
        ran = self.context.store.migrate()
        with self.context.store.writing() as session:
            put_shipped_in_force(session, self.context.clock.now())
            keep_standard_form(session, self.context.clock.now())
        return ran
