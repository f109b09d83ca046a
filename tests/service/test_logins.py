"""Logins on data platforms, as files bring them."""

from __future__ import annotations

import json

import pytest

from placet.service.people_file import BadImport, PeopleFile, PlatformLogin
from placet.storage import Login
from tests.service.office import PEOPLE, Office


@pytest.mark.parametrize(("imported", "number"), [("rita_db", "4711"), ("rita_new", "")])
def test_an_import_forgets_no_number_by_which_a_login_is_told_from_a_later_one_of_its_name(
    office: Office, imported: str, number: str
) -> None:
    with office.marketplace.context.store.writing() as session:
        session.logins.save(Login("rita", "warehouse", "rita_db", "4711"))
    office.marketplace.people.load("test", PeopleFile(PEOPLE, logins=(PlatformLogin("rita", "warehouse", imported),)))
    with office.marketplace.context.store.reading() as session:
        assert session.logins.of("rita", "warehouse") == Login("rita", "warehouse", imported, number)


@pytest.mark.parametrize(
    ("login", "told"),
    [
        ({"person": "rita", "target": "warehouse"}, "login 2: login: 1 to 255 characters are needed"),
        ({"person": "rita", "target": "warehous", "login": "r"}, "login 2: no data platform is called `warehous`"),
        ({"person": "rita", "platform": "warehouse"}, "login 2: platform: .*there are person, target, login"),
    ],
)
def test_a_login_that_can_not_be_is_refused_with_its_number_and_what_there_is(
    office: Office, login: dict[str, str], told: str
) -> None:
    good = {"person": "rita", "target": "warehouse", "login": "rita_db"}
    office.marketplace.context.targets = {"warehouse": None}  # type: ignore[dict-item]  # only its name is asked for
    people, uma = office.marketplace.people, office.person("uma")
    assert people.import_report(uma, json.dumps({"people": [], "logins": [good]}), "json").logins == 1
    with pytest.raises(BadImport, match=told):
        people.import_people(uma, json.dumps({"people": [], "logins": [good, login]}), "json")
