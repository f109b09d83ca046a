"""What a mask makes of a value."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256

import pytest

from placet.domain.masks import Mask, MaskKind
from placet.emitter.masked import Family, Value, masked

TEXT, NUMBER, OTHER = Family.TEXT, Family.NUMBER, Family.OTHER
FIXED, HASH = Mask(MaskKind.CONSTANT, text="x"), Mask(MaskKind.HASH)
LAST_4, BOTH = Mask(MaskKind.PARTIAL, first=0, last=4), Mask(MaskKind.PARTIAL, first=1, last=2)


def rounded(places: int) -> Mask:
    return Mask(MaskKind.ROUNDING, places=places)


@pytest.mark.parametrize(
    ("mask", "family", "value", "seen"),
    [
        (None, TEXT, "abc", None),
        (Mask(MaskKind.NULL), TEXT, "abc", None),
        (FIXED, TEXT, "abc", "x"),
        (FIXED, TEXT, None, "x"),
        (FIXED, NUMBER, 5, None),
        (LAST_4, TEXT, "DE123456", "***3456"),
        (LAST_4, TEXT, "3456", "***"),
        (LAST_4, TEXT, "", "***"),
        (BOTH, TEXT, "äöüß", "ä***üß"),
        (BOTH, TEXT, None, None),
        (BOTH, NUMBER, 12345, None),
        (HASH, TEXT, None, None),
        (HASH, OTHER, None, None),
        (rounded(-3), NUMBER, 1500, Decimal(2000)),
        (rounded(-3), NUMBER, -1500, Decimal(-2000)),
        (rounded(1), NUMBER, Decimal("0.25"), Decimal("0.3")),
        (rounded(0), NUMBER, Decimal("2.5"), Decimal(3)),
        (rounded(0), TEXT, "2.5", None),
        (rounded(0), NUMBER, None, None),
    ],
    ids=str,
)
def test_what_is_seen_of_a_value(mask: Mask | None, family: Family, value: Value, seen: Value) -> None:
    assert masked(mask, family, value, b"secret") == seen


def test_a_hash_is_the_same_word_for_the_same_text_and_key_alone() -> None:
    seen = masked(HASH, TEXT, "Müller", b"key")
    assert seen == sha256(b"keyM\xc3\xbcller").hexdigest()
    assert seen != masked(HASH, TEXT, "Müller", b"other")
    assert seen != masked(HASH, TEXT, "Mueller", b"key")
