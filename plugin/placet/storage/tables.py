"""Placet's tables as rows that code reads and writes.

They belong to no database: each query names the one it runs on, so that several apps in a process never meet. Keys
between tables, indexes and triggers stand in `migrations/`, which makes the tables; a test holds both together.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from peewee import AutoField, BigIntegerField, BooleanField, CompositeKey, Field, IntegerField, Model

from placet.storage.fields import Json, Text, Utc


class PersonRow(Model):
    id: Field[str] = Text(primary_key=True)
    name: Field[str] = Text()
    email: Field[str] = Text()
    kind: Field[str] = Text()
    owner: Field[str | None] = Text(null=True)
    active: Field[bool] = BooleanField()
    external_id: Field[str] = Text(default="")
    removed: Field[bool] = BooleanField(default=False)
    revision: Field[int] = IntegerField(default=1)
    called: Field[str] = Text()

    class Meta:
        table_name = "placet_person"


class PersonWordRow(Model):
    """A word of a person's id, name or e-mail, without regard to case; what search looks up."""

    person: Field[str] = Text()
    word: Field[str] = Text()

    class Meta:
        table_name = "placet_person_word"
        primary_key = CompositeKey("person", "word")


class GroupRow(Model):
    id: Field[str] = Text(primary_key=True)
    name: Field[str] = Text()
    external_id: Field[str] = Text(default="")
    revision: Field[int] = IntegerField(default=1)

    class Meta:
        table_name = "placet_group"


class GroupWordRow(Model):
    """A word of a group's id or name, without regard to case; what search looks up."""

    group: Field[str] = Text()
    word: Field[str] = Text()

    class Meta:
        table_name = "placet_group_word"
        primary_key = CompositeKey("group", "word")


class DirectoryRow(Model):
    """When reading the host's directory was begun last, and when it was read to the end."""

    name: Field[str] = Text(primary_key=True)
    read_at: Field[datetime] = Utc()

    class Meta:
        table_name = "placet_directory"


class MembershipRow(Model):
    person: Field[str] = Text()
    group: Field[str] = Text()

    class Meta:
        table_name = "placet_membership"
        primary_key = CompositeKey("person", "group")


class HoldingRow(Model):
    """An attribute value or a permission that someone holds directly; `source` is the digest of its key."""

    person: Field[str] = Text()
    source: Field[str] = Text()
    kind: Field[str] = Text()
    name: Field[str] = Text()
    value: Field[str] = Text()

    class Meta:
        table_name = "placet_person_holding"
        primary_key = CompositeKey("person", "source")


class GroupHoldingRow(Model):
    """The same, held by everyone in a group."""

    group: Field[str] = Text()
    source: Field[str] = Text()
    kind: Field[str] = Text()
    name: Field[str] = Text()
    value: Field[str] = Text()

    class Meta:
        table_name = "placet_group_holding"
        primary_key = CompositeKey("group", "source")


class LoginRow(Model):
    person: Field[str] = Text()
    target: Field[str] = Text()
    login: Field[str] = Text()
    native_id: Field[str] = Text()

    class Meta:
        table_name = "placet_login"
        primary_key = CompositeKey("person", "target")


class DomainRow(Model):
    id: Field[str] = Text(primary_key=True)
    name: Field[str] = Text()
    sort_name: Field[str] = Text()
    description: Field[str] = Text()
    revision: Field[int] = IntegerField()

    class Meta:
        table_name = "placet_domain"


class DomainTagRow(Model):
    """A tag that brings data sources into a dynamic domain."""

    domain: Field[str] = Text()
    tag: Field[str] = Text()

    class Meta:
        table_name = "placet_domain_tag"
        primary_key = CompositeKey("domain", "tag")


class SourceRow(Model):
    id: Field[str] = Text(primary_key=True)
    target: Field[str] = Text()
    schema: Field[str] = Text()
    name: Field[str] = Text()
    numbered: Field[bool] = BooleanField()
    last_column: Field[int] = IntegerField()
    revision: Field[int] = IntegerField()

    class Meta:
        table_name = "placet_source"


class SourceWordRow(Model):
    """A word of a source's schema or name, without regard to case; what search looks up."""

    source: Field[str] = Text()
    word: Field[str] = Text()

    class Meta:
        table_name = "placet_source_word"
        primary_key = CompositeKey("source", "word")


class ColumnRow(Model):
    source: Field[str] = Text()
    position: Field[int] = IntegerField()
    number: Field[int] = IntegerField()
    name: Field[str] = Text()
    type: Field[str] = Text()
    confirmed: Field[bool] = BooleanField()

    class Meta:
        table_name = "placet_source_column"
        primary_key = CompositeKey("source", "number")


class SourceTagRow(Model):
    source: Field[str] = Text()
    tag: Field[str] = Text()

    class Meta:
        table_name = "placet_source_tag"
        primary_key = CompositeKey("source", "tag")


class ColumnTagRow(Model):
    source: Field[str] = Text()
    number: Field[int] = IntegerField()
    tag: Field[str] = Text()

    class Meta:
        table_name = "placet_column_tag"
        primary_key = CompositeKey("source", "number", "tag")


class SourceDomainRow(Model):
    source: Field[str] = Text()
    domain: Field[str] = Text()

    class Meta:
        table_name = "placet_source_domain"
        primary_key = CompositeKey("source", "domain")


class DataPolicyRow(Model):
    """A data policy; while it is in force, exactly one of `source`, `tag` and `domain` repeats what its scope is on."""

    id: Field[str] = Text(primary_key=True)
    name: Field[str] = Text()
    sort_name: Field[str] = Text()
    description: Field[str] = Text()
    mask: Field[Any] = Json(null=True)
    filter: Field[Any] = Json(null=True)
    scope: Field[Any] = Json()
    everyone_except: Field[Any] = Json(null=True)
    for_everyone_who: Field[Any] = Json(null=True)
    source: Field[str | None] = Text(null=True)
    tag: Field[str | None] = Text(null=True)
    domain: Field[str | None] = Text(null=True)
    created_at: Field[datetime] = Utc()
    revision: Field[int] = IntegerField()
    active: Field[bool] = BooleanField()

    class Meta:
        table_name = "placet_data_policy"


class SubscriptionPolicyRow(Model):
    """A subscription policy; what it is on stands beside its scope, as it does of data policies."""

    id: Field[str] = Text(primary_key=True)
    name: Field[str] = Text()
    sort_name: Field[str] = Text()
    description: Field[str] = Text()
    kind: Field[str] = Text()
    scope: Field[Any] = Json()
    who: Field[Any] = Json()
    source: Field[str | None] = Text(null=True)
    tag: Field[str | None] = Text(null=True)
    domain: Field[str | None] = Text(null=True)
    created_at: Field[datetime] = Utc()
    revision: Field[int] = IntegerField()
    active: Field[bool] = BooleanField()

    class Meta:
        table_name = "placet_subscription_policy"


class AgreementRow(Model):
    """One version of a data use agreement; `latest` and `retired` say whether lists show it."""

    id: Field[str] = Text()
    version: Field[int] = IntegerField()
    name: Field[str] = Text()
    sort_name: Field[str] = Text()
    body: Field[str] = Text()
    created_by: Field[str] = Text()
    created_at: Field[datetime | None] = Utc(null=True)
    latest: Field[bool] = BooleanField()
    retired: Field[bool] = BooleanField()

    class Meta:
        table_name = "placet_agreement"
        primary_key = CompositeKey("id", "version")


class AgreementWordRow(Model):
    """A word of an agreement's name, without regard to case; what search looks up."""

    agreement: Field[str] = Text()
    word: Field[str] = Text()

    class Meta:
        table_name = "placet_agreement_word"
        primary_key = CompositeKey("agreement", "word")


class FormRow(Model):
    """One version of a request form; `body` holds questions, flow, packs, and the agreement as id and version.

    `latest` and `retired` say whether lists show it.
    """

    id: Field[str] = Text()
    version: Field[int] = IntegerField()
    name: Field[str] = Text()
    sort_name: Field[str] = Text()
    body: Field[Any] = Json()
    created_by: Field[str] = Text()
    created_at: Field[datetime | None] = Utc(null=True)
    builtin: Field[bool] = BooleanField()
    latest: Field[bool] = BooleanField()
    retired: Field[bool] = BooleanField()

    class Meta:
        table_name = "placet_form"
        primary_key = CompositeKey("id", "version")


class FormWordRow(Model):
    """A word of a form's name, without regard to case; what search looks up."""

    form: Field[str] = Text()
    word: Field[str] = Text()

    class Meta:
        table_name = "placet_form_word"
        primary_key = CompositeKey("form", "word")


class FormAgreementRow(Model):
    """The version of an agreement that a version of a form asks to accept; what keeps the text for good."""

    form: Field[str] = Text()
    version: Field[int] = IntegerField()
    agreement: Field[str] = Text()
    agreement_version: Field[int] = IntegerField()

    class Meta:
        table_name = "placet_form_agreement"
        primary_key = CompositeKey("form", "version")


class ProductRow(Model):
    """`sort_name` is the name as people tell it from others: what lists are ordered and names unique by."""

    id: Field[str] = Text(primary_key=True)
    name: Field[str] = Text()
    sort_name: Field[str] = Text()
    domain: Field[str] = Text()
    form: Field[str] = Text()
    form_version: Field[int] = IntegerField()
    masking_form: Field[str] = Text()
    masking_form_version: Field[int] = IntegerField()
    description: Field[str] = Text()
    expert: Field[str] = Text()
    links: Field[Any] = Json()
    maximum: Field[str | None] = Text(null=True)
    sources: Field[Any] = Json()
    stewards: Field[Any] = Json()
    visible_to: Field[Any] = Json()
    restricted: Field[bool] = BooleanField()
    state: Field[str] = Text()
    created_at: Field[datetime | None] = Utc(null=True)
    published_at: Field[datetime | None] = Utc(null=True)
    revision: Field[int] = IntegerField()

    class Meta:
        table_name = "placet_product"


class ProductSourceRow(Model):
    """A source that a product holds; what products are found by."""

    product: Field[str] = Text()
    source: Field[str] = Text()

    class Meta:
        table_name = "placet_product_source"
        primary_key = CompositeKey("product", "source")


class ProductSightRow(Model):
    """A group that may see a restricted product; what the catalog is joined on."""

    product: Field[str] = Text()
    group: Field[str] = Text()

    class Meta:
        table_name = "placet_product_sight"
        primary_key = CompositeKey("product", "group")


class ProductWordRow(Model):
    """A word of a product's name or description, without regard to case; what search looks up."""

    product: Field[str] = Text()
    word: Field[str] = Text()

    class Meta:
        table_name = "placet_product_word"
        primary_key = CompositeKey("product", "word")


class BasketRow(Model):
    """A data product that someone has put into their basket."""

    person: Field[str] = Text()
    product: Field[str] = Text()
    added_at: Field[datetime] = Utc()

    class Meta:
        table_name = "placet_basket"
        primary_key = CompositeKey("person", "product")


class RequestRow(Model):
    id: Field[str] = Text(primary_key=True)
    type: Field[str] = Text()
    product: Field[str] = Text()
    requester: Field[str] = Text()
    beneficiary: Field[str] = Text()
    beneficiary_kind: Field[str] = Text()
    columns: Field[Any] = Json()
    form: Field[str] = Text()
    form_version: Field[int] = IntegerField()
    created_at: Field[datetime] = Utc()
    quorum: Field[str | None] = Text(null=True)
    sources: Field[Any] = Json()
    answers: Field[Any] = Json()
    acceptance: Field[Any] = Json(null=True)
    packs: Field[Any] = Json()
    status: Field[str] = Text()
    decided_at: Field[datetime | None] = Utc(null=True)
    lapses_at: Field[datetime | None] = Utc(null=True)
    renews: Field[str | None] = Text(null=True)
    justification: Field[str] = Text()
    unroutable: Field[bool] = BooleanField()
    revision: Field[int] = IntegerField()

    class Meta:
        table_name = "placet_request"


class RequestSourceRow(Model):
    """A steward source that a request asks, by its digest; what the inbox looks up.

    `pending` and `created_at` repeat the request's.
    """

    request: Field[str] = Text()
    source: Field[str] = Text()
    pending: Field[bool] = BooleanField()
    created_at: Field[datetime] = Utc()

    class Meta:
        table_name = "placet_request_source"
        primary_key = CompositeKey("request", "source")


class DeterminationRow(Model):
    id: Field[str] = Text(primary_key=True)
    request: Field[str] = Text()
    steward: Field[str] = Text()
    verdict: Field[str] = Text()
    reason: Field[str] = Text()
    at: Field[datetime] = Utc()
    duration: Field[str | None] = Text(null=True)
    end: Field[datetime | None] = Utc(null=True)
    stood_for: Field[Any] = Json()

    class Meta:
        table_name = "placet_determination"


class GrantRow(Model):
    id: Field[str] = Text(primary_key=True)
    request: Field[str] = Text()
    product: Field[str] = Text()
    type: Field[str] = Text()
    beneficiary: Field[str] = Text()
    beneficiary_kind: Field[str] = Text()
    start: Field[datetime] = Utc()
    end: Field[datetime | None] = Utc(null=True)
    revoked_by: Field[str | None] = Text(null=True)
    revoked_at: Field[datetime | None] = Utc(null=True)
    revoked_why: Field[str | None] = Text(null=True)
    expiry_told: Field[bool] = BooleanField()
    revision: Field[int] = IntegerField()

    class Meta:
        table_name = "placet_grant"


class GrantColumnRow(Model):
    """A column that a masking exception shows clear; what those of a column are found by."""

    grant: Field[str] = Text()
    position: Field[int] = IntegerField()
    source: Field[str] = Text()
    number: Field[int] = IntegerField()
    name: Field[str] = Text()

    class Meta:
        table_name = "placet_grant_column"
        primary_key = CompositeKey("grant", "position")


class ReminderRow(Model):
    """When people are to be told something of a request or a grant, and after how many seconds again."""

    about: Field[str] = Text()
    subject: Field[str] = Text()
    name: Field[str] = Text()
    due: Field[datetime] = Utc()
    every: Field[int | None] = BigIntegerField(null=True)

    class Meta:
        table_name = "placet_reminder"
        primary_key = CompositeKey("about", "subject", "name")


class PackRow(Model):
    """A rule pack that was in force at some time, with the cases that came with it."""

    hash: Field[str] = Text(primary_key=True)
    name: Field[str] = Text()
    text: Field[str] = Text()
    cases: Field[str] = Text()
    kept_at: Field[datetime] = Utc()

    class Meta:
        table_name = "placet_pack"


class PackInForceRow(Model):
    name: Field[str] = Text(primary_key=True)
    hash: Field[str] = Text()
    since: Field[datetime] = Utc()
    by: Field[str] = Text()

    class Meta:
        table_name = "placet_pack_in_force"


class VerdictRow(Model):
    """What the rules said to one question: `told` is the vocabulary, `proof` holds facts, conclusions and reasons."""

    number: Field[int] = AutoField()
    id: Field[str] = Text(unique=True)
    request: Field[str] = Text()
    at: Field[datetime] = Utc()
    question: Field[str] = Text()
    told: Field[Any] = Json()
    proof: Field[Any] = Json()
    packs: Field[Any] = Json()

    class Meta:
        table_name = "placet_verdict"


class TokenRow(Model):
    """An API token; `digest` stands in place of its text."""

    id: Field[str] = Text(primary_key=True)
    name: Field[str] = Text()
    holder: Field[str] = Text()
    scopes: Field[Any] = Json()
    digest: Field[str] = Text()
    created_by: Field[str] = Text()
    created_at: Field[datetime] = Utc()
    ends_at: Field[datetime] = Utc()
    used_at: Field[datetime | None] = Utc(null=True)
    revoked_at: Field[datetime | None] = Utc(null=True)
    revoked_by: Field[str] = Text()
    ending_told: Field[bool] = BooleanField()

    class Meta:
        table_name = "placet_token"
