"""What happened, in the past tense: each feeds the audit trail, and those with receivers the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

THE_CLOCK = "placet"
"""The actor of what happens by itself: expiry, lapse, delivery."""


@dataclass(frozen=True)
class Event:
    """Something that happened to one subject.

    `actor` is the id of who did it, `subject` of what it was done to; `domain` scopes who may read it; `data` is what
    JSON can hold (ids, words, numbers, ISO instants); `tells` are the ids of the people it is told to.
    """

    type: ClassVar[str]
    message: ClassVar[str]
    """What the people in `tells` read; `{...}` are keys of `data`."""
    outside: ClassVar[bool] = True
    """Whether webhooks carry it; what is for the audit trail alone does not leave."""

    actor: str
    at: datetime
    subject: str
    domain: str = ""
    data: Mapping[str, object] = field(default_factory=dict, hash=False)
    tells: tuple[str, ...] = ()

    def told(self) -> str:
        """The message with the data filled in."""
        return self.message.format_map(self.data)


class RequestSubmitted(Event):
    type = "access_request.created"
    message = "{requester} asks for {asked_for}."


class RequestUnroutable(Event):
    type = "access_request.unroutable"
    message = "No one can decide the request for {asked_for}: {why}"


class RequestRoutable(Event):
    type = "access_request.routable"
    message = "The request for {asked_for} can be decided again."


class RequestDetermined(Event):
    type = "access_request.determined"
    message = "{steward} has determined the request for {asked_for}: {verdict}."


class RequestApproved(Event):
    type = "access_request.approved"
    message = "The request for {asked_for} was approved."


class RequestDenied(Event):
    type = "access_request.denied"
    message = "The request for {asked_for} was denied."


class RequestCanceled(Event):
    type = "access_request.canceled"
    message = "The request for {asked_for} was canceled."


class RequestLapsed(Event):
    type = "access_request.lapsed"
    message = "The request for {asked_for} lapsed before it was decided."


class RequestReminded(Event):
    type = "access_request.reminded"
    message = "The request for {asked_for} still waits for a determination."


class RequestRefused(Event):
    type = "access_request.refused"
    message = "{requester} asked for {product_name} for you, which can't be asked for now: look whether you need it."
    outside = False


class GrantStarted(Event):
    type = "grant.started"
    message = "What was approved has begun: {asked_for}."


class GrantExpiring(Event):
    type = "grant.expiring"
    message = "What was granted ends at {ends}: {asked_for}."


class GrantExpired(Event):
    type = "grant.expired"
    message = "What was granted has ended: {asked_for}."


class GrantNarrowed(Event):
    type = "grant.narrowed"
    message = "Columns are there no more of which you saw clear values in {product_name}: {columns}"


class GrantRevoked(Event):
    type = "grant.revoked"
    message = "{by} has revoked {asked_for}: {reason}"


class ProductPublished(Event):
    type = "data_product.published"
    message = "{product_name} was published."


class ProductUpdated(Event):
    type = "data_product.updated"
    message = "{product_name} was changed."


class ProductSourcesChanged(Event):
    type = "data_product.sources_changed"
    message = "The data sources of {product_name} have changed."

    def told(self) -> str:
        """Also which have left its domain, and which are back in it."""
        said = {"Left its domain: ": self.data.get("left"), "Back in its domain: ": self.data.get("returned")}
        parts = (f" {begin}{', '.join(names)}." for begin, names in said.items() if isinstance(names, list) and names)
        return super().told() + "".join(parts)


class ProductFormChanged(Event):
    type = "data_product.form_changed"
    message = "{product_name} is asked for by version {version} of the form {form_name}."


class ProductFormWaiting(Event):
    type = "data_product.form_waiting"
    message = "Version {version} of the form {form_name} waits to be taken up on {product_name}."


class ProductSuspended(Event):
    type = "data_product.suspended"
    message = "{product_name} was suspended."


class ProductUnpublished(Event):
    type = "data_product.unpublished"
    message = "{product_name} was unpublished."


class ProductDeleted(Event):
    type = "data_product.deleted"
    message = "{product_name} was deleted."


class PolicyApplied(Event):
    type = "policy.applied"
    message = "{what} took effect in {target}."


class ApplyAsked(Event):
    type = "target.apply_asked"
    message = "It was asked to bring {target} to what it should enforce."
    outside = False


class PolicyFailed(Event):
    type = "policy.failed"
    message = "{what} could not take effect in {target}: {why}"


class UnknownSourceRequested(Event):
    type = "source.unknown_requested"
    message = "{requester} asked for `{name}`, which no product holds."


class FormSaved(Event):
    type = "request_form.saved"
    message = "The form {name} has version {version}."
    outside = False


class FormDeleted(Event):
    type = "request_form.deleted"
    message = "The form {name} was deleted."
    outside = False


class AgreementSaved(Event):
    type = "data_use_agreement.saved"
    message = "The data use agreement {name} has version {version}."
    outside = False


class AgreementDeleted(Event):
    type = "data_use_agreement.deleted"
    message = "The data use agreement {name} was deleted."
    outside = False


class DomainSaved(Event):
    type = "domain.saved"
    message = "The domain {name} was saved."
    outside = False


class DomainDeleted(Event):
    type = "domain.deleted"
    message = "The domain {name} was deleted."
    outside = False


class DomainSourcesChanged(Event):
    type = "domain.sources_changed"
    message = "The data sources of the domain {name} have changed."
    outside = False


class SourceSaved(Event):
    type = "data_source.saved"
    message = "The data source {source_name} was described."
    outside = False


class SourceDeleted(Event):
    type = "data_source.deleted"
    message = "The data source {source_name} was deleted."
    outside = False


class SourceTagged(Event):
    type = "data_source.tagged"
    message = "The tags of {source_name} have changed: {what}."
    outside = False


class SourceColumnsChanged(Event):
    type = "data_source.columns_changed"
    message = "The columns of {source_name} have changed: {what}."


class SourceColumnsConfirmed(Event):
    type = "data_source.columns_confirmed"
    message = "Columns of {source_name} were confirmed: {what}."
    outside = False


class SubscriptionPolicySaved(Event):
    type = "subscription_policy.saved"
    message = "The {kind} policy {name} was saved; it is for those {whom}."
    outside = False


class SubscriptionPolicyRetired(Event):
    type = "subscription_policy.retired"
    message = "The {kind} policy {name} was retired."
    outside = False


class DataPolicySaved(Event):
    type = "data_policy.saved"
    message = "The data policy {name} was saved; it masks for {whom}."
    outside = False


class DataPolicyRetired(Event):
    type = "data_policy.retired"
    message = "The data policy {name} was retired."
    outside = False


class SourcesImported(Event):
    type = "data_sources.imported"
    message = "{count} data sources were imported."
    outside = False


class PeopleImported(Event):
    type = "people.imported"
    message = "{count} people were imported."
    outside = False


class PersonSaved(Event):
    type = "person.saved"
    message = "{name} was saved."
    outside = False


class PersonDeactivated(Event):
    type = "person.deactivated"
    message = "{name} was deactivated."
    outside = False


class PersonReactivated(Event):
    type = "person.reactivated"
    message = "{name} was activated again."
    outside = False


class LoginChanged(Event):
    type = "login.changed"
    message = "The login of {person} on {target} was changed from {old} to {new}."
    outside = False

    def told(self) -> str:
        """Where there was none before, or is none any more, in words."""
        return self.message.format_map({**self.data, **{key: self.data[key] or "none" for key in ("old", "new")}})


class GroupSaved(Event):
    type = "group.saved"
    message = "The group {name} was saved."
    outside = False


class GroupDeleted(Event):
    type = "group.deleted"
    message = "The group {name} was deleted."
    outside = False


class DirectoryRead(Event):
    type = "directory.read"
    message = "The directory of the host was read: {added} added, {changed} changed, {deactivated} deactivated."
    outside = False


class WebhookSaved(Event):
    type = "webhook.saved"
    message = "The webhook {url} was saved."
    outside = False


class TokenCreated(Event):
    type = "token.created"
    message = "The API token {name} of {holder} was made."
    outside = False


class TokenRevoked(Event):
    type = "token.revoked"
    message = "The API token {name} of {holder} was revoked."
    outside = False


class TokenEnding(Event):
    type = "token.ending"
    message = "The API token {name} of {holder} ends at {end}."
    outside = False


class RulePackChanged(Event):
    type = "rule_pack.changed"
    message = "The rule pack {name} was put in force by {by}."


class EnginesDisagreed(Event):
    type = "rules.disagreed"
    message = "The rule engines gave different answers about request {request}; nothing was decided."
    outside = False
