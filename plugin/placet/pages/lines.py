"""What stands in forms as lines and numbers."""

from __future__ import annotations

from collections.abc import Mapping


def lines_in(text: str) -> list[str]:
    """The lines of a field that are not empty."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def revision_in(form: Mapping[str, str]) -> int:
    """The revision that the form was made for; 0, which nothing has, where it does not say."""
    text = form.get("revision", "")
    return int(text) if is_short_number(text) else 0


def is_short_number(text: str) -> bool:
    """Whether a text is a whole number of a few digits; reading one of thousands would fail."""
    return text.isascii() and text.isdigit() and len(text) < 10
