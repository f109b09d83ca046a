"""Agreements that stood in forms become agreements of their own, and what was accepted names them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from placet.domain.agreements import Agreement
from placet.storage import Store, migrator

BEFORE = (
    "INSERT INTO placet_domain VALUES ('hr', 'HR', '')",
    *(
        f"INSERT INTO placet_form VALUES ('form', {version}, 'The Form', '{body}', 'gus', 1, FALSE)"
        for version, body in enumerate(
            json.dumps({"questions": [], "agreement": agreement, "flow": flow, "packs": []})
            for flow in [{"kind": "delegated", "quorum": "any", "sources": [], "justification": "", "duration": None}]
            for agreement in [
                None,
                {"name": "Rules", "body": "One", "version": 4},
                {"name": "Rules", "body": "One", "version": 5},
                {"name": "Rules", "body": "Two", "version": 6},
            ]
        )
        if version
    ),
    """INSERT INTO placet_product VALUES ('p', 'P', 'p', 'hr', 'form', 3, '', '', '[]', NULL, '[]', '[]', '[]', FALSE,
       'published', 1, 1, 1)""",
    """INSERT INTO placet_request VALUES ('r', 'data-access', 'p', 'ann', 'ann', 'person', '[]', 'form', 3, 1, NULL,
       '[]', '{}',
       '{"agreement":"Rules","version":6,"at":"2026-01-01T00:00:00+00:00","on_behalf_of":""}', '{}', 'canceled', 2,
       NULL, NULL, '', FALSE, 1)""",
)


@pytest.fixture
def old(empty_url: str, open_store: Callable[[str], Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A database from before, with a form of three versions and a request."""
    for path in migrator.FOLDER.glob("000[1-4]_*.py"):
        shutil.copy(path, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(migrator, "FOLDER", tmp_path)
        store = open_store(empty_url)
        store.migrate()
    with store.connected():
        for statement in BEFORE:
            store._backend.database.execute_sql(statement)
    return store


def test_every_text_becomes_a_version_that_forms_and_acceptances_name(old: Store) -> None:
    old.migrate()
    with old.reading() as session:
        texts = [(one.version, one.body) for one in session.agreements.versions("form").items]
        assert texts == [(2, "Two"), (1, "One")]
        asked = [session.forms.get("form", version) for version in (1, 2, 3)]
        pinned = [form.agreement for form in asked if form]
        assert [(one.id, one.version, one.name) for one in pinned if isinstance(one, Agreement)] == [
            ("form", 1, "Rules"),
            ("form", 1, "Rules"),
            ("form", 2, "Rules"),
        ]
        assert [form.version for form in session.forms.page(search="form").items] == [3]
        assert [one.version for one in session.agreements.page(search="rules").items] == [2]
        request = session.requests.get("r")
    assert request
    assert request.acceptance
    assert (request.acceptance.agreement, request.acceptance.version, request.acceptance.name) == ("form", 2, "Rules")
