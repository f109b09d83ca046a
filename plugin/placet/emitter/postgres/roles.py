"""Roles: for each data product, its exceptions and each group, for all who are known, and for owning the views."""

from __future__ import annotations

from collections.abc import Iterator

from psycopg import sql

from placet.emitter.postgres.names import exception_role, group_role, known_role, owner_role, product_role
from placet.emitter.postgres.rows import resting_roles
from placet.emitter.postgres.steps import Step, Work, forget, made, record, role_oid
from placet.emitter.postgres.wanted import needs_known, possible_groups, products_with_exceptions

_ATTRIBUTES = {
    "rolcanlogin": sql.SQL("NOLOGIN"),
    "rolsuper": sql.SQL("NOSUPERUSER"),
    "rolbypassrls": sql.SQL("NOBYPASSRLS"),
    "rolcreaterole": sql.SQL("NOCREATEROLE"),
    "rolcreatedb": sql.SQL("NOCREATEDB"),
    "rolreplication": sql.SQL("NOREPLICATION"),
}


def role_steps(work: Work) -> Iterator[Step]:
    """Roles that are missing; a role of that name that we did not make is left alone, and gives nothing."""
    ours, there = made(work, "role"), _role_oids(work)
    for role, whose in _wanted(work).items():
        if role not in there:
            create = sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role))
            note = record(work.settings, "role", role, role_oid(role))
            yield Step("role", role, f"create the role of {whose}", (create, note))
        elif ours.get(role) != there[role]:
            yield Step("role", role, "exists and was not made here: drop it, or set another role prefix")


def attribute_steps(work: Work) -> Iterator[Step]:
    """Powers that a role of ours has been given since."""
    query = sql.SQL("SELECT rolname, {} FROM pg_roles WHERE rolname = ANY(%s)").format(
        sql.SQL(", ").join(sql.Identifier(attribute) for attribute in _ATTRIBUTES)
    )
    for name, *held in work.connection.execute(query, [list(made(work, "role"))]):
        wrong = [word for word, has in zip(_ATTRIBUTES.values(), held, strict=True) if has]
        if wrong:
            statement = sql.SQL("ALTER ROLE {} {}").format(sql.Identifier(name), sql.SQL(" ").join(wrong))
            yield Step("role", name, "has been given powers of its own: take them away", (statement,))


def leftover_role_steps(work: Work) -> Iterator[Step]:
    """Roles of products that are published no more, and of groups that have nothing more.

    One that others have given privileges to stays, without members.
    """
    wanted = {*_wanted(work), owner_role(work.settings)}
    there, resting = _role_oids(work), resting_roles(work)
    for name, oid in made(work, "role").items():
        if name in wanted:
            continue
        if there.get(name) != oid:
            yield Step("role", name, "is gone", (forget(work.settings, "role", name),), tidying=True)
        elif _holds_more(work, oid):
            yield Step("role", name, "is needed no more, but others gave it privileges: revoke them")
        else:
            drop = sql.SQL("DROP ROLE {}").format(sql.Identifier(name))
            statements = (drop, forget(work.settings, "role", name))
            yield Step("role", name, "drop the role, which is needed no more", statements, tidying=name in resting)


def _wanted(work: Work) -> dict[str, str]:
    """The roles there should be, each with whose it is."""
    settings, desired = work.settings, work.desired
    known = {known_role(settings): "all active logins"} if needs_known(desired) else {}
    return {
        **{product_role(settings, one.id): f"the product `{one.id}`" for one in desired.products},
        **{group_role(settings, one.id): f"the group `{one.id}`" for one in possible_groups(desired)},
        **{exception_role(settings, id): f"masking exceptions by `{id}`" for id in products_with_exceptions(desired)},
        **known,
    }


def _role_oids(work: Work) -> dict[str, int]:
    return dict(work.connection.execute("SELECT rolname, oid FROM pg_roles").fetchall())


def _holds_more(work: Work, oid: int) -> bool:
    """Whether anything but our own views knows the role."""
    query = """
        SELECT FROM pg_shdepend d
        WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = %s
          AND NOT (d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
                   AND d.classid = 'pg_class'::regclass
                   AND d.objid IN (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                                   WHERE n.nspname = %s))
    """
    return work.connection.execute(query, [oid, work.settings.view_schema]).fetchone() is not None
