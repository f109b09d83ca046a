"""The HTTP API: each view parses, asks the marketplace once, and dumps what it said."""

from placet.api.mounting import register_api

__all__ = ["register_api"]
