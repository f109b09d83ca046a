"""What a mask makes of a value: the reference that every target is tested against."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from hashlib import sha256

from placet.domain.masks import Mask, MaskKind

Value = str | int | Decimal | None

HIDDEN = "***"
"""What stands for the characters that a partial mask leaves out, however many they are."""


class Family(StrEnum):
    """What kind of values a column holds, as far as masks are concerned."""

    TEXT = "text"
    NUMBER = "number"
    OTHER = "other"


FITS: Mapping[MaskKind, Family | None] = {
    MaskKind.NULL: None,
    MaskKind.CONSTANT: Family.TEXT,
    MaskKind.HASH: Family.TEXT,
    MaskKind.PARTIAL: Family.TEXT,
    MaskKind.ROUNDING: Family.NUMBER,
}
"""The columns that each kind of mask is for; on others it shows nothing, since what it makes is no value of theirs."""


def masked(mask: Mask | None, family: Family, value: Value, secret: bytes = b"") -> Value:
    """What is seen of a value of a column of this family; without a mask, or with one that does not fit, NULL.

    A hash is 64 hexadecimal digits, of SHA-256 over the target's secret and the text in UTF-8. Rounding goes away from
    zero where both sides are as near.
    """
    if mask is None or FITS[mask.kind] is not family:
        return None
    if mask.kind is MaskKind.CONSTANT:
        return mask.text
    return None if value is None else _MADE[mask.kind](mask, value, secret)


def _hashed(_: Mask, value: Value, secret: bytes) -> Value:
    return sha256(secret + str(value).encode()).hexdigest()


def _partial(mask: Mask, value: Value, _: bytes) -> Value:
    text, first, last = str(value), mask.first or 0, mask.last or 0
    return HIDDEN if len(text) <= first + last else f"{text[:first]}{HIDDEN}{text[len(text) - last :]}"


def _rounded(mask: Mask, value: Value, _: bytes) -> Value:
    assert isinstance(value, int | Decimal)
    return (Decimal(value).scaleb(mask.places or 0).to_integral_value(ROUND_HALF_UP)).scaleb(-(mask.places or 0))


_MADE: Mapping[MaskKind, Callable[[Mask, Value, bytes], Value]] = {
    MaskKind.HASH: _hashed,
    MaskKind.PARTIAL: _partial,
    MaskKind.ROUNDING: _rounded,
}
