"""Data use agreements, version by version; a request form names one, and who asks accepts it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from placet.domain.errors import Conflict, Invalid

LONGEST_NAME = 255
LONGEST_BODY = 100_000


@dataclass(frozen=True)
class Agreement:
    """One version of a data use agreement, its body in Markdown.

    Version 0 stands for the latest where an agreement is only named. A `retired` one was deleted, and stays because it
    was asked for once.
    """

    id: str
    version: int = 0
    name: str = ""
    body: str = ""
    created_by: str = ""
    created_at: datetime | None = None
    retired: bool = False


class BadAgreement(Invalid):
    """A data use agreement that can't be as it is described."""

    code = "bad-data-use-agreement"
    title = "The data use agreement is not valid"


class AgreementInUse(Conflict):
    """An agreement that request forms ask to accept stays."""

    code = "agreement-in-use"
    title = "The data use agreement is in use"


def refuse_bad_agreement(agreement: Agreement) -> None:
    """Raises BadAgreement where name or body is missing or too long."""
    if not agreement.name.strip() or len(agreement.name) > LONGEST_NAME:
        raise BadAgreement(f"the name `{agreement.name[:40]}` has to have 1 to {LONGEST_NAME} characters")
    if not agreement.body.strip() or len(agreement.body) > LONGEST_BODY:
        raise BadAgreement(f"the text of `{agreement.name}` has to have 1 to {LONGEST_BODY} characters")
