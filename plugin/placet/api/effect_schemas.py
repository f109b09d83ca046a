"""What a policy would mean, as the API shows it."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, pre_dump

from placet.api.base import Strict, about
from placet.service.policy_effects import NAMED, SourceEffect


class SomeoneSchema(Strict):
    id = fields.String(required=True, **about("The id of the person."))
    name = fields.String(required=True, **about("Their name."))


class SomeSchema(Strict):
    """Some people."""

    count = fields.Integer(required=True, **about("How many they are."))
    first = fields.List(
        fields.Nested(SomeoneSchema), required=True, **about(f"The first of them by id, {NAMED} at most.")
    )


class SourceEffectSchema(Strict):
    """What changes on one data source."""

    source = fields.String(required=True, **about("The id of the data source."))
    name = fields.String(required=True, **about("Its schema and name."))
    gains = fields.Nested(SomeSchema, required=True, **about("Who may read it then and may not now."))
    loses = fields.Nested(SomeSchema, required=True, **about("Who may read it now and may not then."))
    clearer = fields.Nested(SomeSchema, required=True, **about("Who reads it and sees a column clear that was not."))
    less_clear = fields.Nested(SomeSchema, required=True, **about("Who reads it, and a clear column is masked."))
    more_rows = fields.Nested(SomeSchema, required=True, **about("Who reads it, and a row filter binds no longer."))
    fewer_rows = fields.Nested(SomeSchema, required=True, **about("Who reads it, and a row filter binds that did not."))

    @pre_dump
    def identified(self, found: SourceEffect, **_: Any) -> dict[str, Any]:
        return vars(found) | {"source": found.source.id, "name": found.source.qualified_name}


class PreviewSchema(Strict):
    """Who would gain and who would lose by a change of policies; nothing was changed."""

    gains = fields.Integer(required=True, **about("How many people may read some data source then, and not now."))
    loses = fields.Integer(required=True, **about("How many people may no longer read some of them."))
    sources = fields.List(
        fields.Nested(SourceEffectSchema), required=True, **about("The data sources on which something changes.")
    )
    looked_at = fields.Integer(required=True, **about("How many data sources were looked at."))
    others = fields.Boolean(
        required=True, **about("Whether there are data sources beyond these, or that the reader may not see.")
    )
