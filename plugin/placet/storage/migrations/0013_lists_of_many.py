"""Indexes for lists that were read whole: grants of someone, requests by reader, products that someone manages."""

from __future__ import annotations

from typing import Any

STATES = ("draft", "published", "suspended", "unpublished", "deleted")

STATEMENTS = (
    "CREATE INDEX placet_grant_held ON placet_grant (beneficiary, beneficiary_kind, start, id)",
    "CREATE INDEX placet_grant_exception ON placet_grant (beneficiary, beneficiary_kind, start, id)"
    " WHERE type = 'masking-exception'",
    *(
        f"CREATE INDEX placet_request_{one} ON placet_request (created_at, id) WHERE status = '{one}'"
        for one in ("approved", "denied", "canceled", "lapsed")
    ),
    "CREATE INDEX placet_request_exception ON placet_request (created_at, id) WHERE type = 'masking-exception'",
    "CREATE INDEX placet_request_source_asked ON placet_request_source (source, request)",
    "CREATE INDEX placet_determination_steward ON placet_determination (steward, request)",
    "DROP INDEX placet_product_listed",
    *(f"CREATE INDEX placet_product_{one} ON placet_product (sort_name, id) WHERE state = '{one}'" for one in STATES),
    *(
        f"CREATE INDEX placet_product_domain_{one} ON placet_product (domain, sort_name, id) WHERE state = '{one}'"
        for one in STATES
    ),
)


def up(migrator: Any, db: Any) -> None:  # noqa: ARG001 - the runner gives both
    """Make the indexes, one for each state and status: one on all of them would draw other lists away from theirs."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
