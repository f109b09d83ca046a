"""The first page of every list, in a marketplace of a thousand data products and requests and in one of a hundred times
as many.

Both are asked in turn in one run, on SQLite and on PostgreSQL, at the level of the services: what the pages and the API
show. A page is flat where its ratio is near 1.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlencode

from psycopg.conninfo import conninfo_to_dict

from benchmarks.catalog_world import HOT, filled
from placet.demo.server import EmbeddedPostgres
from placet.domain.people import Person
from placet.domain.products import ProductState
from placet.domain.requests import BeneficiaryKind, RequestStatus, RequestType, Whom
from placet.service import Marketplace
from placet.service.views import SourceFilter, Standing

SIZES = (1_000, 100_000)
ROUNDS = 5

TEAM = Whom("team", BeneficiaryKind.GROUP)

Page = Callable[[Marketplace, Person], object]

PAGES: dict[str, tuple[str, Page]] = {
    "catalog": ("rita", lambda at, who: at.products.catalog(who)),
    "catalog, to someone new": ("nina", lambda at, who: at.products.catalog(who)),
    "catalog of a domain": ("rita", lambda at, who: at.products.catalog(who, domain="d8")),
    "catalog of a domain, none of it in sight": ("rita", lambda at, who: at.products.catalog(who, domain="d7")),
    "catalog by a common word": ("rita", lambda at, who: at.products.catalog(who, "data")),
    "catalog by a rare word": ("rita", lambda at, who: at.products.catalog(who, "000123")),
    "catalog by tag": ("rita", lambda at, who: at.products.catalog(who, tag="PII")),
    "catalog of what one has": ("rita", lambda at, who: at.products.catalog(who, standing=Standing.HAVE)),
    "catalog of neither": ("rita", lambda at, who: at.products.catalog(who, standing=Standing.NEITHER)),
    "product": ("rita", lambda at, who: at.products.get(who, HOT)),
    "product, to its manager": ("gus", lambda at, who: at.products.get(who, HOT)),
    "members of a product": ("gus", lambda at, who: at.products.members(who, HOT)),
    "products to manage, everywhere": ("gus", lambda at, who: at.products.managed(who)),
    "products to manage, of a domain": ("mia", lambda at, who: at.products.managed(who)),
    "products to manage, by state": ("gus", lambda at, who: at.products.managed(who, state=ProductState.DRAFT)),
    "products to manage, by a word": ("gus", lambda at, who: at.products.managed(who, "000123")),
    "basket": ("rita", lambda at, who: at.baskets.contents(who)),
    "own requests": ("rita", lambda at, who: at.requests.mine(who)),
    "own pending requests": ("rita", lambda at, who: at.requests.mine(who, status=RequestStatus.PENDING)),
    "requests one may read": ("rita", lambda at, who: at.requests.list(who)),
    "requests one may read, none": ("nina", lambda at, who: at.requests.list(who)),
    "requests one may read, of a domain": ("mia", lambda at, who: at.requests.list(who)),
    "requests one may read, as a steward": ("sam", lambda at, who: at.requests.list(who)),
    "requests for a product one may read": ("nina", lambda at, who: at.requests.list(who, product=HOT)),
    "all requests": ("gus", lambda at, who: at.requests.list(who)),
    "all pending requests": ("gus", lambda at, who: at.requests.list(who, status=RequestStatus.PENDING)),
    "all canceled requests": ("gus", lambda at, who: at.requests.list(who, status=RequestStatus.CANCELED)),
    "all requests for exceptions": ("gus", lambda at, who: at.requests.list(who, type=RequestType.MASKING_EXCEPTION)),
    "review, of who decides": ("sam", lambda at, who: at.requests.inbox(who)),
    "review, of who decides nothing": ("rita", lambda at, who: at.requests.inbox(who)),
    "own grants": ("rita", lambda at, who: at.grants.list(who)),
    "grants of a group": ("gus", lambda at, who: at.grants.list(who, whom=TEAM)),
    "grants on a product": ("gus", lambda at, who: at.grants.list(who, product=HOT)),
    "own access": ("rita", lambda at, who: at.access.of(who)),
    "what ending a product would mean": ("gus", lambda at, who: at.products.consequences(who, HOT)),
    "notifications": ("rita", lambda at, who: at.notifications.mine(who)),
    "unread notifications": ("rita", lambda at, who: at.notifications.unread(who)),
    "audit trail": ("gus", lambda at, who: at.audit.page(who)),
    "audit trail of a domain": ("gus", lambda at, who: at.audit.page(who, "d1")),
    "people": ("gus", lambda at, who: at.people.list(who)),
    "people by a common word": ("gus", lambda at, who: at.people.list(who, search="user")),
    "people found": ("rita", lambda at, who: at.people.search(who, "user")),
    "people of a group": ("gus", lambda at, who: at.people.list(who, group="team")),
    "inactive people": ("gus", lambda at, who: at.people.list(who, active=False)),
    "a person": ("gus", lambda at, who: at.people.view(who, "rita")),
    "groups": ("gus", lambda at, who: at.groups.list(who)),
    "groups by a common word": ("gus", lambda at, who: at.groups.list(who, "group")),
    "members of a group": ("gus", lambda at, who: at.groups.members(who, "team")),
    "tokens": ("rita", lambda at, who: at.tokens.of(who)),
    "forms": ("gus", lambda at, who: at.forms.list(who)),
    "agreements": ("gus", lambda at, who: at.agreements.list(who)),
    "domains": ("gus", lambda at, who: at.domains.page(who)),
    "data sources": ("gus", lambda at, who: at.sources.page(who)),
    "data sources in sight": ("rita", lambda at, who: at.sources.page(who)),
    "data sources of a domain": ("rita", lambda at, who: at.sources.page(who, SourceFilter(domain="d8"))),
    "data sources of a domain, none of it in sight": (
        "rita",
        lambda at, who: at.sources.page(who, SourceFilter(domain="d7")),
    ),
    "data sources by tag": ("rita", lambda at, who: at.sources.page(who, SourceFilter(tag="PII"))),
    "data sources by a common word": ("rita", lambda at, who: at.sources.page(who, SourceFilter(search="table"))),
    "a data source": ("gus", lambda at, who: at.sources.view(who, "s000004")),
    "data policies": ("gus", lambda at, who: at.data_policies.list(who)),
}


def table() -> str:
    """Fill, measure, and say it in Markdown."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(settings={"fsync": "off"}) as server:
        sqlite = {size: filled(f"sqlite:///{Path(folder) / f'{size}.db'}", size) for size in SIZES}
        postgres = {size: filled(_url(server.create_database(f"size_{size}")), size) for size in SIZES}
        times = [_measured(one) for one in (sqlite, postgres)]
        for marketplace in (*sqlite.values(), *postgres.values()):
            marketplace.context.store.close()
    return _written(times)


def _url(dsn: str) -> str:
    return "postgresql:///?" + urlencode(conninfo_to_dict(dsn))


def asked(page: str, marketplace: Marketplace) -> Callable[[], object]:
    """A function that reads one of the pages of a marketplace."""
    id, read = PAGES[page]
    with marketplace.context.store.reading() as session:
        who = session.people.person(id)
    assert who
    return lambda: read(marketplace, who)


def _measured(marketplaces: Mapping[int, Marketplace]) -> dict[str, dict[int, float]]:
    """Milliseconds of each page at each size: the best of rounds in which the sizes take turns."""
    return {page: _in_turns({size: asked(page, one) for size, one in marketplaces.items()}) for page in PAGES}


def _in_turns(functions: Mapping[int, Callable[[], object]]) -> dict[int, float]:
    taken: dict[int, list[float]] = {size: [] for size in functions}
    for number in range(ROUNDS + 1):
        for size, function in functions.items():
            start = time.perf_counter()
            function()
            if number:  # the first one warms up
                taken[size].append(time.perf_counter() - start)
    return {size: min(times) * 1000 for size, times in taken.items()}


def _written(times: list[dict[str, dict[int, float]]]) -> str:
    small, large = SIZES
    head = " | ".join(f"{name}, {small:,} | {large:,} | ratio" for name in ("SQLite: ms at", "PostgreSQL: ms at"))
    lines = [f"| first page of | {head} |", "|---|" + "---:|" * 6]
    for page in PAGES:
        cells = [
            f"{one[page][small]:.1f} | {one[page][large]:.1f} | {one[page][large] / one[page][small]:.1f}x"
            for one in times
        ]
        lines.append(f"| {page} | {' | '.join(cells)} |")
    return "\n".join(lines)
