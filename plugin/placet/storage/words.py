"""The words by which people find things: prefixes of them, in one range of an ordinary index, on both databases."""

from __future__ import annotations

import re

from peewee import Expression, Field

LONGEST = 64
"""Characters of a word that count."""


def words(text: str) -> set[str]:
    """The words of a text, without regard to case."""
    return {word[:LONGEST] for word in re.findall(r"\w+", text.casefold())}


def part_words(text: str) -> set[str]:
    """As `words`, and the parts that underscores join: a table `order_lines` is found by `lines` as well."""
    return words(text) | words(text.replace("_", " "))


def beginning(field: Field[str], word: str) -> Expression:
    """The condition that a column of words begins with this one; a range, so that an index on it answers."""
    condition: Expression = (field >= word) & (field <= word + "\U0010ffff")
    return condition
