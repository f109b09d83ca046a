"""The example packs: their cases, and that each can be named by a form as it is."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from placet.domain.errors import PackError
from placet.domain.forms import STANDARD_PACKS
from placet.engine import Pack, PackSource, load_pack
from placet.engine.cases import run_cases
from placet.workflow.rulebook import HOOKS, Rulebook
from placet.workflow.vocabulary import KNOWN

ROOT = Path(__file__).parent.parent.parent
FOLDER, PAGES = ROOT / "rules" / "examples", ROOT / "docs" / "rules"
EXAMPLES = (
    "clearance",
    "emergency",
    "manager-then-owner",
    "n-of-m",
    "quarterly",
    "separation-of-duties",
    "two-people",
)


def with_standard_packs(*names: str) -> Pack:
    """Example packs as a form names them: after the standard ones."""
    sources = [PackSource(f"{name}.yaml", (FOLDER / f"{name}.yaml").read_text()) for name in names]
    return load_pack(*STANDARD_PACKS, *sources)


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.requirement("N3", clause="cases")
def test_every_rule_of_an_example_is_hit_by_a_case_that_expects_its_reason(name: str) -> None:
    report = run_cases(FOLDER / f"{name}.cases.yaml")
    assert report.problems == []
    assert report.missed == ()
    own = {rule for rule in report.hit if rule.startswith(f"{name}/")}
    assert own <= report.told
    assert report.cases >= 5


def test_every_example_has_cases_and_a_page_that_the_index_links() -> None:
    assert {path.name for path in FOLDER.glob("*.yaml")} == {
        f"{name}{end}" for name in EXAMPLES for end in (".yaml", ".cases.yaml")
    }
    assert {path.name for path in PAGES.glob("*.md")} == {"README.md", *(f"{name}.md" for name in EXAMPLES)}
    linked = re.findall(r"^\| \[([\w-]+)\]\(([\w-]+)\.md\) \|", (PAGES / "README.md").read_text(), re.MULTILINE)
    assert linked == [(name, name) for name in EXAMPLES]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_on_a_page_holds(name: str, tmp_path: Path) -> None:
    [cases] = re.findall(r"^```yaml\n(.+?)^```", (PAGES / f"{name}.md").read_text(), re.MULTILINE | re.DOTALL)
    (tmp_path / "page.cases.yaml").write_text(cases)
    shutil.copy(FOLDER / f"{name}.yaml", tmp_path)
    report = run_cases(tmp_path / "page.cases.yaml")
    assert report.problems == []
    assert report.cases


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_reads_what_is_told_or_concluded_and_joins_with_the_standard_packs(name: str) -> None:
    pack = with_standard_packs(name)
    Rulebook(pack)
    assert pack.warnings == ()
    assert pack.program.packs == (*STANDARD_PACKS, name)
    concluded = {head.kind for rule in pack.program.rules for head in rule.then}
    assert pack.program.given <= KNOWN.keys() | concluded | HOOKS


def test_a_form_may_name_all_the_examples_at_once() -> None:
    Rulebook(with_standard_packs(*EXAMPLES))
    Rulebook(with_standard_packs(*reversed(EXAMPLES)))


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_no_shipped_pack(name: str) -> None:
    with pytest.raises(PackError):
        load_pack(name)
