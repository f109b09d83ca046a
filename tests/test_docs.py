from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from placet.domain.tokens import ABOUT, Scope
from placet.identity.scopes import NEVER, SCOPES
from tests.matrix.page import with_tables

ROOT = Path(__file__).parent.parent
DECISIONS = ROOT / "docs" / "decisions"
MADE = {".git", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", "__pycache__", "build", "dist"}
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HOME = re.compile(r"(?<![\w.])/(?:root|work|home/\w+)/")
REGISTRY = re.compile(r"pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian\.org")


def files(folder: Path = ROOT) -> Iterator[Path]:
    """Every file of the checkout that is not made by a tool; `.git` is one in a worktree."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if not (path.name in MADE or path.name.endswith(".egg-info") or (path / "pyvenv.cfg").exists()):
                yield from files(path)
        elif path.name not in MADE and not path.is_symlink():
            yield path


def texts() -> Iterator[tuple[str, str]]:
    """The path and the content of every file that is text."""
    for path in files():
        content = path.read_bytes()
        if b"\0" not in content:
            yield path.relative_to(ROOT).as_posix(), content.decode()


PAGES = {path: text for path, text in texts() if path.endswith(".md")}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def anchors(text: str) -> set[str]:
    """The anchors that headings make, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(path: str, text: str) -> list[str]:
    """The links of a page that lead to no file, or to no heading of it."""
    broken = []
    for link in LINK.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        name, _, anchor = link.partition("#")
        page = (ROOT / path).parent / name
        if re.match(r"(https?|mailto):", link):
            continue
        if (name and not page.exists()) or (anchor and anchor not in anchors(page.read_text() if name else text)):
            broken.append(link)
    return broken


@pytest.mark.parametrize("path", sorted(PAGES))
def test_every_link_leads_somewhere(path: str) -> None:
    assert broken_links(path, PAGES[path]) == []


def test_a_broken_link_is_found() -> None:
    text = "[a](docs/architecture.md#rooms) [b](docs/gone.md) [c](docs/architecture.md#attic) [d](#here)\n\n# Here\n"
    assert broken_links("README.md", text) == ["docs/gone.md", "docs/architecture.md#attic"]


def test_no_file_names_a_folder_of_somebody_s_machine_or_a_package_registry() -> None:
    found = [path for path, text in texts() if HOME.search(text) or REGISTRY.search(text)]
    assert found == []


@pytest.mark.parametrize("path", ["README.md", "CONTRIBUTING.md"])
def test_the_commands_that_are_promised_exist(path: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    code = re.findall(r"(`+)(.+?)\1", PAGES[path], re.DOTALL)
    promised = {target for _, text in code for target in re.findall(r"\bmake ([a-z-]+)", text)}
    assert promised - targets == set()


def test_every_command_of_the_makefile_is_in_its_help() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"@echo 'make ([a-z-]+)", makefile)) == targets - {"help"}


def test_the_changelog_tells_of_this_version() -> None:
    headings = re.findall(r"^## \[(.+?)\]", PAGES["CHANGELOG.md"], re.MULTILINE)
    assert headings[0] in ("Unreleased", PROJECT["version"])


def test_every_dependency_has_its_reason() -> None:
    extras = [package for extra in PROJECT["optional-dependencies"].values() for package in extra]
    needed = {re.split(r"[\[<>=~ ]", package)[0] for package in [*PROJECT["dependencies"], *extras]} - {"placet"}
    page = (DECISIONS / "001-dependencies.md").read_text()
    tables = "".join(line for line in page.splitlines() if line.startswith("|"))
    assert needed == needed & set(re.findall(r"`([\w.-]+)`", tables))


def test_the_index_lists_every_decision() -> None:
    pages = {path.name for path in DECISIONS.glob("[0-9]*.md")}
    assert set(re.findall(r"\]\((\d.+?\.md)\)", (DECISIONS / "README.md").read_text())) == pages


def test_the_glossary_is_in_order_and_explains_each_word_once() -> None:
    words = re.findall(r"^\| ([a-z ]+) \| ", PAGES["docs/glossary.md"], re.MULTILINE)[1:]
    assert words == sorted(set(words))


@pytest.mark.requirement("P4", clause="one table")
def test_the_permissions_are_documented_as_the_table_has_them() -> None:
    page = PAGES["docs/permissions.md"]
    assert page == with_tables(page), "run `python -m tests.matrix`"


def test_the_page_of_tokens_has_every_scope_with_what_it_lets_through() -> None:
    """In the order of the scopes; and what it says no token does is what no scope lets through."""
    page = (ROOT / "docs" / "tokens.md").read_text()
    rows = re.findall(r"^\| `([a-z]+)` \| (.+) \|$", page, re.MULTILINE)
    assert [name for name, _ in rows] == [scope.value for scope in Scope]
    for name, told in rows:
        parts = [scope_words(part) for part in ABOUT[Scope(name)].split(", ")]
        assert all(part in scope_words(told) for part in parts), name
    assert {scope for scopes in SCOPES.values() for scope in scopes} == set(Scope)
    assert "No token makes,\nlists or revokes tokens." in page
    closed = {operation for operation, scopes in SCOPES.items() if scopes == NEVER}
    assert closed == {"tokens.mine", "tokens.create", "tokens.revoke"}


def scope_words(told: str) -> str:
    """What is let through, whether it is told as `read` or `reading`: each word without its ending."""
    return " ".join(re.sub(r"(ting|ing|e)$", "", word) for word in re.findall(r"[a-z]+", told.lower()))


def test_the_requirements_list_their_tests_as_they_are() -> None:
    command = [sys.executable, "-m", "tests.requirements_trace", "--check"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
