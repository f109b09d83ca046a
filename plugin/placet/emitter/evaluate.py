"""The reference answer to "may this login read this data source at this instant": what every target is tested against.

It shares nothing with the compilers of the targets but the values of `policy`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from placet.emitter.policy import (
    ActsAsThemselves,
    Desired,
    Entitlement,
    GroupMembership,
    KnownLogin,
    ProductMembership,
    Term,
    effective_policy,
)


@dataclass(frozen=True)
class Answer:
    """Whether access is given, and each reason for or against it as a sentence."""

    allowed: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class _Question:
    desired: Desired
    login: str
    session: str
    source: str
    at: datetime


def may_read(desired: Desired, login: str, source: str, at: datetime, *, session: str | None = None) -> Answer:
    """Whether `login` may read the source (an id) at the instant `at`, aware.

    `session` is the login that opened the connection, where it is another one than the login it now acts as.
    """
    known = desired.source_by_id.get(source)
    if known is None:
        return Answer(False, (f"the source `{source}` is not published on this target",))
    question = _Question(desired, login, session or login, source, at)
    policy = effective_policy(known)
    allows = [_answer(term, question) for term in policy.allow]
    guardrails = [_answer(term, question) for term in policy.guardrails]
    allowed = any(answer.allowed for answer in allows) and all(answer.allowed for answer in guardrails)
    return Answer(allowed, tuple(r for a in (*allows, *guardrails) if a.allowed is allowed for r in a.reasons))


def _membership(question: _Question) -> Answer:
    running = [
        f"`{question.login}` is a member of `{held.product}` by grant `{held.grant}`"
        for held in _running(question)
        if held.group is None and held.login == question.login
    ]
    missing = f"`{question.login}` has no running grant on a product with the source `{question.source}`"
    return Answer(bool(running), tuple(running) or (missing,))


def _through_groups(question: _Question) -> Answer:
    groups = question.desired.groups_of.get(question.login, frozenset())
    running = [
        f"`{question.login}` is a member of `{held.product}` through group `{held.group}` by grant `{held.grant}`"
        for held in _running(question)
        if held.group in groups
    ]
    missing = f"`{question.login}` is in no group with a running grant on one"
    return Answer(bool(running), tuple(running) or (missing,))


def _running(question: _Question) -> list[Entitlement]:
    """The entitlements, whoever has them, that run on a product with the source."""
    products = question.desired.products_of[question.source]
    return [held for held in question.desired.entitlements if held.product in products and held.runs_at(question.at)]


def _known(question: _Question) -> Answer:
    login = question.desired.login_by_name.get(question.login)
    if login is None:
        return Answer(False, (f"`{question.login}` is not known on this target",))
    return Answer(login.active, (f"`{question.login}` is {'active' if login.active else 'not active'}",))


def _themselves(question: _Question) -> Answer:
    if question.session == question.login:
        return Answer(True, (f"`{question.login}` acts as themselves",))
    if question.session in question.desired.login_by_name:
        return Answer(False, (f"`{question.session}` has taken on the role `{question.login}`",))
    return Answer(True, (f"`{question.session}` acts for `{question.login}`",))


_ANSWERS: dict[type[Term], Callable[[_Question], Answer]] = {
    ProductMembership: _membership,
    GroupMembership: _through_groups,
    KnownLogin: _known,
    ActsAsThemselves: _themselves,
}


def _answer(term: Term, question: _Question) -> Answer:
    return _ANSWERS[type(term)](question)
