"""Data sources as commands and views: imported from a platform's catalog, tagged from a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import replace

from placet.domain.errors import NotFound
from placet.domain.events import SourcesImported, UnknownSourceRequested
from placet.domain.people import LONGEST_WORD, GlobalPermission, Person
from placet.domain.permissions import Action, Place, may, refuse_unless_may
from placet.domain.products import LONGEST_NAME, Column, DataProduct, DataSource
from placet.emitter.target import CatalogSource
from placet.service.context import Context, holders_of, new_id, refuse_inactive
from placet.service.people_file import BadImport
from placet.service.product_views import managed_by, sees
from placet.service.saving import CATALOG, add_jobs, tell
from placet.storage import Session

TAG_COLUMNS = ("schema", "table", "column", "tags")


class Sources:
    """Import, tag and list data sources."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def all(self, actor: Person, domain: str | None = None) -> list[DataSource]:
        """The data sources in the actor's sight, or those of one domain, by schema and name."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            found = session.sources.in_domain(domain) if domain else session.sources.all()
            if not may(actor, Action.SEE_SOURCE):
                shown = session.products.sources_in_sight(actor.groups, managed_by(actor))
                found = [source for source in found if may_see(actor, source, source.id in shown)]
        return sorted(found, key=lambda source: (source.schema, source.name, source.target))

    def get(self, actor: Person, id: str) -> DataSource:
        """The data source. Raises NotFound also where it is not in the actor's sight."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            source = session.sources.get(id)
            shown = any(sees(actor, product) for product in session.products.holding(id))
        if source is None or not may_see(actor, source, shown):
            raise NotFound(f"no data source that you may see has the id `{id}`")
        return source

    def import_catalog(self, actor: Person, target: str, schema: str, domain: str) -> int:
        """Import the tables of one schema of a platform into a domain; returns how many there were.

        What was imported before keeps its id and tags; a renamed column keeps its tags, for columns go by number. Where
        columns have changed, the platform is brought up to date: consumers see those that were imported.
        """
        refuse_unless_may(actor, Action.SHAPE_DOMAINS)
        found = [one for one in self._context.target(target).read_catalog() if one.schema == schema]
        if not found:
            raise BadImport(f"the platform `{target}` has no tables in a schema `{schema}`")
        with self._context.transaction() as transaction:
            session = transaction.session
            if session.domains.get(domain) is None:
                raise NotFound(f"no domain has the id `{domain}`")
            now = self._context.clock.now()
            known = [known_on(session, target, schema, one.name) for one in found]
            sources = [imported(one, target, domain, before) for one, before in zip(found, known, strict=True)]
            for source in sources:
                session.sources.save(source)
            if any(before and before.columns != source.columns for before, source in zip(known, sources, strict=True)):
                add_jobs(session, CATALOG, domain, [target], now)
            data = {"count": len(found), "target": target, "schema": schema}
            tell(transaction, [SourcesImported(actor.id, now, domain, domain, data)])
        return len(found)

    def import_tags(self, actor: Person, text: str) -> int:
        """Tag sources and columns by a CSV of schema, table, column (empty for the table), tags (by spaces).

        Returns how many rows there were; each replaces the tags of what it names. Raises BadImport, and Forbidden for
        a source that the actor may not tag; nothing of the file has been taken then.
        """
        refuse_inactive(actor)
        rows = list(tag_rows(text))
        if not rows:
            raise BadImport("the file has no rows below its first line: name a table and its tags in each")
        with self._context.transaction() as transaction:
            session = transaction.session
            for line, row in rows:
                source = known_source(session, line, row)
                refuse_unless_may_tag(actor, source)
                session.sources.save(tagged(source, line, row))
            data = {"count": len(rows), "what": "tags"}
            tell(transaction, [SourcesImported(actor.id, self._context.clock.now(), "tags", data=data)])
        return len(rows)

    def products_holding(self, actor: Person, qualified_name: str) -> list[DataProduct]:
        """The products in the actor's sight that hold a source of this name: `schema.table`, or with more before it.

        Where there is none, GOVERNANCE is told of the name, once until a product holds it, and the list is empty.
        """
        refuse_inactive(actor)
        parts = split_name(qualified_name)
        name = ".".join(parts)[:LONGEST_NAME]
        with self._context.store.reading() as session:
            holding = session.products.holding_named(*parts)
            noted = session.unknown_sources.has(name)
        if not holding and not noted:
            self._tell_unknown(actor, name)
        elif holding and noted:
            self._forget_unknown(name)
        return [product for product in holding if product.within_sight_of(actor)]

    def _tell_unknown(self, actor: Person, name: str) -> None:
        """Tell GOVERNANCE of the name, unless someone else who asked at this moment was quicker."""
        with self._context.transaction() as transaction:
            now = self._context.clock.now()
            if transaction.session.unknown_sources.add(name, now):
                told = holders_of(transaction.session, GlobalPermission.GOVERNANCE)
                data = {"requester": actor.id, "name": name}
                tell(transaction, [UnknownSourceRequested(actor.id, now, name, data=data, tells=told)])

    def _forget_unknown(self, name: str) -> None:
        with self._context.store.writing() as session:
            session.unknown_sources.remove(name)


def may_see(actor: Person, source: DataSource, shown: bool) -> bool:
    """Whether the actor may see a source, which a product in their sight holds or not."""
    return may(actor, Action.SEE_SOURCE, Place(domains=source.domains, visible=shown))


def imported(found: CatalogSource, target: str, domain: str, known: DataSource | None) -> DataSource:
    """A table of the catalog as a data source, with what was known of it."""
    tags = {column.id: column.tags for column in known.columns} if known else {}
    columns = tuple(Column(one.id, one.name, one.type, tags.get(one.id, frozenset())) for one in found.columns)
    if known:
        return replace(known, columns=columns, domains=known.domains | {domain})
    return DataSource(new_id(), target, found.schema, found.name, columns, frozenset(), frozenset({domain}))


def known_on(session: Session, target: str, schema: str, name: str) -> DataSource | None:
    """The source of this name on one platform."""
    return next((one for one in session.sources.named(schema, name) if one.target == target), None)


def split_name(qualified_name: str) -> tuple[str, str]:
    """Schema and table, the last two parts of a name with dots. Raises NotFound where there are fewer."""
    parts = qualified_name.split(".")
    if len(parts) < 2 or not all(parts[-2:]):
        raise NotFound(f"`{qualified_name}` names no data source: write it as `schema.table`")
    return parts[-2], parts[-1]


def tag_rows(text: str) -> Iterable[tuple[int, dict[str, str]]]:
    """The rows of a tag file with their line numbers. Raises BadImport for missing columns or values."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if missing := [name for name in TAG_COLUMNS if name not in (reader.fieldnames or ())]:
        raise BadImport(f"the file has no column `{missing[0]}`: its first line has to be `{','.join(TAG_COLUMNS)}`")
    for row in reader:
        if None in row or None in row.values():
            raise BadImport(f"line {reader.line_num}: there are more or fewer values than columns: part tags by spaces")
        if long := [tag for tag in row["tags"].split() if len(tag) > LONGEST_WORD]:
            told = f"the tag `{long[0][:40]}…` is longer than {LONGEST_WORD} characters: shorten it"
            raise BadImport(f"line {reader.line_num}: {told}")
        yield reader.line_num, row


def refuse_unless_may_tag(actor: Person, source: DataSource) -> None:
    """Tags count in every domain of a source, so the permission has to be held in each. Raises Forbidden."""
    refuse_unless_may(actor, Action.MANAGE_TAGS, Place(domains=source.domains))


def known_source(session: Session, line: int, row: dict[str, str]) -> DataSource:
    """The one source that a row names. Raises BadImport for none, and for several platforms that have one."""
    found = session.sources.named(row["schema"], row["table"])
    if len(found) != 1:
        count = "no" if not found else "more than one"
        raise BadImport(f"line {line}: {count} data source is called `{row['schema']}.{row['table']}`")
    return found[0]


def tagged(source: DataSource, line: int, row: dict[str, str]) -> DataSource:
    """The source with the tags of one row."""
    tags = frozenset(row["tags"].split())
    if not row["column"]:
        return replace(source, tags=tags)
    if row["column"] not in {column.name for column in source.columns}:
        raise BadImport(f"line {line}: `{source.qualified_name}` has no column `{row['column']}`")
    columns = (replace(one, tags=tags) if one.name == row["column"] else one for one in source.columns)
    return replace(source, columns=tuple(columns))
