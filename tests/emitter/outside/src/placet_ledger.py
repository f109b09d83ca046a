"""A data platform that somebody else brings: a file that says who may read what, and can't mask or filter anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from placet.emitter.policy import Desired, Entitlement
from placet.emitter.target import Capabilities, CatalogSource, Change, Drift, Plan, Severity


class Ledger:
    """Keeps the entitlements of each source in one file."""

    capabilities = Capabilities(exact_expiry=False, guardrails=False, masks=False, row_filters=False)

    def __init__(self, name: str, *, file: str) -> None:
        self.name = name
        self._file = Path(file)

    def address(self, schema: str, name: str) -> str:
        return f"{self.name}:{schema}.{name}"

    def plan(self, desired: Desired) -> Plan:
        if self._read() == _kept(desired):
            return Plan()
        return Plan((Change("file", str(self._file), "write it anew", ("write",)),))

    def apply(self, wanted: Callable[[], Desired]) -> Plan:
        desired = wanted()
        done = self.plan(desired)
        self._file.write_text(json.dumps(_kept(desired)))
        return done

    def verify(self, desired: Desired) -> list[Drift]:
        return [Drift(Severity.DRIFT, one.kind, one.object, one.summary) for one in self.plan(desired).changes]

    def grant(self, entitlement: Entitlement, members: tuple[str, ...] = ()) -> None:
        logins = members if entitlement.group is not None else (entitlement.login,)
        self._file.write_text(json.dumps({**self._read(), entitlement.grant: sorted(logins)}))

    def revoke(self, grant: str, at: datetime) -> None:
        self.drop_ended(grant)

    def drop_ended(self, grant: str) -> None:
        self._file.write_text(json.dumps({id: held for id, held in self._read().items() if id != grant}))

    def held(self) -> tuple[Entitlement, ...]:
        return ()

    def read_catalog(self) -> tuple[CatalogSource, ...]:
        return ()

    def _read(self) -> dict[str, list[str]]:
        return json.loads(self._file.read_text()) if self._file.exists() else {}


def _kept(desired: Desired) -> dict[str, list[str]]:
    members = {group.id: sorted(group.members) for group in desired.groups}
    shared = {product for source in desired.sources for product in desired.products_of[source.id]}
    return {
        one.grant: members.get(one.group, []) if one.group is not None else [one.login]
        for one in desired.entitlements
        if one.product in shared and not one.is_exception
    }
