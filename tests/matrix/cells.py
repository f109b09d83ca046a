"""What every route asks of whoever calls it: one entry for each, which matrix and docs/permissions.md are made from.

A route without an entry fails, and the failure says which line to add:

    "GET /api/v1/things/<id>": (Cell(sees=Action.READ_THING, about=("thing ours", "thing theirs")),),

`sees` is the action, or the relation, without which the answer is 404; `does` the one without which it is 403, and
`also` one more; without any of them anyone signed in may. `about` names things of `World.things`, whose ids stand for
`<id>` in the address and for `{id}` in `query` and `sends`: what is sent has to be valid, for only then is an answer
due to permission alone. `lists` is the action by which what `shows` (the id of the thing) stands in the answer, or is
left out of it. `at` is the id in the address where that is not the thing's own. `by_token` has everyone ask by an API
token with the scope `decisions`; whoever can't have one asks by their session there too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from placet.domain.permissions import BENEFICIARY, WITHIN_SIGHT, Action, Relation
from tests.matrix.world import NOTHING

Guard = Action | Relation


@dataclass(frozen=True)
class Cell:
    """How a route is called, and what it asks of whoever calls."""

    sees: Guard | None = None
    does: Guard | None = None
    also: Guard | None = None
    about: tuple[str, ...] = (NOTHING,)
    query: str = ""
    sends: Mapping[str, object] | None = field(default=None, hash=False)
    lists: Guard | None = None
    shows: str = "{id}"
    at: str = ""
    public: bool = False
    by_token: bool = False


Cells = tuple[Cell, ...]

RULES = Relation("whom the eligibility rules call a steward of it", lambda _, place: place.steward)
"""Who determines is no matter of the table. The forms here name one user each, who is no party."""

PUBLIC: Cells = (Cell(public=True),)
SIGNED_IN: Cells = (Cell(),)

PEOPLE = ("someone", "account")
AGREEMENTS = ("agreement ours",)
REQUESTS = ("request ours", "request theirs", "request of a group")
FOR_ANOTHER = ("request ours", "request by USER_ADMIN", "request by APPLICATION_ADMIN")
GRANTS = ("grant ours", "grant theirs", "grant of a group")
PRODUCTS = ("product open", "product vault", "product open-elsewhere")
SOURCES = ("source open", "source vault", "source open-elsewhere", "source shared")
FORMS = ("form ours", "form theirs", "form built-in")
DOMAINS = ("domain pay", "domain hr")
POLICIES = ("policy pay", "policy hr", "policy tagged", "policy of both")
TOKENS = ("token of someone", "token of an account")

SOURCE_FILE = "schema,table,column,type,tags\nshop,new,id,bigint,"
PACK = {"text": "pack: quorum\n"}
FLOW = {"kind": "automatic", "justification": "It is public anyway."}


def product(domain: str) -> dict[str, object]:
    """A description of a product of one domain."""
    return {"name": "New", "domain": domain, "form": "ours", "form_version": 1}


POLICY_SCOPES = {"policy pay": {"domain": "pay"}, "policy hr": {"domain": "hr"}, "policy tagged": {"tag": "Unused"}}


def policy(scope: Mapping[str, str]) -> dict[str, object]:
    """A description of a data policy."""
    return {"name": "New", "mask": {"kind": "null"}, "scope": scope}


def policy_form(scope: Mapping[str, str]) -> dict[str, object]:
    """The same, as the form sends it."""
    return {"name": "New", "mask": "null", "whom": "all", "revision": "1", "on": next(iter(scope)), **scope}


WORDING = FLOW | {
    "kind": "listed",
    "quorum": "any",
    "sources": [{"kind": "user", "name": "steward"}],
    "justification": "",
}
PERSON = {"id": "new", "name": "New"}
GROUP = {"id": "new", "name": "New"}
AGREEMENT = {"name": "New", "body": "Keep it."}


def defined(content: str, **others: object) -> dict[str, object]:
    """A file of definitions, as it is sent."""
    return {"files": [{"name": "a.yaml", "content": content}], **others}


OF_PEOPLE = "groups: {new: {name: New}}"
DEFINITIONS: Cells = (
    Cell(does=Action.APPLY_DEFINITIONS, sends=defined("domains: {}")),
    Cell(does=Action.APPLY_DEFINITIONS, also=Action.MANAGE_PEOPLE, sends=defined(OF_PEOPLE)),
)
DEFINITIONS_PLANNED: Cells = (
    Cell(does=Action.APPLY_DEFINITIONS, sends=defined("domains: {}", plan="0" * 64)),
    Cell(does=Action.APPLY_DEFINITIONS, also=Action.MANAGE_PEOPLE, sends=defined(OF_PEOPLE, plan="0" * 64)),
)
CREATE_FORM: Cells = (Cell(does=Action.CREATE_FORM),)
READ_FORM: Cells = (Cell(about=FORMS),)
READ_AGREEMENT: Cells = (Cell(about=AGREEMENTS),)
MANAGE_PEOPLE: Cells = (Cell(does=Action.MANAGE_PEOPLE, about=PEOPLE),)
CHANGE_PERSON: Cells = (
    Cell(sees=Action.READ_HOLDINGS, does=Action.MANAGE_PEOPLE, about=PEOPLE, sends={"name": "Changed"}),
)
ACTIVATE: Cells = (Cell(sees=Action.READ_HOLDINGS, does=Action.MANAGE_PEOPLE, about=PEOPLE, sends={}),)
READ_GROUPS: Cells = (Cell(does=Action.MANAGE_PEOPLE, about=("group",)),)
CHANGE_GROUP: Cells = (Cell(does=Action.MANAGE_PEOPLE, about=("group",), sends={"name": "Changed"}),)
CHANGE_MEMBERS: Cells = (Cell(does=Action.MANAGE_PEOPLE, about=("group",), sends={}),)
READ_REQUEST: Cells = (Cell(sees=Action.READ_REQUEST, about=REQUESTS),)
PACKS: Cells = (Cell(does=Action.RULE_PACKS, about=("pack",)),)
PACKS_TRIED: Cells = (Cell(does=Action.RULE_PACKS, about=("pack",), sends=PACK),)
READ_POLICY: Cells = (Cell(does=Action.READ_POLICIES, about=POLICIES),)
SHAPE: Cells = (Cell(does=Action.SHAPE_DOMAINS),)
SHAPE_DOMAIN: Cells = tuple(
    Cell(does=Action.SHAPE_DOMAINS, about=DOMAINS, sends=sends) for sends in ({"name": "Changed", "revision": "1"}, {})
)
TAG_SOURCE: Cells = tuple(
    Cell(sees=Action.SEE_SOURCE, does=Action.MANAGE_TAGS, about=SOURCES, sends=sends)
    for sends in (
        {"tags": "PII", "column": "1", "revision": "1"},
        {"tags": "no.good..tag", "column": "9" * 5000, "revision": "99"},
        {},
    )
)
"""What a form may send, and what none does: who may not do it hears that first."""
SHAPE_SOURCE: Cells = (Cell(sees=Action.SEE_SOURCE, does=Action.SHAPE_DOMAINS, about=SOURCES, sends={}),)
NEW_PRODUCT: Cells = (Cell(does=Action.MANAGE_PRODUCT, about=DOMAINS, query="domain={id}"),)
MANAGED: Cells = (Cell(sees=Action.SEE_PRODUCT, does=Action.MANAGE_PRODUCT, about=PRODUCTS),)
MOVED: Cells = (Cell(sees=Action.SEE_PRODUCT, does=Action.MANAGE_PRODUCT, about=PRODUCTS, sends={"revision": "2"}),)
SEE_MEMBERS: Cells = (Cell(sees=Action.SEE_PRODUCT, does=Action.SEE_MEMBERS, about=PRODUCTS),)
REVOKE_TOKEN: Cells = (Cell(sees=Action.END_TOKENS, about=TOKENS, sends={}),)
MOVE_PRODUCT: Cells = (Cell(sees=Action.SEE_PRODUCT, does=Action.MANAGE_PRODUCT, about=PRODUCTS, sends={}),)

API: Mapping[str, Cells] = {
    "GET /api/v1/access": (Cell(), Cell(does=Action.ASK_DECISION, query="person=nobody")),
    "GET /api/v1/access-requests": (Cell(lists=Action.READ_REQUEST, about=REQUESTS),),
    "POST /api/v1/access-requests": (
        Cell(sees=Action.SEE_PRODUCT, about=PRODUCTS, sends={"product": "{id}"}),
        Cell(sees=Action.SEE_PRODUCT, about=PRODUCTS, sends={"product": "{id}", "beneficiary": "plain"}),
        Cell(does=Action.REQUEST_FOR_ACCOUNT, about=("account",), sends={"product": "open", "beneficiary": "{id}"}),
        Cell(
            does=Action.REQUEST_FOR_GROUP,
            about=("group",),
            sends={"product": "open", "beneficiary": "{id}", "beneficiary_kind": "group"},
        ),
    ),
    "POST /api/v1/access-requests/batch": (
        Cell(sees=Action.SEE_PRODUCT, about=PRODUCTS, sends={"items": [{"product": "{id}"}]}),
        Cell(
            does=Action.REQUEST_FOR_ACCOUNT,
            about=("account",),
            sends={"items": [{"product": "open"}], "beneficiary": "{id}"},
        ),
        Cell(
            does=Action.REQUEST_FOR_GROUP,
            about=("group",),
            sends={"items": [{"product": "open"}], "beneficiary": "{id}", "beneficiary_kind": "group"},
        ),
    ),
    "GET /api/v1/access-requests/<id>": READ_REQUEST,
    "GET /api/v1/access-requests/<id>/review": (
        Cell(sees=Action.READ_REQUEST, about=REQUESTS),
        Cell(sees=Action.READ_REQUEST, about=FOR_ANOTHER, lists=Action.READ_STANDING, shows="top-secret"),
    ),
    "GET /api/v1/access-requests/<id>/explanation": (
        Cell(sees=Action.READ_REQUEST, about=REQUESTS, lists=Action.READ_STANDING, shows='"because":["'),
    ),
    "POST /api/v1/access-requests/<id>/cancel": (Cell(does=Action.CANCEL_REQUEST, about=REQUESTS, sends={}),),
    "POST /api/v1/access-requests/<id>/determinations": (
        Cell(does=RULES, about=REQUESTS, sends={"verdict": "approve", "reason": "Fine"}),
    ),
    "GET /api/v1/access-requests/to-determine": (Cell(lists=RULES, about=REQUESTS),),
    "GET /api/v1/audit": (
        Cell(does=Action.READ_AUDIT),
        Cell(does=Action.READ_AUDIT, about=DOMAINS, query="domain={id}"),
    ),
    "GET /api/v1/data-policies": READ_POLICY,
    "POST /api/v1/data-policies": tuple(
        Cell(does=Action.READ_POLICIES, also=Action.MANAGE_POLICIES, about=(about,), sends=policy(scope))
        for about, scope in POLICY_SCOPES.items()
    ),
    "GET /api/v1/data-policies/<id>": READ_POLICY,
    "PUT /api/v1/data-policies/<id>": tuple(
        Cell(does=Action.READ_POLICIES, also=Action.MANAGE_POLICIES, about=(about,), sends=policy(scope))
        for about, scope in POLICY_SCOPES.items()
    ),
    "DELETE /api/v1/data-policies/<id>": (
        Cell(does=Action.READ_POLICIES, also=Action.MANAGE_POLICIES, about=POLICIES),
    ),
    "GET /api/v1/data-products": (Cell(lists=WITHIN_SIGHT, about=PRODUCTS),),
    "POST /api/v1/data-products": (Cell(does=Action.MANAGE_PRODUCT, about=DOMAINS, sends=product("{id}")),),
    "GET /api/v1/data-products/<id>": (
        Cell(sees=Action.SEE_PRODUCT, about=PRODUCTS, lists=Action.SEE_MEMBERS, shows='"may_see_members":true'),
    ),
    "PUT /api/v1/data-products/<id>": tuple(
        Cell(sees=Action.SEE_PRODUCT, does=Action.MANAGE_PRODUCT, about=about, sends=product(domain))
        for about, domain in ((PRODUCTS[:2], "pay"), (PRODUCTS[2:], "hr"))
    ),
    "GET /api/v1/data-products/<id>/members": SEE_MEMBERS,
    "DELETE /api/v1/data-products/<id>": MOVE_PRODUCT,
    "POST /api/v1/data-products/<id>/publish": MOVE_PRODUCT,
    "POST /api/v1/data-products/<id>/suspend": MOVE_PRODUCT,
    "POST /api/v1/data-products/<id>/unpublish": MOVE_PRODUCT,
    "GET /api/v1/data-sources": (Cell(lists=Action.SEE_SOURCE, about=SOURCES),),
    "POST /api/v1/data-sources": (
        Cell(does=Action.SHAPE_DOMAINS, sends={"target": "files", "schema": "shop", "name": "new"}),
    ),
    "GET /api/v1/data-sources/<id>": (Cell(sees=Action.SEE_SOURCE, about=SOURCES),),
    "PUT /api/v1/data-sources/<id>": SHAPE_SOURCE,
    "DELETE /api/v1/data-sources/<id>": SHAPE_SOURCE,
    "PUT /api/v1/data-sources/<id>/tags": tuple(
        Cell(sees=Action.SEE_SOURCE, does=Action.MANAGE_TAGS, about=SOURCES, sends={"tags": tags})
        for tags in (["PII"], ["no.good..tag"])
    ),
    "POST /api/v1/data-sources/<id>/confirm": (
        Cell(sees=Action.SEE_SOURCE, does=Action.MANAGE_TAGS, about=SOURCES, sends={"columns": [1]}),
    ),
    "POST /api/v1/data-sources/import": (
        Cell(does=Action.SHAPE_DOMAINS, sends={"target": "none", "schema": "shop", "domain": "pay"}),
    ),
    "POST /api/v1/data-sources/import-file": (
        Cell(
            does=Action.SHAPE_DOMAINS,
            sends={"format": "csv", "content": SOURCE_FILE, "target": "files", "domain": "pay"},
        ),
    ),
    "POST /api/v1/data-sources/import-tags": (
        Cell(does=Action.MANAGE_TAGS, about=SOURCES, sends={"csv": "schema,table,column,tags\nshop,{id},,PII"}),
    ),
    "POST /api/v1/data-products/<id>/take-up-form": (
        Cell(sees=Action.SEE_PRODUCT, does=Action.TAKE_UP_FORM, about=PRODUCTS, sends={}),
    ),
    "GET /api/v1/data-use-agreements": SIGNED_IN,
    "POST /api/v1/data-use-agreements": (Cell(does=Action.CREATE_FORM, sends=AGREEMENT),),
    "GET /api/v1/data-use-agreements/<id>": READ_AGREEMENT,
    "PUT /api/v1/data-use-agreements/<id>": (Cell(does=Action.EDIT_FORM, about=AGREEMENTS, sends=AGREEMENT),),
    "DELETE /api/v1/data-use-agreements/<id>": (Cell(does=Action.EDIT_FORM, about=AGREEMENTS),),
    "GET /api/v1/data-use-agreements/<id>/versions": READ_AGREEMENT,
    "GET /api/v1/decisions": (
        Cell(query="source=open"),
        Cell(does=Action.ASK_DECISION, query="source=open&person=nobody"),
        Cell(does=Action.ASK_DECISION, query="source=open&person=nobody", by_token=True),
    ),
    "GET /api/v1/definitions/export": (
        Cell(does=Action.APPLY_DEFINITIONS),
        Cell(does=Action.APPLY_DEFINITIONS, also=Action.MANAGE_PEOPLE, query="people=true"),
    ),
    "POST /api/v1/definitions/plan": DEFINITIONS,
    "POST /api/v1/definitions/apply": DEFINITIONS_PLANNED,
    "GET /api/v1/domains": SIGNED_IN,
    "POST /api/v1/domains": (Cell(does=Action.SHAPE_DOMAINS, sends={"name": "New"}),),
    "GET /api/v1/domains/<id>": (Cell(about=DOMAINS),),
    "PUT /api/v1/domains/<id>": (Cell(does=Action.SHAPE_DOMAINS, about=DOMAINS, sends={"name": "Changed"}),),
    "DELETE /api/v1/domains/<id>": (Cell(does=Action.SHAPE_DOMAINS, about=DOMAINS),),
    "POST /api/v1/domains/<id>/sources": (
        Cell(does=Action.SHAPE_DOMAINS, about=DOMAINS, sends={"put_in": ["open"], "take_out": ["shared"]}),
    ),
    "GET /api/v1/grants": (
        Cell(lists=Action.READ_GRANT, about=("grant ours",), query="product=held"),
        Cell(lists=Action.READ_GRANT, about=("grant theirs",), query="beneficiary=account"),
    ),
    "GET /api/v1/grants/<id>": (Cell(sees=Action.READ_GRANT, about=GRANTS),),
    "POST /api/v1/grants/<id>/revoke": (Cell(does=Action.REVOKE_GRANT, about=GRANTS, sends={"reason": "Over"}),),
    "GET /api/v1/groups": READ_GROUPS,
    "POST /api/v1/groups": (Cell(does=Action.MANAGE_PEOPLE, sends=GROUP),),
    "GET /api/v1/groups/<id>": READ_GROUPS,
    "PUT /api/v1/groups/<id>": CHANGE_GROUP,
    "DELETE /api/v1/groups/<id>": READ_GROUPS,
    "GET /api/v1/groups/<id>/members": READ_GROUPS,
    "PUT /api/v1/groups/<id>/members/<person>": CHANGE_MEMBERS,
    "DELETE /api/v1/groups/<id>/members/<person>": READ_GROUPS,
    "GET /api/v1/health/live": PUBLIC,
    "GET /api/v1/health/ready": PUBLIC,
    "GET /api/v1/notifications": (Cell(lists=BENEFICIARY, about=("notice",)),),
    "POST /api/v1/notifications/<id>/read": (Cell(sees=BENEFICIARY, about=("notice",), sends={}),),
    "GET /api/v1/openapi.json": PUBLIC,
    "GET /api/v1/people": (Cell(does=Action.FIND_PEOPLE), Cell(does=Action.MANAGE_PEOPLE, query="active=false")),
    "POST /api/v1/people": (Cell(does=Action.MANAGE_PEOPLE, sends=PERSON),),
    "POST /api/v1/people/import": (Cell(does=Action.MANAGE_PEOPLE, sends={"text": "id,name\nnew,New"}),),
    "GET /api/v1/people/<id>": (Cell(sees=Action.READ_HOLDINGS, about=PEOPLE),),
    "PUT /api/v1/people/<id>": CHANGE_PERSON,
    "POST /api/v1/people/<id>/deactivate": ACTIVATE,
    "POST /api/v1/people/<id>/reactivate": ACTIVATE,
    "GET /api/v1/request-links": (
        Cell(lists=WITHIN_SIGHT, about=PRODUCTS, query="fullyQualifiedName=shop.{id}", shows='"product":"{id}"'),
    ),
    "GET /api/v1/request-forms": SIGNED_IN,
    "POST /api/v1/request-forms": (Cell(does=Action.CREATE_FORM, sends={"name": "New", "flow": FLOW}),),
    "GET /api/v1/request-forms/<id>": (Cell(about=FORMS),),
    "PUT /api/v1/request-forms/<id>": (
        Cell(does=Action.EDIT_FORM, also=Action.REWORD_FORM, about=FORMS, sends={"name": "Changed", "flow": FLOW}),
        Cell(does=Action.REWORD_FORM, about=("form ours", "form built-in"), sends={"name": "{id}", "flow": WORDING}),
    ),
    "DELETE /api/v1/request-forms/<id>": (Cell(does=Action.EDIT_FORM, about=FORMS),),
    "GET /api/v1/request-forms/<id>/schema": READ_FORM,
    "GET /api/v1/request-forms/<id>/versions": READ_FORM,
    "GET /api/v1/stewards": (Cell(does=Action.LIST_STEWARDS, query="kind=user&name=steward"),),
    "GET /api/v1/rule-packs": PACKS,
    "GET /api/v1/rule-packs/<name>": PACKS,
    "PUT /api/v1/rule-packs/<name>": PACKS_TRIED,
    "POST /api/v1/rule-packs/check": PACKS_TRIED,
    "POST /api/v1/rule-packs/diff": PACKS_TRIED,
    "POST /api/v1/rule-packs/replay": (Cell(does=Action.RULE_PACKS, sends=PACK | {"since": "2026-01-01T00:00:00Z"}),),
    "POST /api/v1/rule-packs/simulate": (Cell(does=Action.RULE_PACKS, sends={"facts": "requester: rita"}),),
    "GET /api/v1/tokens": (Cell(), Cell(does=Action.END_TOKENS, about=PEOPLE, query="holder={id}")),
    "POST /api/v1/tokens": tuple(
        Cell(
            does=Action.MAKE_TOKENS,
            about=PEOPLE,
            sends={"name": "new", "scopes": ["read"], "ends_at": f"{day}T00:00:00Z", "holder": "{id}"},
        )
        for day in ("2026-04-01", "1999-04-01")
    ),
    "POST /api/v1/tokens/<id>/revoke": REVOKE_TOKEN,
    "GET /api/v1/webhooks": (Cell(does=Action.OPERATE),),
    "POST /api/v1/webhooks": (Cell(does=Action.OPERATE, sends={"url": "https://93.184.216.34/new"}),),
    "DELETE /api/v1/webhooks/<id>": (Cell(does=Action.OPERATE, about=("webhook",)),),
}

PAGES: Mapping[str, Cells] = {
    "GET /": (Cell(lists=WITHIN_SIGHT, about=PRODUCTS),),
    "GET /products/<id>": (Cell(sees=Action.SEE_PRODUCT, about=PRODUCTS),),
    "GET /products/<id>/members": SEE_MEMBERS,
    "GET /products/<id>/requests": (
        Cell(sees=Action.SEE_PRODUCT, about=PRODUCTS),
        Cell(lists=Action.READ_REQUEST, about=("request ours", "request of a group"), at="open"),
        Cell(lists=Action.READ_REQUEST, about=("request theirs",), at="open-elsewhere"),
    ),
    "GET /manage/products": (Cell(lists=Action.MANAGE_PRODUCT, about=PRODUCTS, shows='/manage/products/{id}"'),),
    "GET /manage/new-product": NEW_PRODUCT,
    "POST /manage/new-product": (
        Cell(
            does=Action.MANAGE_PRODUCT,
            about=DOMAINS,
            query="domain={id}",
            sends={"name": "New", "form": "ours:1", "sight": "everyone"},
        ),
    ),
    "GET /manage/products/<id>": MANAGED,
    "POST /manage/products/<id>": (
        Cell(
            sees=Action.SEE_PRODUCT,
            does=Action.MANAGE_PRODUCT,
            about=PRODUCTS,
            sends={"name": "New", "form": "ours:1", "sight": "everyone", "sources": "{id}", "revision": "2"},
        ),
    ),
    **{f"GET /manage/products/<id>/{step}": MANAGED for step in ("publish", "suspend", "unpublish", "delete")},
    **{f"POST /manage/products/<id>/{step}": MOVED for step in ("publish", "suspend", "unpublish", "delete")},
    "GET /products/<id>/request-access": (Cell(sees=Action.SEE_PRODUCT, about=PRODUCTS),),
    "POST /products/<id>/request-access": (
        Cell(sees=Action.SEE_PRODUCT, about=PRODUCTS, sends={"form": "ours:1"}),
        Cell(
            does=Action.REQUEST_FOR_ACCOUNT,
            about=("account",),
            at="open",
            sends={"form": "ours:1", "for": "person:{id}"},
        ),
        Cell(
            does=Action.REQUEST_FOR_GROUP,
            about=("group",),
            at="open",
            sends={"form": "ours:1", "for": "group:{id}"},
        ),
    ),
    "POST /products/<id>/basket": (Cell(sees=Action.SEE_PRODUCT, about=PRODUCTS),),
    "POST /products/<id>/out-of-basket": (Cell(about=PRODUCTS),),
    "GET /basket": SIGNED_IN,
    "POST /basket": SIGNED_IN,
    "GET /access": (Cell(), Cell(does=Action.ASK_DECISION, query="person=nobody")),
    "GET /request": (Cell(sees=WITHIN_SIGHT, about=PRODUCTS, query="fullyQualifiedName=shop.{id}"),),
    "GET /requests": SIGNED_IN,
    "GET /requests/<id>": READ_REQUEST,
    "GET /requests/<id>/why": READ_REQUEST,
    "POST /requests/<id>/cancel": (Cell(sees=Action.READ_REQUEST, does=Action.CANCEL_REQUEST, about=REQUESTS),),
    "GET /inbox": (Cell(lists=RULES, about=REQUESTS),),
    "GET /review/<id>": (
        Cell(sees=Action.READ_REQUEST, about=FOR_ANOTHER, lists=Action.READ_STANDING, shows="top-secret"),
        Cell(sees=Action.READ_REQUEST, about=("request theirs",)),
    ),
    "POST /review/<id>": (
        Cell(
            sees=Action.READ_REQUEST,
            does=RULES,
            about=REQUESTS,
            sends={"decision": "deny", "reason": "Fine"},
        ),
    ),
    "GET /grants/<id>/revoke": (Cell(sees=Action.READ_GRANT, about=GRANTS),),
    "POST /grants/<id>/revoke": (
        Cell(sees=Action.READ_GRANT, does=Action.REVOKE_GRANT, about=GRANTS, sends={"reason": "Over"}),
    ),
    "GET /notifications": (Cell(lists=BENEFICIARY, about=("notice",)),),
    "POST /notifications/<id>/read": (Cell(sees=BENEFICIARY, about=("notice",)),),
    "GET /tokens": (Cell(), Cell(does=Action.END_TOKENS, about=PEOPLE, query="holder={id}")),
    "POST /tokens": (
        Cell(
            does=Action.MAKE_TOKENS,
            also=Action.END_TOKENS,
            about=PEOPLE,
            query="holder={id}",
            sends={"name": "new", "scopes": "read", "days": "30"},
        ),
    ),
    "POST /tokens/<id>/revoke": REVOKE_TOKEN,
    "GET /domains": SIGNED_IN,
    "GET /new-domain": SHAPE,
    "POST /new-domain": (Cell(does=Action.SHAPE_DOMAINS, sends={"name": "New"}),),
    "GET /domains/<id>": (
        Cell(about=DOMAINS),
        Cell(
            lists=Action.SEE_SOURCE,
            about=("source open", "source vault", "source shared"),
            at="pay",
            shows='/sources/{id}"',
        ),
    ),
    "POST /domains/<id>": SHAPE_DOMAIN,
    "POST /domains/<id>/sources": (
        Cell(does=Action.SHAPE_DOMAINS, about=DOMAINS, sends={"put_in": "open", "take_out": "shared"}),
    ),
    "POST /domains/<id>/delete": SHAPE_DOMAIN,
    "GET /sources": (Cell(lists=Action.SEE_SOURCE, about=SOURCES, shows='/sources/{id}"'),),
    "GET /sources/<id>": (Cell(sees=Action.SEE_SOURCE, about=SOURCES),),
    "POST /sources/<id>/tags": TAG_SOURCE,
    "POST /sources/<id>/confirm": TAG_SOURCE,
    "POST /sources/<id>/delete": SHAPE_SOURCE,
    "GET /import-sources": SHAPE,
    "POST /import-sources": (
        Cell(
            does=Action.SHAPE_DOMAINS,
            sends={"format": "csv", "content": SOURCE_FILE, "target": "files", "do": "import"},
        ),
    ),
    "GET /policies": READ_POLICY,
    "GET /policies/new": (Cell(does=Action.MANAGE_POLICIES, about=("a domain of one's own",)),),
    "POST /policies/new": tuple(
        Cell(does=Action.READ_POLICIES, also=Action.MANAGE_POLICIES, about=(about,), sends=policy_form(scope))
        for about, scope in POLICY_SCOPES.items()
    ),
    "GET /policies/<id>": READ_POLICY,
    "GET /policies/<id>/change": (Cell(does=Action.READ_POLICIES, also=Action.MANAGE_POLICIES, about=POLICIES),),
    "POST /policies/<id>/change": tuple(
        Cell(does=Action.READ_POLICIES, also=Action.MANAGE_POLICIES, about=(about,), sends=policy_form(scope))
        for about, scope in POLICY_SCOPES.items()
    ),
    "POST /policies/<id>/retire": (
        Cell(does=Action.READ_POLICIES, also=Action.MANAGE_POLICIES, about=POLICIES, sends={"revision": "1"}),
    ),
    "GET /rules": PACKS,
    "GET /rules/<name>": PACKS,
    "GET /rules/<name>/try": PACKS,
    "POST /rules/<name>/try": (Cell(does=Action.RULE_PACKS, about=("pack",), sends=PACK | {"do": "compare"}),),
    "GET /products/<id>/take-up-form": (Cell(sees=Action.SEE_PRODUCT, does=Action.TAKE_UP_FORM, about=PRODUCTS),),
    "POST /products/<id>/take-up-form": (
        Cell(sees=Action.SEE_PRODUCT, does=Action.TAKE_UP_FORM, about=PRODUCTS, sends={"version": "1"}),
    ),
    "GET /people": (Cell(does=Action.MANAGE_PEOPLE),),
    "GET /people/new": (Cell(does=Action.MANAGE_PEOPLE),),
    "POST /people/new": (Cell(does=Action.MANAGE_PEOPLE, sends={}),),
    "GET /people/import": (Cell(does=Action.MANAGE_PEOPLE),),
    "POST /people/import": (Cell(does=Action.MANAGE_PEOPLE, sends={}),),
    "GET /people/<id>": MANAGE_PEOPLE,
    "POST /people/<id>": MANAGE_PEOPLE,
    "POST /people/<id>/deactivate": MANAGE_PEOPLE,
    "POST /people/<id>/reactivate": MANAGE_PEOPLE,
    "GET /groups": READ_GROUPS,
    "GET /groups/new": READ_GROUPS,
    "POST /groups/new": (Cell(does=Action.MANAGE_PEOPLE, sends={}),),
    "GET /groups/<id>": READ_GROUPS,
    "POST /groups/<id>": CHANGE_GROUP,
    "POST /groups/<id>/members": CHANGE_MEMBERS,
    "POST /groups/<id>/delete": READ_GROUPS,
    "GET /forms": SIGNED_IN,
    "GET /forms/new": CREATE_FORM,
    "POST /forms/new": CREATE_FORM,
    "GET /forms/<id>": READ_FORM,
    "GET /forms/<id>/edit": (Cell(does=Action.EDIT_FORM, about=FORMS),),
    "POST /forms/<id>/edit": (Cell(does=Action.EDIT_FORM, about=FORMS),),
    "GET /forms/<id>/wording": (Cell(does=Action.REWORD_FORM, about=FORMS),),
    "POST /forms/<id>/wording": (Cell(does=Action.REWORD_FORM, about=FORMS, sends={"version": "1"}),),
    "POST /forms/<id>/delete": (Cell(does=Action.EDIT_FORM, about=FORMS),),
    "GET /agreements": SIGNED_IN,
    "GET /agreements/new": CREATE_FORM,
    "POST /agreements/new": (Cell(does=Action.CREATE_FORM, sends=AGREEMENT | {"do": "save"}),),
    "GET /agreements/<id>": READ_AGREEMENT,
    "GET /agreements/<id>/edit": (Cell(does=Action.EDIT_FORM, about=AGREEMENTS),),
    "POST /agreements/<id>/edit": (
        Cell(does=Action.EDIT_FORM, about=AGREEMENTS, sends=AGREEMENT | {"version": "1", "do": "save"}),
    ),
    "POST /agreements/<id>/delete": (Cell(does=Action.EDIT_FORM, about=AGREEMENTS),),
    "GET /assets/<path:filename>": PUBLIC,
}

CELLS: Mapping[str, Cells] = {**API, **PAGES}
"""Every route, by its method and its address below the prefix of the app."""

NO_PERSONS: Mapping[str, str] = {
    "/static/": "what the host shows, not Placet",
    "/scim/v2/": "an identity provider, which no person is: it shows the token of a setting (tests/scim)",
}
"""What addresses begin with that ask for no person, and whom they are for."""
