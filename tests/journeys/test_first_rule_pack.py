"""The tutorial of `docs/rules.md`, every step of it, on a server that has decided requests."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import ScriptInfo

from placet import Placet
from placet.cli import flask_group
from placet.domain.clock import SetClock
from placet.domain.forms import DURATION_LABEL, Question, QuestionKind, RequestForm
from placet.domain.requests import AccessRequest, RequestStatus
from tests.service.office import ANY, Office

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"
BLOCK = re.compile(r"(?:<!-- (?P<note>.+?) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)```\n", re.DOTALL)
LENGTH = Question("length", QuestionKind.ACCESS_DURATION, DURATION_LABEL)


class Reader:
    """Follows the page in a folder of a host."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.app, self.folder = app, folder
        self.said = ""
        clock = app.extensions["placet"].marketplace.context.clock
        self.office = Office(app.extensions["placet"].marketplace, clock)
        gus, asks = self.office.person("gus"), RequestForm("", 1, "How long", ANY, (LENGTH,))
        form = self.office.marketplace.forms.create(gus, asks)
        self.product = self.office.publish("Asked for a time", ANY, form=form.id, form_version=form.version)
        for who, length in (("tom", "30 days"), ("rita", "3 days")):
            self.request = self.ask(length, who)
        self.office.say("ann", self.ask("30 days", "uma"))

    def ask(self, length: str, who: str) -> AccessRequest:
        requests = self.office.marketplace.requests
        return requests.submit(self.office.person(who), self.product.id, answers={"length": length})

    def run(self, commands: str) -> None:
        self.said = ""
        for command in commands.replace("REQUEST", self.request.id).splitlines():
            arguments = shlex.split(command)
            assert arguments[:2] == ["flask", "placet"]
            loaded = ScriptInfo(create_app=lambda: self.app)
            done = CliRunner().invoke(flask_group, arguments[2:], obj=loaded)
            assert done.exit_code == 0, done.output
            self.said += done.stdout

    def follow(self, block: re.Match[str]) -> None:
        note, kind, text = block["note"] or "", block["kind"], block["text"]
        if note.startswith("file: "):
            (self.folder / note.removeprefix("file: ")).write_text(text)
        elif kind == "sh":
            self.run(text)
        elif kind == "text":
            ids = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "REQUEST", self.said)
            assert ids == text
        elif note == "form":
            self.name_the_pack()

    def name_the_pack(self) -> None:
        forms, gus = self.office.marketplace.forms, self.office.person("gus")
        form = forms.get(gus, self.product.form)
        edited = forms.edit(gus, replace(form, packs=(*form.packs, "small-requests")))
        taken_up = replace(self.office.reread(self.product), form_version=edited.version)
        self.office.marketplace.products.change(gus, taken_up)
        self.request = self.ask("3 days", "ada")
        assert self.request.status is RequestStatus.APPROVED


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    monkeypatch.chdir(tmp_path)
    app = Flask("host")
    app.config.update(SECRET_KEY="of the host", PLACET_DATABASE=f"sqlite:///{tmp_path / 'placet.db'}")
    Placet(identity=lambda: None).init_app(app, clock=SetClock(datetime(2026, 1, 31, 12, tzinfo=UTC)))
    app.extensions["placet"].marketplace.upgrade()
    return Reader(app, tmp_path)


@pytest.mark.requirement("N2", clause="simulated before in force")
def test_the_tutorial_leads_from_an_idea_to_a_pack_in_force(reader: Reader) -> None:
    blocks = list(BLOCK.finditer(PAGE.read_text()))
    assert len(blocks) == 13
    for block in blocks:
        reader.follow(block)
    assert reader.office.trail().count("rule_pack.changed") == 1
    end = datetime(2026, 1, 31, 12, tzinfo=UTC) + timedelta(days=3)
    with reader.office.marketplace.context.store.reading() as session:
        [grant] = session.grants.for_requests([reader.request.id])
    assert grant
    assert grant.end == end
