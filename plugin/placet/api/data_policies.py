"""Data policies: what masks which columns and filters which rows, and for whom."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from placet.api.base import about
from placet.api.effect_schemas import PreviewSchema
from placet.api.listing import LINKED, LOCATED, PageQuery, linked, page_of
from placet.api.policy_schemas import DataPolicyFields, DataPolicySchema, DataPolicyViewSchema, policy_from
from placet.api.resource import Resource
from placet.api.revisions import TAGGED, revision_meant, tagged
from placet.domain.errors import AlreadyThere, NotFound
from placet.domain.policies import BadPolicy, DataPolicy
from placet.identity.web import marketplace, signed_in, url_for
from placet.service import BadCursor
from placet.service.policies import PolicyView
from placet.service.policy_effects import Preview
from placet.service.views import Page
from placet.workflow.refusals import WrongState

data_policies = Resource(
    "data-policies", "Data policies: what masks which columns and filters which rows, and for whom."
)


class PolicyQuery(PageQuery):
    """Which data policies."""

    active = fields.Boolean(
        truthy={"true"}, falsy={"false"}, load_default=True, **about("Those in force; `false`: those that are retired.")
    )


@data_policies.route("/data-policies")
@data_policies.arguments(PolicyQuery, location="query")
@data_policies.response(200, page_of(DataPolicySchema), headers=LINKED)
@data_policies.reads(BadCursor)
def listed(asked: dict[str, Any]) -> tuple[Page[DataPolicy], dict[str, str]]:
    """List the data policies, by name"""
    page = marketplace().data_policies.list(signed_in(), **asked)
    return page, linked(page)


@data_policies.route("/data-policies", methods=["POST"])
@data_policies.arguments(DataPolicyFields)
@data_policies.response(201, DataPolicySchema, headers=TAGGED | LOCATED)
@data_policies.changes(NotFound, BadPolicy, AlreadyThere)
def create(given: dict[str, Any]) -> tuple[DataPolicy, dict[str, str]]:
    """Make a data policy

    It masks columns (`mask`) or lets rows be seen (`filter`). Either for everyone, except whom `everyone_except` names:
    an approval lifts a mask of that kind. Or for those whom `for_everyone_who` names: no approval lifts that.
    """
    made = marketplace().data_policies.create(signed_in(), policy_from(given, id=""))
    return made, tagged(made.revision) | {"Location": url_for("placet-data-policies.one", id=made.id)}


class DataPolicyPreviewFields(DataPolicyFields):
    """A data policy to look at before it is in force."""

    id = fields.String(load_default="", **about("The id of the policy that it would replace; empty for a new one."))


@data_policies.route("/data-policies/preview", methods=["POST"])
@data_policies.arguments(DataPolicyPreviewFields)
@data_policies.response(200, PreviewSchema)
@data_policies.changes(NotFound, BadPolicy, WrongState)
def preview(given: dict[str, Any]) -> Preview:
    """Say who would see more and less by a policy

    Nothing is changed.
    """
    return marketplace().data_policies.preview(signed_in(), policy_from(given))


@data_policies.route("/data-policies/<id>/retirement")
@data_policies.response(200, PreviewSchema)
@data_policies.reads(NotFound, WrongState)
def retirement(id: str) -> Preview:
    """Say who would see more and less if a policy were retired

    Nothing is changed.
    """
    return marketplace().data_policies.preview_retirement(signed_in(), id)


@data_policies.route("/data-policies/<id>")
@data_policies.response(200, DataPolicyViewSchema, headers=TAGGED)
@data_policies.reads(NotFound)
def one(id: str) -> tuple[PolicyView, dict[str, str]]:
    """Read a data policy with the columns it is on now"""
    view = marketplace().data_policies.get(signed_in(), id)
    return view, tagged(view.policy.revision)


@data_policies.route("/data-policies/<id>", methods=["PUT"])
@data_policies.arguments(DataPolicyFields)
@data_policies.response(200, DataPolicySchema, headers=TAGGED)
@data_policies.changes(NotFound, BadPolicy, AlreadyThere, WrongState)
@data_policies.matches
def replace(given: dict[str, Any], id: str) -> tuple[DataPolicy, dict[str, str]]:
    """Describe a data policy anew

    As a whole: what is left out is emptied. It stays as old as it is.
    """
    made = marketplace().data_policies.replace(signed_in(), policy_from(given, id=id, revision=read_revision(id)))
    return made, tagged(made.revision)


@data_policies.route("/data-policies/<id>", methods=["DELETE"])
@data_policies.response(204)
@data_policies.changes(NotFound, WrongState)
@data_policies.matches
def retire(id: str) -> None:
    """Retire a data policy for good

    It masks nothing from then on, and can still be read.
    """
    marketplace().data_policies.retire(signed_in(), id, read_revision(id))


def read_revision(id: str) -> int:
    """The revision of a policy, if `If-Match` names it; the service holds the change to that one."""
    return revision_meant(marketplace().data_policies.get(signed_in(), id).policy.revision)
