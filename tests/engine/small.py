"""Packs that a test writes out."""

from __future__ import annotations

from textwrap import dedent

from placet.engine import Evaluation, Pack, PackSource, load_pack


def pack_of(*texts: str) -> Pack:
    """A pack, or several joined, from their texts."""
    return load_pack(*[PackSource(f"pack{n}.yaml", dedent(text)) for n, text in enumerate(texts)])


def rule(text: str, reads: str, concludes: str, extra: str = "") -> Pack:
    """A pack with one rule `r`, from its clauses in YAML flow style."""
    return pack_of(rule_text(text, reads, concludes, extra))


def rule_text(text: str, reads: str, concludes: str, extra: str = "") -> str:
    """The text of such a pack; the rule stands in line 7."""
    return f"""\
pack: small
names: [name, other]
words: {{size: [small, medium, large]}}
reads: {{now: {{at: instant}}, {reads}}}
concludes: {{{concludes}}}
rules:
  r: {{{text}, because: "so"}}
  {extra}
"""


def concluded(said: Evaluation, kind: str) -> set[tuple[object, ...]]:
    """The conclusions of a kind as tuples of their values."""
    return {tuple(row.values()) for row in said.of(kind)}
