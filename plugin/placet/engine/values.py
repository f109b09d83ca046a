"""Values and their types: what a word, a name, a number or an instant is, and how each is written, taken in and shown.

Inside the engine every value is a text (words and names) or a whole number (numbers, flags as 0 and 1, instants as UTC
seconds since 1970, durations as seconds). Types come from the pack, never from YAML or from Python.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

from placet.domain.errors import FactError

Scalar = str | int
Type = str | tuple[str, ...]  # a built-in type, a kind of name, or the words allowed (lowest first)
Outward = str | int | bool | datetime | timedelta

BUILT_IN = ("number", "instant", "duration", "flag")
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
SHOWN_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
LARGEST = 2**53  # far above it durable-rules joins wrongly without a word
LONGEST_NAME = 255
LONGEST_SHOWN = 100  # of a value in a message

NAME = re.compile(r"[A-Za-z0-9][\w.:@/-]*")
_HALF = re.compile("[\ud800-\udfff]")  # a surrogate without its other half
_NUMBER = re.compile(r"-?\d+")
_DURATION = re.compile(r"(\d{1,6}) ([a-z]+?)s?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


def brief(value: object) -> str:
    """A value from outside as messages show it: what is endless is cut, half characters are written out."""
    try:
        text = str(value)
    except ValueError:  # Python writes no number of more than 4,300 digits
        return "a number without end"
    text = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
    return text.encode("utf-8", "backslashreplace").decode()


def nearest(word: object, known: Iterable[object]) -> str:
    """A hint that ends a message: the known word that looks most like this one, or nothing."""
    if len(text := brief(word)) > LONGEST_NAME:
        return ""
    close = difflib.get_close_matches(text, [str(one) for one in known], 1, 0.5)
    return f"; did you mean `{close[0]}`?" if close else ""


def named(kind: Type) -> str:
    """A type as people read it: `a number`, `an instant`, `one of any, all`."""
    if isinstance(kind, tuple):
        return "one of " + ", ".join(kind)
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def declared(properties: Mapping[str, Type]) -> str:
    """The properties of a kind as a pack declares them: `{source, stage: number, rule: [any, all]}`."""
    return "{" + ", ".join(_declared(prop, kind) for prop, kind in properties.items()) + "}"


def _declared(prop: str, kind: Type) -> str:
    if isinstance(kind, tuple):
        return f"{prop}: [{', '.join(kind)}]"
    return prop if prop == kind else f"{prop}: {kind}"


def safe(value: Scalar) -> Scalar:
    """A computed value, refused where it would not be taken in from outside either."""
    if isinstance(value, str):
        if len(value) > LONGEST_NAME:
            text = f"the rules joined a name of {len(value)} characters"
            raise FactError(f"{text}, and a name has at most {LONGEST_NAME}: give shorter names")
    elif abs(value) >= LARGEST:
        raise FactError(f"the rules computed `{value}`, and numbers stay below 2^53: give smaller numbers")
    return value


# --- as written in packs and cases ---


def literal(text: str, kind: Type) -> Scalar:
    """A value as a pack writes it; ValueError says what is wrong with it."""
    value = _word(text, kind) if isinstance(kind, tuple) else _LITERALS.get(kind, _name)(text)
    if value is None:
        raise ValueError(f"`{text}` is not {named(kind)}")
    return value


def _word(text: str, words: tuple[str, ...]) -> str:
    if text not in words:
        raise ValueError(f"`{brief(text)}` is not {named(words)}{nearest(text, words)}")
    return text


def _name(text: str) -> Scalar | None:
    return text if NAME.fullmatch(text) and len(text) <= LONGEST_NAME else None


def _number(text: str) -> Scalar | None:
    return int(text) if _NUMBER.fullmatch(text) and len(text) < 18 and abs(int(text)) < LARGEST else None


def _flag(text: str) -> Scalar | None:
    return {"yes": 1, "true": 1, "no": 0, "false": 0}.get(text.lower())


def _duration(text: str) -> Scalar | None:
    match = _DURATION.fullmatch(text)
    return int(match[1]) * UNITS[match[2]] if match and match[2] in UNITS else None


def _instant(text: str) -> Scalar | None:
    """ISO 8601; where no zone is given it is UTC."""
    try:
        made = datetime.fromisoformat(text)
    except ValueError:
        return None
    return seconds(made if made.tzinfo else made.replace(tzinfo=UTC))


_LITERALS: Mapping[str, Callable[[str], Scalar | None]] = {
    "number": _number,
    "flag": _flag,
    "duration": _duration,
    "instant": _instant,
}


def written(value: Scalar, kind: Type) -> str:
    """The opposite of `literal`: a value as packs and cases write it."""
    if isinstance(value, str):
        return value
    if kind == "instant":
        return _calendar(value).replace(tzinfo=None).isoformat().removesuffix("T00:00:00")
    if kind == "duration":
        return _length(value)
    return ("yes" if value else "no") if kind == "flag" else str(value)


# --- from Python, and back ---


def seconds(instant: datetime) -> int:
    """Whole UTC seconds since 1970; what is below a second is cut, so an end never moves to a later second."""
    return (instant - _EPOCH) // _SECOND


def taken(value: object, kind: Type) -> Scalar:
    """A value from Python as the engine holds it; ValueError says why it does not fit its type."""
    if isinstance(kind, tuple):
        if not isinstance(value, str):
            raise ValueError(f"`{brief(value)}` is not {named(kind)}")
        return _word(str.__str__(value), kind)
    return _TAKERS.get(kind, _take_name)(value, kind)


def _take_name(value: object, kind: str) -> Scalar:
    if not isinstance(value, str):
        raise ValueError(f"`{brief(value)}` is not {named(kind)}: write it as a string")
    text = str.__str__(value)
    if not 0 < len(text) <= LONGEST_NAME:
        raise ValueError(f"{named(kind)} has 1 to {LONGEST_NAME} characters, and this one has {len(text)}")
    if not text.isascii() and _HALF.search(text):
        raise ValueError(f"`{brief(text)}` holds half a character, which no one can store or show")
    return text


def _take_number(value: object, kind: str) -> Scalar:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"`{brief(value)}` is not {named(kind)}: give a whole number")
    number = int.__int__(value)
    if abs(number) >= LARGEST:
        raise ValueError(f"`{brief(number)}` is too large: numbers stay below 2^53")
    return number


def _take_flag(value: object, kind: str) -> Scalar:
    if not isinstance(value, bool):
        raise ValueError(f"`{brief(value)}` is not {named(kind)}: give true or false")
    return int(value)


def _take_instant(value: object, kind: str) -> Scalar:
    if not isinstance(value, datetime):
        raise ValueError(f"`{brief(value)}` is not {named(kind)}: give a date and time with its zone")
    if value.utcoffset() is None:
        raise ValueError(f"`{value}` has no zone: give it in UTC")
    return seconds(value)


def _take_duration(value: object, kind: str) -> Scalar:
    if not isinstance(value, timedelta):
        raise ValueError(f"`{brief(value)}` is not {named(kind)}: give a length of time")
    return value // _SECOND


_TAKERS: Mapping[str, Callable[[object, str], Scalar]] = {
    "number": _take_number,
    "flag": _take_flag,
    "instant": _take_instant,
    "duration": _take_duration,
}


def outward(value: Scalar, kind: Type) -> Outward:
    """A value of the engine as Python has it: aware datetimes in UTC, timedeltas, flags as bool, else as it is."""
    if isinstance(value, str):
        return value
    if kind == "instant":
        return _calendar(value)
    if kind == "duration":
        return timedelta(seconds=value)
    return bool(value) if kind == "flag" else value


def _calendar(value: int) -> datetime:
    try:
        return _EPOCH + timedelta(seconds=value)
    except OverflowError:
        text = f"the rules computed an instant outside the calendar ({value} seconds): give an earlier one"
        raise FactError(text) from None


# --- as people read it ---


def shown(value: Scalar | tuple[Scalar, ...], kind: Type, names: Mapping[str, str]) -> str:
    """A value in a reason; `names` turns ids into what people call them. What a tally counted is a tuple."""
    if isinstance(value, tuple):
        return _listed([shown(one, kind, names) for one in value])
    if isinstance(value, str):
        return names.get(value, value)
    if kind == "instant":
        return _calendar(value).strftime("%Y-%m-%d %H:%M:%S UTC").replace(":00 UTC", " UTC").replace(" 00:00 UTC", "")
    if kind == "duration":
        return _length(value)
    return ("yes" if value else "no") if kind == "flag" else str(value)


def _listed(texts: list[str]) -> str:
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if texts[1:] else "".join(texts)


def _length(value: int) -> str:
    unit, size = next((unit, size) for unit, size in SHOWN_UNITS if value % size == 0)
    return f"{value // size} {unit}" + ("s" if value != size else "")
