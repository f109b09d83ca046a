"""Who holds which privilege on our schemas, policy tables and views, and who owns them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import LiteralString

from psycopg import sql

from placet.emitter.postgres.foundation import TABLES
from placet.emitter.postgres.names import gov, known_role, owner_role, product_role, view
from placet.emitter.postgres.sources import Found
from placet.emitter.postgres.steps import Step, Work, listed, made

# A privilege that may be handed on is marked with a star: we never give one like that.
_RELATIONS = """
    SELECT c.relname, c.oid, pg_get_userbyid(c.relowner), x.grantee, r.rolname, x.privilege
    FROM pg_class c
    LEFT JOIN LATERAL (
        SELECT grantee, privilege_type || CASE WHEN is_grantable THEN '*' ELSE '' END AS privilege
        FROM aclexplode(c.relacl)
        UNION ALL SELECT x.grantee, x.privilege_type || ' on a column'
        FROM pg_attribute a, aclexplode(a.attacl) x WHERE a.attrelid = c.oid) x ON x.grantee <> c.relowner
    LEFT JOIN pg_roles r ON r.oid = x.grantee
    WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = %s) AND c.relkind IN ('r', 'v')
"""
_SCHEMAS = """
    SELECT n.nspname, n.oid, pg_get_userbyid(n.nspowner), x.grantee, r.rolname,
           x.privilege_type || CASE WHEN x.is_grantable THEN '*' ELSE '' END
    FROM pg_namespace n
    LEFT JOIN LATERAL aclexplode(n.nspacl) x ON x.grantee <> n.nspowner
    LEFT JOIN pg_roles r ON r.oid = x.grantee
    WHERE n.nspname = ANY (%s)
"""

# The grantee None is PUBLIC.
Grantee = str | None


@dataclass(frozen=True)
class _Object:
    """Something that can be owned, with its oid, its owner, and the privileges of everyone else."""

    oid: int
    owner: str
    grants: dict[Grantee, set[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Ours:
    """An object of ours: how people and how SQL call it, and the one privilege that others need on it."""

    label: str
    name: sql.Identifier
    word: sql.SQL
    privilege: sql.SQL


def privilege_steps(work: Work, found: Iterable[Found]) -> Iterator[Step]:
    """Privileges that are missing or too many, on each object of ours."""
    yield from _schema_steps(work)
    yield from _table_steps(work)
    yield from _view_steps(work, found)


def _schema_steps(work: Work) -> Iterator[Step]:
    names = [work.settings.view_schema, work.settings.policy_schema]
    for name, there in _objects(work, _SCHEMAS, names).items():
        ours = _Ours(name, sql.Identifier(name), sql.SQL("SCHEMA"), sql.SQL("USAGE"))
        yield from _compare(work, ours, there, {None} if name == work.settings.view_schema else set())


def _table_steps(work: Work) -> Iterator[Step]:
    schema = work.settings.policy_schema
    for name, there in _objects(work, _RELATIONS, schema).items():
        if name in TABLES:
            yield from _compare(work, _relation(f"{schema}.{name}", gov(work.settings, name)), there, set())


def _view_steps(work: Work, found: Iterable[Found]) -> Iterator[Step]:
    """A view is for the members of its products, so that a stranger is refused; what members see is the gate's say.

    Where someone may be let without a grant, it is for all who are known.
    """
    there, views, roles = _objects(work, _RELATIONS, work.settings.view_schema), made(work, "view"), made(work, "role")
    absent = _Object(0, owner_role(work.settings))
    for source in found:
        have = there.get(source.view, absent)
        if have is not absent and views.get(source.view) != have.oid:
            continue
        names = {product_role(work.settings, product) for product in work.desired.products_of[source.source.id]}
        if source.source.allow:
            names.add(known_role(work.settings))
        ours = _relation(f"{work.settings.view_schema}.{source.view}", view(work.settings, source.view))
        yield from _compare(work, ours, have, {*names & roles.keys()})


def _relation(label: str, name: sql.Identifier) -> _Ours:
    return _Ours(label, name, sql.SQL("TABLE"), sql.SQL("SELECT"))


def _compare(work: Work, ours: _Ours, have: _Object, want: set[Grantee]) -> Iterator[Step]:
    owner, privilege = owner_role(work.settings), {ours.privilege.as_string()}
    if have.owner != owner:
        statement = sql.SQL("ALTER {} {} OWNER TO {}").format(ours.word, ours.name, sql.Identifier(owner))
        yield Step("owner", ours.label, f"take it back from `{have.owner}`", (statement,))
    surplus = [grantee for grantee, held in have.grants.items() if grantee not in want or held != privilege]
    if surplus:
        statements = _each(ours, "REVOKE ALL ON {1} {2} FROM {3} CASCADE", surplus)
        yield Step("privilege", ours.label, f"take surplus privileges from {_names(surplus)}", statements)
    missing = [grantee for grantee in want if have.grants.get(grantee) != privilege]
    if missing:
        statements = _each(ours, "GRANT {0} ON {1} {2} TO {3}", missing)
        yield Step("privilege", ours.label, f"let {_names(missing)} use it", statements)


def _each(ours: _Ours, template: LiteralString, grantees: list[Grantee]) -> tuple[sql.Composed, ...]:
    return tuple(
        sql.SQL(template).format(ours.privilege, ours.word, ours.name, _grantee(grantee)) for grantee in grantees
    )


def _grantee(grantee: Grantee) -> sql.Composable:
    return sql.SQL("PUBLIC") if grantee is None else sql.Identifier(grantee)


def _names(grantees: list[Grantee]) -> str:
    return listed(sorted(grantee or "PUBLIC" for grantee in grantees))


def _objects(work: Work, query: LiteralString, parameter: object) -> dict[str, _Object]:
    found: dict[str, _Object] = {}
    for name, oid, owner, grantee, role, privilege in work.connection.execute(query, [parameter]):
        there = found.setdefault(name, _Object(oid, owner))
        if grantee is not None:
            there.grants.setdefault(role, set()).add(privilege)
    return found
