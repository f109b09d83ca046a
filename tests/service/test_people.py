"""The directory: what files and sign-ins bring, and what they must not take or give."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from placet.domain.errors import Forbidden
from placet.domain.people import GlobalPermission, Person, PersonKind
from placet.service.people import People, SignIn
from placet.service.people_file import BadImport, PeopleFile, read_csv, read_json
from tests.service.office import Office

GOVERNORS = '{"people": [], "groups": [{"id": "governors", "permissions": ["GOVERNANCE"]}]}'


def test_a_group_that_a_file_only_names_keeps_what_it_holds(office: Office) -> None:
    office.marketplace.people.load("test", read_json(GOVERNORS))
    office.marketplace.people.load("test", read_csv("id,groups\nzoe,governors\n"))
    assert office.person("zoe").holds(GlobalPermission.GOVERNANCE)


@pytest.mark.parametrize("changed", [{"active": False}, {"permissions": frozenset()}])
def test_a_sign_in_gives_nobody_back_what_an_import_takes_at_that_moment(
    office: Office, changed: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    people = office.marketplace.people
    keep = People._keep

    def late(self: People, who: SignIn) -> Person:
        held = replace(office.person("gus"), **changed)  # type: ignore[arg-type]  # names of the dataclass
        people.load("test", PeopleFile((held,)))
        return keep(self, who)

    monkeypatch.setattr(People, "_keep", late)
    try:
        people.sign_in(SignIn("gus", name="Gus G. Governor"))
    except Forbidden:
        assert changed == {"active": False}
    now = office.person("gus")
    assert (now.name, now.holds(GlobalPermission.GOVERNANCE)) == ("Gus G. Governor", False)


def test_nobody_is_called_as_the_trail_calls_what_happens_by_itself(office: Office) -> None:
    with pytest.raises(Forbidden):
        office.marketplace.people.sign_in(SignIn("placet"))
    with pytest.raises(Forbidden):
        office.marketplace.people.load("test", read_csv("id\nplacet\n"))


@pytest.mark.parametrize("in_one_file", [True, False])
def test_a_service_account_is_owned_by_a_person(office: Office, in_one_file: bool) -> None:
    middle = Person("middle", "Middle", kind=PersonKind.SERVICE_ACCOUNT, owner="ann")
    last = replace(middle, id="last", owner="middle")
    if not in_one_file:
        office.marketplace.people.load("test", PeopleFile((middle,)))
    with pytest.raises(BadImport, match="service account"):
        office.marketplace.people.load("test", PeopleFile((middle, last) if in_one_file else (last,)))


LONG = "x" * 256


@pytest.mark.parametrize("person", [{"groups": [LONG]}, {"attributes": {"k": [LONG]}}, {"attributes": {LONG: ["v"]}}])
def test_what_no_rule_can_read_is_not_imported(person: dict[str, object]) -> None:
    with pytest.raises(BadImport, match="255"):
        read_json(json.dumps({"people": [{"id": "zoe", **person}]}))
