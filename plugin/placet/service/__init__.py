"""One transaction for each command: load, handle, save, tell; and the views that pages and API read."""

from placet.service.marketplace import Marketplace

__all__ = ["Marketplace"]
