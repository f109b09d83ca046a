"""One session: everything kept, by kind, within one transaction."""

from __future__ import annotations

from placet.storage.agreements import Agreements
from placet.storage.audit import Audit
from placet.storage.baskets import Baskets
from placet.storage.directory import Directory
from placet.storage.domains import Domains
from placet.storage.forms import Forms
from placet.storage.grants import Grants
from placet.storage.jobs import Jobs
from placet.storage.logins import Logins
from placet.storage.notifications import Notifications
from placet.storage.outages import Outages
from placet.storage.outbox import Outbox
from placet.storage.packs import Packs
from placet.storage.people import People
from placet.storage.policies import Policies
from placet.storage.products import Products
from placet.storage.reminders import Reminders
from placet.storage.requests import Requests
from placet.storage.sources import Sources
from placet.storage.subscriptions import Subscriptions
from placet.storage.tokens import Tokens
from placet.storage.transaction import Transaction
from placet.storage.unknown_sources import UnknownSources
from placet.storage.verdicts import Verdicts
from placet.storage.webhooks import Webhooks


class Session:
    """The repositories, each a thin layer of rows and domain values, all in one transaction.

    Lock in this order, and write the trail last: the directory, agreement, product, form, request, grant. So no two
    transactions wait on each other.
    """

    def __init__(self, transaction: Transaction) -> None:
        self.people = People(transaction)
        self.directory = Directory(transaction)
        self.logins = Logins(transaction)
        self.tokens = Tokens(transaction)
        self.domains = Domains(transaction)
        self.sources = Sources(transaction)
        self.policies = Policies(transaction)
        self.subscriptions = Subscriptions(transaction)
        self.agreements = Agreements(transaction)
        self.forms = Forms(transaction, self.agreements)
        self.products = Products(transaction)
        self.baskets = Baskets(transaction)
        self.requests = Requests(transaction)
        self.grants = Grants(transaction)
        self.reminders = Reminders(transaction)
        self.packs = Packs(transaction)
        self.verdicts = Verdicts(transaction)
        self.jobs = Jobs(transaction)
        self.outages = Outages(transaction)
        self.unknown_sources = UnknownSources(transaction)
        self.outbox = Outbox(transaction)
        self.notifications = Notifications(transaction)
        self.webhooks = Webhooks(transaction)
        self.audit = Audit(transaction)
