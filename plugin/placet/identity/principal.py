"""Who is asking, as the host says it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from placet.domain.errors import PlacetError

LONGEST = 255
"""Characters of an id, a name, a group, a role or an attribute value."""

UNSAYABLE = {"Cc", "Cs"}
"""Control characters and halves of characters: no database keeps all of them, and no log shows them."""


class BadPrincipal(PlacetError):
    """What `identity` gave names nobody for certain, so nobody is let in; the host's code has to be mended."""

    code = "bad-principal"
    title = "The host did not say clearly who is asking"


class AuthMethod(StrEnum):
    """What a request was recognised by."""

    SESSION = "session"
    """Something the browser sends by itself, a cookie or a sign-in before the host: another site could misuse it."""
    TOKEN = "token"  # noqa: S105 - the name of a method, no secret
    """Something the caller adds on purpose, as a bearer token."""


@dataclass(frozen=True)
class Principal:
    """Whom the host found to be asking.

    `groups` and `attributes` (key -> values) replace what the directory holds of this person at each sign-in; None:
    the host says nothing about them, and the directory's stay. `roles` are the host's own; which of them brings which
    global permission is the setting `PLACET_ROLE_PERMISSIONS`.

    Raises BadPrincipal for what is no clear answer: an id that is empty, too long or holds control characters, a
    single string where several are meant.
    """

    id: str
    name: str | None = None
    email: str | None = None
    groups: Collection[str] | None = None
    attributes: Mapping[str, Collection[str]] | None = None
    roles: Collection[str] = ()
    auth_method: AuthMethod = AuthMethod.SESSION

    def __post_init__(self) -> None:
        _refuse_unclear("id", self.id)
        for what in ("name", "email"):
            if getattr(self, what):
                _refuse_unclear(what, getattr(self, what))
        _refuse_unclear_ones("roles", self.roles)
        _refuse_unclear_ones("groups", self.groups or ())
        for key, values in (self.attributes or {}).items():
            _refuse_unclear("key of an attribute", key)
            _refuse_unclear_ones(f"values of `{key}`", values)


Identity = Callable[[], Principal | None]
"""Asked once for each request, within it: who is asking, or None for nobody. It may carry a `login_url`: a function
from the path to come back to, to the address where one signs in."""


def _refuse_unclear(what: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST or _unsayable(value):
        raise BadPrincipal(
            f"`{value!r}` can't be the {what} of a person: give a string of 1 to {LONGEST} characters, none of them "
            "a control character"
        )


def _refuse_unclear_ones(what: str, values: object) -> None:
    if isinstance(values, str) or not isinstance(values, Collection):
        raise BadPrincipal(f"`{values!r}` can't be the {what} of a person: give a list of strings")
    for value in values:
        _refuse_unclear(what, value)


def _unsayable(value: str) -> bool:
    return any(unicodedata.category(character) in UNSAYABLE for character in value)
