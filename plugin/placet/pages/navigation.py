"""The navigation: where each person can go from any page, and to what the page they are on belongs."""

from __future__ import annotations

from typing import NamedTuple

from placet.domain.people import Person
from placet.domain.permissions import Action, may
from placet.identity.web import marketplace
from placet.service.product_views import may_manage_products


class Link(NamedTuple):
    """A page in the navigation, and the beginnings of the addresses that belong to it."""

    endpoint: str
    label: str
    below: tuple[str, ...] = ()

    def current(self, here: str, section: str) -> str:
        """What `aria-current` says of this link on a page: `page` on itself, `true` below it, or nothing."""
        if here == self.endpoint:
            return "page"
        return "true" if section in self.below else ""


DAILY = (
    Link("placet.catalog", "Catalog", ("products", "request")),
    Link("placet.basket", "Basket"),
    Link("placet.requests", "My requests", ("requests",)),
    Link("placet.access", "My access"),
    Link("placet.inbox", "Review inbox", ("review", "grants")),
)
OWN = (Link("placet.notifications", "Notifications"), Link("placet.tokens", "API tokens", ("tokens",)))

PRODUCTS = Link("placet.managed", "Manage products", ("manage",))
KEEPING = (
    Link("placet.domains", "Domains", ("domains", "new-domain")),
    Link("placet.data_sources", "Data sources", ("sources", "import-sources")),
)
BY_ACTION = {
    Action.CREATE_FORM: (
        Link("placet.forms", "Forms", ("forms",)),
        Link("placet.agreements", "Agreements", ("agreements",)),
    ),
    Action.MANAGE_PEOPLE: (
        Link("placet.people", "People", ("people",)),
        Link("placet.groups", "Groups", ("groups",)),
    ),
    Action.READ_POLICIES: (Link("placet.policies", "Policies", ("policies",)),),
    Action.RULE_PACKS: (Link("placet.rules", "Rules", ("rules",)),),
}


def managing(person: Person) -> list[Link]:
    """The pages on which someone manages something."""
    products = [PRODUCTS] if may_manage_products(person) else []
    kept = KEEPING if marketplace().sources.keeps_some(person) else ()
    allowed = (link for action, links in BY_ACTION.items() if may(person, action) for link in links)
    return [*products, *kept, *allowed]
