"""Data use agreements, version by version."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from placet.api.base import Instant, Strict, about, text
from placet.api.forms import VersionQuery
from placet.api.listing import LINKED, LOCATED, PageQuery, linked, page_of
from placet.api.resource import Resource
from placet.api.revisions import TAGGED, revision_meant, tagged
from placet.domain.agreements import LONGEST_BODY, LONGEST_NAME, Agreement, AgreementInUse, BadAgreement
from placet.domain.errors import AlreadyThere, NotFound
from placet.identity.web import marketplace, signed_in, url_for
from placet.service import BadCursor
from placet.service.views import Page

agreements = Resource("data-use-agreements", "Data use agreements: what requesters accept.")


class AgreementQuery(PageQuery):
    """Which agreements."""

    search = text("Words, or beginnings of words, of the name.", load_default="")


class AgreementFields(Strict):
    """What is said about a data use agreement."""

    name = text("What it is called.", LONGEST_NAME, 1, required=True)
    body = text("Its text, in Markdown.", LONGEST_BODY, 1, required=True)


class AgreementSchema(AgreementFields):
    """One version of a data use agreement."""

    id = fields.String(required=True, **about("Its id."))
    version = fields.Integer(required=True, **about("Its version; each change makes one more; also its `ETag`."))
    created_by = fields.String(required=True, **about("The id of who made it."))
    created_at = Instant(required=True, allow_none=True, **about("When this version was made."))
    retired = fields.Boolean(required=True, **about("Whether it was deleted and stays for what was accepted."))


AgreementPage = page_of(AgreementSchema)


@agreements.route("/data-use-agreements")
@agreements.arguments(AgreementQuery, location="query")
@agreements.response(200, AgreementPage, headers=LINKED)
@agreements.reads(BadCursor)
def listed(asked: dict[str, Any]) -> tuple[Page[Agreement], dict[str, str]]:
    """List the data use agreements

    The latest version of each, by name.
    """
    page = marketplace().agreements.list(signed_in(), **asked)
    return page, linked(page)


@agreements.route("/data-use-agreements", methods=["POST"])
@agreements.arguments(AgreementFields)
@agreements.response(201, AgreementSchema, headers=TAGGED | LOCATED)
@agreements.changes(BadAgreement, AlreadyThere)
def create(given: dict[str, str]) -> tuple[Agreement, dict[str, str]]:
    """Make a data use agreement"""
    made = marketplace().agreements.create(signed_in(), Agreement("", 0, given["name"], given["body"]))
    return made, tagged(made.version) | {"Location": url_for("placet-data-use-agreements.one", id=made.id)}


@agreements.route("/data-use-agreements/<id>")
@agreements.arguments(VersionQuery, location="query")
@agreements.response(200, AgreementSchema, headers=TAGGED)
@agreements.reads(NotFound)
def one(asked: dict[str, Any], id: str) -> tuple[Agreement, dict[str, str]]:
    """Read a version of a data use agreement

    Also of one that was deleted: what someone accepted can be read for good.
    """
    agreement = marketplace().agreements.get(signed_in(), id, asked["version"])
    return agreement, tagged(agreement.version)


@agreements.route("/data-use-agreements/<id>/versions")
@agreements.arguments(PageQuery, location="query")
@agreements.response(200, AgreementPage, headers=LINKED)
@agreements.reads(NotFound, BadCursor)
def versions(asked: dict[str, Any], id: str) -> tuple[Page[Agreement], dict[str, str]]:
    """List the versions of a data use agreement

    The latest first.
    """
    page = marketplace().agreements.versions(signed_in(), id, **asked)
    return page, linked(page)


@agreements.route("/data-use-agreements/<id>", methods=["PUT"])
@agreements.arguments(AgreementFields)
@agreements.response(200, AgreementSchema, headers=TAGGED)
@agreements.changes(NotFound, BadAgreement, AlreadyThere)
@agreements.matches
def edit(given: dict[str, str], id: str) -> tuple[Agreement, dict[str, str]]:
    """Make a new version of a data use agreement

    Forms keep the version that they ask to accept; a new version of a form takes it up.
    """
    version = revision_meant(marketplace().agreements.get(signed_in(), id).version)
    made = marketplace().agreements.edit(signed_in(), Agreement(id, version, given["name"], given["body"]))
    return made, tagged(made.version)


@agreements.route("/data-use-agreements/<id>", methods=["DELETE"])
@agreements.response(204)
@agreements.changes(NotFound, AgreementInUse)
@agreements.matches
def delete(id: str) -> None:
    """Delete a data use agreement

    Refused while a form asks to accept it. What may have been accepted can still be read.
    """
    version = revision_meant(marketplace().agreements.get(signed_in(), id).version)
    marketplace().agreements.delete(signed_in(), id, version)
