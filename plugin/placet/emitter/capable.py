"""What a target can express exactly of what is wanted; the rest is left out and named, and never approximated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from placet.emitter.policy import Desired, TargetSource
from placet.emitter.target import Capabilities, Change


def within(desired: Desired, capabilities: Capabilities) -> tuple[Desired, tuple[Change, ...]]:
    """The desired state without the sources that the target can't show as they should be, and why they are left out.

    A source that is left out can't be read there by anyone, whatever was approved.
    """
    lacking = {source.id: list(_lacking(source, capabilities)) for source in desired.sources}
    kept = tuple(source for source in desired.sources if not lacking[source.id])
    if len(kept) == len(desired.sources):
        return desired, ()
    refused = (source for source in desired.sources if lacking[source.id])
    return replace(desired, sources=kept), tuple(_refusal(source, lacking[source.id]) for source in refused)


def _lacking(source: TargetSource, capabilities: Capabilities) -> Iterator[str]:
    if source.guardrails and not capabilities.guardrails:
        yield "guardrails"
    if any(column.masks or column.unconfirmed for column in source.columns) and not capabilities.masks:
        yield "masks"
    if source.filters and not capabilities.row_filters:
        yield "row filters"


def _refusal(source: TargetSource, lacking: list[str]) -> Change:
    return Change("source", source.qualified_name, f"is not shared: the platform can't keep {' and '.join(lacking)}")
