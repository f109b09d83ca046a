"""Tags on data sources and columns as commands, and confirming the columns that turned up later."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from placet.domain.errors import NotFound
from placet.domain.events import Event, SourceColumnsConfirmed, SourcesImported, SourceTagged
from placet.domain.people import LONGEST_WORD, Person
from placet.domain.permissions import Action, Place, refuse_unless_may
from placet.domain.products import Column, DataSource
from placet.domain.tags import checked_tags
from placet.service.context import Context, refuse_inactive
from placet.service.domains import refuse_stale
from placet.service.membership import SourceChange, in_its_domains, keep_sources, scope_of
from placet.service.people_file import BadImport
from placet.service.saving import tell
from placet.service.source_views import seen_source
from placet.storage import Session

TAG_COLUMNS = ("schema", "table", "column", "tags")

OPTIONAL_TAG_COLUMNS = ("target",)
"""The data platform; needed where several have a table of the same name."""


class Tagging:
    """Tag sources and columns, one by one or by a file."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def set_tags(
        self,
        actor: Person,
        id: str,
        tags: Collection[str] | None = None,
        columns: Mapping[str, Collection[str]] | None = None,
        revision: int | None = None,
    ) -> DataSource:
        """Replace the tags of a source, unless they are None, and those of the columns that are named.

        Where the tags bring it into a dynamic domain or out of one, tags have to be the actor's to manage there too.
        """
        with self._context.transaction() as transaction:
            session = transaction.session
            session.sources.hold()
            before = seen_source(session, actor, id)
            refuse_unless_may_tag(actor, before)
            refuse_stale(before, before.qualified_name, revision)
            kept = before.tags if tags is None else checked_tags(tags)
            checked = {name: checked_tags(own) for name, own in (columns or {}).items()}
            change = tag_change(session, actor, before, retagged(before, kept, checked))
            told = keep_sources(self._context, transaction, actor, [change])
            tell(transaction, [*self._tagged_told(actor, change), *told])
            return session.sources.get(id) or before

    def _tagged_told(self, actor: Person, change: SourceChange) -> Iterable[Event]:
        before, after = change.before, change.after
        if before and before != after:
            data = {
                "source": after.id,
                "source_name": after.qualified_name,
                "from": sorted(before.tags),
                "to": sorted(after.tags),
                "columns": {new.name: sorted(new.tags) for old, new in _pairs(before, after) if old.tags != new.tags},
            }
            yield SourceTagged(actor.id, self._context.clock.now(), after.id, scope_of(after), data)

    def confirm(self, actor: Person, id: str, columns: Collection[int], revision: int | None = None) -> DataSource:
        """Say of columns that turned up later that they were looked at; by their ids. Raises Forbidden, NotFound."""
        with self._context.transaction() as transaction:
            session = transaction.session
            session.sources.hold()
            before = seen_source(session, actor, id)
            refuse_unless_may_tag(actor, before)
            refuse_stale(before, before.qualified_name, revision)
            after = confirmed(before, columns)
            told = keep_sources(self._context, transaction, actor, [SourceChange(before, after)])
            if names := [new.name for old, new in _pairs(before, after) if new.confirmed and not old.confirmed]:
                data = {"source": id, "source_name": before.qualified_name, "what": ", ".join(names), "columns": names}
                now = self._context.clock.now()
                tell(transaction, [SourceColumnsConfirmed(actor.id, now, id, scope_of(before), data), *told])
            return session.sources.get(id) or before

    def import_tags(self, actor: Person, text: str) -> int:
        """Tag sources and columns by a CSV of schema, table, column (empty: the table), tags (by spaces), and target.

        Returns how many rows there were; each replaces the tags of what it names. Raises BadImport, and Forbidden for
        a source that the actor may not tag; nothing of the file has been taken then.
        """
        refuse_inactive(actor)
        rows = list(tag_rows(text))
        if not rows:
            raise BadImport("the file has no rows below its first line: name a table and its tags in each")
        with self._context.transaction() as transaction:
            session = transaction.session
            session.sources.hold()
            changes = [tag_change(session, actor, *pair) for pair in by_rows(session, rows)]
            told = keep_sources(self._context, transaction, actor, changes)
            data = {"count": len(rows), "what": "tags"}
            tell(transaction, [SourcesImported(actor.id, self._context.clock.now(), "tags", data=data), *told])
        return len(rows)


def tag_change(session: Session, actor: Person, before: DataSource, tagged: DataSource) -> SourceChange:
    """A source with other tags, in the domains that these bring it into. Raises Forbidden.

    The permission is needed in every domain that it was in and every one that it will be in: tags open the way there.
    """
    refuse_unless_may_tag(actor, before)
    after = in_its_domains(session, tagged)
    refuse_unless_may(actor, Action.MANAGE_TAGS, Place(domains=after.domains | before.domains))
    return SourceChange(before, after)


def refuse_unless_may_tag(actor: Person, source: DataSource) -> None:
    """Tags count in every domain of a source, so the permission has to be held in each. Raises Forbidden."""
    refuse_unless_may(actor, Action.MANAGE_TAGS, Place(domains=source.domains))


def retagged(source: DataSource, tags: frozenset[str], columns: Mapping[str, frozenset[str]]) -> DataSource:
    """The source with these tags, and those for columns by name. Raises NotFound for a column that it has not."""
    if unknown := sorted(set(columns) - {column.name for column in source.columns}):
        raise NotFound(f"`{source.qualified_name}` has no column `{unknown[0]}`")
    own = (replace(column, tags=columns.get(column.name, column.tags)) for column in source.columns)
    return replace(source, tags=tags, columns=tuple(own))


def confirmed(source: DataSource, columns: Collection[int]) -> DataSource:
    """The source with these columns confirmed. Raises NotFound for a column that it has not."""
    if unknown := sorted(set(columns) - {column.id for column in source.columns}):
        raise NotFound(f"`{source.qualified_name}` has no column with the id {unknown[0]}")
    own = (replace(column, confirmed=column.confirmed or column.id in columns) for column in source.columns)
    return replace(source, columns=tuple(own))


def _pairs(before: DataSource, after: DataSource) -> Iterable[tuple[Column, Column]]:
    return zip(before.columns, after.columns, strict=True)


def by_rows(session: Session, rows: Iterable[tuple[int, dict[str, str]]]) -> Iterable[tuple[DataSource, DataSource]]:
    """Each source that a file of tags names, as it is and as all its rows together tag it."""
    before: dict[str, DataSource] = {}
    after: dict[str, DataSource] = {}
    for line, row in rows:
        source = known_source(session, line, row)
        before.setdefault(source.id, source)
        after[source.id] = tagged(after.get(source.id, source), line, row)
    return [(before[id], after[id]) for id in sorted(before)]


def tag_rows(text: str) -> Iterable[tuple[int, dict[str, str]]]:
    """The rows of a tag file with their line numbers. Raises BadImport for missing and unknown columns, and values."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if missing := [name for name in TAG_COLUMNS if name not in (reader.fieldnames or ())]:
        raise BadImport(f"the file has no column `{missing[0]}`: its first line has to be `{','.join(TAG_COLUMNS)}`")
    if unknown := [name for name in reader.fieldnames or () if name not in (*TAG_COLUMNS, *OPTIONAL_TAG_COLUMNS)]:
        there = ",".join((*TAG_COLUMNS, *OPTIONAL_TAG_COLUMNS))
        raise BadImport(
            f"there is an unknown column `{unknown[0]}`: the first line names `{there}`, the last if needed"
        )
    for row in reader:
        if None in row or None in row.values():
            raise BadImport(f"line {reader.line_num}: there are more or fewer values than columns: part tags by spaces")
        if long := [tag for tag in row["tags"].split() if len(tag) > LONGEST_WORD]:
            told = f"the tag `{long[0][:40]}…` is longer than {LONGEST_WORD} characters: shorten it"
            raise BadImport(f"line {reader.line_num}: {told}")
        yield reader.line_num, row


def known_source(session: Session, line: int, row: dict[str, str]) -> DataSource:
    """The one source that a row names. Raises BadImport for none, and for several platforms that have one."""
    named = session.sources.named(row["schema"], row["table"])
    found = [one for one in named if row.get("target", "") in ("", one.target)]
    if len(found) == 1:
        return found[0]
    called = f"is called `{row['schema']}.{row['table']}`"
    if found:
        targets = ", ".join(sorted(f"`{one.target}`" for one in found))
        raise BadImport(f"line {line}: more than one data source {called}: add a column `target` with one of {targets}")
    on = f" on `{row['target']}`" if row.get("target") else ""
    raise BadImport(f"line {line}: no data source{on} {called}")


def tagged(source: DataSource, line: int, row: dict[str, str]) -> DataSource:
    """The source with the tags of one row."""
    tags = checked_tags(row["tags"].split())
    if not row["column"]:
        return replace(source, tags=tags)
    if row["column"] not in {column.name for column in source.columns}:
        raise BadImport(f"line {line}: `{source.qualified_name}` has no column `{row['column']}`")
    return retagged(source, source.tags, {row["column"]: tags})
