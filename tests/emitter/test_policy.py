"""The effective policy of a source: what allows, and what guards."""

from __future__ import annotations

from placet.emitter.policy import (
    ActsAsThemselves,
    Desired,
    GroupMembership,
    KnownLogin,
    ProductMembership,
    TargetColumn,
    TargetProduct,
    TargetSource,
    effective_policy,
)

ORDERS = TargetSource("orders", "raw", "orders", (TargetColumn(1, "id"),))


def test_a_source_is_read_by_members_of_products_or_their_groups_who_are_known_and_act_as_themselves() -> None:
    policy = effective_policy(ORDERS)
    assert policy.allow == (ProductMembership(), GroupMembership())
    assert set(policy.guardrails) == {KnownLogin(), ActsAsThemselves()}


def test_a_product_holds_only_sources_that_the_target_has() -> None:
    desired = Desired(
        (ORDERS,), (TargetProduct("b", ("orders", "elsewhere")), TargetProduct("a", ("orders", "orders")))
    )
    assert desired.products_of == {"orders": ("a", "b")}
