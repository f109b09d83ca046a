"""A Rego engine with what a target hands out in it, asked at any instant.

Only the clock is exchanged: what Rego's `time.now_ns()` says, a test says. The engine has no way to take back data, so
each state has an engine of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import regopy

from placet.emitter.handed_out import Output

CLOCK = "time.now_ns()"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Opa:
    """One engine; a mutation changes the text of its rules before they are read."""

    def __init__(
        self, files: Output, more: str = "", mutation: Callable[[str], str] = str, package: str = "placet"
    ) -> None:
        self._engine = regopy.Interpreter()
        for name, content in files.files.items():
            if name.endswith(".rego"):
                self._engine.add_module(name, mutation(content.decode()).replace(CLOCK, "input.test_now"))
        if more:
            self._engine.add_module("test", f"package {package}.test\n\nimport rego.v1\n\n{more}")
        self._engine.add_data_json(files.files["data.json"].decode())
        self._asked: dict[str, regopy.Bundle] = {}

    def ask(self, what: str, input: Mapping[str, object], at: datetime) -> Any:
        """What a rule says of an input at an instant, or None where it says nothing; false alone would be no answer."""
        if what not in self._asked:
            self._asked[what] = self._engine.build(f"[{what}]")
        now = (at - _EPOCH) // timedelta(microseconds=1) * 1000
        self._engine.set_input_term(json.dumps({**input, "test_now": now}, ensure_ascii=False))
        said = self._engine.query_bundle(self._asked[what])
        found = said.results[0].expressions if said.results else None
        return found[0][0] if found else None
