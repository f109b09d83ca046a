"""The demo: an office that shares the Lahman baseball database, and a story that proves what it shows."""

from placet.demo.serving import serve
from placet.demo.story import check_story

__all__ = ["check_story", "serve"]
