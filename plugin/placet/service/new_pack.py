"""A new rule pack to begin with: small, whole, and right as it stands."""

from __future__ import annotations

from string import Template

from placet.domain.errors import Invalid
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


def new_pack(name: str) -> tuple[str, str]:
    """The text of a pack of this name, and of its cases. Raises Invalid."""
    if not NAME.fullmatch(name) or "/" in name:
        raise Invalid(f"`{name}` can't be the name of a pack: letters, digits and `-`, as in `two-people`")
    return PACK.substitute(name=name), CASES.substitute(name=name)
