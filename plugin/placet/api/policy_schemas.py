"""Data policies as the API shows and reads them."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, pre_dump, validate

from placet.api.base import Instant, Strict, about, text
from placet.api.source_schemas import ColumnSchema
from placet.domain.conditions import BadCondition, Condition, from_json, to_json
from placet.domain.masks import MOST_KEPT, MOST_PLACES, Mask, MaskKind
from placet.domain.people import LONGEST_WORD
from placet.domain.policies import LONGEST_TEXT, DataPolicy
from placet.domain.products import LONGEST_NAME
from placet.domain.row_filters import BadFilter, RowFilter
from placet.domain.row_filters import from_json as filter_from_json
from placet.domain.row_filters import to_json as filter_to_json
from placet.domain.scopes import MOST_COLUMNS, InDomain, NamedColumns, Scope, Tagged
from placet.service.policies import OUT_OF_SIGHT, MaskedColumn, MaskedSource, PolicyView

CONDITION = (
    'A condition on people, or null: `{"group": "x"}`, `{"attribute": {"key": "k", "value": "v"}}`, '
    '`{"permission": "AUDIT"}`, `{"all": [...]}`, `{"any": [...]}` or `{"not": ...}`.'
)

FILTER = (
    "Which rows are seen, by the columns it is on, or null: a comparison (`=`, `!=`, `<`, `<=`, `>`, `>=`) with a "
    'text, a number, true, false or a date such as `{"date": "2026-01-31"}`, or `in` with a list of these, or with '
    '`{"attribute": "region"}` for the person\'s own values.'
)


class ConditionField(fields.Field):  # type: ignore[type-arg] # marshmallow 3 takes none
    """A condition on people as JSON, or null."""

    def __init__(self, description: str) -> None:
        shown = {"description": f"{description} {CONDITION}", "type": "object"}
        super().__init__(load_default=None, allow_none=True, metadata=shown)

    def _serialize(self, value: Condition | None, *_: Any, **__: Any) -> dict[str, object] | None:
        return None if value is None else to_json(value)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Condition:
        try:
            return from_json(value)
        except BadCondition as error:
            raise ValidationError(error.detail) from None


class MaskSchema(Strict):
    """What someone sees in place of a value; each kind takes its own members, and no others."""

    kind = fields.Enum(MaskKind, by_value=True, required=True, **about("The kind of mask."))
    text = text("For `constant`: what is shown.", LONGEST_WORD, load_default=None)
    first = fields.Integer(
        strict=True,
        load_default=None,
        validate=validate.Range(0, MOST_KEPT),
        **about("For `partial`: how many characters are kept at the beginning."),
    )
    last = fields.Integer(
        strict=True,
        load_default=None,
        validate=validate.Range(0, MOST_KEPT),
        **about("For `partial`: how many characters are kept at the end."),
    )
    places = fields.Integer(
        strict=True,
        load_default=None,
        validate=validate.Range(-MOST_PLACES, MOST_PLACES),
        **about("For `rounding`: to how many places after the point; `-3` rounds to thousands."),
    )

    @post_load
    def made(self, given: dict[str, Any], **_: Any) -> Mask:
        return Mask(**given)

    @pre_dump
    def own(self, mask: Mask, **_: Any) -> dict[str, Any]:
        return {name: value for name, value in vars(mask).items() if value is not None}


class FilterField(fields.Field):  # type: ignore[type-arg] # marshmallow 3 takes none
    """A row filter as JSON, or null."""

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"description": FILTER, "type": "object"}, **options)

    def _serialize(self, value: RowFilter | None, *_: Any, **__: Any) -> dict[str, object] | None:
        return None if value is None else filter_to_json(value)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> RowFilter:
        try:
            return filter_from_json(value)
        except BadFilter as error:
            raise ValidationError(error.detail) from None


class ScopeSchema(Strict):
    """What a policy is on: one of a source with some of its columns, a tag, and a domain."""

    source = text("The id of a data source.", shortest=1, load_default=None)
    columns = fields.List(
        fields.Integer(strict=True),
        load_default=None,
        validate=validate.Length(1, MOST_COLUMNS),
        **about("With `source`: the ids of its columns."),
    )
    tag = text("A tag: columns that carry it or one under it, and all columns of sources that do.", load_default=None)
    domain = text("The id of a domain: every column of its sources.", shortest=1, load_default=None)

    @post_load
    def made(self, given: dict[str, Any], **_: Any) -> Scope:
        match {name: value for name, value in given.items() if value is not None}:
            case {"source": source, "columns": columns, **others} if not others:
                return NamedColumns(source, frozenset(columns))
            case {"tag": tag, **others} if not others:
                return Tagged(tag)
            case {"domain": domain, **others} if not others:
                return InDomain(domain)
        raise ValidationError("give exactly one of `source` with its `columns`, `tag`, and `domain`")

    @pre_dump
    def named(self, scope: Scope, **_: Any) -> dict[str, Any]:
        return {name: sorted(value) if name == "columns" else value for name, value in vars(scope).items()}


class DataPolicyFields(Strict):
    """What is said about a data policy; on a change as a whole: what is left out is emptied."""

    name = text("What people call it; policies in force have different names.", LONGEST_NAME, 1, required=True)
    description = text("What it is for.", LONGEST_TEXT, load_default="")
    mask = fields.Nested(
        MaskSchema, load_default=None, allow_none=True, **about("What is seen in place of a value; or a `filter`.")
    )
    filter = FilterField(load_default=None, allow_none=True)
    scope = fields.Nested(ScopeSchema, required=True, **about("What it is on."))
    everyone_except = ConditionField("Whom it does not mask or filter for, although it does for everyone else.")
    for_everyone_who = ConditionField("For whom alone it masks or filters; no approval lifts it for them.")


class DataPolicySchema(DataPolicyFields):
    """A data policy."""

    id = fields.String(required=True, **about("Its id."))
    scope = fields.Nested(
        ScopeSchema,
        required=True,
        allow_none=True,
        **about("What it is on; null for columns of a data source that the reader may not see."),
    )
    created_at = Instant(required=True, **about("When it was made; of policies on the same the older one masks."))
    revision = fields.Integer(required=True, **about("Grows by one with each change; also its `ETag`."))
    active = fields.Boolean(required=True, **about("Whether it is in force; a retired one masks nothing."))

    @pre_dump
    def in_sight(self, policy: DataPolicy | PolicyView, **_: Any) -> dict[str, Any]:
        kept, beside = (policy.policy, vars(policy)) if isinstance(policy, PolicyView) else (policy, {})
        return beside | vars(kept) | {"scope": None if kept.scope == OUT_OF_SIGHT else kept.scope}


class MaskedColumnSchema(Strict):
    column = fields.Nested(ColumnSchema, required=True, **about("The column."))
    instead = fields.String(
        required=True, allow_none=True, **about("The id of a stronger policy that masks it first, or null.")
    )
    waiting = fields.Boolean(required=True, **about("Whether nobody has looked at it: masked for all, and stays so."))

    @pre_dump
    def identified(self, masked: MaskedColumn, **_: Any) -> dict[str, Any]:
        return vars(masked) | {"instead": masked.instead and masked.instead.id}


class MaskedSourceSchema(Strict):
    source = fields.String(required=True, **about("The id of the data source."))
    name = fields.String(required=True, **about("Its schema and name."))
    columns = fields.List(fields.Nested(MaskedColumnSchema), required=True, **about("The columns it is on, in order."))

    @pre_dump
    def identified(self, masked: MaskedSource, **_: Any) -> dict[str, Any]:
        source = masked.source
        return {"source": source.id, "name": source.qualified_name, "columns": masked.columns}


class DataPolicyViewSchema(DataPolicySchema):
    """A data policy with the columns it is on now."""

    may_manage = fields.Boolean(required=True, **about("Whether the reader may change and retire it."))
    sources = fields.List(
        fields.Nested(MaskedSourceSchema), required=True, **about("The first data sources it reaches, by id.")
    )
    others = fields.Boolean(
        required=True, **about("Whether there are data sources beyond the first ones, or that the reader may not see.")
    )


def policy_from(given: dict[str, Any], **named: Any) -> DataPolicy:
    """The policy that was described; `named` are its id and the revision that was read."""
    return DataPolicy(**given | named)
