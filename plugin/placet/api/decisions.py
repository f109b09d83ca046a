"""Decisions: whether someone may read a data source, and why."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from placet.api.base import Instant, Strict, about, text
from placet.api.resource import Resource
from placet.domain.errors import NotFound
from placet.domain.tokens import OutOfScope, Scope
from placet.identity.web import marketplace, signed_in, token
from placet.service.views import Decision

decisions = Resource("decisions", "Decisions: whether someone may read a data source, and why.")


class DecisionQuery(Strict):
    """Who, what and when."""

    source = text("The id of the data source.", shortest=1, required=True)
    person = text("The id of the person; left out: oneself.", load_default="")
    at = Instant(load_default=None, **about("At which instant; left out: now."))


class ColumnDecisionSchema(Strict):
    """How a column is seen by someone who may read its source."""

    name = fields.String(required=True, **about("Its name."))
    clear = fields.Boolean(required=True, **about("Whether clear values are seen."))
    shown = fields.String(required=True, **about("What is seen, in words."))
    reasons = fields.List(fields.String(), required=True, **about("Why."))


class DecisionSchema(Strict):
    person = fields.String(required=True, **about("The id of the person."))
    source = fields.String(required=True, **about("The id of the data source."))
    at = Instant(required=True, **about("At which instant."))
    allowed = fields.Boolean(required=True, **about("Whether they may read it then."))
    reasons = fields.List(fields.String(), required=True, **about("Why, or why not."))
    columns = fields.List(
        fields.Nested(ColumnDecisionSchema), required=True, **about("What they see of each column where they may read.")
    )
    filters = fields.List(fields.String(), required=True, **about("Which rows they see, one sentence for each policy."))


@decisions.route("/decisions")
@decisions.arguments(DecisionQuery, location="query")
@decisions.response(200, DecisionSchema)
@decisions.reads(NotFound)
def decide(asked: dict[str, Any]) -> Decision:
    """Ask whether someone may read a data source

    Anyone may ask about themselves; about others GOVERNANCE and AUDIT may, and service accounts by a token with the
    scope `decisions`.
    """
    actor = signed_in()
    person = asked["person"] or actor.id
    scoped = refuse_unless_scoped(person == actor.id)
    return marketplace().decisions.decide(actor, person, asked["source"], asked["at"], scoped)


def refuse_unless_scoped(about_oneself: bool) -> bool:
    """Whether a token asks by the scope for decisions about others. Raises OutOfScope where it lacks that."""
    by = token()
    scoped = by is not None and Scope.DECISIONS in by.scopes
    if by and not scoped and not about_oneself:
        raise OutOfScope(f"the token `{by.name}` asks about its holder alone: it takes the scope `{Scope.DECISIONS}`")
    return scoped
