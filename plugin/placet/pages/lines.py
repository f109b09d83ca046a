"""What stands in forms as lines and numbers."""

from __future__ import annotations

from collections.abc import Mapping

from placet.domain.errors import Invalid


def lines_in(text: str) -> list[str]:
    """The lines of a field that are not empty."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def revision_in(form: Mapping[str, str]) -> int:
    """The revision that the form was made for. Raises Invalid where it does not say."""
    text = form.get("revision", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid("the form does not say what it changes: open the page again")
    return int(text)
