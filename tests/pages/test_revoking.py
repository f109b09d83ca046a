from __future__ import annotations

import pytest

from placet.domain.requests import GrantStatus, Verdict
from placet.service.views import GrantView
from tests.pages.conftest import Browse
from tests.pages.shop import Shop


def grant(shop: Shop, product: str = "quick") -> GrantView:
    return shop.marketplace.grants.list(shop.person("gov"), product=product).items[0]


@pytest.fixture
def held(shop: Shop) -> str:
    """The id of a grant that Ann holds."""
    shop.ask("ann", shop.quick)
    return grant(shop).grant.id


def test_access_is_revoked_with_a_reason_that_its_holder_reads(shop: Shop, browse: Browse, held: str) -> None:
    gov = browse("gov")
    form = gov.get(f"/placet/grants/{held}/revoke").form("/revoke")
    page = gov.follow(gov.send(form, reason="Left the project"))
    assert "Access of Ann Lee revoked" in page.main
    assert "Revoked by gov, 2026-03-02 09:30 UTC: Left the project" in page.main
    assert not list(page.tree.all("form"))
    assert grant(shop).status is GrantStatus.REVOKED
    assert "Left the project" in browse("ann").get("/placet/requests").main
    assert "Left the project" in browse("ann").get("/placet/notifications").main


def test_no_access_is_revoked_without_a_reason(shop: Shop, browse: Browse, held: str) -> None:
    gov = browse("gov")
    page = gov.refused(gov.send(gov.get(f"/placet/grants/{held}/revoke").form("/revoke"), reason=" "), 422)
    assert page.tree.one(id="reason-wrong").text
    assert grant(shop).status is GrantStatus.ACTIVE


def test_a_reason_that_is_too_long_is_kept_to_be_shortened(shop: Shop, browse: Browse, held: str) -> None:
    gov, long = browse("gov"), "x" * 4_001
    page = gov.refused(gov.send(gov.get(f"/placet/grants/{held}/revoke").form("/revoke"), reason=long), 422)
    assert page.form("/revoke").fields["reason"] == long


def test_who_may_not_revoke_is_refused(shop: Shop, browse: Browse, held: str) -> None:
    ann = browse("ann")
    assert not list(ann.get(f"/placet/grants/{held}/revoke").tree.all("form"))
    form = ann.get("/placet/products/both/request-access").form("/request-access")
    page = ann.refused(ann.post(f"/placet/grants/{held}/revoke", form.fields | {"reason": "Mine"}), 403)
    assert "Not allowed" in page.main
    assert grant(shop).status is GrantStatus.ACTIVE


def test_access_that_has_ended_meanwhile_is_not_revoked_again(shop: Shop, browse: Browse, held: str) -> None:
    gov = browse("gov")
    form = gov.get(f"/placet/grants/{held}/revoke").form("/revoke")
    shop.marketplace.grants.revoke(shop.person("gov"), held, "First")
    page = gov.refused(gov.send(form, reason="Second"), 409)
    assert ": First" in page.main


def test_a_grant_that_is_not_for_ones_eyes_is_not_found(shop: Shop, browse: Browse, held: str) -> None:
    for address in (f"/placet/grants/{held}/revoke", "/placet/grants/none/revoke"):
        assert "Not found" in browse("anna").get(address, 404).main


def test_a_steward_revokes_access_to_a_product_that_has_left_the_catalog(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann", shop.both)
    for steward in ("sam", "sue"):
        shop.marketplace.requests.determine(shop.person(steward), asked, verdict=Verdict.APPROVE, reason="fine")
    shop.marketplace.products.unpublish(shop.person("gov"), shop.both)
    sam, id = browse("sam"), grant(shop, shop.both).grant.id
    page = sam.follow(sam.send(sam.get(f"/placet/grants/{id}/revoke").form("/revoke"), reason="Left the project"))
    assert "Access of Ann Lee revoked" in page.main
