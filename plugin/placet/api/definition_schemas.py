"""Files of definitions and what becomes of them, as the API reads and shows them."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, pre_dump, validate, validates_schema

from placet.api.base import Strict, about, text
from placet.service.definitions import DefinitionPlan, File
from placet.service.definitions.plan import PlanStep, What
from placet.service.definitions.text import LARGEST_FILE

MOST_FILES = 50


class DefinitionFile(Strict):
    """A file of definitions."""

    name = text("What it is called where something in it is refused.", shortest=1, required=True)
    content = text("Its text: YAML or JSON.", LARGEST_FILE, 1, required=True)

    @post_load
    def made(self, given: dict[str, Any], **_: Any) -> File:
        return File(given["name"], given["content"])


class DefinitionsToPlan(Strict):
    """Files of definitions, which are read as one."""

    files = fields.List(
        fields.Nested(DefinitionFile),
        required=True,
        validate=validate.Length(1, MOST_FILES),
        **about(f"The files; their texts have {LARGEST_FILE} characters at most, all together."),
    )

    @validates_schema(skip_on_field_errors=True)
    def refuse_too_large(self, given: dict[str, Any], **_: Any) -> None:
        if sum(len(file.text) for file in given["files"]) > LARGEST_FILE:
            raise ValidationError(f"longer than {LARGEST_FILE} characters together: send some of them after the others")


class DefinitionsToApply(DefinitionsToPlan):
    """Files of definitions, and the plan that was looked at."""

    plan = text("The digest of the plan: only that is done.", 64, 64, required=True)


class ExportQuery(Strict):
    people = fields.Boolean(
        truthy={"true"}, falsy={"false"}, load_default=False, **about("Groups and people too, with what they hold.")
    )


class DefinitionChange(Strict):
    before = fields.Raw(required=True, allow_none=True, **about("What it was; null where the thing is new."))
    after = fields.Raw(required=True, allow_none=True, **about("What it becomes."))


class DefinitionStepSchema(Strict):
    """What becomes of one thing."""

    section = fields.String(required=True, **about("The section of the file, as `products`."))
    id = fields.String(required=True, **about("The id of the thing."))
    what = fields.Enum(What, by_value=True, required=True, **about("What becomes of it."))
    members = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(DefinitionChange),
        required=True,
        **about("Those of its members that change, by name."),
    )

    @pre_dump
    def flattened(self, step: PlanStep, **_: Any) -> dict[str, Any]:
        return vars(step) | {"members": {one.member: one for one in step.differences}}


class DefinitionPlanSchema(Strict):
    """What files of definitions change."""

    plan = fields.String(required=True, **about("Its digest, by which applying asks for this plan and no other."))
    done = fields.Boolean(required=True, **about("Whether it was done; a plan alone changes nothing."))
    steps = fields.List(
        fields.Nested(DefinitionStepSchema), required=True, **about("Each thing, in the order it is made.")
    )


class DefinitionExportSchema(Strict):
    content = fields.String(required=True, **about("The text of a file of definitions, as YAML."))


def shown(plan: DefinitionPlan, done: bool) -> dict[str, object]:
    """A plan as `DefinitionPlanSchema` dumps it."""
    return {"plan": plan.digest, "done": done, "steps": plan.steps}
