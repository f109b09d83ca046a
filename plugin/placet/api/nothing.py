"""The body of what needs none."""

from __future__ import annotations

from placet.api.base import Strict


class Nothing(Strict):
    """An empty object; it may be left out, the header `Content-Type: application/json` may not."""
