"""Rule packs checked as the marketplace uses them: joined with those they decide together with, asked what it asks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from placet.domain.errors import FactError, PackError
from placet.domain.forms import STANDARD_PACKS
from placet.engine import CheckReport, Finding, PackSource, check_packs, load_pack
from placet.engine.pack_file import PackFile
from placet.service.combining import Combination, source_of
from placet.service.offered_packs import SHIPPED, offered
from placet.workflow.rulebook import ASKED, HOOKS, SINGLE, Rulebook
from placet.workflow.vocabulary import KNOWN, ONCE

LONGEST_NAME = 100
GOOD_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{LONGEST_NAME - 1}}}")


def check_together(sources: Combination, cases: str = "") -> CheckReport:
    """What the checker says of packs as one program; `cases` are those of the last of them."""
    report = check_packs(*sources, cases=cases, asked=ASKED, single=SINGLE, once=ONCE, known=KNOWN, hooks=HOOKS)
    wrong = (*_misnamed(sources[-1]), *_unaskable(sources, report))
    return CheckReport((*report.findings, *wrong), report.contradictions, report.cases)


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


def _misnamed(source: PackSource) -> list[Finding]:
    """Why the last pack can't be called as it is: forms, addresses and requests keep the name that it gives itself."""
    name = PackFile(source.name, source.text).name
    if GOOD_NAME.fullmatch(name):
        return []
    text = f"a pack is called by up to {LONGEST_NAME} letters, digits, `-` and `_`, as in `pack: two-people`"
    return [Finding(source.name, 1, 1, "", "wrong-shape", "error", text)]


def _unaskable(sources: Combination, report: CheckReport) -> list[Finding]:
    """Why the questions of the marketplace can't be put to packs that are right in themselves."""
    if not report.ok:
        return []
    try:
        Rulebook(load_pack(*sources))
    except (PackError, FactError) as error:
        return [Finding(sources[-1].name, 1, 1, "", "unaskable", "error", error.detail)]
    return []
