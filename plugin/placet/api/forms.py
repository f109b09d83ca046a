"""Request forms, version by version."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from placet.api.base import Strict, about
from placet.api.form_schemas import FormFields, FormSchema, form_from
from placet.api.listing import LOCATED
from placet.api.resource import Resource
from placet.api.revisions import TAGGED, refuse_stale, tagged
from placet.domain.errors import AlreadyThere, NotFound
from placet.domain.forms import BadForm, RequestForm
from placet.identity.web import marketplace, signed_in, url_for

forms = Resource("request-forms", "Request forms: what is asked, and who decides.")


class FormList(Strict):
    items = fields.List(fields.Nested(FormSchema), required=True, **about("The latest version of every form."))


class VersionQuery(Strict):
    version = fields.Integer(
        load_default=None, validate=validate.Range(1, 2**31), **about("Which version; left out: the latest.")
    )


@forms.route("/request-forms")
@forms.response(200, FormList)
@forms.reads()
def latest() -> dict[str, list[RequestForm]]:
    """List the request forms"""
    return {"items": marketplace().forms.latest(signed_in())}


@forms.route("/request-forms", methods=["POST"])
@forms.arguments(FormFields)
@forms.response(201, FormSchema, headers=TAGGED | LOCATED)
@forms.changes(BadForm)
def create(given: dict[str, Any]) -> tuple[RequestForm, dict[str, str]]:
    """Make a request form"""
    made = marketplace().forms.create(signed_in(), form_from(given, id="", version=1))
    return made, tagged(made.version) | {"Location": url_for("placet-request-forms.one", id=made.id)}


@forms.route("/request-forms/<id>")
@forms.arguments(VersionQuery, location="query")
@forms.response(200, FormSchema, headers=TAGGED)
@forms.reads(NotFound)
def one(asked: dict[str, Any], id: str) -> tuple[RequestForm, dict[str, str]]:
    """Read a version of a request form"""
    form = marketplace().forms.get(signed_in(), id, asked["version"])
    return form, tagged(form.version)


@forms.route("/request-forms/<id>", methods=["PUT"])
@forms.arguments(FormFields)
@forms.response(200, FormSchema, headers=TAGGED)
@forms.changes(NotFound, BadForm, AlreadyThere)
@forms.matches
def edit(given: dict[str, Any], id: str) -> tuple[RequestForm, dict[str, str]]:
    """Make a new version of a request form

    Products and open requests stay with the version they have.
    """
    version = refuse_stale(marketplace().forms.get(signed_in(), id).version)
    made = marketplace().forms.edit(signed_in(), form_from(given, id=id, version=version))
    return made, tagged(made.version)
