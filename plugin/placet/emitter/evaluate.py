"""The reference answer to "what does this login see of this data source at this instant", with the reasons.

Every target is tested against it, and people are told it before any target has been asked.

It shares nothing with the compilers of the targets but the values of `policy`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from placet.domain.conditions import Holder
from placet.domain.masks import Mask
from placet.domain.policies import DataPolicy, row_is_seen, state_under
from placet.domain.subscriptions import SubscriptionPolicy
from placet.emitter.policy import (
    ActsAsThemselves,
    Desired,
    Entitlement,
    GroupMembership,
    KnownLogin,
    Login,
    Meets,
    ProductMembership,
    TargetColumn,
    TargetSource,
    Term,
    effective_policy,
)


@dataclass(frozen=True)
class Answer:
    """Whether access is given, and each reason for or against it as a sentence."""

    allowed: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Sight:
    """How a column is seen by someone who may read its source.

    Clear, or by a `mask`, or, with neither, not at all (NULL). `against` are the policies that no approval lifts.
    """

    clear: bool
    mask: Mask | None
    reasons: tuple[str, ...]
    against: tuple[DataPolicy, ...] = ()


@dataclass(frozen=True)
class Birthright:
    """What subscription policies say of someone and a source: those that let them read it, and guardrails not met.

    A guardrail that is not met keeps them from it, whatever lets them read.
    """

    allowing: tuple[SubscriptionPolicy, ...] = ()
    preventing: tuple[SubscriptionPolicy, ...] = ()

    @property
    def gives(self) -> bool:
        """Whether they may read it without any approval."""
        return bool(self.allowing) and not self.preventing


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


def birthright_of(source: TargetSource, person: Holder) -> Birthright:
    """What the policies about a source say of someone active, before anything was approved."""
    return Birthright(
        tuple(policy for policy in source.allow if policy.lets(person)),
        tuple(policy for policy in source.guardrails if not policy.lets(person)),
    )


def sight_of(desired: Desired, login: str, source: str, column: int, at: datetime) -> Sight:
    """How `login` sees a column (an id) of a source at the instant `at`, should they read it.

    A login that is not known holds nothing. Raises KeyError for a source or a column that is not on the target.
    """
    known = next(one for one in desired.source_by_id[source].columns if one.id == column)
    state = state_under(known.masks, _holder(desired, login), known.unconfirmed)
    exceptions = _exceptions(_Question(desired, login, login, source, at), column)
    if state.unconfirmed:
        return Sight(False, None, ("nobody has confirmed the column since it was found",), state.against)
    if state.masked_by is None:
        return Sight(True, None, _why_clear(known, desired, login), state.against)
    if exceptions and not state.against:
        return Sight(True, None, exceptions, ())
    return Sight(False, state.masked_by.mask, (_why_masked(state.masked_by),), state.against)


def sees_row(desired: Desired, login: str, source: str, row: Mapping[int, object]) -> bool:
    """Whether the row filters let `login`, who may read the source, see a row: its values by the ids of their columns.

    Texts, whole numbers, `Decimal`, `bool` and `date` are compared; a value of another type is let through by none.
    """
    return row_is_seen(desired.source_by_id[source].filters, row, _holder(desired, login))


def filters_on(desired: Desired, login: str, source: str) -> tuple[DataPolicy, ...]:
    """The policies that filter the rows that `login` sees of a source."""
    person = _holder(desired, login)
    return tuple(policy for policy, _ in desired.source_by_id[source].filters if policy.filters(person))


def _holder(desired: Desired, login: str) -> Login:
    return desired.login_by_name.get(login) or Login(login, active=False)


def _why_clear(column: TargetColumn, desired: Desired, login: str) -> tuple[str, ...]:
    excepting = [policy for policy in column.masks if policy.excepts(_holder(desired, login))]
    if excepting:
        return (f"`{login}` is excepted by the data policy `{excepting[0].name}`",)
    return ("no data policy masks it for them",)


def _why_masked(policy: DataPolicy) -> str:
    return f"the data policy `{policy.name}` masks it for {policy.whom}"


def _exceptions(question: _Question, column: int) -> tuple[str, ...]:
    """Why approvals show the column clear: one reason for each, none where none does."""
    groups, wanted = question.desired.groups_of.get(question.login, frozenset()), (question.source, column)
    found = (held for held in _on_products(question, exceptions=True) if wanted in held.columns)
    return tuple(
        f"`{question.login}` sees it clear by grant `{held.grant}`"
        for held in found
        if (held.login == question.login if held.group is None else held.group in groups)
    )


def _membership(question: _Question) -> Answer:
    running = [
        f"`{question.login}` is a member of `{held.product}` by grant `{held.grant}`"
        for held in _on_products(question)
        if held.group is None and held.login == question.login
    ]
    missing = f"`{question.login}` has no running grant on a product with the source `{question.source}`"
    return Answer(bool(running), tuple(running) or (missing,))


def _through_groups(question: _Question) -> Answer:
    groups = question.desired.groups_of.get(question.login, frozenset())
    running = [
        f"`{question.login}` is a member of `{held.product}` through group `{held.group}` by grant `{held.grant}`"
        for held in _on_products(question)
        if held.group in groups
    ]
    missing = f"`{question.login}` is in no group with a running grant on one"
    return Answer(bool(running), tuple(running) or (missing,))


def _on_products(question: _Question, *, exceptions: bool = False) -> Iterable[Entitlement]:
    """The entitlements of one kind, whoever has them, that run on a product with the source."""
    products = question.desired.products_of[question.source]
    for held in question.desired.entitlements:
        if held.is_exception is exceptions and held.product in products and held.runs_at(question.at):
            yield held


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


def _meets(term: Meets, question: _Question) -> Answer:
    policy, login = term.policy, question.login
    if policy.lets(_holder(question.desired, login)):
        return Answer(True, (f"`{login}` meets the {policy.kind} policy `{policy.name}`: {policy.who}",))
    return Answer(False, (f"`{login}` does not meet the {policy.kind} policy `{policy.name}`: {policy.who}",))


_ANSWERS: dict[type[Term], Callable[[_Question], Answer]] = {
    ProductMembership: _membership,
    GroupMembership: _through_groups,
    KnownLogin: _known,
    ActsAsThemselves: _themselves,
}


def _answer(term: Term, question: _Question) -> Answer:
    return _meets(term, question) if isinstance(term, Meets) else _ANSWERS[type(term)](question)
