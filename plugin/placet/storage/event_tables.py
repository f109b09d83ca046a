"""The tables of what happened and of what is to be done because of it; as in `tables`, they belong to no database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from peewee import AutoField, BigIntegerField, BooleanField, Field, IntegerField, Model

from placet.storage.fields import Json, Text, Utc


class AuditRow(Model):
    """One entry of the trail; `data` is kept as the text that was hashed."""

    sequence: Field[int] = BigIntegerField(primary_key=True)
    previous: Field[str] = Text()
    hash: Field[str] = Text()
    type: Field[str] = Text()
    actor: Field[str] = Text()
    at: Field[datetime] = Utc()
    subject: Field[str] = Text()
    domain: Field[str] = Text()
    data: Field[str] = Text()

    class Meta:
        table_name = "placet_audit"


class OutboxRow(Model):
    id: Field[str] = Text(primary_key=True)
    type: Field[str] = Text()
    at: Field[datetime] = Utc()
    body: Field[Any] = Json()
    dispatched: Field[bool] = BooleanField()

    class Meta:
        table_name = "placet_outbox"


class NotificationRow(Model):
    id: Field[str] = Text(primary_key=True)
    person: Field[str] = Text()
    type: Field[str] = Text()
    message: Field[str] = Text()
    at: Field[datetime] = Utc()
    subject: Field[str] = Text()
    read_at: Field[datetime | None] = Utc(null=True)

    class Meta:
        table_name = "placet_notification"


class EndpointRow(Model):
    id: Field[str] = Text(primary_key=True)
    url: Field[str] = Text()
    secret: Field[str] = Text()
    types: Field[Any] = Json()
    active: Field[bool] = BooleanField()
    owner: Field[str] = Text()
    created_at: Field[datetime] = Utc()

    class Meta:
        table_name = "placet_webhook"


class DeliveryRow(Model):
    number: Field[int] = AutoField()
    id: Field[str] = Text(unique=True)
    endpoint: Field[str] = Text()
    event: Field[str] = Text()
    type: Field[str] = Text()
    body: Field[str] = Text()
    due_at: Field[datetime] = Utc()
    attempts: Field[int] = IntegerField()
    state: Field[str] = Text()
    status: Field[int | None] = IntegerField(null=True)
    answer: Field[str] = Text()
    finished_at: Field[datetime | None] = Utc(null=True)

    class Meta:
        table_name = "placet_delivery"


class JobRow(Model):
    id: Field[int] = AutoField()
    kind: Field[str] = Text()
    target: Field[str] = Text()
    subject: Field[str] = Text()
    payload: Field[Any] = Json()
    created_at: Field[datetime] = Utc()
    due_at: Field[datetime] = Utc()
    leased_until: Field[datetime | None] = Utc(null=True)
    attempts: Field[int] = IntegerField()
    error: Field[str] = Text()
    finished_at: Field[datetime | None] = Utc(null=True)
    turn: Field[int] = IntegerField()

    class Meta:
        table_name = "placet_job"


class OutageRow(Model):
    """A target that can't be reached."""

    target: Field[str] = Text(primary_key=True)
    since: Field[datetime] = Utc()

    class Meta:
        table_name = "placet_outage"


class UnknownSourceRow(Model):
    """The name of a data source that someone asked for and no product holds."""

    name: Field[str] = Text(primary_key=True)
    asked_at: Field[datetime] = Utc()
    asked_by: Field[str] = Text()

    class Meta:
        table_name = "placet_unknown_source"
