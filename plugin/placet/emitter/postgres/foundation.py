"""What everything else stands on: the owner role, the two schemas, and the policy tables."""

from __future__ import annotations

from collections.abc import Iterator

from psycopg import sql

from placet.emitter.postgres.names import gov, owner_role
from placet.emitter.postgres.steps import Statement, Step, Work, made, record, role_oid
from placet.emitter.target import TargetRefusal

# principal: who is known; a login made anew has another oid. attr: what they hold of that which policies ask, and that
# it has been told. asked: what policies ask. product_source: which role stands for a product on a source.
# entitlement: one row for each grant. group_role: which role stands for a group. group_member: who is in one.
# group_entitlement: as entitlement, for groups. product_unmask: which role stands for a product's masking exceptions.
# unmask, group_unmask: one row for each grant of an exception and column. secret: the key of hashes.
# revocation: grants that may not come back. made: what is ours.
_TABLES = {
    "made": (sql.SQL("kind text, name text, oid oid NOT NULL, PRIMARY KEY (kind, name)"), ""),
    "principal": (sql.SQL("name name PRIMARY KEY, oid oid NOT NULL, active boolean NOT NULL"), ""),
    "attr": (
        sql.SQL(
            'principal name, kind text, key text, value text COLLATE "C", PRIMARY KEY (principal, kind, key, value)'
        ),
        "",
    ),
    "asked": (sql.SQL("kind text, key text, value text, PRIMARY KEY (kind, key, value)"), ""),
    "product_source": (
        sql.SQL("source text, product text, role oid NOT NULL, PRIMARY KEY (source, product)"),
        "",
    ),
    "entitlement": (
        sql.SQL(
            "grant_id text PRIMARY KEY, principal name NOT NULL, product text NOT NULL, "
            "valid_from timestamptz NOT NULL, valid_until timestamptz NOT NULL"
        ),
        "principal",
    ),
    "group_role": (sql.SQL("group_id text PRIMARY KEY, role oid NOT NULL"), ""),
    "group_member": (sql.SQL("group_id text, principal name, PRIMARY KEY (group_id, principal)"), "principal"),
    "group_entitlement": (
        sql.SQL(
            "grant_id text PRIMARY KEY, group_id text NOT NULL, product text NOT NULL, "
            "valid_from timestamptz NOT NULL, valid_until timestamptz NOT NULL"
        ),
        "group_id",
    ),
    "product_unmask": (sql.SQL("product text PRIMARY KEY, role oid NOT NULL"), ""),
    "unmask": (
        sql.SQL(
            "grant_id text, source text, column_id integer, principal name NOT NULL, product text NOT NULL, "
            "valid_from timestamptz NOT NULL, valid_until timestamptz NOT NULL, "
            "PRIMARY KEY (grant_id, source, column_id)"
        ),
        "principal",
    ),
    "group_unmask": (
        sql.SQL(
            "grant_id text, source text, column_id integer, group_id text NOT NULL, product text NOT NULL, "
            "valid_from timestamptz NOT NULL, valid_until timestamptz NOT NULL, "
            "PRIMARY KEY (grant_id, source, column_id)"
        ),
        "group_id",
    ),
    "secret": (sql.SQL("one boolean PRIMARY KEY DEFAULT true CHECK (one), key bytea NOT NULL"), ""),
    "revocation": (sql.SQL("grant_id text PRIMARY KEY, at timestamptz NOT NULL"), ""),
}
TABLES = tuple(_TABLES)

# Without a policy, row security shows rows to the owner alone, and none to whoever may read all tables there are.
_CLOSE = sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY")

# The server draws it, so that it is in no statement, and nothing here ever knows it.
_DRAW = sql.SQL(
    "INSERT INTO {} (key) SELECT sha256(string_agg(uuid_send(gen_random_uuid()), '')) FROM generate_series(1, 4)"
)


def foundation_steps(work: Work) -> list[Step]:
    """Whatever is missing of the owner role, the policy schema and its tables.

    Raises TargetRefusal where a role or schema of that name stands there that we did not make. The list of what we have
    made says what we may drop, so it is believed only where it belongs to our owner role.
    """
    tables = _owners(work, work.settings.policy_schema)
    role, schema = _exists_role(work), _exists_schema(work, work.settings.policy_schema)
    if "made" not in tables and (role or schema):
        _refuse_foreign(work, role)
    if tables.get("made", owner_role(work.settings)) != owner_role(work.settings):
        raise TargetRefusal(
            f"the schema `{work.settings.policy_schema}` of target `{work.settings.name}` belongs to "
            f"`{tables['made']}`: set the role prefix it was set up with, or another policy schema"
        )
    return [
        *(() if role else (_create_owner(work),)),
        *(() if schema else (_create_schema(work, work.settings.policy_schema),)),
        *(_create_table(work, name) for name in TABLES if name not in tables),
        *_outgrown(work, tables),
        *_open(work),
        *_secret_steps(work, tables),
    ]


def view_schema_steps(work: Work) -> Iterator[Step]:
    """The consumers' schema, where it is missing; anyone may look into it, and reads only what is granted there."""
    name = work.settings.view_schema
    ours = made(work, "schema")
    if not _exists_schema(work, name):
        create = _create_schema(work, name)
        oid = sql.SQL("(SELECT oid FROM pg_namespace WHERE nspname = {})").format(sql.Literal(name))
        usage = sql.SQL("GRANT USAGE ON SCHEMA {} TO PUBLIC").format(sql.Identifier(name))
        statements = (*create.statements, usage, record(work.settings, "schema", name, oid))
        yield Step("schema", name, create.summary, statements)
    elif name not in ours:
        raise TargetRefusal(f"schema `{name}` exists and was not made here; set another name for the view schema")


def _refuse_foreign(work: Work, role: bool) -> None:
    schema, owner = work.settings.policy_schema, owner_role(work.settings)
    what, setting = (f"role `{owner}`", "role prefix") if role else (f"schema `{schema}`", "policy schema")
    raise TargetRefusal(
        f"{what} exists on target `{work.settings.name}` and was not made here; drop it, or set another {setting}"
    )


def _create_owner(work: Work) -> Step:
    owner = owner_role(work.settings)
    create = sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(owner))
    return Step("role", owner, "create the role that owns the views", (create, *_join_owner(work)))


def _join_owner(work: Work) -> tuple[Statement, ...]:
    """A login that is no superuser has to belong to the owner role to make things for it."""
    row = work.connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    if row is not None and row[0]:
        return ()
    owner = sql.Identifier(owner_role(work.settings))
    return (sql.SQL("GRANT {} TO CURRENT_USER WITH INHERIT TRUE, SET TRUE").format(owner),)


def _create_schema(work: Work, name: str) -> Step:
    statement = sql.SQL("CREATE SCHEMA {} AUTHORIZATION {}").format(
        sql.Identifier(name), sql.Identifier(owner_role(work.settings))
    )
    return Step("schema", name, "create the schema", (statement,))


def _create_table(work: Work, name: str) -> Step:
    columns, indexed = _TABLES[name]
    table, owner = gov(work.settings, name), owner_role(work.settings)
    statements = [
        sql.SQL("CREATE TABLE {} ({})").format(table, columns),
        sql.SQL("ALTER TABLE {} OWNER TO {}").format(table, sql.Identifier(owner)),
        _CLOSE.format(table),
    ]
    if indexed:
        statements.append(sql.SQL("CREATE INDEX ON {} ({})").format(table, sql.Identifier(indexed)))
    if name == "made":
        statements.append(record(work.settings, "role", owner, role_oid(owner)))
    return Step("table", f"{work.settings.policy_schema}.{name}", "create the policy table", tuple(statements))


def _outgrown(work: Work, tables: dict[str, str]) -> Iterator[Step]:
    """Tables of an earlier shape, which no view has ever looked at."""
    if "attr" in tables and "asked" not in tables:
        for name in ("attr", "unmask"):
            create = _create_table(work, name)
            drop = sql.SQL("DROP TABLE {}").format(gov(work.settings, name))
            yield Step("table", create.object, "make the policy table anew", (drop, *create.statements))


def _open(work: Work) -> Iterator[Step]:
    """Policy tables that whoever reads all tables could read."""
    query = """
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = %s AND c.relname = ANY (%s) AND c.relkind = 'r' AND NOT c.relrowsecurity
    """
    for (name,) in work.connection.execute(query, [work.settings.policy_schema, list(TABLES)]):
        label = f"{work.settings.policy_schema}.{name}"
        yield Step("table", label, "close the policy table", (_CLOSE.format(gov(work.settings, name)),))


def _secret_steps(work: Work, tables: dict[str, str]) -> Iterator[Step]:
    table = gov(work.settings, "secret")
    if "secret" not in tables or not work.connection.execute(sql.SQL("SELECT FROM {}").format(table)).rowcount:
        name = f"{work.settings.policy_schema}.secret"
        yield Step("secret", name, "draw the secret of keyed hashes", (_DRAW.format(table),))


def _exists_role(work: Work) -> bool:
    query = "SELECT FROM pg_roles WHERE rolname = %s"
    return work.connection.execute(query, [owner_role(work.settings)]).fetchone() is not None


def _exists_schema(work: Work, name: str) -> bool:
    return work.connection.execute("SELECT FROM pg_namespace WHERE nspname = %s", [name]).fetchone() is not None


def _owners(work: Work, schema: str) -> dict[str, str]:
    """The tables of a schema and who owns each."""
    query = (
        "SELECT c.relname, pg_get_userbyid(c.relowner) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = %s AND c.relkind = 'r'"
    )
    return dict(work.connection.execute(query, [schema]).fetchall())
