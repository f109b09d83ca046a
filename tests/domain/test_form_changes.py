"""What one version of a form says otherwise than another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placet.domain.agreements import Agreement
from placet.domain.form_changes import differences, only_wording
from placet.domain.forms import STANDARD_PACKS, Flow, FlowKind, Question, QuestionKind, Quorum, RequestForm
from placet.domain.forms import decides_alike as alike
from placet.domain.people import StewardSource
from placet.domain.terms import Duration

LISTED = Flow(FlowKind.LISTED, sources=(StewardSource.group("finance"),))
AUTOMATIC = Flow(FlowKind.AUTOMATIC, justification="Public.")
WHY = Question("why", QuestionKind.SHORT_ANSWER, "Why?", help="Briefly.")
HOW = Question("how", QuestionKind.ONE_OF, "How?", True, options=("SQL", "file"), shown_when=("why", "x"))
FORM = RequestForm("f", 1, "Form", LISTED, (WHY, HOW), Agreement("rules", 1, "Rules", "Be kind."))

CHANGES: dict[str, tuple[dict[str, object], set[str], bool, bool]] = {
    "nothing": ({}, set(), True, True),
    "version, maker": ({"version": 2, "created_by": "ann", "builtin": True}, set(), True, True),
    "order of packs": ({"packs": tuple(reversed(STANDARD_PACKS))}, set(), True, True),
    "label": ({"questions": (replace(WHY, label="What for?"), HOW)}, {"question why"}, True, True),
    "help": ({"questions": (replace(WHY, help=""), HOW)}, {"question why"}, True, True),
    "required": ({"questions": (replace(WHY, required=True), HOW)}, {"question why"}, False, True),
    "options": ({"questions": (WHY, replace(HOW, options=("SQL", "x")))}, {"question how"}, False, True),
    "condition": ({"questions": (WHY, replace(HOW, shown_when=None))}, {"question how"}, False, True),
    "removed": ({"questions": (WHY,)}, {"question how"}, False, True),
    "order": ({"questions": (HOW, WHY)}, {"order of the questions"}, False, True),
    "name": ({"name": "Other"}, {"name"}, False, True),
    "agreement": ({"agreement": Agreement("rules", 2, "Rules", "x")}, {"data use agreement"}, False, True),
    "no agreement": ({"agreement": None}, {"data use agreement"}, False, True),
    "sources": ({"flow": replace(LISTED, sources=(StewardSource.user("ann"),))}, {"who decides"}, False, False),
    "quorum": ({"flow": replace(LISTED, quorum=Quorum.ALL)}, {"who decides"}, False, False),
    "flow": ({"flow": AUTOMATIC}, {"who decides"}, False, False),
    "packs": ({"packs": (*STANDARD_PACKS, "house")}, {"rule packs"}, False, False),
}


@pytest.mark.requirement("F3", clause="a change of deciders is taken up")
@pytest.mark.requirement("P4", clause="editing forms")
@pytest.mark.parametrize("change", CHANGES)
def test_what_a_change_is(change: str) -> None:
    changes, what, wording, decides_alike = CHANGES[change]
    after = replace(FORM, **changes)  # type: ignore[arg-type]  # names of the dataclass
    assert {one.what for one in differences(FORM, after)} == what
    assert (only_wording(FORM, after), alike(FORM, after)) == (wording, decides_alike)


@pytest.mark.parametrize("changes", [{"justification": "Other."}, {"duration": Duration.parse("1 day")}], ids=str)
def test_another_justification_or_duration_of_an_automatic_approval_decides_otherwise(changes: dict[str, str]) -> None:
    before = replace(FORM, flow=AUTOMATIC)
    after = replace(FORM, flow=replace(AUTOMATIC, **changes))  # type: ignore[arg-type]  # names of the dataclass
    assert not alike(before, after)
    assert [one.what for one in differences(before, after)] == ["who decides"]
