"""The stylesheet: the only thing besides pages that is served."""

from __future__ import annotations

from importlib.resources import files

from flask import Response, send_from_directory

from placet.pages.headers import ALWAYS, guarded

FOLDER = str(files("placet.web") / "static")


def show_static(filename: str) -> Response:
    """One of our own files; caches may keep it and ask whether it is still the same."""
    return guarded(send_from_directory(FOLDER, filename), ALWAYS)
