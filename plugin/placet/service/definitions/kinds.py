"""The kinds of things that definitions know, in the order in which they are made: what others name comes first."""

from __future__ import annotations

from placet.service.definitions.domains import DomainKind
from placet.service.definitions.forms import AgreementKind, FormKind
from placet.service.definitions.kind import Kind
from placet.service.definitions.people import GroupKind, PeopleKind
from placet.service.definitions.policies import PolicyKind
from placet.service.definitions.products import ProductKind
from placet.service.definitions.sources import SourceSection
from placet.service.definitions.subscriptions import SubscriptionSection

KINDS: tuple[Kind, ...] = (
    DomainKind(),
    GroupKind(),
    PeopleKind(),
    SourceSection(),
    SubscriptionSection(),
    PolicyKind(),
    AgreementKind(),
    FormKind(),
    ProductKind(),
)
