"""A marketplace of any size, filled past the services: so many data products, requests and whatever goes with them.

What one person has grows with it: Rita asked for a twentieth of everything, Sam is asked for whatever is pending, Mia
manages one of fifty domains, Gus governs, and Nina has nothing. One product, `HOT`, has a tenth of all requests.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from placet.domain.clock import SetClock
from placet.domain.forms import Flow, FlowKind, Quorum, RequestForm
from placet.domain.people import DomainPermission, GlobalPermission, Person, StewardSource
from placet.service import Marketplace
from placet.service.people_file import PeopleFile
from placet.settings import Settings
from placet.storage import Store
from placet.storage.fields import microseconds
from placet.storage.shapes import digest, form_to_json, source_to_json

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOT = "p000004"
DOMAINS = 50
SAM = StewardSource.user("sam")
FORM = RequestForm("asks-sam", 1, "Asks Sam", Flow(FlowKind.LISTED, Quorum.ANY, (SAM,)))
EVERYTHING = frozenset({GlobalPermission.GOVERNANCE, GlobalPermission.USER_ADMIN, GlobalPermission.AUDIT})
PEOPLE = (
    Person("rita", "Rita Requester", groups=frozenset({"team"})),
    Person("sam", "Sam Steward"),
    Person("gus", "Gus Governor", permissions=EVERYTHING),
    Person("mia", "Mia Manager", domain_permissions=frozenset({("d1", DomainPermission.MANAGE_DATA_PRODUCTS)})),
    Person("nina", "Nina New"),
)
STATES = {0: "draft", 1: "suspended", 2: "unpublished", 3: "deleted"}

Rows = Iterable[tuple[object, ...]]


def filled(url: str, size: int) -> Marketplace:
    """The marketplace of a new database with `size` products, sources, people, requests, notifications and entries."""
    marketplace = Marketplace(Settings(), Store(url), clock=SetClock(NOW))
    marketplace.upgrade()
    marketplace.people.load("gus", PeopleFile(PEOPLE))
    with marketplace.context.store.reading() as session:
        packs = session.packs.in_force()
    fill(url, size, packs)
    return marketplace


def fill(url: str, size: int, packs: Mapping[str, str]) -> None:
    """Add the rows; keys between tables are kept by how they are made, and are not looked up for each."""
    if url.startswith("sqlite:"):
        _fill_sqlite(url.removeprefix("sqlite:///"), size, json.dumps(dict(packs)))
    else:
        _fill_postgres(url, size, json.dumps(dict(packs)))


def _fill_sqlite(file: str, size: int, packs: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA synchronous = off")
        [(last,)] = connection.execute(LAST).fetchall()
        for table, rows in _tables(size, last, packs):
            columns, places = _columns(table)
            connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)
        connection.commit()


def _fill_postgres(url: str, size: int, packs: str) -> None:
    import psycopg
    from psycopg import sql

    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        [(last,)] = connection.execute(LAST).fetchall()
        for table, rows in _tables(size, last, packs):
            copy = sql.SQL("COPY {} ({}) FROM STDIN").format(
                sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, COLUMNS[table].split()))
            )
            with connection.cursor().copy(copy) as copying:
                for row in rows:
                    copying.write_row(row)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _columns(table: str) -> tuple[str, str]:
    names = COLUMNS[table].split()
    return ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))


LAST = "SELECT COALESCE(MAX(sequence), 0) FROM placet_audit"

COLUMNS = {
    "placet_group": "id name external_id revision",
    "placet_group_word": "group word",
    "placet_person": "id called name email kind owner active external_id removed revision",
    "placet_person_word": "person word",
    "placet_membership": "person group",
    "placet_domain": "id name sort_name description revision",
    "placet_source": "id target schema name numbered last_column revision",
    "placet_source_word": "source word",
    "placet_source_column": "source position number name type confirmed",
    "placet_source_tag": "source tag",
    "placet_column_tag": "source number tag",
    "placet_source_domain": "source domain",
    "placet_agreement": "id version name sort_name body created_by created_at latest retired",
    "placet_form": "id version name sort_name body created_by created_at builtin latest retired",
    "placet_product": (
        "id name sort_name domain form form_version masking_form masking_form_version description expert links maximum "
        "sources stewards visible_to restricted state created_at published_at revision"
    ),
    "placet_product_source": "product source",
    "placet_product_sight": "product group",
    "placet_product_word": "product word",
    "placet_request": (
        "id type product requester beneficiary beneficiary_kind columns form form_version created_at quorum sources "
        "answers acceptance packs status decided_at lapses_at renews justification unroutable revision"
    ),
    "placet_request_source": "request source pending created_at",
    "placet_determination": "id request steward verdict reason at duration end stood_for",
    "placet_grant": (
        "id request product type beneficiary beneficiary_kind start end revoked_by revoked_at revoked_why expiry_told "
        "revision"
    ),
    "placet_grant_column": "grant position source number name",
    "placet_agreement_word": "agreement word",
    "placet_form_word": "form word",
    "placet_form_agreement": "form version agreement agreement_version",
    "placet_reminder": "about subject name due every",
    "placet_job": "kind target subject payload created_at due_at leased_until attempts error finished_at turn",
    "placet_basket": "person product added_at",
    "placet_token": (
        "id name holder scopes digest created_by created_at ends_at used_at revoked_at revoked_by ending_told"
    ),
    "placet_data_policy": (
        "id name sort_name description mask scope everyone_except for_everyone_who source tag domain created_at "
        "revision active"
    ),
    "placet_notification": "id person type message at subject read_at",
    "placet_audit": "sequence previous hash type actor at subject domain data",
}


def _tables(size: int, last: int, packs: str) -> Iterator[tuple[str, Rows]]:
    yield from _people(size)
    yield from _sources(size)
    yield from _products(size)
    yield from _requests(size, packs)
    yield from _beside(size, last)


def _at(number: int) -> int:
    """The instant at which the request of this number was made: a minute after the one before."""
    return microseconds(NOW - timedelta(days=365) + timedelta(minutes=number))


def _people(size: int) -> Iterator[tuple[str, Rows]]:
    groups, every = [f"g{i:06}" for i in range(size // 10)], range(size)
    yield "placet_group", ((id, f"Group {id}", "", 1) for id in groups)
    yield "placet_group_word", ((id, word) for id in groups for word in ("group", id))
    yield (
        "placet_person",
        ((f"u{i:06}", f"u{i:06}", f"User {i:06}", "", "person", None, i % 50 > 0, "", False, 1) for i in every),
    )
    yield "placet_person_word", ((f"u{i:06}", word) for i in every for word in ("user", f"u{i:06}"))
    yield "placet_membership", ((f"u{i:06}", f"g{i % len(groups):06}") for i in every)
    yield "placet_membership", ((f"u{i:06}", "team") for i in range(20))


def _sources(size: int) -> Iterator[tuple[str, Rows]]:
    every = range(size)
    yield "placet_domain", ((f"d{i}", f"Domain {i}", f"domain {i}", "", 1) for i in range(DOMAINS))
    yield (
        "placet_source",
        ((f"s{i:06}", "lake", f"schema{i % DOMAINS}", f"table_{i:06}", True, 2, 1) for i in every),
    )
    yield "placet_source_word", ((f"s{i:06}", word) for i in every for word in ("table", f"table_{i:06}"))
    yield (
        "placet_source_column",
        ((f"s{i:06}", n, n, name, "text", True) for i in every for n, name in ((1, "id"), (2, "pay"))),
    )
    yield "placet_source_tag", ((f"s{i:06}", "PII") for i in range(4, size, 20))
    yield "placet_column_tag", ((f"s{i:06}", 2, "HR.pay") for i in range(5, size, 10))
    yield "placet_source_domain", ((f"s{i:06}", f"d{i % DOMAINS}") for i in every)


def _products(size: int) -> Iterator[tuple[str, Rows]]:
    body, created = json.dumps(form_to_json(FORM)), _at(0)
    forms = [(FORM.id, FORM.name), *((f"f{i:06}", f"Form {i:06}") for i in range(size // 20))]
    yield (
        "placet_form",
        ((id, 1, name, name.casefold(), body, "gus", created, False, True, False) for id, name in forms),
    )
    yield (
        "placet_agreement",
        (
            (f"a{i:06}", 1, f"Agreement {i:06}", f"agreement {i:06}", "Text", "gus", created, True, False)
            for i in range(size // 20)
        ),
    )
    yield "placet_agreement_word", ((f"a{i:06}", word) for i in range(size // 20) for word in ("agreement", f"{i:06}"))
    yield "placet_form_word", ((id, word) for id, name in forms for word in name.casefold().split())
    yield "placet_form_agreement", ((f"f{i:06}", 1, f"a{i:06}", 1) for i in range(size // 20))
    yield "placet_product", (_product(i, created) for i in range(size))
    yield "placet_product_source", ((f"p{i:06}", f"s{i:06}") for i in range(size))
    yield "placet_product_sight", ((f"p{i:06}", f"g{i % (size // 10):06}") for i in range(7, size, 10))
    yield (
        "placet_product_word",
        ((f"p{i:06}", word) for i in range(size) for word in ("product", f"{i:06}", "data")),
    )


def _product(i: int, created: int) -> tuple[object, ...]:
    restricted = i % 10 == 7
    seen_by = [f"g{i:06}"] if restricted else []
    return (
        f"p{i:06}", f"Product {i:06}", f"product {i:06}", f"d{i % DOMAINS}", FORM.id, 1, "", 0, "data", "", "[]", None,
        json.dumps([f"s{i:06}"]), "[]", json.dumps(seen_by), restricted, STATES.get(i % 20, "published"), created,
        created, 1,
    )  # fmt: skip


def _status(i: int) -> str:
    if i % 10 == 3 or i % 20 == 11 or i % 200 == 0:
        return "pending"
    return "denied" if i % 10 == 5 else "approved"


def _whose(i: int) -> str:
    return "rita" if i % 20 == 0 else f"u{i:06}"


def _whom(i: int) -> tuple[str, str]:
    return ("team", "group") if i % 50 == 6 else (_whose(i), "person")


def _on(i: int, size: int) -> str:
    return HOT if i % 10 == 1 else f"p{i * 7 % size:06}"


def _type(i: int) -> str:
    return "masking-exception" if i % 40 == 20 else "data-access"


def _column(i: int, size: int) -> tuple[str, int, str]:
    return f"s{i * 7 % size:06}", 1, "id"


def _requests(size: int, packs: str) -> Iterator[tuple[str, Rows]]:
    every = range(size)
    granted = [i for i in every if _status(i) == "approved"]
    exceptions = [i for i in granted if _type(i) == "masking-exception"]
    sources = json.dumps([[source_to_json(SAM), 0, ""]])
    yield "placet_request", (_request(i, size, sources, packs) for i in every)
    yield (
        "placet_request_source",
        ((f"r{i:06}", digest(SAM.key), _status(i) == "pending", _at(i)) for i in every),
    )
    yield (
        "placet_determination",
        (
            (f"d{i:06}", f"r{i:06}", "sam", "approve", "because", _at(i) + 1, None, None, json.dumps([SAM.key]))
            for i in granted
        ),
    )
    yield "placet_grant", (_grant(i, size) for i in granted)
    yield (
        "placet_reminder",
        (("request", f"r{i:06}", "waiting", _at(i), 86_400) for i in every if _status(i) == "pending"),
    )
    yield "placet_job", (("grant", "lake", f"g{i:06}", "{}", _at(i), _at(i), None, 1, "", _at(i), 0) for i in granted)
    yield "placet_grant_column", ((f"g{i:06}", 0, *_column(i, size)) for i in exceptions)


def _request(i: int, size: int, sources: str, packs: str) -> tuple[object, ...]:
    columns = [_column(i, size)] if _type(i) == "masking-exception" else []
    decided = None if _status(i) == "pending" else _at(i) + 1
    return (
        f"r{i:06}", _type(i), _on(i, size), _whose(i), *_whom(i), json.dumps(columns), FORM.id, 1, _at(i), "any",
        sources, "{}", None, packs, _status(i), decided, None, None, "", False, 1,
    )  # fmt: skip


def _grant(i: int, size: int) -> tuple[object, ...]:
    end = _at(i) + 2 if i % 3 == 0 else None
    return (
        f"g{i:06}", f"r{i:06}", _on(i, size), _type(i), *_whom(i), _at(i) + 1, end, None, None, None, end is not None, 1
    )  # fmt: skip


def _beside(size: int, last: int) -> Iterator[tuple[str, Rows]]:
    """What is neither asked for nor asks: tokens, policies, what people were told, the trail."""
    mask, none = json.dumps({"kind": "null"}), None
    yield "placet_basket", (("rita", f"p{i:06}", _at(i)) for i in range(4, 20))
    yield "placet_token", (_token(i) for i in range(size // 10))
    yield (
        "placet_data_policy",
        (
            (f"y{i:06}", f"Policy {i:06}", f"policy {i:06}", "", mask, *_on_tag(f"T{i}"), _at(0), 1, True)
            for i in range(size // 20)
        ),
    )
    yield (
        "placet_notification",
        (
            (f"n{i:06}", "rita", "RequestApproved", "Approved", _at(i), f"r{i:06}", none if i % 20 == 0 else _at(i))
            for i in range(size)
        ),
    )
    yield "placet_audit", (_entry(i, last) for i in range(size))


def _on_tag(tag: str) -> tuple[object, ...]:
    """The scope of a policy, whom it is for, and the columns by which it is found."""
    return json.dumps({"tag": tag}), None, None, None, tag, None


def _token(i: int) -> tuple[object, ...]:
    ends = microseconds(NOW + timedelta(days=90))
    return (f"t{i:06}", f"Token {i}", "rita", '["read"]', "0" * 64, "rita", _at(i), ends, None, None, "", False)


def _entry(i: int, last: int) -> tuple[Any, ...]:
    """As no trail is that the database has seen grow: nothing here looks whether the hashes follow."""
    hash = f"{i + 1:064x}"
    return (last + 1 + i, f"{i:064x}", hash, "RequestSubmitted", "rita", _at(i), f"r{i:06}", f"d{i % DOMAINS}", "{}")
