"""Facts that someone writes down to try rules on, in the form of `given` of a case."""

from __future__ import annotations

from placet.domain.errors import FactError
from placet.engine.case_file import CaseFile
from placet.engine.facts import MOST_FACTS
from placet.engine.language import Fact
from placet.engine.packs import Pack
from placet.engine.yaml_text import Map, read


def given_facts(pack: Pack, text: str, most: int = MOST_FACTS) -> tuple[Fact, ...]:
    """The facts of a YAML text: `{requester: rita, requires: [[finance, 1]]}`, each once.

    Raises FactError with everything that does not fit, and for more than `most` facts.
    """
    file = CaseFile("facts", "{}")
    given = file.report.mapping(read(text, file.report.say))
    facts = tuple(dict.fromkeys(file.given(Map({"given": given}), pack.program)))
    if problems := [str(finding) for finding in file.report.told()]:
        raise FactError("\n".join(problems), problems=problems)
    if len(facts) > most:
        raise FactError(f"{len(facts)} facts are more than the {most} that one question may have: ask about fewer")
    return facts
