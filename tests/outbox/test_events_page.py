"""`docs/events.md` says what there is."""

from __future__ import annotations

import re
from pathlib import Path

from placet.domain.events import Event

PAGE = (Path(__file__).parents[2] / "docs" / "events.md").read_text()


def test_the_page_lists_every_event_and_which_of_them_leave() -> None:
    listed = re.findall(r"^\| `([a-z_.]+)` \| .+? \| (✓?) ?\|$", PAGE, re.MULTILINE)
    assert sorted(listed) == sorted((kind.type, "✓" if kind.outside else "") for kind in Event.__subclasses__())


def test_every_event_has_a_message_of_its_own() -> None:
    messages = [kind.message for kind in Event.__subclasses__()]
    assert len(set(messages)) == len(messages)
