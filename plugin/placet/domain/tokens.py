"""API tokens: what one lets through, how its text is made up, and until when it is good."""

from __future__ import annotations

import hmac
import re
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from placet.domain.errors import Forbidden, Invalid, PlacetError, Unauthenticated

PREFIX = "placet_"
"""What every token begins with, so that whoever finds one knows what it is."""

LONGEST_NAME = 100

USE_NOTED_EVERY = timedelta(hours=1)
"""How exactly it is known when a token was last used."""

ENDING_TOLD_BEFORE = timedelta(days=7)


class Scope(StrEnum):
    """What a token lets through; what none of its scopes names is refused, whatever its holder may."""

    READ = "read"
    REQUEST = "request"
    DETERMINE = "determine"
    MANAGE = "manage"
    GOVERN = "govern"
    PEOPLE = "people"
    OPERATE = "operate"
    AUDIT = "audit"
    DECISIONS = "decisions"
    BUNDLES = "bundles"


ABOUT: dict[Scope, str] = {
    Scope.READ: "read what the holder may read, and ask for decisions about the holder",
    Scope.REQUEST: "ask for access, take requests back, mark notifications as read",
    Scope.DETERMINE: "approve and deny as a data steward",
    Scope.MANAGE: "manage domains, data sources, tags, products, forms, agreements and grants",
    Scope.GOVERN: "check, try and put in force rule packs and policies",
    Scope.PEOPLE: "manage people, groups, attributes and permissions, also by SCIM",
    Scope.OPERATE: "manage webhooks, settings and data platforms",
    Scope.AUDIT: "read the audit trail and reports",
    Scope.DECISIONS: "ask for decisions about others",
    Scope.BUNDLES: "fetch what a data platform should enforce",
}


class BadToken(Invalid):
    code = "bad-token"
    title = "The token can't be as it is described"


class InvalidToken(Unauthenticated):
    """One answer for every token that does not count: which of them exist is nobody's business."""

    code = "invalid-token"
    title = "The token is not valid"


class OutOfScope(Forbidden):
    code = "insufficient-scope"
    title = "The token is not for this"


class TooManyAttempts(PlacetError):
    status = 429
    code = "too-many-attempts"
    title = "Too many tokens that are not valid"


class TokenState(StrEnum):
    ACTIVE = "active"
    ENDED = "ended"
    REVOKED = "revoked"


@dataclass(frozen=True)
class Token:
    """What is kept of a token: never its text, only the digest of it."""

    id: str
    name: str
    holder: str
    scopes: frozenset[Scope]
    digest: str
    created_by: str
    created_at: datetime
    ends_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_by: str = ""
    ending_told: bool = False

    def state_at(self, now: datetime) -> TokenState:
        if self.revoked_at:
            return TokenState.REVOKED
        return TokenState.ACTIVE if now < self.ends_at else TokenState.ENDED

    def is_text(self, text: str) -> bool:
        """Whether a text is this token's; takes as long for each that is not."""
        return hmac.compare_digest(self.digest, digest_of(text))

    def use_untold_at(self, now: datetime) -> bool:
        """Whether it is so long since its use was noted that it is to be noted again."""
        return self.used_at is None or now - self.used_at >= USE_NOTED_EVERY


_TEXT = re.compile(r"placet_([0-9a-f]{16})_([0-9a-f]{64})([0-9a-f]{8})", re.ASCII)


def text_of(id: str, secret: bytes) -> str:
    """The text of a token: prefix, id (16 hexadecimal digits), secret (32 random bytes) and a checksum."""
    body = f"{PREFIX}{id}_{secret.hex()}"
    return f"{body}{_checksum(body)}"


def id_in(text: str) -> str:
    """The id of the token whose text it may be, or nothing for what is none, which no database is asked about."""
    found = _TEXT.fullmatch(text)
    return found[1] if found and _checksum(text[:-8]) == text[-8:] else ""


def digest_of(text: str) -> str:
    """What is kept in place of the text: SHA-256 is enough for 256 random bits, which nobody can try one by one."""
    return sha256(text.encode()).hexdigest()


def _checksum(body: str) -> str:
    """CRC-32, by which a scanner for leaked secrets tells a token from what only looks like one."""
    return f"{zlib.crc32(body.encode()):08x}"


def refuse_bad_name(name: str) -> str:
    """The name without space around it. Raises BadToken."""
    if not 1 <= len(name := name.strip()) <= LONGEST_NAME or not name.isprintable():
        raise BadToken(f"a token needs a name of 1 to {LONGEST_NAME} letters that tells what it is used for")
    return name


def refuse_bad_end(ends_at: datetime, now: datetime, longest: timedelta) -> None:
    """Raises BadToken for an end that has passed, and for one further off than the settings allow."""
    if ends_at <= now:
        raise BadToken("the end has passed already: give a later one")
    if ends_at > now + longest:
        raise BadToken(f"a token may last {longest.days} days at most: give an earlier end")
