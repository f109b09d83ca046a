"""Request forms, version by version."""

from __future__ import annotations

from peewee import fn

from placet.domain.forms import RequestForm
from placet.storage.errors import one_only
from placet.storage.prepared import Prepared
from placet.storage.shapes import agreement_from_json, flow_from_json, form_to_json, questions_from_json
from placet.storage.tables import FormRow, ProductRow
from placet.storage.transaction import Transaction

_LATEST = Prepared(FormRow, lambda id: FormRow.select().where(FormRow.id == id).order_by(FormRow.version.desc()))
_VERSION = Prepared(FormRow, lambda id, version: FormRow.select().where(FormRow.id == id, FormRow.version == version))


class Forms:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def get(self, id: str, version: int | None = None) -> RequestForm | None:
        """One version, or the latest."""
        row = self._in.first(_LATEST(id) if version is None else _VERSION(id, version))
        return _form(row) if row else None

    def save(self, form: RequestForm) -> None:
        """Keep a new version; those before stay. Raises AlreadyThere for a version that is kept already."""
        with one_only(f"the form `{form.id}` has a version {form.version} already: read it again and change that"):
            self._in.add(
                FormRow(
                    id=form.id,
                    version=form.version,
                    name=form.name,
                    body=form_to_json(form),
                    created_by=form.created_by,
                    created_at=form.created_at,
                    builtin=form.builtin,
                )
            )

    def latest(self) -> list[RequestForm]:
        """The latest version of each form, by id."""
        last = FormRow.select(FormRow.id, fn.MAX(FormRow.version).alias("version")).group_by(FormRow.id).alias("last")
        query = (
            FormRow.select()
            .join(last, on=((FormRow.id == last.c.id) & (FormRow.version == last.c.version)))
            .order_by(FormRow.id)
        )
        return [_form(row) for row in self._in.rows(query)]

    def in_use(self) -> list[RequestForm]:
        """The versions by which new requests are made, or may be: those of products, and the latest of each form."""
        kept = ProductRow.state != "deleted"
        used = ProductRow.select(ProductRow.form, ProductRow.form_version).where(kept) | ProductRow.select(
            ProductRow.masking_form, ProductRow.masking_form_version
        ).where(kept, ProductRow.masking_form != "")
        named = [self.get(form, version) for form, version in self._in.tuples(used)]
        return list({(form.id, form.version): form for form in (*self.latest(), *filter(None, named))}.values())


def _form(row: FormRow) -> RequestForm:
    return RequestForm(
        id=row.id,
        version=row.version,
        name=row.name,
        flow=flow_from_json(row.body["flow"]),
        questions=questions_from_json(row.body["questions"]),
        agreement=agreement_from_json(row.body["agreement"]),
        created_by=row.created_by,
        created_at=row.created_at,
        builtin=row.builtin,
        packs=tuple(row.body["packs"]),
    )
