from __future__ import annotations

import dataclasses

import pytest

from placet.identity import AuthMethod, BadPrincipal, Principal
from placet.identity.principal import LONGEST


def test_a_principal_needs_no_more_than_an_id() -> None:
    assert Principal("ann") == Principal("ann", None, None, None, None, (), AuthMethod.SESSION)


def test_a_principal_never_changes() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Principal("ann").id = "eve"  # type: ignore[misc] # that is what is tested


@pytest.mark.parametrize("name", ["Ann Lee", "José Müller-Łukasz", "山田\u3000太郎", "Anne\u00a0Marie", "👩🏽‍🔬 Ann"])
def test_people_have_the_names_they_have(name: str) -> None:
    assert Principal("ann", name, groups=[name], attributes={name: [name]}, roles=[name]).name == name


@pytest.mark.parametrize("id", ["", "  ", None, 7, b"ann", "ann\n", "a\0nn", "ann\ud800", "a" * (LONGEST + 1)])
def test_an_id_that_names_nobody_for_certain_is_refused(id: object) -> None:
    with pytest.raises(BadPrincipal, match="can't be the id"):
        Principal(id)  # type: ignore[arg-type] # hosts may not check types


def test_the_longest_id_is_taken() -> None:
    assert Principal("ä" * LONGEST).id == "ä" * LONGEST


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Ann\0"),
        ("email", 7),
        ("groups", "admins"),
        ("groups", [""]),
        ("groups", [1]),
        ("groups", 3),
        ("roles", "Admin"),
        ("roles", None),
        ("roles", ["Admin\r\nX"]),
        ("attributes", {"country": "DE"}),
        ("attributes", {"country": ["DE", None]}),
        ("attributes", {"": ["DE"]}),
        ("attributes", {7: ["DE"]}),
    ],
)
def test_what_is_no_clear_answer_is_refused(field: str, value: object) -> None:
    with pytest.raises(BadPrincipal, match="can't be"):
        Principal("ann", **{field: value})  # type: ignore[arg-type] # hosts may not check types
