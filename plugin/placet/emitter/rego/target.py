"""The Rego target: a bundle for Open Policy Agent, and for Trino where a catalog of it is named."""

from __future__ import annotations

from placet.emitter.handed_out import HandedOut, Output
from placet.emitter.packing import as_json, digest, packed
from placet.emitter.policy import Desired, TargetSource
from placet.emitter.rego.conditions import quoted
from placet.emitter.rego.facts import facts
from placet.emitter.rego.policy import Sql, policy_text, shipped
from placet.emitter.rego.trino import TrinoSql, plain, refusals
from placet.emitter.settings import RegoSettings
from placet.emitter.target import Capabilities, Change

POLICY, TRINO, DATA, MANIFEST = "policy.rego", "trino.rego", "data.json", ".manifest"


class RegoTarget(HandedOut):
    """A fleet of Open Policy Agent, as a `Target`; it is told what to enforce when it asks."""

    capabilities = Capabilities(exact_expiry=True, guardrails=True, masks=True, row_filters=True)

    def __init__(self, settings: RegoSettings) -> None:
        self.settings = settings

    def address(self, schema: str, name: str) -> str:
        parts = (self.settings.trino_catalog, schema, name)
        return ".".join(map(plain, parts)) if self.settings.trino_catalog else super().address(schema, name)

    def made_of(self, desired: Desired) -> Output:
        """A bundle: rules, which change with birthright policies, and data, which changes with people and grants."""
        problems = {one.id: self._problem(one) for one in desired.sources}
        shared = [one for one in desired.sources if problems[one.id] is None]
        rules = self._rules(shared)
        known = facts(desired, frozenset(source.id for source in shared))
        files = rules | {DATA: as_json({self.settings.package: {"facts": known}})}
        revision = digest(files)
        manifest = {"revision": revision, "roots": [self.settings.package], "metadata": {"policy": digest(rules)}}
        found = {id: problem for id, problem in sorted(problems.items()) if problem}
        return Output(revision, files | {MANIFEST: as_json(manifest)}, tuple(found.values()), frozenset(found))

    def packed(self, output: Output) -> bytes:
        return packed(output.files)

    def _problem(self, source: TargetSource) -> Change | None:
        found = list(refusals(source)) if self.settings.trino_catalog else []
        return Change("source", source.qualified_name, f"is not shared: {'; '.join(found)}") if found else None

    def _rules(self, sources: list[TargetSource]) -> dict[str, bytes]:
        package, catalog = self.settings.package, self.settings.trino_catalog
        text = {POLICY: policy_text(package, sources, TrinoSql() if catalog else Sql())}
        if catalog:
            text[TRINO] = f"{shipped(TRINO, package)}\ncatalog := {quoted(catalog)}\n"
        return {name: content.encode() for name, content in text.items()}
