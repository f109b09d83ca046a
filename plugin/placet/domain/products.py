"""Domains, the data sources in them, and the data products made of those."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from unicodedata import normalize

from placet.domain.errors import Invalid
from placet.domain.people import Person, StewardSource
from placet.domain.requests import RequestType
from placet.domain.tags import covered
from placet.domain.terms import Duration

LONGEST_NAME = 255
LONGEST_DESCRIPTION = 10_000
LONGEST_LINK = 2_000
MOST_LINKS = 100
MOST_SOURCES = 10_000


@dataclass(frozen=True)
class Domain:
    """A container of data sources; permissions can be scoped to it.

    One with tags is dynamic: every source that carries one of them, or one under it, is in it, and nothing else.
    `revision` grows by one with each change.
    """

    id: str
    name: str
    description: str = ""
    tags: frozenset[str] = frozenset()
    revision: int = field(default=1, compare=False)

    @property
    def dynamic(self) -> bool:
        return bool(self.tags)

    def takes(self, source: DataSource) -> bool:
        """Whether a dynamic domain has this source, by the tags on the source itself."""
        return covered(self.tags, source.tags)


@dataclass(frozen=True)
class Column:
    """A column of a data source; `id` is the platform's own number for it, which survives a rename.

    `confirmed` is False for one that turned up later, until someone has looked at it.
    """

    id: int
    name: str
    type: str
    tags: frozenset[str] = frozenset()
    confirmed: bool = True


@dataclass(frozen=True)
class DataSource:
    """A table, view or file of a data platform, with its columns and tags.

    `numbered` says whether the ids of its columns are the platform's own numbers; where they are not, we have given
    them, and `last_column` is the highest one ever given. `revision` grows by one with each change.
    """

    id: str
    target: str
    schema: str
    name: str
    columns: tuple[Column, ...] = ()
    tags: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    numbered: bool = True
    last_column: int = field(default=0, compare=False)
    revision: int = field(default=1, compare=False)

    @property
    def qualified_name(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class SourceTags:
    """The tags on a data source and on its columns, by the names that people use; columns without tags are left out."""

    name: str
    tags: frozenset[str]
    columns: Mapping[str, frozenset[str]] = field(hash=False)


class ProductState(StrEnum):
    """Where a data product stands in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    SUSPENDED = "suspended"
    UNPUBLISHED = "unpublished"
    DELETED = "deleted"


@dataclass(frozen=True)
class DataProduct:
    """A published set of data sources of one domain that a consumer requests as a whole.

    `visible_to` names groups, and none means everyone; `maximum` bounds every access to it; `stewards` count only where
    a form delegates. Without a `masking_form` nobody can ask for clear values. Each change raises `revision`.
    """

    id: str
    name: str
    domain: str
    form: str
    form_version: int
    sources: tuple[str, ...] = ()
    description: str = ""
    expert: str = ""
    links: tuple[str, ...] = ()
    visible_to: frozenset[str] = frozenset()
    maximum: Duration | None = None
    stewards: tuple[StewardSource, ...] = ()
    state: ProductState = ProductState.DRAFT
    created_at: datetime | None = None
    published_at: datetime | None = None
    revision: int = 1
    masking_form: str = ""
    masking_form_version: int = 0

    def form_for(self, type: RequestType) -> tuple[str, int] | None:
        """The form, with its version, by which this is asked for here, or None where nobody can ask for it."""
        forms = {RequestType.DATA_ACCESS: (self.form, self.form_version)}
        masking = (self.masking_form, self.masking_form_version) if self.masking_form else None
        return forms.get(type, masking)

    def within_sight_of(self, person: Person) -> bool:
        """Whether the catalog shows this product to someone who manages nothing."""
        listed = self.state in (ProductState.PUBLISHED, ProductState.SUSPENDED)
        return listed and (not self.visible_to or bool(self.visible_to & person.groups))


class BadProduct(Invalid):
    """A data product that can't be as it is described."""

    code = "bad-data-product"
    title = "The data product is not valid"


def refuse_bad_product(product: DataProduct) -> None:
    """Raises BadProduct for a text that is too long, a steward source or a link that can't be one."""
    if not product.name.strip() or len(product.name) > LONGEST_NAME:
        raise BadProduct(f"the name `{product.name[:40]}` has to have 1 to {LONGEST_NAME} characters")
    if len(product.description) > LONGEST_DESCRIPTION or len(product.expert) > LONGEST_NAME:
        raise BadProduct(f"a description has {LONGEST_DESCRIPTION} characters at most, an expert {LONGEST_NAME}")
    if len(product.sources) > MOST_SOURCES or len(product.links) > MOST_LINKS:
        raise BadProduct(f"a product has {MOST_SOURCES} data sources and {MOST_LINKS} links at most: make two of it")
    if product.masking_form_version and not product.masking_form:
        raise BadProduct("a version of a form for masking exceptions is given without the form: name the form as well")
    for source in product.stewards:
        if source.problem:
            raise BadProduct(f"`{source}` makes no one a data steward: {source.problem}")
    for link in product.links:
        if not _LINK.fullmatch(link) or len(link) > LONGEST_LINK:
            raise BadProduct(f"the link `{link[:80]}` has to be `https://` or `http://` and an address on one line")


_LINK = re.compile(r"https?://[^\s/?#][^\x00-\x1f\x7f]*")


def called(name: str) -> str:
    """A name as people tell it from others: without regard to case, width or spaces; what names are unique by."""
    return " ".join(normalize("NFKC", name).casefold().split())
