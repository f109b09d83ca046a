"""The vocabulary as a page in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from placet.engine import Type
from placet.workflow.rulebook import ASKS, HOOKS
from placet.workflow.vocabulary import CHAPTERS, EVERY, OPENING, STANDING, VERDICT, Word

QUESTIONS = {
    OPENING: "whom a new request asks, or whether it is decided at once",
    STANDING: "whether someone may determine it",
    VERDICT: "whether it is decided, and until when",
}

HEAD = """\
# Vocabulary

What rule packs may read. A pack that reads something else is refused, unless another pack concludes it. Everything
here is told whole at each question it belongs to, and kept with the answer, so that an old request can be judged again
by rules that read more. Free text (reasons, names, what someone wrote into a form) is never told.

`placet rules vocabulary` prints this page. Three questions are asked of the packs of a request:
"""

FOOT = """\

What shipped packs read and nobody tells is for added packs to conclude: {hooks}.
"""


def vocabulary_page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_questions(), *_chapters()]) + "\n" + FOOT.format(hooks=_coded(sorted(HOOKS)))


def _questions() -> Iterator[str]:
    for question, about in QUESTIONS.items():
        yield f"- **{question}**: {about}. Asked for: {_coded(ASKS[question])}."


def _chapters() -> Iterator[str]:
    for title, words in CHAPTERS.items():
        yield f"\n## {title}\n"
        yield "| fact | properties | what it says | told at |"
        yield "|---|---|---|---|"
        yield from (_row(kind, word) for kind, word in words.items())


def _row(kind: str, word: Word) -> str:
    at = "every question" if word.told_at == EVERY else ", ".join(one for one in QUESTIONS if one in word.told_at)
    about = word.about + (" Told once." if word.once else "")
    return f"| `{kind}` | {_properties(word.properties)} | {about} | {at} |"


def _properties(properties: Mapping[str, Type]) -> str:
    return ", ".join(f"`{name}`: {_typed(kind)}" for name, kind in properties.items()) or "none"


def _typed(kind: Type) -> str:
    return kind if isinstance(kind, str) else " or ".join(f"`{word}`" for word in kind)


def _coded(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)
