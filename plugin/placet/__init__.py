"""Placet: a data access marketplace that plugs into any Flask server."""

from placet.extension import Placet
from placet.identity import AuthMethod, Principal
from placet.outbox import signals

__all__ = ["AuthMethod", "Placet", "Principal", "signals"]
