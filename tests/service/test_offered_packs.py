"""Packs on offer: shipped, in the folder of the setting, and by entry points of installed packages."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from placet.domain.errors import SettingError
from placet.domain.forms import STANDARD_PACKS
from placet.service.offered_packs import EXAMPLE, FOLDER, GROUP, SHIPPED, OfferedPack, offered

TEXT = "pack: house\nabout: Rules of the house.\n"


def install(site: Path, package: str, entry: str) -> None:
    """What an installer leaves behind of a distribution that offers packs."""
    home = site / package
    home.mkdir(parents=True)
    (home / "__init__.py").write_text("")
    (home / "house.yaml").write_text(TEXT)
    (home / "house.cases.yaml").write_text("cases: {}\n")
    metadata = site / f"{package}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[{GROUP}]\n{entry}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_the_standard_packs_are_shipped_each_with_its_cases() -> None:
    shipped = {pack.name: pack for pack in offered("") if pack.origin == SHIPPED}
    assert shipped.keys() == set(STANDARD_PACKS)
    assert all(pack.cases.startswith("packs: [") for pack in shipped.values())


def test_the_examples_are_offered_each_with_its_cases() -> None:
    examples = [pack for pack in offered("") if pack.origin == EXAMPLE]
    assert {"clearance", "emergency", "two-people"} < {pack.name for pack in examples}
    assert all(pack.text.startswith(f"pack: {pack.name}\n") for pack in examples)
    assert all(pack.cases.startswith("packs: [") for pack in examples)


def test_an_installed_package_offers_its_packs_under_the_name_of_its_entry_point(site: Path) -> None:
    install(site, "acme_rules", "acme = acme_rules")
    assert [pack for pack in offered("") if pack.name == "house"] == [OfferedPack("house", "acme", TEXT, "cases: {}\n")]


def test_a_package_that_is_found_on_two_paths_offers_once(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(site, "acme_rules", "acme = acme_rules")
    (site / "again").mkdir()
    install(site / "again", "acme_rules", "acme = acme_rules")
    monkeypatch.setattr(sys, "path", [str(site / "again"), *sys.path])
    assert [pack.origin for pack in offered("") if pack.name == "house"] == ["acme"]


def test_an_entry_point_that_leads_nowhere_is_named(site: Path) -> None:
    install(site, "acme_rules", "acme = acme_rulez")
    with pytest.raises(SettingError, match=r"the entry point `acme` of `placet\.rulepacks` names `acme_rulez`"):
        offered("")


def test_a_folder_offers_its_packs_beside_shipped_ones_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "quorum.yaml").write_text("pack: quorum\n")
    (tmp_path / "notes.txt").write_text("no pack")
    (tmp_path / "lonely.cases.yaml").write_text("cases: {}\n")
    assert [pack.origin for pack in offered(str(tmp_path)) if pack.name == "quorum"] == [SHIPPED, FOLDER]
    assert [pack.name for pack in offered(str(tmp_path)) if pack.origin == FOLDER] == ["quorum"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"names the folder `.*/nowhere`, which does not exist"):
        offered(str(tmp_path / "nowhere"))


def test_a_pack_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingError, match=r"`odd\.yaml` \(folder\) can't be read .*UTF-8"):
        offered(str(tmp_path))
