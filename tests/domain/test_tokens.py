"""The text of a token, and what is said about one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from placet.domain.tokens import (
    ABOUT,
    BadToken,
    Scope,
    Token,
    TokenState,
    digest_of,
    id_in,
    refuse_bad_end,
    refuse_bad_name,
    text_of,
)

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ID, SECRET = "0123456789abcdef", bytes(range(32))
TEXT = text_of(ID, SECRET)
TOKEN = Token(ID, "nightly", "bot", frozenset({Scope.READ}), digest_of(TEXT), "gov", NOW, NOW + timedelta(days=1))


def test_a_text_is_recognised_by_its_prefix_and_its_checksum() -> None:
    assert re.fullmatch(r"placet_[0-9a-f]{16}_[0-9a-f]{72}", TEXT)
    assert id_in(TEXT) == ID
    assert TOKEN.is_text(TEXT)
    assert TEXT not in repr(TOKEN)
    assert SECRET.hex() not in repr(TOKEN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "placet_",
        TEXT[:-1],
        TEXT + "0",
        TEXT + "\n",
        TEXT + "\x00",
        "\x00" + TEXT,
        TEXT.upper(),
        TEXT.replace("placet_", "Placet_"),
        TEXT.replace("placet_", "plаcet_"),  # a Cyrillic letter
        TEXT.replace("0", "０"),
        TEXT.replace(ID, "f" * 16),
        TEXT[:-8] + "00000000",
        TEXT * 100,
        "\udc80" + TEXT,
    ],
)
def test_what_is_no_token_is_never_looked_up(text: str) -> None:
    assert id_in(text) == ""


@given(some.integers(0, len(TEXT) - 1), some.characters(codec="latin-1"))
def test_a_token_with_one_letter_changed_is_none(place: int, letter: str) -> None:
    changed = TEXT[:place] + letter + TEXT[place + 1 :]
    assert (id_in(changed) == ID and TOKEN.is_text(changed)) == (changed == TEXT)


def test_the_secret_of_one_token_is_not_that_of_another() -> None:
    assert not TOKEN.is_text(text_of(ID, bytes(32)))
    assert not TOKEN.is_text(text_of("f" * 16, SECRET))


def test_a_token_is_good_until_its_end_and_not_at_it() -> None:
    assert TOKEN.state_at(TOKEN.ends_at - timedelta(microseconds=1)) is TokenState.ACTIVE
    assert TOKEN.state_at(TOKEN.ends_at) is TokenState.ENDED


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\nb", "a\x00"])
def test_a_name_has_to_tell_something(name: str) -> None:
    with pytest.raises(BadToken):
        refuse_bad_name(name)


@pytest.mark.parametrize("end", [NOW, NOW - timedelta(1), NOW + timedelta(10, microseconds=1)])
def test_an_end_lies_ahead_and_not_too_far(end: datetime) -> None:
    refuse_bad_end(NOW + timedelta(10), NOW, timedelta(10))
    with pytest.raises(BadToken):
        refuse_bad_end(end, NOW, timedelta(10))


def test_every_scope_says_what_it_lets_through() -> None:
    assert set(ABOUT) == set(Scope)
