"""What the rules may be told of a request beside what every command loads, looked up once and only where it is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from placet.domain.forms import RequestForm
from placet.domain.people import Person
from placet.domain.products import DataProduct, SourceTags
from placet.domain.requests import AccessRequest, ColumnRef, RequestType, Whom
from placet.service.context import known_form
from placet.storage import Session

MOST_CANDIDATES = 500
"""How many of those who might be asked are looked at; who is one of more of the same kind is counted up to here."""

MOST_EARLIER = 20
"""Requests of the past that the rules are told."""


@dataclass
class Backgrounds:
    """The backgrounds of the requests of one session, which share the forms and tags that were looked up."""

    session: Session
    _forms: dict[tuple[str, int], RequestForm] = field(default_factory=dict)
    _datasets: dict[str, list[SourceTags]] = field(default_factory=dict)
    _accounts: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def of(self, request: AccessRequest, product: DataProduct) -> StoredBackground:
        return self.of_form((request.form, request.form_version), product, request.whom, request.type)

    def of_form(self, form: tuple[str, int], product: DataProduct, whom: Whom, type: RequestType) -> StoredBackground:
        """The background of a request that is still to be made with a form."""
        return StoredBackground(self, form, product, whom, type)

    def accounts(self, group: str) -> Mapping[str, str]:
        if group not in self._accounts:
            self._accounts[group] = self.session.people.accounts_in(group)
        return self._accounts[group]

    def form(self, key: tuple[str, int]) -> RequestForm:
        if key not in self._forms:
            self._forms[key] = known_form(self.session, *key)
        return self._forms[key]

    def datasets(self, product: DataProduct) -> list[SourceTags]:
        if product.id not in self._datasets:
            self._datasets[product.id] = self.session.sources.tags_of(product.sources)
        return self._datasets[product.id]


@dataclass(frozen=True)
class StoredBackground:
    """The background of one request."""

    _all: Backgrounds
    _form: tuple[str, int]
    _product: DataProduct
    _whom: Whom
    _type: RequestType

    def form(self) -> RequestForm:
        return self._all.form(self._form)

    def datasets(self) -> Sequence[SourceTags]:
        return self._all.datasets(self._product)

    def people(self, ids: Iterable[str]) -> Sequence[Person]:
        return self._all.session.people.many(sorted(ids)[:MOST_CANDIDATES])

    def accounts(self) -> Mapping[str, str]:
        return self._all.accounts(self._whom.id) if self._whom.is_group else {}

    def earlier(self) -> Sequence[AccessRequest]:
        return self._all.session.requests.decided_for(self._whom, self._product.id, self._type, MOST_EARLIER)

    def called(self, columns: Iterable[ColumnRef]) -> Sequence[tuple[str, str]]:
        return self._all.session.sources.called((one.source, one.column) for one in columns)
