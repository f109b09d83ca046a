"""Numbers that stand in an address or a field."""

from __future__ import annotations


def whole_number(written: str) -> int | None:
    """The number, of nine digits at most, or None for what is none."""
    return int(written) if written.isascii() and written.isdecimal() and len(written) < 10 else None


def version_of(written: str) -> int | None:
    """The number of a version; nothing stands for the latest, as does what is no such number."""
    return whole_number(written) or None
