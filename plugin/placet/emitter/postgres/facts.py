"""What is known of people: the rows of `attr`, and of what policies ask, which views trust only when it is all there.

Where policies are about those who are not something, a row too few gives as much as a row too many. So what changes
of people is written in one step; and where a policy changes as well, whoever changed is held back until the views are
right.
"""

from __future__ import annotations

from collections.abc import Iterator

from psycopg import sql

from placet.emitter.postgres.names import gov
from placet.emitter.postgres.steps import Statement, Step, Work, listed

# Facts are rows (principal, kind, key, value); whether policies ask for one is said by those in `asked`.
_ASKED = sql.SQL(
    "EXISTS (SELECT FROM {asked} k WHERE k.kind = f.kind AND k.key = f.key AND k.value = f.value "
    "OR f.kind = 'attribute' AND k.kind = 'values' AND k.key = f.key)"
)
_GONE = sql.SQL(
    "SELECT f.* FROM {attr} f WHERE f.kind <> 'told' "
    "AND NOT EXISTS (SELECT FROM pg_temp.wanted_attr w WHERE ROW(w.*) = ROW(f.*))"
)
_NEW = sql.SQL(
    "SELECT f.* FROM pg_temp.wanted_attr f WHERE f.kind <> 'told' "
    "AND NOT EXISTS (SELECT FROM {attr} h WHERE ROW(h.*) = ROW(f.*))"
)
_CHANGED = sql.SQL("SELECT f.principal FROM ({gone} UNION ALL {new}) f WHERE {asked_before} AND {asked_now}")
_OTHER_POLICIES = sql.SQL(
    "EXISTS (SELECT FROM pg_temp.wanted_asked w WHERE w.kind = 'source' "
    "AND NOT EXISTS (SELECT FROM {asked} h WHERE ROW(h.*) = ROW(w.*)))"
)
_NO_LONGER_TOLD = sql.SQL(
    "{attr} t WHERE t.kind = 'told' "
    "AND (t.principal IN ({changed}) AND {other_policies} "
    "OR NOT EXISTS (SELECT FROM pg_temp.wanted_attr w WHERE w.principal = t.principal))"
)
_UNASKED = sql.SQL("{asked} h WHERE NOT EXISTS (SELECT FROM pg_temp.wanted_asked w WHERE ROW(w.*) = ROW(h.*))")
_NEWLY_ASKED = sql.SQL("pg_temp.wanted_asked w WHERE NOT EXISTS (SELECT FROM {asked} h WHERE ROW(h.*) = ROW(w.*))")
_UNTOLD = sql.SQL(
    "pg_temp.wanted_attr w WHERE w.kind = 'told' "
    "AND NOT EXISTS (SELECT FROM {attr} h WHERE h.principal = w.principal AND h.kind = 'told')"
)


def holding_back_steps(work: Work) -> Iterator[Step]:
    """Before anything else: whom no view may judge, since both what is known and what is asked are out of date."""
    old = _filled(work, _NO_LONGER_TOLD)
    names = _names(work, sql.SQL("SELECT t.principal FROM {}").format(old))
    if names:
        summary = f"hold back {listed(names)} until all is known of them"
        yield _step(work, "attr", summary, sql.SQL("DELETE FROM {}").format(old))


def telling_steps(work: Work) -> Iterator[Step]:
    """Before the views: what policies ask of people from now on, all at once; what they ask no longer stays."""
    gone, new, asked = (_filled(work, part) for part in (_GONE, _NEW, _NEWLY_ASKED))
    now = _asked(sql.Identifier("pg_temp", "wanted_asked"))
    gone = sql.SQL("{} AND {}").format(gone, now)
    names = _names(work, sql.SQL("SELECT f.principal FROM ({} UNION ALL {}) f").format(gone, new))
    if names:
        delete = sql.SQL("DELETE FROM {} h USING ({}) g WHERE ROW(h.*) = ROW(g.*)")
        insert = sql.SQL("INSERT INTO {} (principal, kind, key, value) {}")
        table = gov(work.settings, "attr")
        statements = (delete.format(table, gone), insert.format(table, new))
        yield _step(work, "attr", f"correct what is known of {listed(names)}", *statements)
    if count := len(_names(work, sql.SQL("SELECT concat_ws(' ', w.kind, w.key, w.value) FROM {}").format(asked))):
        insert = sql.SQL("INSERT INTO {} (kind, key, value) SELECT w.kind, w.key, w.value FROM {}")
        statement = insert.format(gov(work.settings, "asked"), asked)
        yield _step(work, "asked", f"note down {count} things that policies ask", statement)


def trusting_steps(work: Work) -> Iterator[Step]:
    """After the views: what is asked no longer goes, and whoever was held back or is new is judged by what is known."""
    unasked, untold = _filled(work, _UNASKED), _filled(work, _UNTOLD)
    if count := len(_names(work, sql.SQL("SELECT concat_ws(' ', h.kind, h.key, h.value) FROM {}").format(unasked))):
        statement = sql.SQL("DELETE FROM {}").format(unasked)
        yield _step(work, "asked", f"strike off {count} things that no policy asks any more", statement)
    now = _asked(sql.Identifier("pg_temp", "wanted_asked"))
    gone = sql.SQL("{} AND NOT {}").format(_filled(work, _GONE), now)
    if names := _names(work, sql.SQL("SELECT f.principal FROM ({}) f").format(gone)):
        delete = sql.SQL("DELETE FROM {} h USING ({}) g WHERE ROW(h.*) = ROW(g.*)")
        statement = delete.format(gov(work.settings, "attr"), gone)
        yield _step(work, "attr", f"forget what no policy asks about {listed(names)}", statement)
    if names := _names(work, sql.SQL("SELECT w.principal FROM {}").format(untold)):
        insert = sql.SQL(
            "INSERT INTO {} (principal, kind, key, value) SELECT w.principal, w.kind, w.key, w.value FROM {}"
        )
        statement = insert.format(gov(work.settings, "attr"), untold)
        yield _step(work, "attr", f"all is known of {listed(names)}", statement)


def _filled(work: Work, template: sql.SQL) -> sql.Composed:
    attr, asked = gov(work.settings, "attr"), gov(work.settings, "asked")
    gone, new = _GONE.format(attr=attr), _NEW.format(attr=attr)
    changed = _CHANGED.format(
        gone=gone, new=new, asked_before=_asked(asked), asked_now=_asked(sql.Identifier("pg_temp", "wanted_asked"))
    )
    return template.format(attr=attr, asked=asked, changed=changed, other_policies=_OTHER_POLICIES.format(asked=asked))


def _asked(table: sql.Identifier) -> sql.Composed:
    return _ASKED.format(asked=table)


def _names(work: Work, query: sql.Composed) -> list[str]:
    return sorted({name for (name,) in work.connection.execute(query)})


def _step(work: Work, table: str, summary: str, *statements: Statement) -> Step:
    return Step(table, f"{work.settings.policy_schema}.{table}", summary, statements)
