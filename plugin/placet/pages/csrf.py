"""Keeps other sites from posting our forms in someone's name; it does not count on what the host does about that.

A form carries a token that is signed for one person and grows old. Browsers also say from which site a request comes;
one from elsewhere is refused whatever it carries.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from flask import Request, current_app
from itsdangerous import BadData, SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from placet.domain.errors import Forbidden, SettingError
from placet.domain.people import Person
from placet.identity.origin import from_elsewhere
from placet.identity.web import state

FIELD = "placet_csrf"
GOOD_FOR = 12 * 60 * 60
"""Seconds for which a form may lie open."""


class FormRefused(Forbidden):
    """A form that did not come from our own page, or lay open for too long."""

    code = "form-refused"
    title = "The form was not accepted"


class _Signer(TimestampSigner):
    """Tells the age of a token by our own clock."""

    def get_timestamp(self) -> int:
        return int(state().clock.now().timestamp())


def token_for(person: Person) -> str:
    """A token for the forms of one person; each is different, so that its bytes can't be guessed from page sizes."""
    return str(_serializer().dumps([person.id, secrets.token_urlsafe(8)]))


def refuse_forged(request: Request, person: Person) -> None:
    """Raises FormRefused unless the request comes from our own page and carries this person's token."""
    if from_elsewhere(request):
        raise FormRefused("it was sent from another site: open the page here and send the form from there")
    try:
        signed_for = _serializer().loads(request.form.get(FIELD, ""), max_age=GOOD_FOR)
    except SignatureExpired:
        raise FormRefused("the form lay open for too long: open the page again and send it anew") from None
    except BadData:
        raise FormRefused("it carries no valid token: open the page again and send the form from there") from None
    if signed_for[0] != person.id:
        raise FormRefused("it was opened by someone else: open the page again and send the form as yourself")


def _serializer() -> URLSafeTimedSerializer:
    options: dict[str, Any] = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeTimedSerializer(_secret(), salt="placet-csrf", signer=_Signer, signer_kwargs=options)


def _secret() -> str | bytes:
    secret = state().settings.secret_key or current_app.secret_key
    if not secret:
        raise SettingError("forms can't be signed: set `PLACET_SECRET_KEY`, or the `SECRET_KEY` of the host")
    return secret
