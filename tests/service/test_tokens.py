"""Tokens as commands: who may have which, whom one speaks for, and when it no longer does."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from placet.domain.errors import Forbidden, NotFound
from placet.domain.people import Person, PersonKind
from placet.domain.tokens import BadToken, InvalidToken, Scope, Token, text_of
from placet.service.people_file import PeopleFile
from tests.service.conftest import START
from tests.service.office import Office

LATER = START + timedelta(days=90)


def make(
    office: Office,
    actor: str = "rita",
    holder: str = "",
    scopes: tuple[Scope, ...] = (Scope.READ,),
    end: datetime = LATER,
) -> tuple[Token, str]:
    return office.marketplace.tokens.create(office.person(actor), "nightly", scopes, end, holder)


def speaks(office: Office, text: str) -> str:
    """Whom a token speaks for, or nothing."""
    try:
        return office.marketplace.tokens.speaker(text)[0].id
    except InvalidToken:
        return ""


@pytest.mark.requirement("P4", clause="tokens")
@pytest.mark.parametrize(
    ("actor", "holder", "may"),
    [
        ("rita", "", True),
        ("rita", "tom", False),
        ("uma", "rita", False),
        ("gus", "rita", False),
        ("uma", "robot", True),
        ("robot", "", True),
        ("ann", "robot", False),
        ("gus", "robot", False),
        ("ada", "robot", False),
    ],
)
def test_tokens_are_ones_own_and_those_of_accounts_for_user_admin(
    office: Office, actor: str, holder: str, may: bool
) -> None:
    market, whose = office.marketplace.tokens, holder or actor
    if may:
        token, text = make(office, actor, holder)
        assert (token.holder, speaks(office, text)) == (whose, whose)
        assert market.of(office.person(actor), holder).items == (token,)
        market.revoke(office.person(actor), token.id)
        assert speaks(office, text) == ""
        return
    token, text = make(office, "uma" if whose == "robot" else whose, whose if whose == "robot" else "")
    with pytest.raises(Forbidden, match="no service account" if actor == "uma" else "may not do this"):
        make(office, actor, holder)
    if actor == "uma":
        return
    with pytest.raises(Forbidden):
        market.of(office.person(actor), holder)
    with pytest.raises(NotFound):
        market.revoke(office.person(actor), token.id)
    assert speaks(office, text) == whose


@pytest.mark.requirement("P4", clause="tokens")
@pytest.mark.parametrize("active", [True, False])
def test_user_admin_revokes_what_someone_who_leaves_has_made_for_themselves(office: Office, active: bool) -> None:
    uma, market = office.person("uma"), office.marketplace
    token, text = make(office, "tom")
    office.change_person("tom", active=active)
    assert market.tokens.of(uma, "tom").items == (token,)
    assert not market.tokens.may_make(uma, "tom")
    assert market.tokens.revoke(uma, token.id).revoked_by == "uma"
    office.change_person("tom", active=True)
    assert speaks(office, text) == ""
    told = market.notifications.mine(office.person("tom")).items
    assert [one.message for one in told] == ["The API token nightly of tom was revoked."]
    assert [(one.type, one.actor) for one in office.entries()[-1:]] == [("token.revoked", "uma")]


def test_nothing_keeps_the_text_of_a_token(office: Office) -> None:
    token, text = make(office)
    office.marketplace.tokens.revoke(office.person("rita"), token.id)
    office.marketplace.tokens.revoke(office.person("rita"), token.id)
    assert office.trail()[-2:] == ["token.created", "token.revoked"]
    with office.marketplace.context.store.reading() as session:
        kept = repr(session.tokens.get(token.id)) + json.dumps([one.data for one in session.audit.page().items])
        assert not session.outbox.due(LATER)[-1].type.startswith("token.")
    for secret in (text, text[-72:], text[-72:-8]):
        assert secret not in kept


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_token_ends_and_not_too_late(office: Office, days: int) -> None:
    with pytest.raises(BadToken):
        make(office, end=START + timedelta(days=days))
    with pytest.raises(BadToken):
        make(office, scopes=())


def test_a_token_stops_at_its_end_and_with_its_holder(office: Office) -> None:
    token, text = make(office)
    office.change_person("rita", active=False)
    assert speaks(office, text) == ""
    office.change_person("rita", active=True)
    assert speaks(office, text) == "rita"
    office.clock.at = token.ends_at - timedelta(seconds=1)
    assert speaks(office, text) == "rita"
    office.clock.at = token.ends_at
    assert speaks(office, text) == ""


def test_a_holder_who_is_deleted_takes_the_tokens_along(office: Office) -> None:
    _, text = make(office, "uma", "robot")
    store = office.marketplace.context.store
    with store.connected():
        store._backend.database.execute_sql("DELETE FROM placet_person_word WHERE person = 'robot'")
        store._backend.database.execute_sql("DELETE FROM placet_person WHERE id = 'robot'")
    assert speaks(office, text) == ""
    office.marketplace.people.load("test", PeopleFile((Person("robot", "Robot again"),)))
    assert speaks(office, text) == ""


def test_who_is_removed_and_made_anew_has_none_of_the_old_tokens(office: Office) -> None:
    _, text = make(office, "uma", "robot")
    people, uma = office.marketplace.people, office.person("uma")
    people.deactivate(uma, "robot")
    assert speaks(office, text) == ""
    people.reactivate(uma, "robot")
    assert speaks(office, text) == "robot"
    people.remove(uma, "robot")
    people.create(uma, Person("robot", "Robot", kind=PersonKind.SERVICE_ACCOUNT, owner="ann"))
    assert office.person("robot").active
    assert speaks(office, text) == ""


def test_the_id_of_one_token_with_the_secret_of_another_is_none(office: Office) -> None:
    (mine, text), (other, _) = make(office), make(office, "tom")
    stolen = text_of(other.id, bytes.fromhex(text[-72:-8]))
    assert speaks(office, text_of(mine.id, bytes.fromhex(text[-72:-8]))) == "rita"
    assert speaks(office, stolen) == ""
    assert speaks(office, text_of("0" * 16, bytes(32))) == ""


def test_an_account_gives_itself_no_scope_that_goes_beyond_what_it_may(office: Office) -> None:
    with pytest.raises(Forbidden):
        make(office, "robot", scopes=(Scope.READ, Scope.DECISIONS))
    assert make(office, "uma", "robot", (Scope.DECISIONS,))[0].scopes == {Scope.DECISIONS}


def test_use_is_noted_once_an_hour(office: Office) -> None:
    _, text = make(office)
    seen = []
    for minutes in (0, 59, 1):
        office.clock.advance(minutes=minutes)
        now, known = office.clock.now(), office.marketplace.tokens.speaker(text)[1]
        seen.append(known.use_untold_at(now))
        office.marketplace.tokens.note_use(known)
        [kept] = office.marketplace.tokens.of(office.person("rita")).items
        assert kept.used_at == (now if seen[-1] else START)
    assert seen == [True, False, True]


def test_holders_are_told_once_a_week_before_the_end_and_owners_of_accounts(office: Office) -> None:
    make(office)
    make(office, "uma", "robot")
    make(office, "tom", end=START + timedelta(days=2))
    revoked, _ = make(office, "bob")
    office.marketplace.tokens.revoke(office.person("bob"), revoked.id)
    swept = []
    for at in (START, LATER - timedelta(days=7, seconds=1), LATER - timedelta(days=6), LATER):
        office.clock.at = at
        swept.append(office.marketplace.work.sweep().ending)
    assert swept == [0, 0, 2, 0]
    for who in ("rita", "ann", "tom", "robot", "bob"):
        told = office.marketplace.notifications.mine(office.person(who)).items
        assert [one.type for one in told] == (["token.ending"] if who in ("rita", "ann") else [])


def test_tokens_come_in_pages_the_newest_first(office: Office) -> None:
    made = []
    for _ in range(5):
        made.append(make(office)[0])
        office.clock.advance(seconds=1)
    seen, cursor = [], ""
    while True:
        page = office.marketplace.tokens.of(office.person("rita"), cursor=cursor, limit=2)
        seen += page.items
        if not (cursor := page.next or ""):
            break
    assert seen == made[::-1]
