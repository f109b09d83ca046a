"""Placet: a data access marketplace that plugs into any Flask server."""
