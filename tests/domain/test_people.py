"""Steward sources and what a person stands for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from placet.domain.people import DomainPermission, GlobalPermission, Person, SourceKind, StewardSource

sources = st.builds(StewardSource, st.sampled_from(list(SourceKind)), st.text(min_size=1), st.text())


@given(sources, sources)
def test_two_sources_have_one_key_exactly_when_they_are_the_same(one: StewardSource, other: StewardSource) -> None:
    assert (one.key == other.key) == (one == other)


def test_a_person_stands_for_every_kind_of_source_they_match() -> None:
    person = Person(
        "ann",
        "Ann",
        groups=frozenset({"finance"}),
        attributes={"region": frozenset({"EU", "US"})},
        permissions=frozenset({GlobalPermission.GOVERNANCE}),
        domain_permissions=frozenset({("pay", DomainPermission.MANAGE_IDENTIFIERS)}),
    )
    assert person.source_keys() == {
        source.key
        for source in (
            StewardSource.user("ann"),
            StewardSource.group("finance"),
            StewardSource.attribute("region", "EU"),
            StewardSource.attribute("region", "US"),
            StewardSource.permission(GlobalPermission.GOVERNANCE),
            StewardSource.domain_permission(DomainPermission.MANAGE_IDENTIFIERS, "pay"),
        )
    }


def test_the_inactive_hold_nothing() -> None:
    held = Person("ann", "Ann", permissions=frozenset(GlobalPermission), active=False)
    assert not any(held.holds(permission) for permission in GlobalPermission)


def test_an_open_domain_permission_means_the_domain_of_the_product() -> None:
    source = StewardSource.domain_permission(DomainPermission.MANAGE_DATA_PRODUCTS)
    assert source.in_domain("pay") == StewardSource.domain_permission(DomainPermission.MANAGE_DATA_PRODUCTS, "pay")
    assert source.in_domain("pay").in_domain("hr") == source.in_domain("pay")
