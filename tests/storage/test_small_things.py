"""Rule packs, verdicts, logins and notifications."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from placet.domain.errors import AlreadyThere, Conflict
from placet.storage import KeptPack, KeptVerdict, Login, Notification, PackInForce, Store
from tests.storage.world import NOW, minutes

TOLD = {"asked": [["ann"]], "now": []}


def test_a_pack_is_kept_under_the_hash_of_its_text(store: Store) -> None:
    text = "pack: quorum\n# für alle\n"
    with store.writing() as session:
        hash = session.packs.put("quorum", text, NOW)
        assert hash == hashlib.sha256(text.encode()).hexdigest()
        assert session.packs.get(hash) == KeptPack(hash, "quorum", text, "", NOW)
        assert session.packs.put("quorum", text, NOW + minutes(1), cases="cases: {}") == hash
        assert session.packs.get(hash) == KeptPack(hash, "quorum", text, "cases: {}", NOW)
        assert session.packs.get("none") is None


def test_what_was_ever_kept_under_a_name_is_found_the_newest_first(store: Store) -> None:
    with store.writing() as session:
        kept = [session.packs.put("quorum", f"# {n}", NOW + minutes(n)) for n in (1, 3, 2)]
        session.packs.put("routing", "# 1 too", NOW)
        assert [one.hash for one in session.packs.kept_as("quorum")] == [kept[1], kept[2], kept[0]]
        assert session.packs.kept_as("expiry") == []


def test_another_pack_in_force_leaves_the_former_where_it_was(store: Store) -> None:
    with store.writing() as session:
        texts = [("q", "1"), ("q", "2"), ("e", "3")]
        first, second, other = (session.packs.put(name, text, NOW) for name, text in texts)
        for minute, (name, hash) in enumerate([("q", first), ("e", other), ("q", second)]):
            session.packs.put_in_force(name, hash, NOW + minutes(minute), by="gus")
        assert session.packs.in_force() == {"e": other, "q": second}
        assert session.packs.all_in_force() == [
            PackInForce("e", other, NOW + minutes(1), "gus"),
            PackInForce("q", second, NOW + minutes(2), "gus"),
        ]
        assert (session.packs.lock("q"), session.packs.lock("none")) == (second, "")
        assert session.packs.get(first) == KeptPack(first, "q", "1", "", NOW)


def test_only_a_pack_that_is_kept_comes_into_force(store: Store) -> None:
    with pytest.raises(Conflict), store.writing() as session:
        session.packs.put_in_force("quorum", "0" * 64, NOW, by="gus")


def test_verdicts_come_back_in_the_order_they_were_given(store: Store) -> None:
    kept = [
        KeptVerdict(
            id, "request", at, "outcome", {"asked": [["ann"]]}, {"facts": [["one", 1, "ä"]]}, {"quorum": "a" * 64}
        )
        for id, at in [("z", NOW), ("a", NOW), ("b", NOW + minutes(1))]
    ]
    with store.writing() as session:
        session.verdicts.add_all([*kept, replace(kept[0], id="other", request="other")])
        assert session.verdicts.of("request") == kept
        assert session.verdicts.of("none") == []


def test_a_login_comes_back_and_is_replaced(store: Store) -> None:
    with store.writing() as session:
        for login in (Login("bob", "lake", "bob_1", "77"), Login("bob", "sea", "bob_1"), Login("ann", "lake", "ann")):
            session.logins.save(login)
        session.logins.save(Login("bob", "lake", "bob_2", "78"))
        assert session.logins.of("bob", "lake") == Login("bob", "lake", "bob_2", "78")
        assert session.logins.of("ann", "sea") is None
        assert session.logins.on("lake") == [Login("ann", "lake", "ann"), Login("bob", "lake", "bob_2", "78")]


def test_no_two_people_share_a_login_on_a_target(store: Store) -> None:
    with store.writing() as session:
        session.logins.save(Login("bob", "lake", "bob_1"))
    with pytest.raises(AlreadyThere, match="`bob_1` on `lake` belongs to someone else"), store.writing() as session:
        session.logins.save(Login("eve", "lake", "bob_1"))


def notification(number: int, person: str = "ann") -> Notification:
    return Notification(f"n{number}", person, "grant.started", f"Message {number}", NOW + minutes(number // 2), "grant")


def test_notifications_come_in_pages_the_newest_first(store: Store) -> None:
    with store.writing() as session:
        session.notifications.add_all(map(notification, range(5)))
        session.notifications.add_all([notification(9, "bob")])
        first = session.notifications.of("ann", limit=3)
        second = session.notifications.of("ann", first.next, 3)
    assert [*first.items, *second.items] == [notification(number) for number in (4, 3, 2, 1, 0)]
    assert second.next is None


def test_a_notification_is_read_once_by_whom_it_is_for(store: Store) -> None:
    with store.writing() as session:
        session.notifications.add_all([notification(1), notification(2), notification(3, "bob")])
        assert session.notifications.unread("ann") == 2
        assert not session.notifications.mark_read("n1", "bob", NOW)
        assert session.notifications.mark_read("n1", "ann", NOW)
        assert not session.notifications.mark_read("n1", "ann", NOW + minutes(1))
        assert session.notifications.unread("ann") == 1
        assert session.notifications.of("ann").items == (notification(2), replace(notification(1), read_at=NOW))


def test_no_notifications_are_no_statement(store: Store) -> None:
    with store.writing() as session:
        session.notifications.add_all([])
        assert session.notifications.of("ann").items == ()
