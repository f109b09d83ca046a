"""Data sources: finding them, one of them with its columns, and tagging and confirming those."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request

from placet.domain.errors import PlacetError
from placet.domain.permissions import Action, may
from placet.domain.products import DataSource
from placet.identity.web import marketplace, signed_in
from placet.pages.lines import lines_in, revision_in
from placet.pages.refused import NOTHING, Refused, refused
from placet.pages.rendering import page, see_other
from placet.service.views import SourceFilter

FILTERS = ("search", "domain", "tag", "target")


def show_sources() -> Response:
    """The data sources in sight, by words, domain, tag and platform."""
    person = signed_in()
    asked = {name: request.args.get(name, "").strip() for name in FILTERS}
    return page(
        "data_sources.html",
        found=marketplace().sources.page(person, SourceFilter(**asked), request.args.get("cursor", "")),
        asked=asked,
        onward={name: value or None for name, value in asked.items()},
        domains=marketplace().domains.all(person),
        targets=marketplace().sources.targets(person),
        may_shape=may(person, Action.SHAPE_DOMAINS),
    )


def show_source(id: str) -> Response:
    """One data source: its columns, its domains, and the products that hold it."""
    return _source_page(id, NOTHING)


def tag_source(id: str) -> Response:
    """Replace the tags of the data source and of the columns that the form showed."""

    def tag() -> None:
        source = marketplace().sources.get(signed_in(), id)
        form = request.form
        columns = {
            column.name: lines_in(form[f"tags-{column.id}"]) for column in source.columns if f"tags-{column.id}" in form
        }
        tags = lines_in(form.get("tags", ""))
        marketplace().sources.set_tags(signed_in(), id, tags, columns, revision_in(form))

    return _done(id, tag)


def confirm_columns(id: str) -> Response:
    """Confirm the columns that were ticked."""

    def confirm() -> None:
        form = request.form
        columns = [int(one) for one in form.getlist("column") if one.isascii() and one.isdigit()]
        marketplace().sources.confirm(signed_in(), id, columns, revision_in(form))

    return _done(id, confirm)


def delete_source(id: str) -> Response:
    """Forget a data source that no product holds."""
    try:
        marketplace().sources.delete(signed_in(), id, revision_in(request.form))
    except PlacetError as error:
        return _source_page(id, refused(error, {}))
    return see_other("placet.data_sources")


def _done(id: str, do: Callable[[], None]) -> Response:
    try:
        do()
    except PlacetError as error:
        return _source_page(id, refused(error, {"bad-tag": "tags"}))
    return see_other("placet.data_source", id=id)


def _source_page(id: str, refusal: Refused) -> Response:
    view = marketplace().sources.view(signed_in(), id)
    return page(
        "data_source.html",
        refusal.status,
        view=view,
        source=view.source,
        waiting=[column for column in view.source.columns if not column.confirmed and not column.tags],
        given=request.form if refusal else _shown(view.source),
        refusal=refusal,
    )


def _shown(source: DataSource) -> dict[str, str]:
    own = {f"tags-{column.id}": "\n".join(sorted(column.tags)) for column in source.columns}
    return {"tags": "\n".join(sorted(source.tags)), **own}
