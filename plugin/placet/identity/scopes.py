"""Which scopes let a token through to which operation: what has no row here is refused to every token."""

from __future__ import annotations

from collections.abc import Mapping

from placet.domain.tokens import Scope

NEVER: frozenset[Scope] = frozenset()
"""For people alone: a token that could make tokens would never end."""

_DEFINITIONS = ("definitions.plan", "definitions.apply")
"""Each section of a file asks for a scope of its own besides (service/definitions/kind.py)."""

_OPERATIONS: Mapping[Scope, tuple[str, ...]] = {
    Scope.READ: (
        "data-products.catalog",
        "data-products.one",
        "data-products.members",
        "access-requests.listed",
        "access-requests.inbox",
        "access-requests.one",
        "access-requests.explain",
        "access-requests.review",
        "grants.listed",
        "grants.one",
        "access.listed",
        "request-forms.listed",
        "request-forms.versions",
        "request-forms.schema",
        "data-use-agreements.listed",
        "data-use-agreements.one",
        "data-use-agreements.versions",
        "request-forms.one",
        "domains.listed",
        "domains.one",
        "data-policies.listed",
        "data-policies.one",
        "data-sources.listed",
        "data-sources.one",
        "rule-packs.listed",
        "rule-packs.one",
        "notifications.mine",
        "people.listed",
        "people.one",
        "people.stewards",
        "groups.listed",
        "groups.one",
        "groups.members",
        "decisions.decide",
        "definitions.export",
        "request-links.find",
    ),
    Scope.REQUEST: (
        "access-requests.submit",
        "access-requests.submit_all",
        "access-requests.cancel",
        "notifications.mark_read",
    ),
    Scope.DETERMINE: ("access-requests.determine",),
    Scope.MANAGE: (
        "data-products.create",
        "data-products.change",
        "data-products.delete",
        "data-products.publish",
        "data-products.suspend",
        "data-products.unpublish",
        "request-forms.create",
        "request-forms.edit",
        "request-forms.delete",
        "form-take-ups.take_up_form",
        "data-use-agreements.create",
        "data-use-agreements.edit",
        "data-use-agreements.delete",
        "domains.create",
        "domains.change",
        "domains.delete",
        "domains.move",
        "data-sources.create",
        "data-sources.change",
        "data-sources.tag",
        "data-sources.confirm",
        "data-sources.delete",
        "imports.import_catalog",
        "imports.import_file",
        "imports.import_tags",
        "grants.revoke",
        *_DEFINITIONS,
    ),
    Scope.GOVERN: (
        "rule-packs.put_in_force",
        "rule-packs.check",
        "rule-packs.diff",
        "rule-packs.simulate",
        "rule-packs.replay",
        "data-policies.create",
        "data-policies.replace",
        "data-policies.retire",
        *_DEFINITIONS,
    ),
    Scope.PEOPLE: (
        "people.create",
        "people.change",
        "people.deactivate",
        "people.reactivate",
        "people.import_people",
        "groups.create",
        "groups.change",
        "groups.delete",
        "groups.join",
        "groups.leave",
        "scim.scim",
        *_DEFINITIONS,
    ),
    Scope.OPERATE: ("webhooks.listed", "webhooks.add", "webhooks.delete"),
    Scope.AUDIT: ("audit.listed",),
    Scope.DECISIONS: ("decisions.decide", "access.listed"),
}

_PEOPLE_ALONE = ("tokens.mine", "tokens.create", "tokens.revoke")

SCOPES: Mapping[str, frozenset[Scope]] = {
    **dict.fromkeys(_PEOPLE_ALONE, NEVER),
    **{
        operation: frozenset(scope for scope, others in _OPERATIONS.items() if operation in others)
        for operations in _OPERATIONS.values()
        for operation in operations
    },
}
"""By the name of the operation, as the document has it; one of the scopes is enough."""


def scopes_for(operation: str) -> frozenset[Scope]:
    """The scopes that let a token through to an operation."""
    return SCOPES.get(operation, NEVER)
