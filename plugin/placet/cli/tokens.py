"""`placet tokens`: the API tokens of service accounts."""

from __future__ import annotations

import json
from datetime import timedelta

import click
from flask.cli import with_appcontext

from placet.cli.saying import THE_OPERATOR, out, said_plainly, state
from placet.domain.tokens import Scope


@click.group(help="API tokens: made for service accounts; of people, who make their own, listed and ended.")
def tokens() -> None:
    pass


@tokens.command(help="Make a token for a service account; it is printed this once.")
@click.argument("account")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(list(map(str, Scope))))
@click.option("--days", default=90, show_default=True, help="How long it lasts.")
@with_appcontext
@said_plainly
def create(account: str, name: str, scopes: tuple[str, ...], days: int) -> None:
    market = state().marketplace
    end = market.context.clock.now() + timedelta(days=days)
    _, text = market.tokens.create(THE_OPERATOR, name, map(Scope, scopes), end, account)
    click.echo(text)


@tokens.command("list", help="The tokens of a service account or person, the newest first.")
@click.argument("account")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_appcontext
@said_plainly
def list_tokens(account: str, as_json: bool) -> None:
    market, cursor = state().marketplace, ""
    while True:
        page = market.tokens.of(THE_OPERATOR, account, cursor)
        for one in page.items:
            shown = {
                "id": one.id,
                "name": one.name,
                "state": one.state_at(market.context.clock.now()),
                "scopes": sorted(one.scopes),
                "ends_at": one.ends_at.isoformat(),
                "used_at": one.used_at and one.used_at.isoformat(),
            }
            line = f"{one.id} {shown['state']} until {one.ends_at:%Y-%m-%d} {','.join(sorted(one.scopes))} {one.name}"
            click.echo(json.dumps(shown) if as_json else line)
        if not (cursor := page.next or ""):
            return


@tokens.command(help="End a token at once.")
@click.argument("id")
@with_appcontext
@said_plainly
def revoke(id: str) -> None:
    token = state().marketplace.tokens.revoke(THE_OPERATOR, id)
    out.print(f"the token {token.name} of {token.holder} is revoked", markup=False)
