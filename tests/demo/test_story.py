"""The demo's story holds as it is, and does not where something on the platform was broken by hand."""

from __future__ import annotations

import io
from pathlib import Path

import psycopg
import pytest
from rich.console import Console

from placet.demo.office import PLAYERS
from placet.demo.story import VIEWS, check_story
from placet.demo.world import PLATFORM, World, world


def played(folder: Path | None = None, broken_by: str = "") -> tuple[bool, str]:
    """Whether the story held, and what it printed; `broken_by` is run by hand on the platform before it."""
    said = io.StringIO()

    def break_it(here: World) -> None:
        with psycopg.connect(here.server.dsn(PLATFORM), autocommit=True) as connection:
            connection.execute(broken_by.encode())

    held = check_story(Console(file=said, width=300), folder, break_it if broken_by else lambda _: None)
    return held, said.getvalue()


@pytest.mark.requirement("N6", clause="nothing runs")
@pytest.mark.requirement("N6", clause="rows before the end")
@pytest.mark.requirement("N6", clause="none from the end on")
@pytest.mark.requirement("R7", clause="no sweep needed")
def test_the_story_holds_and_says_what_was_asked_and_answered() -> None:
    held, said = played()
    assert held, said
    for told in (f"`{VIEWS[PLAYERS]}`", "permission denied", "26428 rows", "the worker is stopped", "all of it held"):
        assert told in said


OPEN_VIEW = "CREATE OR REPLACE VIEW marketplace.players__people AS SELECT {} FROM players.people"
COLUMNS = (
    "player_id, first_name, last_name, given_name, birth_year, birth_month, birth_day, birth_city, birth_country, debut"
)


def test_a_view_broken_by_hand_makes_the_story_fail() -> None:
    held, said = played(broken_by=OPEN_VIEW.format(COLUMNS))
    assert not held
    assert "not all of it held" in said


def test_a_kept_folder_tells_its_story_again_until_something_in_it_is_broken(tmp_path: Path) -> None:
    assert played(tmp_path)[0]
    with world(tmp_path) as here, psycopg.connect(here.server.dsn(PLATFORM), autocommit=True) as connection:
        connection.execute("GRANT SELECT ON marketplace.players__salaries TO PUBLIC")
    held, said = played(tmp_path)
    assert not held
    assert "drift" in said
