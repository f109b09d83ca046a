"""A new pack to begin with: small, whole, and right as it stands."""

from __future__ import annotations

from pathlib import Path
from string import Template

from placet.domain.errors import Conflict, Invalid
from placet.engine.values import NAME

PACK = Template("""\
pack: $name
about: Say in one sentence what these rules are for.

names: [person, key, value, reason]       # what a value is called is its type

reads:                                     # `placet rules vocabulary` lists what may be read
  requester:  {person}
  attribute:  {person, key, value}

concludes:
  hold:       {reason}                     # a request that is held is not approved, whoever approves it

rules:
  interns wait:
    when:
      - requester: {person}
      - attribute: {person, key: grade, value: intern}
    then:
      - hold: {reason: intern}
    because: "{person} is an intern, and interns wait."
""")

CASES = Template("""\
packs: [$name]

cases:
  an intern waits:
    given:
      requester: rita
      attribute: [[rita, grade, intern]]
    expect: {hold: intern}
    because: ["rita is an intern, and interns wait."]

  others do not:
    given:
      requester: rita
      attribute: [[rita, grade, expert], [tom, grade, intern]]
    expect: {hold: none}
""")


def write_new(name: str, folder: Path) -> list[Path]:
    """Write a pack and its cases into a folder; the files. Raises Invalid, and Conflict where one is there already."""
    if not NAME.fullmatch(name):
        raise Invalid(f"`{name}` can't be the name of a pack: letters, digits and `-`, as in `two-people`")
    files = {folder / f"{name}.yaml": PACK, folder / f"{name}.cases.yaml": CASES}
    if there := [path for path in files if path.exists()]:
        raise Conflict(f"`{there[0]}` is there already: take another name, or remove it")
    for path, template in files.items():
        path.write_text(template.substitute(name=name), encoding="utf-8")
    return list(files)
