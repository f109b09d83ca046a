"""How targets are reached, and what their objects are called."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from placet.domain.errors import SettingError

_PLAIN = re.compile(r"[a-z_][a-z0-9_]{0,19}")


@dataclass(frozen=True)
class PostgresSettings:
    """The settings of one PostgreSQL target.

    `dsn` comes from the environment and is never shown. Consumers query views in `view_schema`; `policy_schema` holds
    the rows that the views look up. Roles belong to a whole server, so two targets on one server need two values of
    `role_prefix`. `exempt_roles` go on reading and writing the tables directly: loaders, backups.

    Raises SettingError for a name of ours that is not plain (a-z, 0-9, underscore; at most 20).
    """

    name: str
    dsn: str = field(repr=False)
    view_schema: str = "marketplace"
    policy_schema: str = "gov"
    role_prefix: str = "placet"
    exempt_roles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for value in (self.view_schema, self.policy_schema, self.role_prefix):
            if not _PLAIN.fullmatch(value) or value.startswith("pg_"):
                raise SettingError(
                    f"`{value}` can't be used for target `{self.name}`: take 1 to 20 of a-z, 0-9 and underscore, "
                    "not beginning with a digit or `pg_`"
                )
        if self.view_schema == self.policy_schema:
            raise SettingError(f"target `{self.name}` needs two schemas, one for views and one for policies")


_KEYWORDS = ("as", "data", "default", "else", "every", "false", "if", "import", "in", "input", "not", "null", "package")
_WORDS = frozenset((*_KEYWORDS, "contains", "some", "true", "with"))


@dataclass(frozen=True)
class RegoSettings:
    """The settings of one Rego target.

    Rules and data are in the package `package`; two bundles in one Open Policy Agent need two. With `trino_catalog`,
    the catalog in Trino that holds the data sources, the bundle answers Trino too.

    Raises SettingError for a package that is not plain (a-z, 0-9, underscore; at most 40) or a word of Rego.
    """

    name: str
    package: str = "placet"
    trino_catalog: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,39}", self.package) or self.package in _WORDS:
            raise SettingError(
                f"`{self.package}` can't be the package of target `{self.name}`: take 1 to 40 of a-z, 0-9 and "
                "underscore, not beginning with a digit, and no word of Rego"
            )
        if self.trino_catalog != self.trino_catalog.lower():
            raise SettingError(f"target `{self.name}` names a catalog of Trino, and those are in lower case")


@dataclass(frozen=True)
class CedarSettings:
    """The settings of one Cedar target: it has none but its name."""

    name: str
