"""What the commands on rule packs print."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from placet.cli.saying import out
from placet.engine import Chance, CheckReport, Need
from placet.engine.differences import Difference
from placet.service.explaining import Answer, Explanation
from placet.service.replaying import Different, Replayed
from placet.workflow.replay import Ending

COLOURS = {"+": "green", "-": "red"}


def show_report(file: Path, report: CheckReport) -> None:
    """Every finding, and in the last line how it stands."""
    for finding in report.findings:
        out.print(str(finding), style="red" if finding.severity == "error" else "yellow", markup=False)
    wrong, odd = len(report.errors), len(report.findings) - len(report.errors)
    cases = f", {report.cases.cases} cases" if report.cases else ", no cases"
    out.print(f"{file.name}: {wrong or 'nothing'} wrong, {odd or 'nothing'} odd{cases}", markup=False)


def show_differences(found: Iterable[Difference]) -> None:
    """Each rule and each kind of fact that differs, with its lines."""
    found = list(found)
    for one in found:
        out.print(f"{one.how} {one.what} `{one.name}`", style="bold", markup=False)
        for line in one.lines:
            out.print(f"  {line}", style=COLOURS.get(line[:1]), markup=False)
    if not found:
        out.print("they say the same")


def show_explanation(found: Explanation) -> None:
    """Every answer with its proof, then what is missing."""
    card = found.card
    out.print(
        f"{card.request.id}: {card.product_name} for {card.beneficiary_name}, {card.request.status}", markup=False
    )
    for one in found.answers:
        out.print(f"\n{one.at:%Y-%m-%d %H:%M:%S} UTC, {heading(one, found)}", style="bold", markup=False)
        out.print(one.proof.as_text(found.names) or "nothing follows", markup=False)
    if not card.request.final:
        out.print("\nwhat is missing, and who could give it", style="bold")
        show_needs(found)


def heading(one: Answer, found: Explanation) -> str:
    """The question in words."""
    if one.question == "opening":
        return "at submission: whom to ask"
    if one.question == "standing":
        return f"may {found.names.get(one.about, one.about)} determine it?"
    return "what follows from the determinations"


def show_needs(found: Explanation) -> None:
    if found.needs is None:
        out.print("no one can give it: an approval is out of reach")
    for need in found.needs or ():
        out.print(f"{need.number} of: {', '.join(givers(need, found))}", markup=False)


def givers(need: Need, found: Explanation) -> list[str]:
    """Who could give something, with how many more there are like them."""
    named = dict.fromkeys(map(giver, need.chances))
    return [
        found.names.get(one, one) + (f" and {len(need.alike[one])} others like them" if one in need.alike else "")
        for one in named
    ]


def giver(chance: Chance) -> str:
    """Who could take a step; of one that no steward takes, what it is about."""
    return str(chance.values.get("steward") or ", ".join(map(str, chance.values.values())) or chance.kind)


def needs_of(found: Explanation) -> list[dict[str, Any]] | None:
    """What is missing, for JSON; None where it is out of reach."""
    if found.needs is None:
        return None
    return [
        {
            "number": need.number,
            "stewards": list(dict.fromkeys(map(giver, need.chances))),
            "alike": {name: list(others) for name, others in need.alike.items()},
        }
        for need in found.needs
    ]


def show_replay(found: Replayed) -> None:
    """Each request that would have ended differently, and each of which that can't be told."""
    for one in found.different:
        out.print(
            f"{one.request.id}: was {ended(one.was)}, would be {ended(one.would_be)}", style="yellow", markup=False
        )
        for ending, word in ((one.was, "was"), (one.would_be, "would be")):
            for text in ending.reasons:
                out.print(f"  {word}: {text}", markup=False)
    for untold in found.untold:
        out.print(f"{untold.request.id}: cannot tell: {untold.why}", style="red", markup=False)
    out.print(
        f"{found.requests} requests since {found.since:%Y-%m-%d %H:%M} UTC: {found.same} the same, "
        f"{len(found.different)} different, {len(found.untold)} untold" + (", and there are more" if found.cut else "")
    )


def ended(ending: Ending) -> str:
    return ending.status + (f" until {ending.end:%Y-%m-%d %H:%M} UTC" if ending.end else "")


def replayed_as_json(found: Replayed) -> dict[str, Any]:
    """The whole replay with both proofs of each difference."""
    return {
        "pack": found.pack,
        "since": found.since.isoformat(),
        "requests": found.requests,
        "cut": found.cut,
        "different": [_different(one) for one in found.different],
        "untold": [{"request": one.request.id, "why": one.why} for one in found.untold],
    }


def _different(one: Different) -> dict[str, Any]:
    return {"request": one.request.id, "was": _ending(one.was), "would_be": _ending(one.would_be)}


def _ending(ending: Ending) -> dict[str, Any]:
    return {
        "status": ending.status,
        "end": _iso(ending.end),
        "reasons": list(ending.reasons),
        "proof": ending.proof.as_json(),
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
