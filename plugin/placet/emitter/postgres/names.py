"""What the objects we make are called; every name is a function of what it stands for.

PostgreSQL cuts a longer identifier at 63 bytes without a word, so a name too long would mean something else there.
"""

from __future__ import annotations

from hashlib import sha256

from psycopg import sql

from placet.emitter.settings import PostgresSettings

LONGEST = 63
_DIGEST = 12
_ROOM = LONGEST - _DIGEST - 1


def can_exist(name: str) -> bool:
    """Whether something on the server can have exactly this name."""
    return 0 < len(name.encode()) <= LONGEST and "\0" not in name


def owner_role(settings: PostgresSettings) -> str:
    """The role that owns the views and the policy tables, and that nobody logs in as."""
    return f"{settings.role_prefix}_owner"


def product_role(settings: PostgresSettings, product: str) -> str:
    """The role whose members are the product's members."""
    plain = f"{settings.role_prefix}_p_{product}"
    return plain if can_exist(plain) else _shortened(plain, product)


def exception_role(settings: PostgresSettings, product: str) -> str:
    """The role whose members have masking exceptions by the product; it reads nothing."""
    plain = f"{settings.role_prefix}_x_{product}"
    return plain if can_exist(plain) else _shortened(plain, product)


def known_role(settings: PostgresSettings) -> str:
    """The role of every active login that the target knows, for what is let without a grant."""
    return f"{settings.role_prefix}_known"


def group_role(settings: PostgresSettings, group: str) -> str:
    """The role whose members are the group's members.

    Groups are called by others, so one could have the very name that another's is cut to: a name as long as those that
    are cut has a digest itself.
    """
    plain = f"{settings.role_prefix}_g_{group}"
    return plain if len(plain.encode()) <= _ROOM else _shortened(plain, group)


def view_name(schema: str, name: str) -> str:
    """The name of a source's view: `schema__table`, with a digest where that could mean two tables or is too long."""
    plain = f"{schema}__{name}"
    if plain.count("__") == 1 and "___" not in plain and can_exist(plain):
        return plain
    return _shortened(plain, schema, name)


def views_policy(settings: PostgresSettings) -> str:
    """The row security policy that lets the views read a table."""
    return f"{settings.role_prefix}_views"


def exempt_policy(settings: PostgresSettings) -> str:
    """The row security policy that lets the exempt roles go on."""
    return f"{settings.role_prefix}_exempt"


def view(settings: PostgresSettings, name: str) -> sql.Identifier:
    """A view of ours, with its schema."""
    return sql.Identifier(settings.view_schema, name)


def gov(settings: PostgresSettings, table: str) -> sql.Identifier:
    """A policy table of ours, with its schema."""
    return sql.Identifier(settings.policy_schema, table)


def _shortened(plain: str, *parts: str) -> str:
    digest = sha256("\0".join(parts).encode()).hexdigest()[:_DIGEST]
    return f"{plain.encode()[:_ROOM].decode(errors='ignore')}_{digest}"
