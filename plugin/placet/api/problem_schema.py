"""What a refusal looks like (RFC 9457)."""

from __future__ import annotations

from marshmallow import INCLUDE, fields

from placet.api.base import Strict, about


class MisfitSchema(Strict):
    field = fields.String(required=True, **about("Where it is, as `flow.sources.0.kind`; empty: the whole."))
    detail = fields.String(required=True, **about("What is wrong with it."))


class ProblemSchema(Strict):
    """A problem document; some codes add members with facts for machines."""

    class Meta(Strict.Meta):
        unknown = INCLUDE

    type = fields.String(required=True, **about("Names the kind of problem; ends in its code."))
    title = fields.String(required=True, **about("The kind of problem, in words."))
    status = fields.Integer(required=True, **about("The status of the response."))
    detail = fields.String(required=True, **about("What is wrong here and what to do next."))
    code = fields.String(required=True, **about("The stable name of the kind of problem."))
    problems = fields.List(fields.String(), **about("Everything that is wrong with a rule pack, where that is it."))
    errors = fields.List(fields.Nested(MisfitSchema), **about("Each member that does not fit, where that is it."))
