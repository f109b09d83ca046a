"""API tokens: making one, whose text is shown this once, and revoking it."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, request

from placet.domain.errors import PlacetError
from placet.domain.tokens import ABOUT, LONGEST_NAME, BadToken, Scope
from placet.identity.web import marketplace, signed_in, state
from placet.pages.refused import NOTHING, Refused, refused
from placet.pages.rendering import page, see_other

USUAL_DAYS = 90


def show_tokens() -> Response:
    """One's own tokens, or those of the holder that the address names."""
    return _tokens_page(NOTHING)


def make() -> Response:
    """Make a token and show its text, which no later page can; so this one is not left by a redirect."""
    person = signed_in()
    try:
        _, text = marketplace().tokens.create(
            person,
            request.form.get("name", ""),
            [scope for scope in Scope if scope in request.form.getlist("scopes")],
            state().clock.now() + timedelta(days=_days()),
            _holder(),
        )
    except PlacetError as error:
        return _tokens_page(refused(error, {}))
    return _tokens_page(NOTHING, text)


def revoke(id: str) -> Response:
    """End a token at once."""
    marketplace().tokens.revoke(signed_in(), id)
    return see_other("placet.tokens", holder=_holder() or None)


def _tokens_page(refusal: Refused, made: str = "") -> Response:
    """The tokens with the form; `made` is the text of the one that was just made."""
    person, holder = signed_in(), _holder()
    found = marketplace().tokens.of(person, holder, request.args.get("cursor", ""))
    return page(
        "tokens.html",
        refusal.status,
        found=found,
        holder=holder,
        may_make=marketplace().tokens.may_make(person, holder),
        made=made,
        now=state().clock.now(),
        scopes=ABOUT,
        longest=LONGEST_NAME,
        most_days=state().settings.token_days,
        days=min(USUAL_DAYS, state().settings.token_days),
        given=request.form if refusal else {},
        refusal=refusal,
    )


def _holder() -> str:
    return request.args.get("holder", "")


def _days() -> int:
    """For how many days it shall be good. Raises BadToken."""
    written = request.form.get("days", "").strip()
    if not (written.isascii() and written.isdecimal() and len(written) < 5):
        raise BadToken(f"`{written}` is no number of days: write how long the token shall last, as `{USUAL_DAYS}`")
    return int(written)
