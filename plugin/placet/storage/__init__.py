"""Everything Placet knows, kept in SQLite or PostgreSQL: rows in, domain values out, no behaviour."""

from placet.domain.errors import AlreadyThere, StaleRevision
from placet.storage.audit import Entry
from placet.storage.catalog import Standing, Wanted
from placet.storage.jobs import Job
from placet.storage.logins import Login
from placet.storage.notifications import Notification
from placet.storage.outbox import OutboxItem
from placet.storage.packs import KeptPack, PackInForce
from placet.storage.paging import Page
from placet.storage.readers import Reader
from placet.storage.session import Session
from placet.storage.sources import SourceFilter, SourceSight
from placet.storage.store import Store
from placet.storage.verdicts import KeptVerdict
from placet.storage.webhooks import Delivery, DeliveryState, Endpoint

__all__ = [
    "AlreadyThere",
    "Delivery",
    "DeliveryState",
    "Endpoint",
    "Entry",
    "Job",
    "KeptPack",
    "KeptVerdict",
    "Login",
    "Notification",
    "OutboxItem",
    "PackInForce",
    "Page",
    "Reader",
    "Session",
    "SourceFilter",
    "SourceSight",
    "StaleRevision",
    "Standing",
    "Store",
    "Wanted",
]
