"""Request forms, version by version."""

from __future__ import annotations

from collections.abc import Iterable

from placet.domain.agreements import Agreement
from placet.domain.errors import AlreadyThere
from placet.domain.forms import RequestForm
from placet.domain.products import called
from placet.storage.agreements import Agreements
from placet.storage.errors import one_only
from placet.storage.paging import Page, after, by_name, cut, decode, rows_wanted
from placet.storage.prepared import Prepared
from placet.storage.products import masked_by
from placet.storage.shapes import flow_from_json, form_to_json, questions_from_json
from placet.storage.tables import FormAgreementRow, FormRow, FormWordRow, ProductRow, RequestRow
from placet.storage.transaction import Transaction
from placet.storage.words import beginning, words

_LATEST = Prepared(FormRow, lambda id: FormRow.select().where(FormRow.id == id).order_by(FormRow.version.desc()))
_VERSION = Prepared(FormRow, lambda id, version: FormRow.select().where(FormRow.id == id, FormRow.version == version))
_FIRST = Prepared(FormRow, lambda id: FormRow.select().where(FormRow.id == id).order_by(FormRow.version))


class Forms:
    def __init__(self, transaction: Transaction, agreements: Agreements) -> None:
        self._in = transaction
        self._agreements = agreements

    def get(self, id: str, version: int | None = None) -> RequestForm | None:
        """One version, or the latest."""
        row = self._in.first(_LATEST(id) if version is None else _VERSION(id, version))
        return self._all([row])[0] if row else None

    def lock(self, id: str) -> None:
        """Be the only one to change it or to ask by it until the transaction ends; its first version stands for it."""
        self._in.locked(_FIRST(id))

    def share(self, id: str) -> None:
        """Let no one delete it until the transaction ends, though others may share it."""
        self._in.shared(_FIRST(id))

    def _refuse_taken_name(self, id: str, name: str) -> None:
        """Raises AlreadyThere where another one that is offered is called so; the database refuses it in any case."""
        offered = FormRow.select().where(FormRow.latest, ~FormRow.retired)
        if self._in.first(offered.where(FormRow.sort_name == called(name), FormRow.id != id)):
            raise AlreadyThere(f"there is a request form `{name}` already: choose another name")

    def save(self, form: RequestForm) -> None:
        """Keep a new version; those before stay. Raises AlreadyThere for a version or a name that is taken."""
        self._refuse_taken_name(form.id, form.name)
        self._in.change(FormRow.update(latest=False).where((FormRow.id == form.id) & FormRow.latest))
        with one_only(f"the form `{form.id}` has a version {form.version} already: read it again and change that"):
            self._in.add(
                FormRow(
                    id=form.id,
                    version=form.version,
                    name=form.name,
                    sort_name=called(form.name),
                    body=form_to_json(form),
                    created_by=form.created_by,
                    created_at=form.created_at,
                    builtin=form.builtin,
                    latest=True,
                    retired=form.retired,
                )
            )
        self._in.change(FormWordRow.delete().where(FormWordRow.form == form.id))
        self._in.add_all(FormWordRow, ({"form": form.id, "word": word} for word in sorted(words(form.name))))
        if asked := form.agreement:
            named = {"agreement": asked.id, "agreement_version": asked.version}
            self._in.add_all(FormAgreementRow, [{"form": form.id, "version": form.version, **named}])

    def page(self, search: str = "", cursor: str | None = None, limit: int = 50) -> Page[RequestForm]:
        """The latest version of each form that was not deleted, by name."""
        order = [FormRow.sort_name, FormRow.id]
        query = FormRow.select().where(FormRow.latest & ~FormRow.retired)
        for word in words(search):
            named = FormWordRow.select(FormWordRow.form).where(beginning(FormWordRow.word, word))
            query = query.where(FormRow.id.in_(named))
        if cursor:
            query = query.where(after(order, decode(cursor, (str, str))))
        page = cut(self._in.rows(query.order_by(*order).limit(rows_wanted(limit))), limit, by_name)
        return Page(tuple(self._all(page.items)), page.next)

    def versions(self, id: str, cursor: str | None = None, limit: int = 50) -> Page[RequestForm]:
        """Every version of a form, the latest first."""
        query = FormRow.select().where(FormRow.id == id).order_by(FormRow.version.desc())
        if cursor:
            query = query.where(after([FormRow.version], decode(cursor, (int,)), descending=True))
        page = cut(self._in.rows(query.limit(rows_wanted(limit))), limit, lambda row: (row.version,))
        return Page(tuple(self._all(page.items)), page.next)

    def in_use(self) -> list[RequestForm]:
        """The versions by which new requests are made, or may be: those of products, and the latest of each form."""
        offered = self._in.rows(FormRow.select().where(FormRow.latest & ~FormRow.retired).order_by(FormRow.id))
        kept = ProductRow.state != "deleted"
        used = ProductRow.select(ProductRow.form, ProductRow.form_version).where(kept) | ProductRow.select(
            ProductRow.masking_form, ProductRow.masking_form_version
        ).where(kept, ProductRow.masking_form != "")
        named = [self.get(form, version) for form, version in self._in.tuples(used)]
        found = (*self._all(offered), *filter(None, named))
        return list({(form.id, form.version): form for form in found}.values())

    def once_used(self, id: str) -> bool:
        """Whether a request was made with it, or a product that is deleted asked by it."""
        asked = self._in.first(RequestRow.select().where(RequestRow.form == id))
        named = self._in.first(ProductRow.select().where(ProductRow.form == id))
        return bool(asked or named or self._in.first(ProductRow.select().where(masked_by(id))))

    def retire(self, id: str) -> None:
        """Take a form out of the lists; all versions stay."""
        self._in.change(FormRow.update(retired=True).where(FormRow.id == id))

    def delete(self, id: str) -> None:
        """Forget a form with all versions. Raises Conflict where something refers to one."""
        self._in.change(FormAgreementRow.delete().where(FormAgreementRow.form == id))
        self._in.change(FormWordRow.delete().where(FormWordRow.form == id))
        self._in.change(FormRow.delete().where(FormRow.id == id))

    def _all(self, rows: Iterable[FormRow]) -> list[RequestForm]:
        """Forms, each with the text of the agreement that it asks to accept."""
        kept = list(rows)
        named = {tuple(row.body["agreement"]) for row in kept if row.body["agreement"]}
        agreements = {key: self._agreements.get(*key) for key in named}
        return [_form(row, agreements.get(tuple(row.body["agreement"] or ()))) for row in kept]


def _form(row: FormRow, agreement: Agreement | None) -> RequestForm:
    return RequestForm(
        id=row.id,
        version=row.version,
        name=row.name,
        flow=flow_from_json(row.body["flow"]),
        questions=questions_from_json(row.body["questions"]),
        agreement=agreement,
        created_by=row.created_by,
        created_at=row.created_at,
        builtin=row.builtin,
        packs=tuple(row.body["packs"]),
        retired=row.retired,
    )
