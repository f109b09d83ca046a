"""What makes someone a steward, as the API shows and reads it."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load

from placet.api.base import Strict, about, text
from placet.domain.people import SourceKind, StewardSource


class StewardSourceSchema(Strict):
    kind = fields.Enum(SourceKind, by_value=True, required=True, **about("What kind of source it is."))
    name = text("The id of the user or group, the key of the attribute, or the permission.", shortest=1, required=True)
    value = text(
        "The value of the attribute, or the domain of a domain permission; empty there: the domain of the product.",
        load_default="",
    )

    @post_load
    def made(self, given: dict[str, Any], **_: Any) -> StewardSource:
        return StewardSource(**given)
