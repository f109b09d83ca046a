"""The routes of the SCIM server: guarded as the API is, answered by the library over the directory."""

from __future__ import annotations

import json
import logging
from typing import Any
from urllib.parse import urljoin

from flask import Blueprint, Response, request
from scim2_models import SCIMException
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import SCIM_MEDIA_TYPE, ScimResponse
from scim2_server.service import ScimService
from werkzeug.exceptions import HTTPException, default_exceptions

from placet.domain.errors import Forbidden, Invalid, PlacetError, StaleRevision
from placet.domain.permissions import Action, refuse_unless_may
from placet.identity.bearer import token_in
from placet.identity.by_token import HEADERS, note_use, refuse_out_of_scope, take_token
from placet.identity.origin import SAFE, from_elsewhere
from placet.identity.web import keep_connected, marketplace, release_connection, signed_in, url_for
from placet.scim.provider import make_provider
from placet.scim.storage import DirectoryStorage

ENDPOINT = "scim"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
SCIM_TYPES = {"already-there": "uniqueness", "bad-person": "invalidValue", "bad-group": "invalidValue"}

log = logging.getLogger("placet.scim")


class CrossSite(Forbidden):
    code = "cross-site"
    title = "Sent from another site"


def make_scim() -> Blueprint:
    """A blueprint with one route for everything: the library knows which addresses there are."""
    scim = Blueprint("placet-scim", __name__)
    service = ScimService(make_provider())
    scim.before_request(take_token)
    scim.before_request(refuse_out_of_scope)
    scim.before_request(refuse_unwelcome)
    scim.before_request(keep_connected)
    scim.teardown_request(release_connection)
    scim.after_request(note_use)
    scim.after_request(keep_private)

    def answer(path: str = "") -> Response:
        return answered(service, path)

    scim.add_url_rule("/", ENDPOINT, answer, methods=METHODS)
    scim.add_url_rule("/<path:path>", ENDPOINT, answer, methods=METHODS)
    handle_errors(scim, service)
    return scim


def answered(service: ScimService, path: str) -> Response:
    """What the library answers over the directory, in the name of whoever is signed in."""
    handler = ScimHandler(service, DirectoryStorage(marketplace(), signed_in()))
    endpoint, _, id = path.partition("/")
    asked = ScimRequest(
        method=request.method,
        base_url=urljoin(request.host_url, url_for(f"placet-scim.{ENDPOINT}")).rstrip("/"),
        path=f"/{endpoint}/{escaped(id)}" if id else f"/{endpoint}",
        query=request.args.to_dict(),
        headers=dict(request.headers),
        body=request.get_data(),
    )
    return sent(handler.handle(asked))


def escaped(id: str) -> str:
    """An id without slashes, which would part the path; the storage has it back as it was."""
    return id.replace("%", "%25").replace("/", "%2F")


def refuse_unwelcome() -> None:
    """Everything here is for those who manage people. No page of another site sends JSON, nor says it is ours."""
    refuse_unless_may(signed_in(), Action.MANAGE_PEOPLE)
    if request.method not in SAFE and from_elsewhere(request) and not token_in(request):
        raise CrossSite("this was sent from a page of another site: nothing is changed from there")


def keep_private(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response


def handle_errors(scim: Blueprint, service: ScimService) -> None:
    """Errors are SCIM's; registered by status code as well, as some hosts have theirs so."""

    def refused_by_library(error: SCIMException) -> Response:
        return sent(service.error_response(error))

    scim.register_error_handler(SCIMException, refused_by_library)
    scim.register_error_handler(PlacetError, refused)
    scim.register_error_handler(Exception, broken)
    for code in default_exceptions:
        scim.register_error_handler(code, http_refused)


def refused(error: PlacetError) -> Response:
    """A refusal of the marketplace in SCIM's words."""
    if error.status == PlacetError.status:
        return broken(error)
    scim_type = SCIM_TYPES.get(error.code, "invalidValue" if isinstance(error, Invalid) else "")
    status = 412 if isinstance(error, StaleRevision) else 400 if isinstance(error, Invalid) else error.status
    answer = problem(status, error.detail, scim_type)
    answer.headers.extend([HEADERS[error.code]] if error.code in HEADERS else [])
    return answer


def http_refused(error: HTTPException) -> Response:
    status = error.code or PlacetError.status
    return broken(error) if status == PlacetError.status else problem(status, error.description or error.name)


def broken(error: Exception) -> Response:
    """What no one foresaw: logged whole, and nothing of it shown."""
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return problem(PlacetError.status, "something went wrong on the server, where it was logged")


def problem(status: int, detail: str, scim_type: str = "") -> Response:
    said: dict[str, Any] = {"schemas": [ERROR], "status": str(status), "detail": detail}
    return Response(json.dumps(said | ({"scimType": scim_type} if scim_type else {})), status, mimetype=SCIM_MEDIA_TYPE)


def sent(response: ScimResponse) -> Response:
    body = b"" if response.body is None else json.dumps(response.body).encode()
    return Response(body, response.status.value, headers=response.headers)
