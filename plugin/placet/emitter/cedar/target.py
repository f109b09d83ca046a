"""The Cedar target: policies, entities and a schema, as files."""

from __future__ import annotations

from collections.abc import Iterator

from placet.emitter.cedar.entities import Entities, entities, tells_no_mask
from placet.emitter.cedar.policies import policy_text, schema_text
from placet.emitter.handed_out import HandedOut, Output
from placet.emitter.packing import as_json, digest, packed
from placet.emitter.policy import Desired, TargetSource
from placet.emitter.settings import CedarSettings
from placet.emitter.target import Capabilities, Change

POLICIES, ENTITIES, SCHEMA = "policies.cedar", "entities.json", "placet.cedarschema"


class CedarTarget(HandedOut):
    """Whatever decides by Cedar, as a `Target`; it answers yes and no, so no rows and no choice among masks."""

    capabilities = Capabilities(exact_expiry=True, guardrails=True, masks=False, row_filters=False)

    def __init__(self, settings: CedarSettings) -> None:
        self.settings = settings

    def made_of(self, desired: Desired) -> Output:
        """The files; a source with row filters is left out, since its rows could not be filtered."""
        ordered = sorted(desired.sources, key=lambda source: source.id)
        refused = [source for source in ordered if source.filters]
        shared = [source for source in ordered if not source.filters]
        made = entities(desired, shared)
        files = {
            POLICIES: policy_text(shared).encode(),
            ENTITIES: as_json(made.entities),
            SCHEMA: schema_text().encode(),
        }
        problems = (*map(_not_filtered, refused), *_masks(shared), *_cut(made))
        return Output(digest(files), files, problems, frozenset(source.id for source in refused))

    def packed(self, output: Output) -> bytes:
        return packed(output.files)


def _not_filtered(source: TargetSource) -> Change:
    names = ", ".join(f"`{policy.name}`" for policy, _ in source.filters)
    return Change("source", source.qualified_name, f"is not shared: Cedar filters no rows, and {names} does")


def _masks(sources: list[TargetSource]) -> Iterator[Change]:
    for source in sources:
        for column in source.columns:
            if tells_no_mask(column):
                name = f"{source.qualified_name}.{column.name}"
                yield Change("column", name, "shows nothing where it is not clear: Cedar can't tell which mask it is")


def _cut(made: Entities) -> Iterator[Change]:
    for login, key in made.cut:
        yield Change("login", login, f"has more than four separate times of `{key}`: hand out anew before the fifth")
