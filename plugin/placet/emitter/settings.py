"""How a PostgreSQL target is reached, and what its objects are called."""

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
