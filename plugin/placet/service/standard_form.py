"""The request form that comes with Placet: who manages the data products of the domain decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from placet.domain.forms import (
    DURATION_LABEL,
    STANDARD_FORM,
    Flow,
    FlowKind,
    Question,
    QuestionKind,
    Quorum,
    RequestForm,
)
from placet.domain.people import DomainPermission, StewardSource
from placet.storage import Session

STANDARD = RequestForm(
    id=STANDARD_FORM,
    version=1,
    name="Standard form",
    flow=Flow(FlowKind.LISTED, Quorum.ANY, (StewardSource.domain_permission(DomainPermission.MANAGE_DATA_PRODUCTS),)),
    questions=(
        Question("reason", QuestionKind.LONG_ANSWER, "What do you need it for?", required=True),
        Question("duration", QuestionKind.ACCESS_DURATION, DURATION_LABEL, help="Left out: for as long as possible."),
    ),
    builtin=True,
)


def keep_standard_form(session: Session, at: datetime) -> None:
    """Keep the standard form where it is not there yet; its packs have to be in force."""
    if session.forms.get(STANDARD_FORM) is None:
        session.forms.save(replace(STANDARD, created_at=at))
