"""Whatever is changed by hand is found by verifying, and put right by applying."""

from __future__ import annotations

from dataclasses import replace
from typing import LiteralString

import pytest

from placet.emitter.policy import Desired, TargetGroup, TargetProduct
from placet.emitter.target import Drift, Severity
from tests.emitter.worlds import World, for_group, granted, one_product

VIEW = "raw__orders"

# Each tampering, what is found, and whether applying puts it right.
# The names stand for: 0 the owner, 1 the product's role, 2 Bob, 3 the policy, 4 a role of others, 5 Ann, 6 the role of
# the group, 7 Dan, who is in it.
TAMPERED: dict[str, tuple[LiteralString, str, bool]] = {
    "no security barrier": ("ALTER VIEW marketplace.raw__orders RESET (security_barrier)", "security barrier", True),
    "run with the reader's rights": (
        "ALTER VIEW marketplace.raw__orders SET (security_invoker = true)",
        "security barrier",
        True,
    ),
    "changed definition": (
        "CREATE OR REPLACE VIEW marketplace.raw__orders WITH (security_barrier) AS "
        "SELECT id, region, ssn FROM raw.orders",
        "correct the view's definition",
        True,
    ),
    "changed columns": (
        "CREATE OR REPLACE VIEW marketplace.raw__orders WITH (security_barrier) AS "
        "SELECT id, region, ssn, 1 AS more FROM raw.orders",
        "make the view anew with other columns",
        True,
    ),
    "dropped view": ("DROP VIEW marketplace.raw__orders", "create the view", True),
    "another's view": (
        "DROP VIEW marketplace.raw__orders; CREATE VIEW marketplace.raw__orders AS SELECT 1 AS id",
        "was not made here",
        False,
    ),
    "other owner": ("ALTER VIEW marketplace.raw__orders OWNER TO {2}", "take it back from", True),
    "granted to public": ("GRANT SELECT ON marketplace.raw__orders TO PUBLIC", "from `PUBLIC`", True),
    "granted to a person": ("GRANT SELECT ON marketplace.raw__orders TO {2}", "take surplus privileges", True),
    "granted on a column": ("GRANT SELECT (ssn) ON marketplace.raw__orders TO {2}", "take surplus privileges", True),
    "to be handed on": ("GRANT SELECT ON marketplace.raw__orders TO {1} WITH GRANT OPTION", "surplus", True),
    "writable": ("GRANT UPDATE ON marketplace.raw__orders TO {1}", "take surplus privileges", True),
    "taken from members": ("REVOKE SELECT ON marketplace.raw__orders FROM {1}", "use it", True),
    "schema closed": ("REVOKE USAGE ON SCHEMA marketplace FROM PUBLIC", "let `PUBLIC` use it", True),
    "schema writable": ("GRANT CREATE ON SCHEMA marketplace TO {2}", "take surplus privileges", True),
    "policy rows readable": ("GRANT SELECT ON gov.entitlement TO {2}", "take surplus privileges", True),
    "policy schema open": ("GRANT USAGE ON SCHEMA gov TO {2}", "take surplus privileges", True),
    "policy table owned": ("ALTER TABLE gov.entitlement OWNER TO {2}", "take it back from", True),
    "policy table dropped": ("DROP TABLE gov.revocation", "create the policy table", True),
    "row security off": ("ALTER TABLE raw.orders DISABLE ROW LEVEL SECURITY", "close the table", True),
    "row security not forced": ("ALTER TABLE raw.orders NO FORCE ROW LEVEL SECURITY", "close the table", True),
    "policy for everyone": ("ALTER POLICY {3} ON raw.orders TO PUBLIC", "set the row security policy", True),
    "policy with a condition": ("ALTER POLICY {3} ON raw.orders USING (id > 1)", "set the row security policy", True),
    "policy dropped": ("DROP POLICY {3} ON raw.orders", "set the row security policy", True),
    "another policy": ("CREATE POLICY open ON raw.orders USING (true)", "lets `public` past the views", False),
    "views blinded": ("REVOKE SELECT ON raw.orders FROM {0}", "let the views read the table", True),
    "another member": ("GRANT {1} TO {2}", "leaves the role", True),
    "member by another role": ("CREATE ROLE {4} ROLE {2}; GRANT {1} TO {4}", "leaves the role", True),
    "member who may become the role": ("GRANT {1} TO {5} WITH SET TRUE", "more than membership", True),
    "member who may add members": ("GRANT {1} TO {5} WITH ADMIN TRUE", "more than membership", True),
    "member taken out": ("REVOKE {1} FROM {5}", "join the role", True),
    "member of the owner": ("GRANT {0} TO {2}", "leaves the role", True),
    "owner logs in": ("ALTER ROLE {0} LOGIN", "powers of its own", True),
    "role with powers": ("ALTER ROLE {1} BYPASSRLS", "powers of its own", True),
    "role dropped": ("DROP OWNED BY {1}; DROP ROLE {1}", "create the role", True),
    "entitlement prolonged": (
        "UPDATE gov.entitlement SET valid_until = '2900-01-01'",
        "correct 1 of its rows: `g1`",
        True,
    ),
    "entitlement cut": ("UPDATE gov.entitlement SET valid_until = '2001-01-01'", "correct 1 of its rows: `g1`", True),
    "entitlement of another": (
        "UPDATE gov.entitlement SET product = 'other'",
        "correct 1 of its rows: `g1`",
        True,
    ),
    "entitlement invented": (
        "INSERT INTO gov.entitlement SELECT 'bad', name, 'sales', '-infinity', 'infinity' FROM gov.principal "
        "WHERE name ~ 'bob$'",
        "remove 1 of its rows: `bad`",
        True,
    ),
    "entitlement lost": ("DELETE FROM gov.entitlement", "add 1 of its rows: `g1`", True),
    "grant kept out": ("INSERT INTO gov.revocation VALUES ('g1', '2001-01-01')", "remove 1 of its rows: `g1`", True),
    "product on another source": (
        "INSERT INTO gov.product_source SELECT 'staff', product, role FROM gov.product_source",
        "remove 1 of its rows: `staff sales`",
        True,
    ),
    "another role for a product": (
        "UPDATE gov.product_source SET role = (SELECT oid FROM gov.principal LIMIT 1)",
        "correct 1 of its rows",
        True,
    ),
    "row of a group's member invented": (
        "INSERT INTO gov.group_member SELECT 'team', name FROM gov.principal ON CONFLICT DO NOTHING",
        "remove 2 of its rows: `team w",
        True,
    ),
    "row of a group's member lost": ("DELETE FROM gov.group_member", "add 1 of its rows: `team w", True),
    "another member of a group": ("GRANT {6} TO {2}", "leaves the role", True),
    "member of a group taken out": ("REVOKE {6} FROM {7}", "join the role", True),
    "member who may become the group": ("GRANT {6} TO {7} WITH SET TRUE", "more than membership", True),
    "group taken out of its product": ("REVOKE {1} FROM {6}", "join the role", True),
    "group that logs in": ("ALTER ROLE {6} LOGIN", "powers of its own", True),
    "group's role dropped": ("DROP ROLE {6}", "create the role of the group `team`", True),
    "another role for a group": (
        "UPDATE gov.group_role SET role = (SELECT role FROM gov.product_source LIMIT 1)",
        "correct 1 of its rows: `team`",
        True,
    ),
    "group invented": ("INSERT INTO gov.group_role VALUES ('bad', 1)", "remove 1 of its rows: `bad`", True),
    "group's entitlement prolonged": (
        "UPDATE gov.group_entitlement SET valid_until = '2900-01-01'",
        "correct 1 of its rows: `g2`",
        True,
    ),
    "group's entitlement invented": (
        "INSERT INTO gov.group_entitlement VALUES ('bad', 'team', 'other', '-infinity', 'infinity')",
        "remove 1 of its rows: `bad`",
        True,
    ),
    "group's entitlement lost": ("DELETE FROM gov.group_entitlement", "add 1 of its rows: `g2`", True),
    "group's grant kept out": (
        "INSERT INTO gov.revocation VALUES ('g2', '2001-01-01')",
        "remove 1 of its rows: `g2`",
        True,
    ),
    "login of another": ("UPDATE gov.principal SET oid = 1", "is not there, or was made anew", False),
    "login off": ("UPDATE gov.principal SET active = false", "correct 3 of its rows", True),
}


@pytest.fixture
def desired(world: World) -> Desired:
    """Ann is a member of `sales`, and Dan is through his group; Bob is known."""
    ann, bob, dan = world.login("ann"), world.login("bob"), world.login("dan")
    world.table("staff")
    entitlements = (granted(ann), for_group("team", grant="g2"))
    desired = one_product(world.table("orders"), ann, bob, dan, entitlements=entitlements)
    desired = replace(desired, groups=(TargetGroup("team", (dan,)),))
    world.apply(desired)
    return desired


@pytest.mark.requirement("E4", clause="verify")
@pytest.mark.parametrize("kind", TAMPERED)
def test_tampering_is_found_and_put_right(world: World, desired: Desired, kind: str) -> None:
    statement, found, repaired = TAMPERED[kind]
    assert world.drift(desired) == []
    names = [world.role("owner"), world.role("p_sales"), world.login("bob"), world.role("views"), world.role("group")]
    world.run(statement, *names, world.login("ann"), world.role("g_team"), world.login("dan"))
    drift = world.drift(desired)
    assert [line for line in drift if found in line], drift
    world.apply(desired)
    assert (world.drift(desired) == []) is repaired
    if repaired:
        assert [world.count(world.login(name), VIEW) for name in ("ann", "bob", "dan")] == [3, None, 3]


def test_what_has_not_been_applied_yet_is_a_difference(world: World, desired: Desired) -> None:
    wider = replace(desired, products=(*desired.products, TargetProduct("new", ("orders",))))
    assert f"role {world.role('p_new')}: create the role of the product `new`" in world.drift(wider)


def test_a_target_never_applied_to_differs_in_everything(world: World) -> None:
    desired = one_product(world.table("orders"), world.login("ann"))
    kinds = {line.split()[0] for line in world.drift(desired)}
    assert kinds >= {"role", "schema", "table", "source", "view", "privilege", "principal", "product_source"}


def test_roles_above_all_policies_are_warned_of(world: World, desired: Desired) -> None:
    world.run("CREATE ROLE {} BYPASSRLS", world.role("above"))
    warnings = [found for found in world.target.verify(desired) if found.severity is Severity.WARNING]
    above = Drift(Severity.WARNING, "bypass", world.role("above"), "bypasses row security, and no policy binds it")
    superuser = Drift(Severity.WARNING, "bypass", "postgres", "is a superuser, and no policy binds it")
    assert {above, superuser} <= set(warnings)


def test_verifying_changes_nothing(world: World, desired: Desired) -> None:
    world.run("DROP VIEW marketplace.raw__orders")
    assert world.drift(desired) == world.drift(desired) != []
