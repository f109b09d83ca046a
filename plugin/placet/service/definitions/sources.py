"""Data sources in a file of definitions, with their columns and tags."""

from __future__ import annotations

from collections.abc import Sequence, Set

from placet.domain.people import Person
from placet.domain.products import DataSource
from placet.domain.sources import BadSource, Described, DescribedColumn
from placet.service.context import Context
from placet.service.definitions.kind import SET, WORD, Kind, Plain, Standing
from placet.service.definitions.shapes import Flag, Left, Member, Record, Table
from placet.service.domains import Domains
from placet.service.sources import SourceCommands
from placet.service.tagging import Tagging
from placet.storage import Session

COLUMN = Record(
    {
        "type": Member(WORD, "", "As the platform writes it; left out: the one it has."),
        "tags": Member(SET, [], "All tags of the column."),
        "confirmed": Member(Flag(), True, "Whether someone has looked at it; `false` takes nothing back."),
    }
)
TABLE = ("target", "schema", "name")


class SourceSection(Kind):
    """Data sources."""

    section = "sources"
    shape = Record(
        {
            "target": Member(WORD, about="The name of its data platform."),
            "schema": Member(WORD, about="Its schema on that platform."),
            "name": Member(WORD, about="Its name in that schema."),
            "domains": Member(SET, [], "The domains it was put into by hand, and none that tags bring it into."),
            "tags": Member(SET, [], "All tags of the data source itself."),
            "columns": Member(Table(COLUMN), Left.KEPT, "Its columns by name; left out: those it has."),
        }
    )

    def ids(self, session: Session) -> list[str]:
        return sorted(source.id for source in session.sources.all())

    def standing(self, session: Session, ids: Sequence[str]) -> dict[str, Standing]:
        by_tags = {domain.id for domain in session.domains.dynamic()}
        return {source.id: self._standing(source, by_tags) for source in session.sources.many(ids)}

    def _standing(self, source: DataSource, by_tags: Set[str]) -> Standing:
        plain = {
            "target": source.target,
            "schema": source.schema,
            "name": source.name,
            "domains": sorted(source.domains - by_tags),
            "tags": sorted(source.tags),
            "columns": {
                column.name: {"type": column.type, "tags": sorted(column.tags), "confirmed": column.confirmed}
                for column in source.columns
            },
        }
        return Standing(plain, source)

    def whole(self, context: Context, id: str, wanted: Plain, standing: Standing | None) -> Plain:  # noqa: ARG002 - not all look at all
        """A file need not name the types of columns; on a platform that we are connected to there are all its own.

        What a file does not name there was looked at by nobody, unless it was before.
        """
        known: Plain = standing.plain["columns"] if standing else {}
        columns: Plain = wanted.get("columns", known)
        if wanted["target"] in context.targets:
            columns = _on_platform(context, wanted, columns, known)
        return wanted | {"columns": {name: _kept(own, known.get(name)) for name, own in columns.items()}}

    def write(self, context: Context, actor: Person, id: str, wanted: Plain, standing: Standing | None) -> None:
        if standing is None:
            first = next(iter(wanted["domains"]), "")
            SourceCommands(context).create(actor, wanted["target"], _described(wanted), first, id)
            _put_into_domains(context, actor, id, {first} - {""}, wanted)
            return
        if moved := [part for part in TABLE if wanted[part] != standing.plain[part]]:
            raise BadSource(
                f"which table a data source is stays, and `{moved[0]}` is another: choose another id for it"
            )
        if any(wanted[part] != standing.plain[part] for part in ("tags", "columns")):
            SourceCommands(context).replace(actor, id, _described(wanted), standing.value.revision)
        _put_into_domains(context, actor, id, set(standing.plain["domains"]), wanted)
        _confirm(context, actor, id, wanted)


def _on_platform(context: Context, wanted: Plain, columns: Plain, known: Plain) -> Plain:
    """The columns of the catalog as the file has them, and those of the file that are not there, to be refused."""
    found = context.catalog(wanted["target"]).get((wanted["schema"], wanted["name"]))
    there = {column.name: column.type for column in found.columns} if found else {}
    unnamed = {
        name: {"tags": [], "confirmed": known.get(name, {}).get("confirmed", False)}
        for name in there
        if name not in columns
    }
    return {name: own | ({"type": there[name]} if name in there else {}) for name, own in (columns | unnamed).items()}


def _kept(column: Plain, known: Plain | None) -> Plain:
    """A column as it will be: nothing takes back its type, or that it was looked at."""
    if known is None:
        return column
    return column | {"type": column["type"] or known["type"], "confirmed": column["confirmed"] or known["confirmed"]}


def _described(wanted: Plain) -> Described:
    columns = tuple(
        DescribedColumn(name, own["type"], frozenset(own["tags"]), confirmed=own["confirmed"])
        for name, own in wanted["columns"].items()
    )
    return Described(wanted["schema"], wanted["name"], columns, frozenset(wanted["tags"]))


def _put_into_domains(context: Context, actor: Person, id: str, before: set[str], wanted: Plain) -> None:
    after = set(wanted["domains"])
    for domain in sorted(after - before):
        Domains(context).move_sources(actor, domain, put_in=[id])
    for domain in sorted(before - after):
        Domains(context).move_sources(actor, domain, take_out=[id])


def _confirm(context: Context, actor: Person, id: str, wanted: Plain) -> None:
    """Columns that the file names as looked at are; new ones of a known source would wait for it else."""
    with context.store.reading() as session:
        source: DataSource | None = session.sources.get(id)
    looked_at = {name for name, own in wanted["columns"].items() if own["confirmed"]}
    columns = source.columns if source else ()
    if waiting := [column.id for column in columns if column.name in looked_at and not column.confirmed]:
        Tagging(context).confirm(actor, id, waiting)
