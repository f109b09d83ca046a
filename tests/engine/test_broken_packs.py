"""Whatever stands wherever in a pack or in its cases, the checker says so and never stops."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from placet.domain.errors import FactError, PackError
from placet.engine import PackSource, check_packs, given_facts, load_pack

RULES = Path(__file__).parents[2] / "rules"
PACKS = [path for path in sorted(RULES.rglob("*.yaml")) if not path.name.endswith(".cases.yaml")]
ODD: list[Any] = [
    None,
    "",
    "x",
    "$x",
    "count $x",
    "{x}",
    "a and b",
    7,
    -1,
    True,
    [],
    ["x"],
    [["x"]],
    {},
    {"a": {"b": "c"}},
    [{}],
]


def read(path: Path) -> Any:
    """A file as lists, mappings and texts, which JSON can hold."""
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(path.read_text()), default=str))


def broken(r: random.Random, whole: Any) -> Any:
    """The same with something else in one place, or with one thing less or twice."""
    node, at = r.choice(list(_places(whole)))
    what = r.randrange(4)
    if what == 0 and isinstance(node, dict):
        node[r.choice(["x", "not", "now", "pack", "when", "$x", ""])] = node.pop(at)
    elif what == 1:
        del node[at]
    else:
        node[at] = r.choice(ODD)
    return whole


def _places(node: Any) -> list[tuple[Any, Any]]:
    keys = node.keys() if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    return [place for key in keys for place in [(node, key), *_places(node[key])]]


@given(seed=st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_a_pack_that_is_broken_anywhere_is_checked_all_the_same(seed: int) -> None:
    r = random.Random(seed)
    path = r.choice(PACKS)
    pack, cases = read(path), read(path.with_name(f"{path.stem}.cases.yaml"))
    for _ in range(r.randrange(1, 4)):
        pack, cases = broken(r, pack), broken(r, cases)
    source = PackSource("broken.yaml", json.dumps(pack))
    report = check_packs(source, cases=json.dumps(cases), single={"outcome": "status", "automatic": "verdict"})
    assert all(finding.line >= 1 and finding.column >= 1 and str(finding).isprintable() for finding in report.findings)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=100, deadline=None)
def test_facts_that_are_broken_anywhere_are_refused_or_taken(seed: int) -> None:
    r = random.Random(seed)
    pack = load_pack("eligibility", "quorum")
    cases = read(RULES / f"{r.choice(['eligibility', 'quorum'])}.cases.yaml")
    facts = r.choice([case.get("given", {}) for case in cases["cases"].values()])
    if not facts:
        return
    with suppress(FactError, PackError):
        given_facts(pack, json.dumps(broken(r, facts)))
