"""Tags, whose names say what lies under what: `HR.Payroll` under `HR`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from placet.domain.errors import Invalid
from placet.domain.people import LONGEST_WORD

MOST_TAGS = 500
"""How many tags one thing may carry."""

_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class BadTag(Invalid):
    """A text that can't be a tag."""

    code = "bad-tag"
    title = "The tag is not valid"


def covers(above: str, tag: str) -> bool:
    """Whether a tag is another one or lies under it: `HR` covers `HR.Payroll`, and never `HRX`."""
    return tag == above or tag.startswith(f"{above}.")


def covered(above: Iterable[str], tags: Iterable[str]) -> bool:
    """Whether one of some tags is or lies under one of others."""
    wanted = frozenset(above)
    return any(not wanted.isdisjoint(lineage(tag)) for tag in tags)


def lineage(tag: str) -> list[str]:
    """The tag and all that cover it: `HR.Payroll` and `HR`."""
    parts = tag.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]


def checked_tags(tags: Iterable[str]) -> frozenset[str]:
    """The tags as a set. Raises BadTag for one that is no line of 1 to 255 characters, and for too many."""
    found = frozenset(tags)
    if len(found) > MOST_TAGS:
        raise BadTag(f"{len(found)} tags are too many: at most {MOST_TAGS} stand on one thing")
    for tag in sorted(found):
        if len(tag) > LONGEST_WORD:
            raise BadTag(f"the tag `{tag[:40]}…` is longer than {LONGEST_WORD} characters: shorten it")
        if _UNFIT.search(tag) or tag != tag.strip() or not all(tag.split(".")):
            raise BadTag(f"`{tag[:40]}` is no tag: write words on one line, and `HR.Payroll` for a tag under `HR`")
    return found
