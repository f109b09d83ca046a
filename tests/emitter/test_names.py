"""Names that PostgreSQL neither cuts nor confuses."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from placet.domain.errors import SettingError
from placet.emitter.postgres.names import LONGEST, can_exist, group_role, owner_role, product_role, view_name
from placet.emitter.settings import PostgresSettings

NAMES = st.text(st.sampled_from("ab_é"), min_size=1, max_size=40).filter(can_exist)
SETTINGS = PostgresSettings("warehouse", "host=nowhere")


def _view(schema: str, name: str) -> str:
    return view_name(schema, name)


def test_a_view_is_called_after_its_schema_and_table() -> None:
    assert _view("baseball", "salaries") == "baseball__salaries"


@given(st.tuples(NAMES, NAMES), st.tuples(NAMES, NAMES))
@example(("a__b", "c"), ("a", "b__c"))
@example(("a_", "b"), ("a", "_b"))
@example(("a" * 40, "b" * 40), ("a" * 40, "b" * 39 + "c"))
def test_two_tables_never_have_one_view(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (_view(*one) == _view(*other)) == (one == other)


@given(NAMES, NAMES, st.text(max_size=80))
def test_no_name_is_longer_than_the_server_keeps(schema: str, name: str, product: str) -> None:
    for made in (_view(schema, name), product_role(SETTINGS, product), group_role(SETTINGS, product)):
        assert len(made.encode()) <= LONGEST


@given(st.text(max_size=70), st.text(max_size=70))
@example("a" * 70, "a" * 69 + "b")
def test_two_products_never_have_one_role(one: str, other: str) -> None:
    assert (product_role(SETTINGS, one) == product_role(SETTINGS, other)) == (one == other)


@given(st.text(max_size=70), st.text(max_size=70))
@example("a" * 70, "a" * 69 + "b")
@example("a" * 70, group_role(SETTINGS, "a" * 70).removeprefix("placet_g_"))
def test_two_groups_never_have_one_role_nor_that_of_a_product(one: str, other: str) -> None:
    assert (group_role(SETTINGS, one) == group_role(SETTINGS, other)) == (one == other)
    assert group_role(SETTINGS, one) not in (product_role(SETTINGS, other), owner_role(SETTINGS))


@pytest.mark.parametrize(("name", "possible"), [("", False), ("é" * 32, False), ("é" * 31, True), ("a\0b", False)])
def test_a_name_the_server_would_cut_or_refuse_is_no_name(name: str, possible: bool) -> None:
    assert can_exist(name) is possible


@pytest.mark.parametrize("bad", ["", "Gov", "pg_gov", "a-b", '"', "a" * 21, "1a"])
@pytest.mark.parametrize("setting", ["view_schema", "policy_schema", "role_prefix"])
def test_names_of_our_own_are_plain(setting: str, bad: str) -> None:
    with pytest.raises(SettingError, match="can't be used for target `warehouse`"):
        PostgresSettings("warehouse", "host=nowhere", **{setting: bad})


def test_views_and_policies_need_two_schemas() -> None:
    with pytest.raises(SettingError, match="two schemas"):
        PostgresSettings("warehouse", "host=nowhere", view_schema="one", policy_schema="one")


def test_the_connection_string_is_never_shown() -> None:
    assert "hunter2" not in repr(PostgresSettings("warehouse", "password=hunter2"))
