"""Logins on data platforms, as files bring them."""

from __future__ import annotations

import pytest

from placet.service.people_file import PeopleFile, PlatformLogin
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
