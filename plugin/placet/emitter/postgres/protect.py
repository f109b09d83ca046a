"""The tables themselves: closed to everyone but the views' owner and the exempt roles, by row security.

Privileges alone would not do: whoever holds SELECT on a table already, or `pg_read_all_data`, would read past views.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from psycopg import sql

from placet.emitter.postgres.catalog import Relation, relations_below
from placet.emitter.postgres.names import exempt_policy, owner_role, views_policy
from placet.emitter.postgres.sources import Found
from placet.emitter.postgres.steps import Statement, Step, Work, forget, made, record
from placet.emitter.settings import PostgresSettings
from placet.emitter.target import Loss

_POLICIES = """
    SELECT p.polrelid, p.polname, p.polcmd::text, p.polpermissive,
           ARRAY(SELECT coalesce(r.rolname, 'public') FROM unnest(p.polroles) AS listed (oid)
                 LEFT JOIN pg_roles r ON r.oid = listed.oid ORDER BY r.rolname::text)::text[],
           coalesce(pg_get_expr(p.polqual, p.polrelid), ''), coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
    FROM pg_policy p WHERE p.polrelid = ANY (%s)
"""

_LOSSES = """
    SELECT coalesce(r.rolname, 'PUBLIC'), array_agg(DISTINCT x.privilege_type ORDER BY x.privilege_type)
    FROM pg_class c
    CROSS JOIN LATERAL (
        SELECT grantee, privilege_type FROM aclexplode(coalesce(c.relacl, acldefault('r', c.relowner)))
        UNION ALL SELECT x.grantee, x.privilege_type FROM pg_attribute a, aclexplode(a.attacl) x
            WHERE a.attrelid = c.oid
        UNION ALL SELECT m.oid, 'SELECT' FROM pg_roles m
            WHERE m.rolname !~ '^pg_' AND pg_has_role(m.oid, 'pg_read_all_data', 'USAGE')
        UNION ALL SELECT m.oid, 'UPDATE' FROM pg_roles m
            WHERE m.rolname !~ '^pg_' AND pg_has_role(m.oid, 'pg_write_all_data', 'USAGE')) x
    LEFT JOIN pg_roles r ON r.oid = x.grantee
    WHERE c.oid = %s AND x.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
      AND (r.oid IS NULL OR NOT (r.rolsuper OR r.rolbypassrls))
      AND (r.oid IS NULL OR NOT EXISTS (SELECT FROM pg_roles e WHERE e.rolname = ANY (%s)
                                        AND pg_has_role(r.oid, e.oid, 'USAGE')))
    GROUP BY r.rolname ORDER BY 1
"""


@dataclass(frozen=True)
class Policy:
    """A row security policy as the catalog has it; `command` is `r` for SELECT and `*` for all."""

    name: str
    command: str
    permissive: bool
    roles: tuple[str, ...]
    using: str
    check: str


def protection_steps(work: Work, found: Iterable[Found]) -> Iterator[Step]:
    """What is missing for each source, and for every part of it, to be read through its view only."""
    sources = {source.relation.oid: source for source in found}
    exempt = _exempt(work)
    relations = relations_below(work.connection, sources)
    policies = _policies(work, relations)
    for relation in relations:
        name = f"{relation.schema}.{relation.name}"
        there = policies.get(relation.oid, {})
        yield from _row_security(relation, name)
        yield from _own_policies(work.settings, exempt, relation, there, relation.oid in sources)
        yield from _foreign_policies(work.settings, name, there)
    yield from _reading(work, sources)


def losses(work: Work, found: Iterable[Found]) -> Iterator[Loss]:
    """Who reads or writes a source directly now and won't once it is closed."""
    exempt = [*work.settings.exempt_roles, owner_role(work.settings)]
    for relation in relations_below(work.connection, (source.relation.oid for source in found)):
        if relation.row_security and relation.forced:
            continue
        for role, privileges in work.connection.execute(_LOSSES, [relation.oid, exempt]):
            kept = relation.row_security and role != relation.owner
            if not kept:
                yield Loss(role, f"{relation.schema}.{relation.name}", tuple(privileges))


def exempt_problems(work: Work) -> Iterator[Step]:
    """Exempt roles that are not there; `public` is none, and would open the tables to everyone."""
    there = _exempt(work)
    for role in work.settings.exempt_roles:
        if role not in there:
            yield Step("role", role, "is to be exempt but is not there: create it, or take it off the setting")


def leftover_source_steps(work: Work) -> Iterator[Step]:
    """Tables that are shared no more stay closed, since we never open one; their owner opens them if they want."""
    wanted, seen = {source.id for source in work.desired.sources}, made(work, "source")
    shared = {oid for name, oid in seen.items() if name in wanted}
    left = {name: oid for name, oid in seen.items() if name not in wanted}
    relations = {relation.oid: relation for relation in relations_below(work.connection, left.values())}
    for source, oid in left.items():
        statements = [forget(work.settings, "source", source)]
        summary = "is shared no more"
        if oid not in shared and (relation := relations.get(oid)):
            table, owner = _table(relation), sql.Identifier(owner_role(work.settings))
            policy = sql.Identifier(views_policy(work.settings))
            statements.append(sql.SQL("DROP POLICY IF EXISTS {} ON {}").format(policy, table))
            statements.append(sql.SQL("REVOKE SELECT ON {} FROM {}").format(table, owner))
            summary = f"`{relation.schema}.{relation.name}` is shared no more; its row security stays on"
        yield Step("source", source, summary, tuple(statements))


def _row_security(relation: Relation, name: str) -> Iterator[Step]:
    if not (relation.row_security and relation.forced):
        statement = sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        yield Step("source", name, "close the table by row security", (statement.format(_table(relation)),))


def _own_policies(
    settings: PostgresSettings, roles: tuple[str, ...], relation: Relation, there: dict[str, Policy], shared: bool
) -> Iterator[Step]:
    views = Policy(views_policy(settings), "r", True, (owner_role(settings),), "true", "")
    exempt = Policy(exempt_policy(settings), "*", True, roles, "true", "true")
    for policy, wanted in ((views, shared), (exempt, bool(roles))):
        have = there.get(policy.name)
        if have == (policy if wanted else None):
            continue
        drop = sql.SQL("DROP POLICY {} ON {}").format(sql.Identifier(policy.name), _table(relation))
        statements = (*((drop,) if have else ()), *((_create(policy, relation),) if wanted else ()))
        summary = f"{'set' if wanted else 'drop'} the row security policy `{policy.name}`"
        yield Step("source", f"{relation.schema}.{relation.name}", summary, statements)


def _create(policy: Policy, relation: Relation) -> sql.Composed:
    command = sql.SQL("SELECT") if policy.command == "r" else sql.SQL("ALL")
    check = sql.SQL(" WITH CHECK (true)") if policy.check else sql.SQL("")
    return sql.SQL("CREATE POLICY {name} ON {table} FOR {command} TO {roles} USING (true){check}").format(
        name=sql.Identifier(policy.name),
        table=_table(relation),
        command=command,
        roles=sql.SQL(", ").join(map(sql.Identifier, policy.roles)),
        check=check,
    )


def _foreign_policies(settings: PostgresSettings, name: str, there: dict[str, Policy]) -> Iterator[Step]:
    """Policies of others that let roles read past the views; they are not ours to drop."""
    own = {views_policy(settings), exempt_policy(settings)}
    for policy in there.values():
        admits = set(policy.roles) - {*settings.exempt_roles, owner_role(settings)}
        if policy.name not in own and policy.permissive and admits:
            summary = f"the row security policy `{policy.name}` lets `{', '.join(sorted(admits))}` past the views"
            yield Step("source", name, f"{summary}: drop it, or make them exempt")


def _reading(work: Work, sources: dict[int, Found]) -> Iterator[Step]:
    """The views' owner may read each source, and each is noted down."""
    owner, seen = owner_role(work.settings), made(work, "source")
    query = """
        SELECT c.oid, has_table_privilege(%s, c.oid, 'SELECT'), has_schema_privilege(%s, c.relnamespace, 'USAGE')
        FROM pg_class c WHERE c.oid = ANY (%s)
    """
    for oid, table_ok, schema_ok in work.connection.execute(query, [owner, owner, list(sources)]):
        found = sources[oid]
        grantee = sql.Identifier(owner)
        statements: list[Statement] = []
        if not schema_ok:
            schema = sql.Identifier(found.relation.schema)
            statements.append(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, grantee))
        if not table_ok:
            statements.append(sql.SQL("GRANT SELECT ON {} TO {}").format(_table(found.relation), grantee))
        if seen.get(found.source.id) != oid:
            statements.append(record(work.settings, "source", found.source.id, sql.Literal(oid)))
        if statements:
            yield Step("source", found.source.qualified_name, "let the views read the table", tuple(statements))


def _exempt(work: Work) -> tuple[str, ...]:
    """The exempt roles that are there, in the order of the catalog."""
    query = "SELECT rolname FROM pg_roles WHERE rolname = ANY (%s) ORDER BY rolname::text"
    return tuple(name for (name,) in work.connection.execute(query, [list(work.settings.exempt_roles)]))


def _policies(work: Work, relations: Iterable[Relation]) -> dict[int, dict[str, Policy]]:
    found: dict[int, dict[str, Policy]] = {}
    oids = [relation.oid for relation in relations]
    for oid, name, command, permissive, roles, using, check in work.connection.execute(_POLICIES, [oids]):
        found.setdefault(oid, {})[name] = Policy(name, command, permissive, tuple(roles), using, check)
    return found


def _table(relation: Relation) -> sql.Identifier:
    return sql.Identifier(relation.schema, relation.name)
