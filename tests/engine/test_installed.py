"""Without durable-rules the engine says so, and the reference evaluator goes on."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

from placet.engine import EngineMissing, PackSource, installed, load_pack, missing_engine

LINE = "CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject pip install durable_rules==2.0.28"
TOLD = {"automatic": [{"verdict": "deny"}]}


def test_where_it_is_installed_nothing_is_missing() -> None:
    assert missing_engine() is None


@pytest.mark.parametrize("version", [(3, 11), (3, 12)])
def test_what_is_missing_is_told_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int]
) -> None:
    monkeypatch.setattr(installed, "rete", None)
    monkeypatch.setattr(installed, "sys", SimpleNamespace(version_info=version))
    missing = missing_engine()
    assert missing
    assert "install it with `pip install durable_rules==2.0.28`" in missing
    assert f"`{LINE}` on Python 3.13" in missing


def test_on_newer_pythons_the_line_with_its_flag_is_the_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "rete", None)
    monkeypatch.setattr(installed, "sys", SimpleNamespace(version_info=(3, 13)))
    assert f"install it with `{LINE}`" in str(missing_engine())


def test_only_the_reference_evaluator_answers_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "rete", None)
    pack = load_pack(PackSource("not-compiled.yaml", load_pack("quorum").sources[0].text))
    assert pack.evaluate(TOLD, engine="reference").holds("outcome", status="denied")
    for engine in ("both", "durable"):
        with pytest.raises(EngineMissing, match="durable-rules is not installed") as refused:
            pack.evaluate(TOLD, engine=engine)
        assert (refused.value.status, refused.value.code) == (503, "engine-missing")


def test_the_room_can_be_imported_without_it() -> None:
    code = (
        "import sys; sys.modules['durable_rules_engine'] = None\n"
        "from placet.engine import missing_engine\n"
        "print(missing_engine())"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "durable-rules is not installed" in said.stdout
