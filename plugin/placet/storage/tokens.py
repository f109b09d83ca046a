"""API tokens: everything of them but their text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from peewee import Field

from placet.domain.tokens import USE_NOTED_EVERY, Scope, Token
from placet.storage.fields import microseconds
from placet.storage.paging import Page, after, cut, decode, rows_wanted
from placet.storage.prepared import Prepared
from placet.storage.tables import TokenRow
from placet.storage.transaction import Transaction

ORDER: list[Field[Any]] = [TokenRow.created_at, TokenRow.id]

_ONE = Prepared(TokenRow, lambda id: TokenRow.select().where(TokenRow.id == id))


class Tokens:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def get(self, id: str) -> Token | None:
        row = self._in.first(_ONE(id))
        return _token(row) if row else None

    def of(self, holder: str, cursor: str | None = None, limit: int = 50) -> Page[Token]:
        """The tokens of a holder, the newest first, also those that have ended or were revoked."""
        query = TokenRow.select().where(TokenRow.holder == holder)
        query = query.order_by(TokenRow.created_at.desc(), TokenRow.id.desc()).limit(rows_wanted(limit))
        if cursor:
            query = query.where(after(ORDER, decode(cursor, (int, str)), descending=True))
        page = cut(self._in.rows(query), limit, lambda row: (microseconds(row.created_at), row.id))
        return page.map(_token)

    def add(self, token: Token) -> None:
        """Keep a new token. Raises Conflict where its holder does not exist."""
        self._in.add(TokenRow(**vars(token) | {"scopes": sorted(token.scopes)}))

    def revoke(self, id: str, by: str, at: datetime) -> bool:
        """Note that a token was revoked; False where it was before."""
        good = (TokenRow.id == id) & TokenRow.revoked_at.is_null()
        return self._in.change(TokenRow.update(revoked_at=at, revoked_by=by).where(good)) == 1

    def revoke_all(self, holder: str, by: str, at: datetime) -> list[Token]:
        """Note that every token of a holder was revoked that was not before; those that had not ended, by id."""
        good = (TokenRow.holder == holder) & TokenRow.revoked_at.is_null()
        known = [_token(row) for row in self._in.rows(TokenRow.select().where(good).order_by(TokenRow.id))]
        self._in.change(TokenRow.update(revoked_at=at, revoked_by=by).where(good))
        return [token for token in known if token.ends_at > at]

    def note_use(self, id: str, at: datetime) -> None:
        """Note that a token was used, unless that was noted a short while ago."""
        old = TokenRow.used_at.is_null() | (TokenRow.used_at <= at - USE_NOTED_EVERY)
        self._in.change(TokenRow.update(used_at=at).where((TokenRow.id == id) & old))

    def ending_untold(self, before: datetime, limit: int = 100) -> list[str]:
        """The ids of tokens that end before an instant, of which their holders were not told, by end."""
        query = TokenRow.select(TokenRow.id).where(
            TokenRow.ends_at < before, ~TokenRow.ending_told, TokenRow.revoked_at.is_null()
        )
        return [row.id for row in self._in.rows(query.order_by(TokenRow.ends_at, TokenRow.id).limit(limit))]

    def note_told(self, id: str) -> bool:
        """Note that the holder was told of the end; False where that is noted already, or no longer true."""
        untold = (TokenRow.id == id) & ~TokenRow.ending_told & TokenRow.revoked_at.is_null()
        return self._in.change(TokenRow.update(ending_told=True).where(untold)) == 1


def _token(row: TokenRow) -> Token:
    return Token(**row.__data__ | {"scopes": frozenset(map(Scope, row.scopes))})
