"""Rule packs on the command line: what each command says, and with which exit code it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import ScriptInfo

from placet import Placet
from placet.cli import DRIFTED, flask_group
from placet.domain.clock import SetClock
from placet.domain.requests import Verdict
from placet.service import Marketplace
from tests.service.office import ANY, Office
from tests.service.test_replaying import CAREFUL
from tests.service.test_rule_packs import CASES

Run = Callable[..., Result]


def run(*arguments: str, app: Flask | None = None) -> Result:
    loaded = ScriptInfo(create_app=lambda: app) if app else None
    return CliRunner().invoke(flask_group, ["rules", *arguments], obj=loaded)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "careful.yaml").write_text(CAREFUL)
    (tmp_path / "careful.cases.yaml").write_text(CASES)
    return tmp_path


@pytest.fixture
def host(tmp_path: Path) -> Flask:
    app = Flask("host")
    app.config.update(SECRET_KEY="of the host", PLACET_DATABASE=f"sqlite:///{tmp_path / 'placet.db'}")
    Placet(identity=lambda: None).init_app(app, clock=SetClock(datetime(2026, 1, 31, 12, tzinfo=UTC)))
    return app


@pytest.fixture
def office(host: Flask) -> Office:
    marketplace: Marketplace = host.extensions["placet"].marketplace
    marketplace.upgrade()
    clock = marketplace.context.clock
    assert isinstance(clock, SetClock)
    return Office(marketplace, clock)


def test_a_pack_that_is_right_is_said_to_be(folder: Path) -> None:
    said = run("check", "careful.yaml")
    assert (said.exit_code, said.output) == (0, "careful.yaml: nothing wrong, nothing odd, 2 cases\n")


def test_what_is_wrong_is_said_with_file_line_and_column_and_the_nearest_word(folder: Path) -> None:
    (folder / "careful.yaml").write_text(CAREFUL.replace("determination:", "determinations:", 1))
    said = run("check", "careful.yaml")
    assert said.exit_code == DRIFTED
    assert "careful.yaml:5:3: nobody tells or concludes `determinations`; did you mean `determination`?" in said.output
    findings = json.loads(run("check", "careful.yaml", "--json").output)
    assert {finding["severity"] for finding in findings} == {"error"}


def test_cases_are_run_and_one_that_does_not_hold_is_said(folder: Path) -> None:
    assert run("test", "careful.yaml").output == "careful.yaml: 2 cases, no problems\n"
    (folder / "careful.cases.yaml").write_text(CASES.replace("approvals: 2", "approvals: 3"))
    said = run("test", "careful.cases.yaml")
    assert said.exit_code == DRIFTED
    assert "case `two`" in said.output


def test_facts_are_tried_with_the_standard_packs_and_others(folder: Path) -> None:
    (folder / "facts.yaml").write_text(
        "quorum: any\nrequires: [[finance, 1]]\ndetermination: [[ann, approve]]\nstood for: [[ann, finance]]\n"
    )
    alone = run("simulate", "facts.yaml")
    assert "outcome approved: Enough have approved, no one denied, nothing holds it.\n" in alone.output
    both = run("simulate", "facts.yaml", "--pack", "careful.yaml", "--proof")
    assert "hold second-person: Two people are needed.\n" in both.output
    assert "outcome" not in both.output
    proof = json.loads(run("simulate", "facts.yaml", "--json").output)
    assert "quorum/approved" in {one["rule"] for one in proof["conclusions"]}
    (folder / "facts.yaml").write_text("quorum: most\n")
    wrong = run("simulate", "facts.yaml")
    assert (wrong.exit_code, "facts:1:" in wrong.stderr) == (1, True)


def test_two_packs_are_compared_rule_by_rule(folder: Path) -> None:
    (folder / "other.yaml").write_text(CAREFUL.replace("at least 2", "at least 3"))
    said = run("diff", "careful.yaml", "other.yaml")
    assert said.output.startswith("changed rule `two`\n")
    assert "  +unless: [approvals: {number: at least 3}]\n" in said.output.replace("  +  ", "  +")
    assert run("diff", "careful.yaml", "careful.yaml").output == "they say the same\n"


def test_a_new_pack_is_right_as_it_stands_and_never_written_over_another(folder: Path) -> None:
    said = run("new", "interns")
    assert (said.exit_code, said.output) == (0, "wrote interns.yaml\nwrote interns.cases.yaml\n")
    assert run("check", "interns.yaml").output == "interns.yaml: nothing wrong, nothing odd, 2 cases\n"
    again = run("new", "interns")
    assert (again.exit_code, "`interns.yaml` is there already" in again.stderr) == (1, True)
    assert run("new", "../interns").exit_code == 1


def test_the_vocabulary_is_printed_as_it_is_documented() -> None:
    assert run("vocabulary").output == (Path(__file__).parents[2] / "docs" / "vocabulary.md").read_text()


def test_a_request_is_explained_with_its_proofs_and_what_is_missing(host: Flask, office: Office) -> None:
    request = office.ask()
    office.say("ann", request)
    said = run("explain", request.id, app=host).output
    assert f"{request.id}: Salaries for Rita Requester, pending" in said
    assert "may Ann Finance determine it?" in said
    assert "Ann Finance is in finance, which group finance asks for. [stands for Ann Finance, group finance]" in said
    assert said.endswith("what is missing, and who could give it\n1 of: Bob Legal\n")
    found = json.loads(run("explain", request.id, "--json", app=host).output)
    assert found["needs"] == [{"number": 1, "stewards": ["bob"], "alike": {}}]
    assert run("explain", "nowhere", app=host).exit_code == 1


def test_a_pack_is_replayed_over_what_was_decided(folder: Path, host: Flask, office: Office) -> None:
    request = office.ask("tom", office.publish("Alone", ANY))
    office.say("ann", request)
    said = run("replay", "careful.yaml", "--since", "2026-01-01", app=host)
    assert said.stdout == (
        f"{request.id}: was approved, would be pending\n"
        "  was: Enough have approved, no one denied, nothing holds it.\n"
        "  would be: Two people are needed.\n"
        "  would be: No one has approved for group:legal yet.\n"
        "1 requests since 2026-01-01 00:00 UTC: 0 the same, 1 different, 0 untold\n"
    )
    found = json.loads(run("replay", "careful.yaml", "--since", "2026-01-01T00:00+01:00", "--json", app=host).output)
    assert [one["would_be"]["status"] for one in found["different"]] == ["pending"]
    assert run("replay", "careful.yaml", "--since", "yesterday", app=host).exit_code == 1


def test_a_pack_is_put_in_force_only_when_one_says_yes(folder: Path, host: Flask, office: Office) -> None:
    (folder / "quorum.yaml").write_text(
        office.pack("quorum").replace("{steward} denied the request.", "{steward} said no.")
    )
    asked = run("put-in-force", "quorum.yaml", app=host)
    assert "reworded rule `one denial denies`" in asked.output
    assert asked.output.endswith("nothing was done: say --yes to do it\n")
    assert "said no" not in office.pack("quorum")
    done = run("put-in-force", "quorum.yaml", "--yes", app=host)
    assert (done.exit_code, "said no" in office.pack("quorum")) == (0, True)
    assert office.trail()[-1] == "rule_pack.changed"
    (folder / "quorum.yaml").write_text("pack: [")
    assert run("put-in-force", "quorum.yaml", "--yes", app=host).exit_code == DRIFTED
    request = office.ask()
    office.say("ann", request, Verdict.DENY)


def test_a_new_pack_is_put_in_force_with_its_cases(folder: Path, host: Flask, office: Office) -> None:
    done = run("put-in-force", "careful.yaml", "--yes", app=host)
    assert done.exit_code == 0, done.output
    kept = office.marketplace.rule_packs.get(office.person("gus"), "careful")
    assert (kept.text, kept.cases) == (CAREFUL, CASES)
