"""Who is asking: the host says it, the directory keeps it, and nobody is let in by default."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from flask import Flask, abort

from placet.domain.people import GlobalPermission, Person, PersonKind
from placet.identity import Principal
from placet.identity.principal import Identity
from placet.service.people_file import PeopleFile
from tests.hosts.host import ME, bare_host, by_header, load


class Visitor:
    """An identity that says whatever it was last told to."""

    def __init__(self, says: object = None) -> None:
        self.says = says
        self.asked = 0

    def __call__(self) -> Principal | None:
        self.asked += 1
        if isinstance(self.says, Exception):
            raise self.says
        return self.says  # type: ignore[return-value] # wrong answers are tested too


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


@pytest.fixture
def make_app(shop_url: str, visitor: Visitor) -> Callable[..., Flask]:
    """Makes an app in which the visitor is asking, with the people of the shop."""

    def make(identity: Identity = visitor, **settings: object) -> Flask:
        app = bare_host(shop_url, **settings)
        load(app, identity)
        return app

    return make


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


def known(app: Flask, id: str) -> Person | None:
    """What the directory holds."""
    with app.extensions["placet"].store.reading() as session:
        return session.people.person(id)


def comes(app: Flask, visitor: Visitor, says: object, status: int = 200) -> None:
    visitor.says = says
    assert app.test_client().get(ME).status_code == status


def entries(app: Flask) -> int:
    """How long the audit trail is."""
    with app.extensions["placet"].store.reading() as session:
        last = session.audit.last()
    return last.sequence if last else 0


@pytest.mark.requirement("P3", clause="identity says only who asks")
def test_what_the_host_says_is_written_into_the_directory_at_sign_in(app: Flask, visitor: Visitor) -> None:
    comes(app, visitor, Principal("new", "Newton", "new@example.org", ["analysts", "night"], {"country": ["DE", "FR"]}))
    assert known(app, "new") == Person(
        "new",
        "Newton",
        "new@example.org",
        groups=frozenset({"analysts", "night"}),
        attributes={"country": frozenset({"DE", "FR"})},
    )


def test_what_the_host_says_nothing_of_stays_as_the_directory_has_it(app: Flask, visitor: Visitor) -> None:
    before = known(app, "ann")
    comes(app, visitor, Principal("ann"))
    assert known(app, "ann") == before


@pytest.mark.parametrize(
    ("said", "groups", "attributes"),
    [
        (Principal("ann", groups=["night"]), {"night"}, {"country": {"DE", "NL"}}),
        (Principal("ann", groups=[]), set(), {"country": {"DE", "NL"}}),
        (Principal("ann", attributes={"country": ["FR"]}), {"analysts"}, {"country": {"FR"}}),
        (Principal("ann", attributes={}), {"analysts"}, {}),
    ],
)
def test_what_the_host_says_takes_the_place_of_what_was_known(
    app: Flask, visitor: Visitor, said: Principal, groups: set[str], attributes: dict[str, set[str]]
) -> None:
    comes(app, visitor, said)
    ann = known(app, "ann")
    assert ann
    assert (ann.groups, ann.attributes) == (groups, attributes)


def test_a_sign_in_that_brings_nothing_new_writes_nothing(app: Flask, visitor: Visitor) -> None:
    said = Principal("ann", "Ann Lee", groups=["analysts"], attributes={"country": ["NL", "DE"]})
    comes(app, visitor, said)
    before = entries(app)
    comes(app, visitor, said)
    assert entries(app) == before


@pytest.mark.parametrize("path", [ME, "/placet/"])
def test_someone_inactive_is_refused(app: Flask, visitor: Visitor, path: str) -> None:
    visitor.says = Principal("gone")
    assert app.test_client().get(path).status_code == 403
    gone = known(app, "gone")
    assert gone
    assert not gone.active


@pytest.mark.parametrize("path", [ME, "/placet/"])
@pytest.mark.parametrize(("id", "why"), [("etl", "service account"), ("ANN", "only in case, width or spaces")])
def test_whoever_would_be_taken_for_another_is_refused_and_reads_why(
    app: Flask, visitor: Visitor, path: str, id: str, why: str
) -> None:
    account = Person("etl", "Nightly", kind=PersonKind.SERVICE_ACCOUNT, owner="ann")
    app.extensions["placet"].marketplace.people.load("test", PeopleFile((account,)))
    before = entries(app)
    visitor.says = Principal(id, "Somebody")
    answer = app.test_client().get(path)
    assert (answer.status_code, why in answer.text) == (403, True)
    assert (entries(app), known(app, "etl"), known(app, "ANN")) == (before, account, None)


@pytest.mark.requirement("P3", clause="the governance role is a setting")
def test_no_role_of_the_host_governs_unless_a_setting_says_so(app: Flask, visitor: Visitor) -> None:
    comes(app, visitor, Principal("root", roles=["Admin", "GOVERNANCE", "governance"]))
    root = known(app, "root")
    assert root
    assert root.permissions == frozenset()


@pytest.mark.requirement("P3", clause="the governance role is a setting")
def test_a_setting_says_which_role_governs(make_app: Callable[..., Flask], visitor: Visitor) -> None:
    app = make_app(role_permissions={"Admin": "GOVERNANCE", "Auditor": "AUDIT"})
    comes(app, visitor, Principal("root", roles=["Admin", "Public"]))
    root = known(app, "root")
    assert root
    assert root.permissions == {GlobalPermission.GOVERNANCE}


def test_who_loses_the_role_loses_what_it_brought(make_app: Callable[..., Flask], visitor: Visitor) -> None:
    app = make_app(role_permissions={"Admin": "GOVERNANCE"})
    comes(app, visitor, Principal("root", roles=["Admin"]))
    comes(app, visitor, Principal("root", roles=[]))
    root = known(app, "root")
    assert root
    assert not root.holds(GlobalPermission.GOVERNANCE)


def test_a_permission_that_a_role_brings_is_no_ones_without_the_role(
    make_app: Callable[..., Flask], visitor: Visitor
) -> None:
    app = make_app(role_permissions={"Admin": "GOVERNANCE"})
    comes(app, visitor, Principal("gov"))
    governor = known(app, "gov")
    assert governor
    assert governor.permissions == {GlobalPermission.USER_ADMIN}


def test_nobody_is_anybody_by_default(app: Flask, visitor: Visitor) -> None:
    before = entries(app)
    comes(app, visitor, None, 401)
    assert app.test_client().get("/placet/").status_code == 401
    assert entries(app) == before


USER_OF_THE_HOST = SimpleNamespace(id="gov", name="Gus", email="", groups=None, attributes=None, roles=())


@pytest.mark.parametrize("says", ["gov", {"id": "gov"}, USER_OF_THE_HOST, True, LookupError("no directory"), Principal])
def test_an_identity_that_fails_lets_nobody_in(app: Flask, visitor: Visitor, says: object) -> None:
    visitor.says = says
    for path in (ME, "/placet/"):
        answer = app.test_client().get(path)
        assert answer.status_code == 500
        assert "no directory" not in answer.text


def test_an_identity_may_refuse_by_itself(app: Flask, visitor: Visitor) -> None:
    def blocked() -> None:
        abort(429)

    with app.test_request_context(), pytest.raises(Exception, match="429") as refused:
        blocked()
    comes(app, visitor, refused.value, 429)


def test_the_host_is_asked_once_for_each_request(app: Flask, visitor: Visitor) -> None:
    visitor.says = Principal("ann")
    assert app.test_client().get("/placet/").status_code == 200
    assert visitor.asked == 1


def test_no_request_inherits_who_was_asking_before(make_app: Callable[..., Flask]) -> None:
    app = make_app(by_header)
    with app.app_context():  # such as a host's tests hold open: `flask.g` then serves more than one request
        client = app.test_client()
        assert client.get(ME, headers={"X-Person": "ann"}).status_code == 200
        assert client.get(ME).status_code == 401
