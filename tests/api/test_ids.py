"""Whatever id is taken can be read back at its address, and changed there."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.identity.ids import as_part, from_part
from tests.api.conftest import Speak

ODD = ("CORP/anna", "/finance", "a//b/", "x/members", "a~1b", "~", "50%2F", "..", ".", "zoë & co?#;=+ ", "members")


@given(st.text(min_size=1))
def test_every_id_is_one_part_of_a_path_and_comes_back(id: str) -> None:
    assert from_part(as_part(id)) == id
    assert "/" not in as_part(id)
    assert as_part(id).strip(".")


@pytest.mark.parametrize("kind", ["people", "groups", "domains"])
def test_it_is_read_changed_and_read_again_where_it_was_made(speak: Speak, kind: str) -> None:
    gov = speak("gov")
    for id in ODD:
        made = gov.post(f"/{kind}", {"id": id, "name": f"Odd {id}"})
        address = made.headers["Location"].removeprefix("/placet/api/v1")
        read = gov.get(address)
        assert (made.status_code, read.status_code, read.json["id"], unquote(address).count("/")) == (201, 200, id, 2)
        changed = gov.put(address, {"name": f"Odder {id}"}, headers={"If-Match": read.headers["ETag"]})
        assert (changed.status_code, changed.json["name"]) == (200, f"Odder {id}")
        if kind == "people":
            gone = gov.post(f"{address}/deactivate", headers={"If-Match": changed.headers["ETag"]})
            assert (gone.status_code, gone.json["active"]) == (200, False)
        if kind == "groups":
            assert gov.put(f"{address}/members/ann", {}).status_code in (200, 204)
            assert [one["id"] for one in gov.get(f"{address}/members").json["items"]] == ["ann"]
