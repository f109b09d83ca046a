"""Bringing data sources in from the catalog of a platform or from files: first looked at, then taken, all or nothing.

What an import brings is added: nothing loses an id, a tag or a confirmation by it, and no source goes. Columns go where
their source is described without them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from placet.domain.events import SourcesImported
from placet.domain.people import Person
from placet.domain.permissions import Action, refuse_unless_may
from placet.domain.sources import (
    ColumnChanges,
    Described,
    described_again,
    first_described,
    placed,
    refuse_bad_description,
)
from placet.service.context import Context, new_id
from placet.service.domains import known_domain, refuse_dynamic
from placet.service.live_catalog import all_on_platform, described_by
from placet.service.membership import SourceChange, keep_sources
from placet.service.people_file import BadImport
from placet.service.saving import tell
from placet.service.source_file import read_sources
from placet.storage import Session

TOLD = 100
"""How many names of each sort the audit trail keeps of an import."""


@dataclass(frozen=True)
class Imported:
    """What an import makes of one source; `state` is `new`, `changed` or `same`, `columns` what became of them."""

    id: str
    name: str
    state: str
    columns: ColumnChanges
    entered: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do: `vanished` are known sources beside those described that were not among them,
    `missing` what was described and is not on the platform, `notes` what may be a slip."""

    dry_run: bool
    sources: tuple[Imported, ...]
    vanished: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return len(self.sources)

    def names(self, state: str) -> list[str]:
        """The names of the sources in one state."""
        return [one.name for one in self.sources if one.state == state]


class Imports:
    """Import data sources."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def import_catalog(
        self, actor: Person, target: str, schema: str, domain: str = "", dry_run: bool = False
    ) -> ImportReport:
        """Import the tables of one schema of a platform, into a domain if one is named.

        What was imported before keeps its id and tags; a renamed column keeps its tags, for columns go by number. Where
        columns have changed, the platform is brought up to date: consumers see those that were imported.
        """
        refuse_unless_may(actor, Action.SHAPE_DOMAINS)
        found = [one for one in self._context.target(target).read_catalog() if one.schema == schema]
        if not found:
            raise BadImport(f"the platform `{target}` has no tables in a schema `{schema}`")
        return self._import(actor, target, [described_by(one) for one in found], domain, dry_run)

    def import_file(
        self, actor: Person, text: str, format: str, target: str, domain: str = "", dry_run: bool = False
    ) -> ImportReport:
        """Import the sources that a file describes, onto a platform and into a domain if one is named.

        On a platform that we are connected to, the catalog says which columns there are. Raises BadImport, BadSource.
        """
        refuse_unless_may(actor, Action.SHAPE_DOMAINS)
        if not target.strip():
            raise BadImport("name the data platform that these sources are on")
        described = read_sources(text, format, target)
        found, missing = all_on_platform(self._context, target, described)
        if not found:
            raise BadImport(f"the platform `{target}` has none of these data sources, such as `{missing[0]}`")
        done = self._import(actor, target, found, domain, dry_run, missing)
        return done if target in self._context.targets else replace(done, notes=(self._unconnected(target),))

    def _unconnected(self, target: str) -> str:
        known = ", ".join(sorted(self._context.targets)) or "none"
        return f"`{target}` is no connected data platform: no access takes effect there; connected are: {known}"

    def _import(
        self,
        actor: Person,
        target: str,
        described: Sequence[Described],
        domain: str,
        dry_run: bool,
        missing: tuple[str, ...] = (),
    ) -> ImportReport:
        for one in described:
            refuse_bad_description(one)
        if dry_run:
            with self._context.store.reading() as session:
                changes, vanished = planned(session, target, described, domain)
            return report(changes, vanished, missing, dry_run=True)
        with self._context.transaction() as transaction:
            transaction.session.sources.hold()
            changes, vanished = planned(transaction.session, target, described, domain)
            told = keep_sources(self._context, transaction, actor, changes)
            made = report(changes, vanished, missing)
            data = {"count": made.count, "target": target, "vanished": list(vanished[:TOLD])}
            named = {state: made.names(state)[:TOLD] for state in ("new", "changed")}
            subject = domain or target
            event = SourcesImported(actor.id, self._context.clock.now(), subject, domain, data | named)
            tell(transaction, [event, *told])
        return made


def planned(
    session: Session, target: str, described: Sequence[Described], domain: str
) -> tuple[list[SourceChange], tuple[str, ...]]:
    """What becomes of each source, and the names of known ones in the same schemas that are not described.

    Raises NotFound for an unknown domain, DynamicDomain for one that nothing is put into by hand.
    """
    if domain:
        refuse_dynamic(known_domain(session, domain))
    known = {(one.schema, one.name): one for one in session.sources.on(target, {one.schema for one in described})}
    dynamic = session.domains.dynamic()
    changes = []
    for one in described:
        before = known.pop((one.schema, one.name), None)
        after = described_again(before, one) if before else first_described(new_id(), target, one)
        if domain:
            after = replace(after, domains=after.domains | {domain})
        changes.append(SourceChange(before, placed(after, dynamic)))
    return changes, tuple(sorted(one.qualified_name for one in known.values()))


def report(
    changes: Sequence[SourceChange], vanished: tuple[str, ...], missing: tuple[str, ...], dry_run: bool = False
) -> ImportReport:
    """What was planned, in words; a source that is not kept has no id yet."""
    found = (_imported(change, kept=bool(change.before) or not dry_run) for change in changes)
    return ImportReport(dry_run, tuple(found), vanished, missing)


def _imported(change: SourceChange, kept: bool) -> Imported:
    state = "new" if change.before is None else "same" if change.before == change.after else "changed"
    source = change.after
    return Imported(
        source.id if kept else "",
        source.qualified_name,
        state,
        change.columns,
        tuple(sorted(change.entered)),
        tuple(sorted(change.left)),
    )
