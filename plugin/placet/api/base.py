"""What every schema of the API is made of: strict, described, and out of the host's way."""

from __future__ import annotations

import difflib
from datetime import UTC, datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from placet.domain.terms import BadTerm, Duration

LARGEST_VERSION = 2**31 - 1
"""What both databases can hold."""


class Strict(Schema):
    """Refuses members it does not know and names the nearest.

    Not registered by name: marshmallow has one register for the process, and the host may have a schema of that name.
    """

    class Meta:
        register = False
        unknown = RAISE

    def handle_error(self, error: ValidationError, *_: Any, **__: Any) -> None:
        """Say which known member is nearest to an unknown one."""
        known = [name for name, field in self.fields.items() if not field.dump_only]
        for name, messages in error.messages_dict.items():
            if messages == [self.error_messages["unknown"]]:
                close = difflib.get_close_matches(str(name), known, 1)
                hint = f"did you mean `{close[0]}`?" if close else f"known are {', '.join(known) or 'none'}"
                error.messages_dict[name] = [f"is unknown here: {hint}"]


def about(text: str) -> dict[str, Any]:
    """What the document of the API says about a field."""
    return {"metadata": {"description": text}}


def text(description: str, longest: int = 255, shortest: int = 0, **options: Any) -> fields.String:
    """Text of a bounded length."""
    return fields.String(validate=validate.Length(shortest, longest), **about(description), **options)


class Instant(fields.Field):  # type: ignore[type-arg] # marshmallow 3 takes none
    """An instant as ISO 8601 in UTC, ending in `Z`; read with whatever zone it names, never without one."""

    def _serialize(self, value: datetime | None, *_: Any, **__: Any) -> str | None:
        return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> datetime:
        try:
            at = datetime.fromisoformat(value)
            if at.tzinfo is None:
                raise ValueError
            return at.astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            raise ValidationError("has to be an instant with its zone, as in `2027-01-31T12:00:00Z`") from None


class DurationText(fields.Field):  # type: ignore[type-arg] # marshmallow 3 takes none
    """A length of access, as `30 days`."""

    def _serialize(self, value: Duration | None, *_: Any, **__: Any) -> str | None:
        return None if value is None else str(value)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Duration:
        if not isinstance(value, str):
            raise ValidationError("has to be a duration, as in `30 days`")
        try:
            return Duration.parse(value)
        except BadTerm as error:
            raise ValidationError(error.detail) from None


class Flag(fields.Boolean):
    """True or false, and nothing that only looks like it: `"yes"` accepts no agreement."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("has to be true or false")
        return value


class Words(fields.List):  # type: ignore[type-arg] # marshmallow 3 takes none
    """Words of a set, in alphabetical order when shown."""

    def __init__(self, description: str, **options: Any) -> None:
        word = fields.String(validate=validate.Length(1, 255))
        super().__init__(word, validate=validate.Length(max=500), **about(description), **options)

    def _serialize(self, value: Any, *args: Any, **options: Any) -> list[Any] | None:
        return super()._serialize(sorted(value), *args, **options)


class Reference(fields.String):
    """The id of something, or null where there is none."""

    def _serialize(self, value: Any, *args: Any, **options: Any) -> str | None:
        return super()._serialize(value, *args, **options) if value else None


def plain(value: object) -> dict[str, object]:
    """The fields of a dataclass by name, for schemas that show several as one object."""
    return dict(vars(value))
