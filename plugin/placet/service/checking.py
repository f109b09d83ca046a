"""Rule packs checked as the marketplace uses them: joined with those they decide together with, asked what it asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from placet.domain.errors import FactError, PackError
from placet.domain.forms import STANDARD_PACKS
from placet.engine import CheckReport, Finding, PackSource, check_packs, load_pack
from placet.service.combining import Combination, source_of
from placet.service.offered_packs import SHIPPED, offered
from placet.workflow.rulebook import ASKED, HOOKS, SINGLE, Rulebook
from placet.workflow.vocabulary import KNOWN, ONCE


def check_together(sources: Combination, cases: str = "") -> CheckReport:
    """What the checker says of packs as one program; `cases` are those of the last of them."""
    report = check_packs(*sources, cases=cases, asked=ASKED, single=SINGLE, once=ONCE, known=KNOWN, hooks=HOOKS)
    return CheckReport((*report.findings, *_unaskable(sources, report)), report.contradictions, report.cases)


def check_everywhere(combined: Sequence[Combination], cases: str = "") -> CheckReport:
    """What the checker says of one pack in each of the programs it is joined into; each finding once."""
    reports = [check_together(sources, cases if number == 0 else "") for number, sources in enumerate(combined)]
    findings = dict.fromkeys(finding for report in reports for finding in report.findings)
    return CheckReport(tuple(sorted(findings)), reports[0].contradictions, reports[0].cases)


def standard_with(packs: Iterable[PackSource]) -> Combination:
    """The shipped standard packs with these: in place of those of the same name, or after them."""
    shipped = {pack.name: source_of(pack.name, pack.text) for pack in offered("") if pack.origin == SHIPPED}
    own = {pack.name.removesuffix(".yaml"): pack for pack in packs}
    return tuple({**{name: shipped[name] for name in STANDARD_PACKS}, **own}.values())


def refuse_faulty(report: CheckReport) -> None:
    """Raises PackError with every error that was found."""
    if not report.ok:
        raise PackError([str(finding) for finding in report.errors])


def _unaskable(sources: Combination, report: CheckReport) -> list[Finding]:
    """Why the questions of the marketplace can't be put to packs that are right in themselves."""
    if not report.ok:
        return []
    try:
        Rulebook(load_pack(*sources))
    except (PackError, FactError) as error:
        return [Finding(sources[-1].name, 1, 1, "", "unaskable", "error", error.detail)]
    return []
