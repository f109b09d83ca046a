"""Tags on data sources and columns as commands, and confirming the columns that turned up later."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from placet.domain.errors import NotFound
from placet.domain.events import Event, SourceColumnsConfirmed, SourcesImported, SourceTagged
from placet.domain.people import LONGEST_WORD, GlobalPermission, Person
from placet.domain.permissions import Action, Place, refuse_unless_may
from placet.domain.products import Column, DataSource
from placet.domain.scopes import Scope, SourceScope, Tagged
from placet.domain.tags import checked_tags
from placet.service.context import Context, holders_of, managers_of, refuse_inactive
from placet.service.domains import refuse_stale
from placet.service.membership import SourceChange, in_its_domains, keep_sources, scope_of
from placet.service.people_file import BadImport, csv_rows
from placet.service.saving import tell
from placet.service.source_views import in_sight, seen_source
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

        Where the tags bring it out of a dynamic domain, tags have to be the actor's to manage there too; into one it
        goes from another domain only by GOVERNANCE.
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
            tell(transaction, [*tagged_told(session, actor, self._context.clock.now(), change), *told])
            return session.sources.get(id) or before

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

        Returns how many rows there were; each replaces the tags of what it names. Raises BadImport, NotFound, and
        Forbidden for a source that the actor may not tag; nothing of the file has been taken then.
        """
        refuse_inactive(actor)
        rows = list(tag_rows(text))
        if not rows:
            raise BadImport("the file has no rows below its first line: name a table and its tags in each")
        with self._context.transaction() as transaction:
            session = transaction.session
            session.sources.hold()
            now = self._context.clock.now()
            changes = [tag_change(session, actor, *pair) for pair in by_rows(session, actor, rows)]
            told = keep_sources(self._context, transaction, actor, changes)
            tagged = [event for change in changes for event in tagged_told(session, actor, now, change)]
            imported = SourcesImported(actor.id, now, "tags", data={"count": len(rows), "what": "tags"})
            tell(transaction, [imported, *tagged, *told])
        return len(rows)


def tag_change(session: Session, actor: Person, before: DataSource, tagged: DataSource) -> SourceChange:
    """A source with other tags, in the domains that these bring it into. Raises Forbidden.

    The permission is needed in every domain that it was in. From one domain into another no tag opens the way, but to
    who puts sources into domains: whoever manages both would take it there past everyone in the first.
    """
    refuse_unless_may_tag(actor, before)
    change = SourceChange(before, in_its_domains(session, tagged))
    if change.entered:
        refuse_unless_may(actor, Action.SHAPE_DOMAINS)
    return change


def tagged_told(session: Session, actor: Person, now: datetime, change: SourceChange) -> Iterator[Event]:
    """That a source was tagged, once for each of its domains, so that the auditors of each read it.

    Where that moves it, or takes away a tag on which a policy in force stands, all who manage the products of its
    domains are told, and of a policy also those who made it.
    """
    before, after = change.before, change.after
    if before is None or (before.tags, before.columns) == (after.tags, after.columns):
        return
    domains = sorted(before.domains | after.domains)
    bared = _no_longer_under(session, before, after)
    told = {one for domain in domains for one in managers_of(session, domain)} if bared or change.moves else set()
    told |= {*holders_of(session, GlobalPermission.GOVERNANCE)} if bared else set()
    data = {
        "source": after.id,
        "source_name": after.qualified_name,
        "from": sorted(before.tags),
        "to": sorted(after.tags),
        "columns": {new.name: sorted(new.tags) for old, new in _pairs(before, after) if old.tags != new.tags},
        "entered": sorted(change.entered),
        "left": sorted(change.left),
        "bared": bared,
        "what": _in_words(session, change, bared),
    }
    receivers = tuple(sorted(told - {actor.id}))
    for number, domain in enumerate(domains or [""]):
        yield SourceTagged(actor.id, now, after.id, domain, data, receivers if number == 0 else ())


def _no_longer_under(session: Session, before: DataSource, after: DataSource) -> dict[str, list[str]]:
    """By the name of each policy on a tag: the columns that it was on and, as they are tagged now, no longer is."""
    scopes: dict[str, Scope | SourceScope] = {one.name: one.scope for one in session.policies.for_sources([before])}
    scopes |= {one.name: one.scope for one in session.subscriptions.for_sources([before])}
    found = {
        name: [new.name for old, new in _pairs(before, after) if scope.covers(before, old) > scope.covers(after, new)]
        for name, scope in scopes.items()
        if isinstance(scope, Tagged)
    }
    return {name: columns for name, columns in sorted(found.items()) if columns}


def _in_words(session: Session, change: SourceChange, bared: Mapping[str, list[str]]) -> str:
    """What follows from other tags, as a message says it."""
    names = {domain.id: domain.name for domain in session.domains.all()} if change.moves else {}
    said = [
        *(f"it came into {names[domain]}" for domain in sorted(change.entered)),
        *(f"it left {names[domain]}" for domain in sorted(change.left)),
        *(f"{', '.join(columns)} no longer under {policy}" for policy, columns in bared.items()),
    ]
    return "; ".join(said) or "it stays in its domains and under its data policies"


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


def by_rows(
    session: Session, actor: Person, rows: Iterable[tuple[int, dict[str, str]]]
) -> Iterable[tuple[DataSource, DataSource]]:
    """Each source that a file of tags names, as it is and as all its rows together tag it.

    Raises Forbidden for one that the actor may not tag, before anything is said of its columns.
    """
    before: dict[str, DataSource] = {}
    after: dict[str, DataSource] = {}
    for line, row in rows:
        source = known_source(session, actor, line, row)
        refuse_unless_may_tag(actor, source)
        before.setdefault(source.id, source)
        after[source.id] = tagged(after.get(source.id, source), line, row)
    return [(before[id], after[id]) for id in sorted(before)]


def tag_rows(text: str) -> Iterable[tuple[int, dict[str, str]]]:
    """The rows of a tag file with their line numbers. Raises BadImport for missing and unknown columns, and values."""
    reader = csv_rows(text)
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


def known_source(session: Session, actor: Person, line: int, row: dict[str, str]) -> DataSource:
    """The one source in the actor's sight that a row names. Raises NotFound, and BadImport for several platforms."""
    named = session.sources.named(row["schema"], row["table"])
    there = [one for one in named if row.get("target", "") in ("", one.target)]
    found = [one for one in there if in_sight(session, actor, one)]
    if len(found) == 1:
        return found[0]
    called = f"is called `{row['schema']}.{row['table']}`"
    if found:
        targets = ", ".join(sorted(f"`{one.target}`" for one in found))
        raise BadImport(f"line {line}: more than one data source {called}: add a column `target` with one of {targets}")
    on = f" on `{row['target']}`" if row.get("target") else ""
    raise NotFound(f"line {line}: no data source that you may see{on} {called}")


def tagged(source: DataSource, line: int, row: dict[str, str]) -> DataSource:
    """The source with the tags of one row."""
    tags = checked_tags(row["tags"].split())
    if not row["column"]:
        return replace(source, tags=tags)
    if row["column"] not in {column.name for column in source.columns}:
        raise BadImport(f"line {line}: `{source.qualified_name}` has no column `{row['column']}`")
    return retagged(source, source.tags, {row["column"]: tags})
