"""Why the workflow says no, each with its status and a stable code."""

from __future__ import annotations

from placet.domain.errors import Conflict, Forbidden, Invalid, Unavailable


class NotASteward(Forbidden):
    code = "not-a-steward"
    title = "You are no data steward of this request"


class AlreadyDetermined(Conflict):
    code = "already-determined"
    title = "You have determined this request already"


class NotYourTurn(Conflict):
    code = "not-your-turn"
    title = "Others are asked first"


class RequestDecided(Conflict):
    code = "request-decided"
    title = "The request has been decided"


class RequestLapsedAlready(Conflict):
    code = "request-lapsed"
    title = "The request can't be decided any more"


class ProductNotPublished(Conflict):
    code = "product-not-published"
    title = "The data product is not published"


class AlreadyGranted(Conflict):
    code = "already-granted"
    title = "The beneficiary has this access already"


class RequestOpen(Conflict):
    code = "request-open"
    title = "A request for this is open already"


class NotForThem(Conflict):
    code = "not-for-them"
    title = "This can't be asked for on their behalf"


class NotRequestable(Conflict):
    code = "not-requestable"
    title = "This can't be asked for"


class ReasonMissing(Invalid):
    code = "reason-missing"
    title = "A reason is required"


class ReasonTooLong(Invalid):
    code = "reason-too-long"
    title = "The reason is too long"


class TermTooLong(Invalid):
    code = "over-maximum-duration"
    title = "Longer than the data product allows"


class TermRefused(Invalid):
    code = "bad-term"
    title = "This duration or end can't be used"


class FormChanged(Conflict):
    """The form got another version since it was read, so an agreement may be another one than was read."""

    code = "form-changed"
    title = "The form has changed"


class AgreementMissing(Invalid):
    code = "agreement-not-accepted"
    title = "The data use agreement has to be accepted"


class NobodyCanDecide(Invalid):
    code = "nobody-can-decide"
    title = "No one could act on such a request"


class GrantOver(Conflict):
    code = "grant-over"
    title = "The grant has ended already"


class WrongState(Conflict):
    code = "wrong-state"
    title = "Not possible in the present state"


class ContradictoryVerdict(Unavailable):
    """The rules concluded two different outcomes of one question: that is no verdict."""

    code = "contradictory-verdict"
    title = "The rules contradict themselves"


LONGEST_REASON = 4_000


def refuse_without_reason(reason: str) -> str:
    """The reason without surrounding space. Raises ReasonMissing where there is none, ReasonTooLong."""
    if not reason.strip():
        raise ReasonMissing("say why: the reason is kept with the decision and shown to those it concerns")
    return refuse_long_reason(reason)


def refuse_long_reason(reason: str) -> str:
    """The reason, if any, without surrounding space. Raises ReasonTooLong."""
    if len(reason) > LONGEST_REASON:
        raise ReasonTooLong(f"the reason is longer than {LONGEST_REASON} characters: shorten it")
    return reason.strip()
