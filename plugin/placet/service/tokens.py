"""API tokens as commands and views: who may have which, and whom one speaks for."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from placet.domain.errors import Forbidden, NotFound
from placet.domain.events import THE_CLOCK, Event, TokenCreated, TokenEnding, TokenRevoked
from placet.domain.people import Person, PersonKind
from placet.domain.permissions import Action, Place, may, refuse_unless_may
from placet.domain.tokens import (
    ENDING_TOLD_BEFORE,
    BadToken,
    InvalidToken,
    Scope,
    Token,
    TokenState,
    digest_of,
    id_in,
    refuse_bad_end,
    refuse_bad_name,
    text_of,
)
from placet.service.context import Context, person_known, refuse_inactive
from placet.service.host_directory import fresh_person
from placet.service.saving import tell
from placet.service.views import Page
from placet.storage import Session

NOT_VALID = "the token is not valid: it is not one of ours, has ended, was revoked, or its holder is not active"


class Tokens:
    """Make, list and revoke tokens, and tell whom one speaks for."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def speaker(self, text: str) -> tuple[Person, Token]:
        """The holder of the token with this text. Raises InvalidToken for whatever is wrong with it."""
        if not (id := id_in(text)):
            raise InvalidToken(NOT_VALID)
        with self._context.store.reading() as session:
            token = session.tokens.get(id)
            holder = session.people.person(token.holder) if token else None
        good = token and token.is_text(text) and token.state_at(self._context.clock.now()) is TokenState.ACTIVE
        if not (token and good and holder and not _lent(token, holder)):
            raise InvalidToken(NOT_VALID)
        if not (known := self._as_host_says(holder)).active:
            raise InvalidToken(NOT_VALID)
        return known, token

    def _as_host_says(self, holder: Person) -> Person:
        """The holder as the host's directory has them now, where it has one; service accounts are ours."""
        directory = self._context.directory
        if directory is None or holder.kind is PersonKind.SERVICE_ACCOUNT:
            return holder
        return fresh_person(self._context, directory, holder.id)

    def create(
        self, actor: Person, name: str, scopes: Iterable[Scope], ends_at: datetime, holder: str = ""
    ) -> tuple[Token, str]:
        """A new token for a holder, oneself where none is named, and its text, which is kept nowhere."""
        refuse_inactive(actor)
        now, settings = self._context.clock.now(), self._context.settings
        wanted = frozenset(scopes)
        with self._context.transaction() as transaction:
            session = transaction.session
            whose = holder_known(session, actor, holder or actor.id, Action.MAKE_TOKENS)
            refuse_lent_scopes(actor, whose, wanted)
            if not wanted:
                raise BadToken(f"a token needs a scope: choose of {', '.join(Scope)}")
            refuse_bad_end(ends_at, now, timedelta(days=settings.token_days))
            id = secrets.token_hex(8)
            text = text_of(id, secrets.token_bytes(32))
            token = Token(
                id=id,
                name=refuse_bad_name(name),
                holder=whose.id,
                scopes=wanted,
                digest=digest_of(text),
                created_by=actor.id,
                created_at=now,
                ends_at=ends_at,
                ending_told=ends_at < now + ENDING_TOLD_BEFORE,
            )
            session.tokens.add(token)
            data = {"scopes": sorted(wanted), "end": ends_at.isoformat()}
            tell(transaction, [told_of(TokenCreated, actor.id, now, token, **data)])
        return token, text

    def of(self, actor: Person, holder: str = "", cursor: str = "", limit: int | None = None) -> Page[Token]:
        """The tokens of a holder, oneself where none is named, the newest first; without their texts."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            whose = holder_known(session, actor, holder or actor.id, Action.END_TOKENS)
            return session.tokens.of(whose.id, cursor or None, self._context.page_size(limit))

    def revoke(self, actor: Person, id: str) -> Token:
        """End a token at once; once revoked, it stays so. Raises NotFound also where the actor may not.

        Where someone else ends it, its holder is told, or the owner of the service account.
        """
        refuse_inactive(actor)
        now = self._context.clock.now()
        with self._context.transaction() as transaction:
            session = transaction.session
            token = session.tokens.get(id)
            holder = session.people.person(token.holder) if token else None
            if not (token and holder and may(actor, Action.END_TOKENS, place_of(holder))):
                raise NotFound(f"no token of yours has the id `{id}`")
            if session.tokens.revoke(id, actor.id, now):
                others = {holder.owner or holder.id} - {actor.id}
                tell(transaction, [replace(told_of(TokenRevoked, actor.id, now, token), tells=tuple(others))])
                return replace(token, revoked_at=now, revoked_by=actor.id)
        return token

    def may_make(self, actor: Person, holder: str = "") -> bool:
        """Whether someone may make tokens for a holder, oneself where none is named. Raises NotFound."""
        with self._context.store.reading() as session:
            return may(actor, Action.MAKE_TOKENS, place_of(person_known(session, holder or actor.id)))

    def note_use(self, token: Token) -> None:
        """Note that a token was used now; not in the transaction of what it was used for, and once an hour."""
        with self._context.store.writing() as session:
            session.tokens.note_use(token.id, self._context.clock.now())

    def tell_ending(self, id: str) -> None:
        """Tell the holder that a token ends soon, once; of a service account, its owner."""
        now = self._context.clock.now()
        with self._context.transaction() as transaction:
            session = transaction.session
            token = session.tokens.get(id)
            if token and session.tokens.note_told(id):
                holder = person_known(session, token.holder)
                end = f"{token.ends_at:%Y-%m-%d %H:%M} UTC"
                told = told_of(TokenEnding, THE_CLOCK, now, token, end=end)
                tell(transaction, [replace(told, tells=(holder.owner or holder.id,))])


def _lent(token: Token, holder: Person) -> bool:
    """Whether someone else made a token that would speak for a person: only those of service accounts are made so."""
    return holder.kind is PersonKind.PERSON and token.created_by != holder.id


def place_of(holder: Person) -> Place:
    return Place(holder=holder.id, account=holder.kind is PersonKind.SERVICE_ACCOUNT)


def holder_known(session: Session, actor: Person, id: str, action: Action) -> Person:
    """Whoever has, or shall have, tokens that the actor keeps. Raises NotFound, and Forbidden naming who may."""
    holder = person_known(session, id)
    account = holder.kind is PersonKind.SERVICE_ACCOUNT
    if not account and not may(actor, action, place_of(holder)) and may(actor, action, Place(account=True)):
        raise Forbidden(f"`{id}` is no service account: people make their own tokens, on the page of their tokens")
    refuse_unless_may(actor, action, place_of(holder))
    return holder


def refuse_lent_scopes(actor: Person, holder: Person, scopes: frozenset[Scope]) -> None:
    """What a service account may do by a scope alone is a scope that it can't give to itself."""
    own = actor.id == holder.id and holder.kind is PersonKind.SERVICE_ACCOUNT
    for scope, action in _ENOUGH.items():
        if scope in scopes and own and not may(actor, action):
            raise Forbidden(f"`{actor.id}` may not give itself the scope `{scope}`: it is for USER_ADMIN to give")


_ENOUGH = {Scope.DECISIONS: Action.ASK_DECISION, Scope.BUNDLES: Action.FETCH_POLICIES}
"""The scopes that let a service account do what it has no permission for."""


def told_of(kind: type[Event], actor: str, at: datetime, token: Token, **more: object) -> Event:
    """What happened to a token, without anything of its text."""
    return kind(actor, at, token.id, data={"name": token.name, "holder": token.holder, **more})
