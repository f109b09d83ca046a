"""Reading what was sent, strictly: what does not fit is refused, and every misfit is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import marshmallow
from flask import Request
from marshmallow import RAISE
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest

from placet.api.errors import BadInput, Malformed


class StrictParser(FlaskParser):
    """The parser of all our views; unknown parameters of a query are refused as unknown members of a body are."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": RAISE}  # noqa: RUF012 - as the library types it

    def load_json(self, req: Request, schema: marshmallow.Schema) -> Any:
        """The body. Raises Malformed, also where Python's reader gives up: on depth and on endless numbers."""
        try:
            return super().load_json(req, schema)
        except (BadRequest, RecursionError, ValueError):
            raise Malformed("the body can't be read as JSON: look for a missing comma, quote or brace") from None

    def handle_error(self, error: marshmallow.ValidationError, *_: Any, **__: Any) -> NoReturn:
        """Raises BadInput with each field and what is wrong with it."""
        errors = list(misfits(error.messages_dict))
        told = "; ".join(f"`{one['field']}`: {one['detail']}" if one["field"] else one["detail"] for one in errors)
        raise BadInput(told, errors=errors)


def misfits(messages: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Each field, as `flow.sources.0.kind`, with what is wrong; the outermost level, body or query, is left out."""
    for inside in messages.values():
        yield from _misfits(inside, ())


def _misfits(messages: Any, path: tuple[str, ...]) -> Iterator[dict[str, str]]:
    if isinstance(messages, Mapping):
        for key, inside in messages.items():
            yield from _misfits(inside, path if key == "_schema" else (*path, str(key)))
        return
    for message in messages:
        yield {"field": ".".join(path), "detail": f"{message[:1].lower()}{message[1:].rstrip('.')}"}
