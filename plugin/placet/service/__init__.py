"""One transaction for each command: load, handle, save, tell; and the views that pages and API read."""

from placet.service.context import LARGEST_PAGE
from placet.service.marketplace import Marketplace
from placet.storage.fields import BadText
from placet.storage.paging import BadCursor

__all__ = ["LARGEST_PAGE", "BadCursor", "BadText", "Marketplace"]
