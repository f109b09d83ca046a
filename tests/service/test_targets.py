"""Data platforms as those who operate them see them, and what a platform can't express."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from placet.domain.conditions import InGroup
from placet.domain.errors import Forbidden, NotFound
from placet.domain.masks import Mask, MaskKind
from placet.domain.people import GlobalPermission
from placet.domain.policies import DataPolicy
from placet.domain.scopes import NamedColumns, OnSource
from placet.domain.subscriptions import SubscriptionKind, SubscriptionPolicy
from placet.emitter.postgres.target import PostgresTarget
from placet.emitter.settings import PostgresSettings
from placet.service.targets import NothingToRetry
from placet.storage import Login
from tests.service.office import Office

sys.path.insert(0, str(Path(__file__).parents[1] / "emitter" / "outside" / "src"))
from placet_ledger import Ledger


@pytest.fixture
def ledger(office: Office, tmp_path: Path) -> Path:
    """The file of the platform `warehouse`, on which Rita has a login."""
    file = tmp_path / "ledger.json"
    office.marketplace.context.targets = {"warehouse": Ledger("warehouse", file=str(file))}
    with office.marketplace.context.store.writing() as session:
        session.logins.save(Login("rita", "warehouse", "rita_db"))
    return file


def operator(office: Office) -> None:
    office.change_person("ada", permissions=frozenset({GlobalPermission.APPLICATION_ADMIN}))


def test_a_platform_shows_what_came_into_effect_and_what_waits(office: Office, ledger: Path) -> None:
    operator(office)
    ada, targets = office.person("ada"), office.marketplace.targets
    before = targets.get(ada, "warehouse")
    grant = office.approved()
    waiting = targets.get(ada, "warehouse")
    assert waiting.unfinished == before.unfinished + 1
    assert waiting.waiting[-1].subject == grant.id
    office.marketplace.work.provision()
    done = targets.get(ada, "warehouse")
    assert (done.unfinished, done.failing, done.out_of_reach_since) == (0, False, None)
    assert done.last
    assert json.loads(ledger.read_text()) == {grant.id: ["rita_db"]}
    assert [one.name for one in targets.all(ada)] == ["warehouse"]


def test_drift_is_found_and_an_apply_is_asked_for_and_told(office: Office, ledger: Path) -> None:
    operator(office)
    ada, targets = office.person("ada"), office.marketplace.targets
    grant = office.approved()
    office.marketplace.work.provision()
    assert (targets.verify(ada, "warehouse"), targets.plan(ada, "warehouse").changes) == ([], ())
    ledger.write_text("{}")
    assert [one.detail for one in targets.verify(ada, "warehouse")] == ["write it anew"]
    assert json.loads(ledger.read_text()) == {}
    targets.apply(ada, "warehouse")
    assert "target.apply_asked" in office.trail()
    office.marketplace.work.provision()
    assert json.loads(ledger.read_text()) == {grant.id: ["rita_db"]}


@pytest.mark.requirement("E4", clause="never lost")
def test_what_a_platform_can_not_keep_is_not_shared_there_and_named(office: Office, ledger: Path) -> None:
    operator(office)
    grant = office.approved()
    office.marketplace.work.provision()
    gus = office.person("gus")
    mask = DataPolicy("", "Hide", Mask(MaskKind.NULL), NamedColumns("s1", frozenset({2})))
    guard = SubscriptionPolicy("", "Staff", SubscriptionKind.GUARDRAIL, OnSource("s1"), InGroup("staff"))
    made = office.marketplace.data_policies.create(gus, mask)
    office.marketplace.subscription_policies.create(gus, guard)
    told = "is not shared: the platform can't keep guardrails and masks"
    [problem] = office.marketplace.targets.plan(office.person("ada"), "warehouse").problems
    assert problem.summary == told
    assert told in [one.detail for one in office.marketplace.targets.verify(office.person("ada"), "warehouse")]
    office.marketplace.work.provision()
    assert json.loads(ledger.read_text()) == {}
    another = office.approved("tom")
    with office.marketplace.context.store.writing() as session:
        session.logins.save(Login("tom", "warehouse", "tom_db"))
    office.marketplace.work.provision()
    with office.marketplace.context.store.reading() as session:
        assert told in session.jobs.waiting_for([another.id])[another.id]
    state = office.marketplace.targets.get(office.person("ada"), "warehouse")
    assert state.failing
    assert told in state.waiting[-1].error
    office.marketplace.data_policies.retire(gus, made.id, 1)
    [standing] = office.marketplace.subscription_policies.list(gus).items
    office.marketplace.subscription_policies.retire(gus, standing.id, 1)
    office.clock.advance(hours=1)
    office.marketplace.work.provision()
    assert json.loads(ledger.read_text()) == {grant.id: ["rita_db"], another.id: ["tom_db"]}
    with office.marketplace.context.store.reading() as session:
        assert session.jobs.waiting_for([grant.id, another.id]) == {}


def test_a_platform_out_of_reach_keeps_approvals_waiting_and_is_tried_again_at_will(office: Office) -> None:
    operator(office)
    ada, targets = office.person("ada"), office.marketplace.targets
    nowhere = PostgresSettings("warehouse", "host=127.0.0.1 port=1 connect_timeout=1")
    office.marketplace.context.targets = {"warehouse": PostgresTarget(nowhere)}
    with office.marketplace.context.store.writing() as session:
        session.logins.save(Login("rita", "warehouse", "rita_db"))
    office.approved()
    office.marketplace.work.provision()
    state = targets.get(ada, "warehouse")
    assert state.out_of_reach_since == office.clock.now()
    assert state.failing
    assert state.waiting[0].attempts == 1
    targets.retry(ada, "warehouse")
    office.marketplace.work.provision()
    assert targets.get(ada, "warehouse").waiting[0].attempts == 2
    office.clock.advance(hours=1)
    with pytest.raises(NothingToRetry):
        targets.retry(ada, "warehouse")


@pytest.mark.parametrize("person", ["rita", "gus", "uma", "ann"])
def test_platforms_are_for_those_who_operate_placet(office: Office, ledger: Path, person: str) -> None:
    targets, who = office.marketplace.targets, office.person(person)
    with pytest.raises(Forbidden):
        targets.all(who)
    for do in (targets.get, targets.plan, targets.verify, targets.apply, targets.retry):
        with pytest.raises(Forbidden):
            do(who, "warehouse")
        operator(office)
        with pytest.raises(NotFound):
            do(office.person("ada"), "nowhere")
