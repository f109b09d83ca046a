"""Data use agreements, version by version."""

from __future__ import annotations

from peewee import fn

from placet.domain.agreements import Agreement
from placet.domain.errors import AlreadyThere
from placet.domain.products import called
from placet.storage.errors import one_only
from placet.storage.paging import Page, after, by_name, cut, decode, rows_wanted
from placet.storage.prepared import Prepared
from placet.storage.tables import AgreementRow, AgreementWordRow, FormAgreementRow, FormRow, ProductRow
from placet.storage.transaction import Transaction
from placet.storage.words import beginning, words

_LATEST = Prepared(
    AgreementRow, lambda id: AgreementRow.select().where(AgreementRow.id == id).order_by(AgreementRow.version.desc())
)
_VERSION = Prepared(
    AgreementRow,
    lambda id, version: AgreementRow.select().where(AgreementRow.id == id, AgreementRow.version == version),
)
_FIRST = Prepared(
    AgreementRow, lambda id: AgreementRow.select().where(AgreementRow.id == id).order_by(AgreementRow.version)
)


class Agreements:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def get(self, id: str, version: int | None = None) -> Agreement | None:
        """One version, or the latest."""
        row = self._in.first(_LATEST(id) if version is None else _VERSION(id, version))
        return _agreement(row) if row else None

    def lock(self, id: str) -> None:
        """Be the only one to change or to name it until the transaction ends; its first version stands for it."""
        self._in.locked(_FIRST(id))

    def share(self, id: str) -> None:
        """Let no one delete it until the transaction ends, though others may share it."""
        self._in.shared(_FIRST(id))

    def _refuse_taken_name(self, id: str, name: str) -> None:
        """Raises AlreadyThere where another one that is offered is called so; the database refuses it in any case."""
        alike = (
            (AgreementRow.sort_name == called(name))
            & AgreementRow.latest
            & ~AgreementRow.retired
            & (AgreementRow.id != id)
        )
        if self._in.first(AgreementRow.select().where(alike)):
            raise AlreadyThere(f"there is a data use agreement `{name}` already: choose another name")

    def save(self, agreement: Agreement) -> None:
        """Keep a new version; those before stay. Raises AlreadyThere for a version or a name that is taken."""
        self._refuse_taken_name(agreement.id, agreement.name)
        of_it = AgreementRow.id == agreement.id
        self._in.change(AgreementRow.update(latest=False).where(of_it & AgreementRow.latest))
        taken = f"the agreement `{agreement.id}` has a version {agreement.version} already: read it again, change that"
        with one_only(taken):
            self._in.add(
                AgreementRow(
                    id=agreement.id,
                    version=agreement.version,
                    name=agreement.name,
                    sort_name=called(agreement.name),
                    body=agreement.body,
                    created_by=agreement.created_by,
                    created_at=agreement.created_at,
                    latest=True,
                    retired=agreement.retired,
                )
            )
        self._in.change(AgreementWordRow.delete().where(AgreementWordRow.agreement == agreement.id))
        found_by = sorted(words(agreement.name))
        self._in.add_all(AgreementWordRow, ({"agreement": agreement.id, "word": word} for word in found_by))

    def page(self, search: str = "", cursor: str | None = None, limit: int = 50) -> Page[Agreement]:
        """The latest version of each that was not deleted, by name."""
        order = [AgreementRow.sort_name, AgreementRow.id]
        query = AgreementRow.select().where(AgreementRow.latest & ~AgreementRow.retired)
        for word in words(search):
            named = AgreementWordRow.select(AgreementWordRow.agreement).where(beginning(AgreementWordRow.word, word))
            query = query.where(AgreementRow.id.in_(named))
        if cursor:
            query = query.where(after(order, decode(cursor, (str, str))))
        rows = self._in.rows(query.order_by(*order).limit(rows_wanted(limit)))
        return cut(rows, limit, by_name).map(_agreement)

    def versions(self, id: str, cursor: str | None = None, limit: int = 50) -> Page[Agreement]:
        """Every version, the latest first."""
        query = AgreementRow.select().where(AgreementRow.id == id).order_by(AgreementRow.version.desc())
        if cursor:
            query = query.where(after([AgreementRow.version], decode(cursor, (int,)), descending=True))
        return cut(self._in.rows(query.limit(rows_wanted(limit))), limit, lambda row: (row.version,)).map(_agreement)

    def asked_by(self, id: str) -> list[str]:
        """The names of the forms that ask to accept it: in their latest version, or in one that a product uses."""
        kept = ProductRow.state != "deleted"
        used = ProductRow.select(1).where(
            kept, ProductRow.form == FormRow.id, ProductRow.form_version == FormRow.version
        )
        masked = ProductRow.select(1).where(
            kept,
            ProductRow.masking_form == FormRow.id,
            ProductRow.masking_form_version == FormRow.version,
            ProductRow.masking_form != "",
        )
        on = (FormAgreementRow.form == FormRow.id) & (FormAgreementRow.version == FormRow.version)
        query = (
            FormRow.select(FormRow.name)
            .join(FormAgreementRow, on=on)
            .where(FormAgreementRow.agreement == id)
            .where((FormRow.latest & ~FormRow.retired) | fn.EXISTS(used) | fn.EXISTS(masked))
            .order_by(FormRow.sort_name)
        )
        return list(dict.fromkeys(name for (name,) in self._in.tuples(query)))

    def once_asked(self, id: str) -> bool:
        """Whether a version of a form names it, if only an old one."""
        return bool(self._in.rows(FormAgreementRow.select().where(FormAgreementRow.agreement == id).limit(1)))

    def retire(self, id: str) -> None:
        """Take it out of the lists; all versions stay."""
        self._in.change(AgreementRow.update(retired=True).where(AgreementRow.id == id))

    def delete(self, id: str) -> None:
        """Forget it with all versions. Raises Conflict where a form names it."""
        self._in.change(AgreementWordRow.delete().where(AgreementWordRow.agreement == id))
        self._in.change(AgreementRow.delete().where(AgreementRow.id == id))


def _agreement(row: AgreementRow) -> Agreement:
    return Agreement(row.id, row.version, row.name, row.body, row.created_by, row.created_at, row.retired)
