"""The inbox of a steward, whatever single requests in it bring."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from placet.domain.errors import EngineDisagreement
from placet.domain.forms import BadForm
from placet.domain.people import SourceKind, StewardSource
from placet.domain.products import BadProduct
from placet.workflow.known import Known
from placet.workflow.rulebook import Rulebook
from tests.service.office import ANY, FINANCE, Office


def test_a_request_without_an_answer_hides_no_other(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = office.ask("rita")
    office.clock.advance(hours=1)
    whole = office.ask("tom")
    asked, may_determine = [], Rulebook.may_determine

    def disagreeing(self: Rulebook, known: Known) -> bool:
        asked.append(known.request.id)
        if known.request.id == broken.id:
            raise EngineDisagreement("the engines gave different answers")
        return may_determine(self, known)

    monkeypatch.setattr(Rulebook, "may_determine", disagreeing)
    listed = office.marketplace.requests.inbox(office.person("ann")).items
    assert [card.request.id for card in listed] == asked == [broken.id, whole.id]


UNREADABLE: Mapping[str, StewardSource] = {
    "unknown permission": StewardSource(SourceKind.GLOBAL_PERMISSION, "KING"),
    "unknown domain permission": StewardSource(SourceKind.DOMAIN_PERMISSION, "rule", "pay"),
    "no value": StewardSource(SourceKind.ATTRIBUTE, "region"),
    "a value too many": StewardSource(SourceKind.USER, "ann", "finance"),
    "no name": StewardSource(SourceKind.GROUP, ""),
    "a long name": StewardSource(SourceKind.GROUP, "x" * 256),
    "half a character": StewardSource(SourceKind.ATTRIBUTE, "region", "\ud800"),
}


@pytest.mark.parametrize("source", UNREADABLE.values(), ids=UNREADABLE)
def test_a_steward_source_that_no_rule_can_read_comes_into_no_form_and_no_product(
    office: Office, source: StewardSource
) -> None:
    with pytest.raises(BadForm, match="makes no one a data steward"):
        office.publish("Unreadable", type(ANY)(ANY.kind, ANY.quorum, (FINANCE, source)))
    with pytest.raises(BadProduct, match="makes no one a data steward"):
        office.publish("Unreadable", ANY, stewards=(FINANCE, source))
