"""The marketplace as files: what applying them would change, applying them, and writing down what is there."""

from __future__ import annotations

from typing import Any

from placet.api.definition_schemas import (
    DefinitionExportSchema,
    DefinitionPlanSchema,
    DefinitionsToApply,
    DefinitionsToPlan,
    ExportQuery,
    shown,
)
from placet.api.resource import Resource
from placet.domain.agreements import BadAgreement
from placet.domain.errors import AlreadyThere, NotFound, PlacetError, TargetError
from placet.domain.forms import BadForm
from placet.domain.policies import BadPolicy
from placet.domain.products import BadProduct
from placet.domain.sources import BadSource, DynamicDomain
from placet.domain.tags import BadTag
from placet.domain.tokens import Scope
from placet.identity.web import marketplace, signed_in, token
from placet.service.definitions import BadDefinitions, StalePlan, WasDeleted
from placet.service.directory import LastUserAdmin, RuledByTheHost
from placet.service.groups import BadGroup
from placet.service.people import BadPerson, OwnerInactive
from placet.workflow.refusals import NobodyCanDecide, WrongState

definitions = Resource("definitions", "Definitions: domains, data sources, products and what they need, as files.")

REFUSED: tuple[type[PlacetError], ...] = (
    BadDefinitions,
    WasDeleted,
    NotFound,
    AlreadyThere,
    BadProduct,
    BadTag,
    DynamicDomain,
    BadSource,
    TargetError,
    BadGroup,
    BadPerson,
    OwnerInactive,
    LastUserAdmin,
    RuledByTheHost,
    BadPolicy,
    BadAgreement,
    BadForm,
    NobodyCanDecide,
    WrongState,
)
"""What is wrong with files, and what the commands refuse that bring each thing about."""


@definitions.route("/definitions/plan", methods=["POST"])
@definitions.arguments(DefinitionsToPlan)
@definitions.response(200, DefinitionPlanSchema)
@definitions.changes(*REFUSED)
def plan(given: dict[str, Any]) -> dict[str, object]:
    """Say what applying files of definitions would change

    Nothing is changed; what applying would refuse is refused here, with the file, the line and the thing.
    """
    return shown(marketplace().definitions.plan(signed_in(), given["files"], scopes=scopes()), done=False)


@definitions.route("/definitions/apply", methods=["POST"])
@definitions.arguments(DefinitionsToApply)
@definitions.response(200, DefinitionPlanSchema)
@definitions.changes(*REFUSED, StalePlan)
def apply(given: dict[str, Any]) -> dict[str, object]:
    """Apply files of definitions

    All that the plan says in one transaction, or nothing of it; refused where it would be something else by now.
    """
    plan = marketplace().definitions.apply(signed_in(), given["files"], given["plan"], scopes=scopes())
    return shown(plan, done=True)


@definitions.route("/definitions/export")
@definitions.arguments(ExportQuery, location="query")
@definitions.response(200, DefinitionExportSchema)
@definitions.reads()
def export(asked: dict[str, Any]) -> dict[str, str]:
    """Write down all that is there as a file of definitions

    Without secrets and logins; applying it changes nothing here.
    """
    return {"content": marketplace().definitions.export(signed_in(), **asked)}


def scopes() -> frozenset[Scope] | None:
    """What the token lets through by which someone asks; None where it is no token that says who asks."""
    by = token()
    return by.scopes if by else None
