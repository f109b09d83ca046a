"""Request forms, version by version."""

from __future__ import annotations

from typing import Any

from flask import current_app
from marshmallow import fields, validate

from placet.api.base import LARGEST_VERSION, Strict, about, text
from placet.api.form_schemas import FormFields, FormSchema, ListedFormSchema, form_from
from placet.api.listing import LINKED, LOCATED, PageQuery, linked, page_of
from placet.api.resource import Resource
from placet.api.revisions import TAGGED, revision_meant, tagged
from placet.domain.errors import AlreadyThere, NotFound
from placet.domain.form_schema import json_schema
from placet.domain.forms import BadForm, FormInUse, RequestForm
from placet.identity.web import marketplace, signed_in, url_for
from placet.service import BadCursor
from placet.service.views import Page

forms = Resource("request-forms", "Request forms: what is asked, and who decides.")


class FormQuery(PageQuery):
    """Which forms."""

    search = text("Words, or beginnings of words, of the name.", load_default="")


FormPage = page_of(ListedFormSchema)


class VersionQuery(Strict):
    version = fields.Integer(
        load_default=None, validate=validate.Range(1, LARGEST_VERSION), **about("Which version; left out: the latest.")
    )


@forms.route("/request-forms")
@forms.arguments(FormQuery, location="query")
@forms.response(200, FormPage, headers=LINKED)
@forms.reads(BadCursor)
def listed(asked: dict[str, Any]) -> tuple[Page[RequestForm], dict[str, str]]:
    """List the request forms

    The latest version of each, by name, without its questions.
    """
    page = marketplace().forms.list(signed_in(), **asked)
    return page, linked(page)


@forms.route("/request-forms", methods=["POST"])
@forms.arguments(FormFields)
@forms.response(201, FormSchema, headers=TAGGED | LOCATED)
@forms.changes(BadForm, AlreadyThere)
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


@forms.route("/request-forms/<id>/versions")
@forms.arguments(PageQuery, location="query")
@forms.response(200, FormPage, headers=LINKED)
@forms.reads(NotFound, BadCursor)
def versions(asked: dict[str, Any], id: str) -> tuple[Page[RequestForm], dict[str, str]]:
    """List the versions of a request form

    The latest first, without their questions.
    """
    page = marketplace().forms.versions(signed_in(), id, **asked)
    return page, linked(page)


@forms.route("/request-forms/<id>/schema")
@forms.arguments(VersionQuery, location="query")
@forms.response(200, {"type": "object"}, description="A JSON Schema, draft 2020-12.")
@forms.reads(NotFound)
def schema(asked: dict[str, Any], id: str) -> Any:
    """Read the schema of the answers to a request form

    It describes answers as they are kept; more is taken and cleaned, as `"yes"` for true.
    """
    form = marketplace().forms.get(signed_in(), id, asked["version"])
    return current_app.json.response(json_schema(form))


@forms.route("/request-forms/<id>", methods=["PUT"])
@forms.arguments(FormFields)
@forms.response(200, FormSchema, headers=TAGGED)
@forms.changes(NotFound, BadForm, AlreadyThere)
@forms.matches
def edit(given: dict[str, Any], id: str) -> tuple[RequestForm, dict[str, str]]:
    """Make a new version of a request form

    Open requests stay with the version they have. Products ask by the new one at once where it leaves steward sources,
    quorum, flow and rule packs as they are; otherwise once it is taken up there. Stewards of the form may change only
    the labels of questions and their help.
    """
    version = revision_meant(marketplace().forms.get(signed_in(), id).version)
    made = marketplace().forms.edit(signed_in(), form_from(given, id=id, version=version))
    return made, tagged(made.version)


@forms.route("/request-forms/<id>", methods=["DELETE"])
@forms.response(204)
@forms.changes(NotFound, FormInUse)
@forms.matches
def delete(id: str) -> None:
    """Delete a request form

    Refused while a product asks by it. Where requests were made with it, its versions can still be read.
    """
    version = revision_meant(marketplace().forms.get(signed_in(), id).version)
    marketplace().forms.delete(signed_in(), id, version)
