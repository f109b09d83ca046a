"""Tags, whose names say what lies under what: `HR.Payroll` under `HR`."""

from __future__ import annotations


def covers(above: str, tag: str) -> bool:
    """Whether a tag is another one or lies under it: `HR` covers `HR.Payroll`, and never `HRX`."""
    return tag == above or tag.startswith(f"{above}.")


def lineage(tag: str) -> list[str]:
    """The tag and all that cover it: `HR.Payroll` and `HR`."""
    parts = tag.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
