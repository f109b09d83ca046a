"""The same lists are answered from the same indexes on PostgreSQL, in a marketplace that it has statistics of."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest

from benchmarks.catalog_world import filled
from placet.demo.server import EmbeddedPostgres
from placet.service import Marketplace
from tests.databases import url_of
from tests.storage.test_plans import QUESTIONS

SIZE = 2_000

OTHERWISE = {
    "held": "grant_(held|beneficiary)",
    "held on products": "grant_(held|beneficiary)",
    "sources open to someone": "grant_(held|beneficiary)",
    "catalog of what one has": "grant_(held|beneficiary)",
    "catalog by platform": "product_source_source",
    "catalog of what one asked for": "request_pending",
    "for who leaves": "request_pending",
    "jobs": "job_(turn|subject|waiting)",
    "forms": "form_(listed|name)",
    "agreements": "agreement_(listed|name)",
    "domains": "domain_(listed|name)",
    "people listed": "person_pkey",
    "sources with a tag": "source_(listed|tag_tag)",
}
"""Where PostgreSQL takes another index than SQLite, or one of two, that answers as well; as regular expressions.

All sources of the world are on one platform, and none of its jobs waits.
"""


@pytest.fixture(scope="module")
def marketplace(postgres: EmbeddedPostgres) -> Iterator[tuple[Marketplace, str]]:
    dsn = postgres.create_database("placet_plans")
    made = filled(url_of(dsn), SIZE)
    yield made, dsn
    made.context.store.close()
    postgres.drop_database("placet_plans")


def plan(marketplace: tuple[Marketplace, str], name: str) -> str:
    """How PostgreSQL answers the statements of a question."""
    store, asked = marketplace[0].context.store, list[tuple[str, list[object]]]()

    def note(query: object) -> None:
        asked.append((query.sql, query.params))  # type: ignore[attr-defined]  # Peewee's event

    store._backend.database.query_hooks.append(note)
    try:
        with store.reading() as session:
            QUESTIONS[name][0](session)
    finally:
        store._backend.database.query_hooks.remove(note)
    with psycopg.connect(marketplace[1]) as connection:
        # A table of some thousand rows is read as quickly without an index; so it shows whether there is one.
        connection.execute("SET enable_seqscan = off")
        plans = [connection.execute(f"EXPLAIN {sql}", params) for sql, params in asked if "SELECT" in sql]  # type: ignore[arg-type]
        return "\n".join(line for found in plans for (line,) in found.fetchall())


def index_of(name: str) -> str:
    """The name of the index that answers a question on PostgreSQL."""
    index = OTHERWISE.get(name, QUESTIONS[name][1].split(" ")[0])
    return f"placet_{re.sub('_1$', '_pkey', index)}"


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_list_is_read_from_its_index_on_postgresql(marketplace: tuple[Marketplace, str], name: str) -> None:
    found = plan(marketplace, name)
    assert re.search(rf"(Index (Only )?Scan (Backward )?using|Bitmap Index Scan on) {index_of(name)}\b", found), found
    assert "Seq Scan" not in found, found
