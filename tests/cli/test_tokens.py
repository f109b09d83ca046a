"""`placet tokens`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.test_cli import Run, run

__all__ = ["run"]

PEOPLE = '{"people": [{"id": "ann", "name": "Ann"}, {"id": "bot", "kind": "service-account", "owner": "ann"}]}'


def test_tokens_of_accounts_are_made_listed_and_revoked(run: Run, tmp_path: Path) -> None:
    (tmp_path / "people.json").write_text(PEOPLE)
    assert run("import", "people", str(tmp_path / "people.json")).exit_code == 0
    made = run("tokens", "create", "bot", "nightly", "--scope", "read", "--scope", "decisions", "--days", "30")
    assert (made.exit_code, made.output.startswith("placet_")) == (0, True)
    listed = run("tokens", "list", "bot", "--json")
    shown = json.loads(listed.output)
    assert (shown["state"], shown["scopes"], shown["used_at"]) == ("active", ["decisions", "read"], None)
    assert made.output.strip() not in listed.output
    done = run("tokens", "revoke", shown["id"])
    assert (done.exit_code, done.output) == (0, "the token nightly of bot is revoked\n")
    assert " revoked until " in run("tokens", "list", "bot").output


def test_the_tokens_of_people_are_their_own(run: Run, tmp_path: Path) -> None:
    (tmp_path / "people.json").write_text(PEOPLE)
    run("import", "people", str(tmp_path / "people.json"))
    done = run("tokens", "create", "ann", "mine", "--scope", "read")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.endswith("(forbidden)\n")
    assert run("tokens", "create", "bot", "nightly", "--scope", "everything").exit_code == 2
    assert run("tokens", "create", "bot", "nightly", "--scope", "read", "--days", "999").stderr.endswith(
        "(bad-token)\n"
    )
