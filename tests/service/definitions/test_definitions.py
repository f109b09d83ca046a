"""Definitions: planned, applied as a whole or not at all, and exported so that they read the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from placet.domain.errors import Forbidden, NotFound, PlacetError
from placet.domain.people import GlobalPermission, Person
from placet.domain.policies import BadPolicy
from placet.domain.products import BadProduct, ProductState
from placet.domain.sources import BadSource
from placet.domain.tokens import Scope
from placet.emitter.target import CatalogColumn, CatalogSource
from placet.service import Marketplace
from placet.service.definitions import BadDefinitions, File, StalePlan, WasDeleted
from placet.service.definitions.plan import Difference
from placet.service.definitions.products import steps_to
from placet.service.definitions.sources import SourceSection
from placet.service.definitions.text import read_files, schema, written
from placet.service.people import OwnerInactive
from placet.service.people_file import PeopleFile, PlatformLogin
from placet.settings import Settings
from placet.storage import Store
from placet.workflow.products import Step
from placet.workflow.refusals import NobodyCanDecide, WrongState
from tests.service.office import Office

GOVERNOR = Person("gov", "Gov", permissions=frozenset({GlobalPermission.GOVERNANCE, GlobalPermission.USER_ADMIN}))
PAGE = (Path(__file__).parents[3] / "docs" / "definitions.md").read_text()
[EXAMPLE] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


DELEGATED = """forms:
  delegated:
    name: Delegated
    flow: {kind: delegated, quorum: all}
    packs: [expiry, routing, quorum, eligibility]
    questions:
    - {id: kind, kind: one-of, label: "Kind: which?", options: ["yes", "no"]}
    - {id: more, kind: short-answer, label: "#", shown_when: {question: kind, answer: "yes"}}
"""
WHOLE = (
    EXAMPLE.replace("forms:\n", DELEGATED)
    + """\
  waiting: {name: Waiting, domain: pay, form: delegated, sources: [salaries], state: suspended,
    stewards: [{kind: group, name: payroll}], links: ["https://example.org/é?a=1#b"], visible_to: [payroll],
    expert: "no", description: "  two\\n lines \\n", masking_form: ask-payroll}
  gone: {name: Gone, domain: pay, form: ask-payroll, sources: [salaries], state: unpublished}
  idea: {name: "true", domain: pay, form: standard}
"""
)


def plan(market: Marketplace, text: str) -> list[tuple[str, str]]:
    made = market.definitions.plan(GOVERNOR, [File("market.yaml", text)])
    return [(f"{step.section}.{step.id}", step.what) for step in made.changes]


def apply(market: Marketplace, text: str) -> None:
    files = [File("market.yaml", text)]
    market.definitions.apply(GOVERNOR, files, market.definitions.plan(GOVERNOR, files).digest)


def changed(old: str, new: str) -> str:
    assert old in EXAMPLE
    return EXAMPLE.replace(old, new)


def trail(market: Marketplace) -> list[str]:
    with market.context.store.reading() as session:
        return [entry.type for entry in session.audit.entries()]


def kept(market: Marketplace, product: str) -> ProductState:
    with market.context.store.reading() as session:
        found = session.products.get(product)
    assert found
    return found.state


def test_a_plan_changes_nothing_and_applying_twice_changes_nothing_more(marketplace: Marketplace) -> None:
    before = trail(marketplace)
    first = plan(marketplace, EXAMPLE)
    assert {what for _, what in first} == {"create"}
    assert len(first) == 8
    assert plan(marketplace, EXAMPLE) == first
    assert trail(marketplace) == before
    apply(marketplace, EXAMPLE)
    assert kept(marketplace, "salaries") is ProductState.PUBLISHED
    after = trail(marketplace)
    assert len(after) > len(before) + 8
    assert plan(marketplace, EXAMPLE) == []
    apply(marketplace, EXAMPLE)
    assert trail(marketplace) == after
    assert marketplace.audit.verify(replace(GOVERNOR, permissions=frozenset(GlobalPermission))).problems == ()


@pytest.fixture
def elsewhere(marketplace: Marketplace, tmp_path: Path) -> Iterator[Marketplace]:
    """An installation with nothing in it."""
    (tmp_path / "other.db").touch()
    other = Marketplace(Settings(), Store(f"sqlite:///{tmp_path / 'other.db'}"), clock=marketplace.context.clock)
    other.upgrade()
    yield other
    other.context.store.close()


def test_an_export_reads_the_same_here_and_in_an_empty_installation(
    marketplace: Marketplace, elsewhere: Marketplace
) -> None:
    apply(marketplace, WHOLE)
    text = marketplace.definitions.export(GOVERNOR, people=True)
    assert plan(marketplace, text) == []
    apply(elsewhere, text)
    assert elsewhere.definitions.export(GOVERNOR, people=True) == text
    assert plan(elsewhere, text) == []


def test_what_an_office_made_by_hand_is_exported_and_can_be_made_elsewhere(
    office: Office, elsewhere: Marketplace
) -> None:
    text = office.marketplace.definitions.export(GOVERNOR, people=True)
    assert plan(office.marketplace, text) == []
    apply(elsewhere, text)
    assert elsewhere.definitions.export(GOVERNOR, people=True) == text
    assert not {"people:", "groups:"} & set(office.marketplace.definitions.export(GOVERNOR).splitlines())


def test_an_export_has_no_secrets_and_no_logins(office: Office) -> None:
    market, end = office.marketplace, office.clock.now() + timedelta(days=1)
    token, text = market.tokens.create(office.person("uma"), "nightly", [Scope.READ], end, "robot")
    login = PlatformLogin("rita", "warehouse", "rita_on_the_platform")
    market.people.load("test", PeopleFile((), logins=(login,)))
    hook = market.webhooks.add(office.person("ada"), "https://93.184.216.34/hook", ())
    exported = market.definitions.export(GOVERNOR, people=True)
    assert "rita" in exported
    for kept_out in (token.id, text, text[-20:], "rita_on_the_platform", "93.184.216.34", hook.secret):
        assert kept_out not in exported


def test_everything_wrong_with_a_file_is_told_at_once_with_its_place(marketplace: Marketplace) -> None:
    text = "domain: {}\nproducts:\n  p: {nmae: P, domain: d, form: f, state: open}\n  q: word\n"
    with pytest.raises(BadDefinitions) as told:
        plan(marketplace, text)
    assert told.value.detail.splitlines() == [
        "market.yaml:1:1: there is no section `domain`: did you mean `domains`?",
        "market.yaml:3:6: products.p: `name` is missing",
        "market.yaml:3:7: products.p: `nmae` is not known here: did you mean `name`?",
        "market.yaml:3:43: products.p.state: `open` is none of draft, published, suspended, unpublished",
        "market.yaml:4:6: products.q: names with values are needed here, and not `word`",
        *[f"market.yaml:4:6: products.q: `{name}` is missing" for name in ("name", "domain", "form")],
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("domains: &a {}\nforms: *a\n", "mean something else"),
        ("domains:\n  a: {name: A}\n  a: {name: B}\n", "`a` stands here twice"),
        ("domains: !!python/object:os.system {}\n", "mean something else"),
        ("[" * 40, "too deep"),
        ("domains:\n  '': {name: A}\n", "at least one character"),
        ("domains: [a]\n", "stands under its id"),
        ("- a\n", "has sections"),
        ("products:\n  p: {name: P, domain: d, form: f, maximum: long}\n", "is no duration"),
        ("products:\n  p: {name: P, domain: d, form: f, form_version: two}\n", "whole number"),
        ("sources:\n  s: {target: t, schema: s, name: n, columns: {c: {confirmed: yes}}}\n", "`true` or `false`"),
        ("policies:\n  p: {name: P, mask: {kind: 'null'}, on: {tag: T}, everyone_except: {grp: x}}\n", "no kind of"),
    ],
)
def test_what_can_not_be_read_is_refused(marketplace: Marketplace, text: str, told: str) -> None:
    with pytest.raises(BadDefinitions, match=re.escape(told)):
        plan(marketplace, text)


def test_a_thing_stands_in_one_file_only(marketplace: Marketplace) -> None:
    files = [File("a.yaml", "domains: {d: {name: D}}"), File("b.json", '{"domains": {"d": {"name": "E"}}}')]
    with pytest.raises(BadDefinitions, match=r"b\.json:1:14: `domains\.d` is described at a\.yaml:1:11 too"):
        marketplace.definitions.plan(GOVERNOR, files)


REFUSED: list[tuple[str, str, type[PlacetError]]] = [
    ("{kind: group, name: payroll}", "{kind: user, name: ann}\n      - {kind: group, name: none}", PlacetError),
    ("groups: [payroll]", "groups: []", NobodyCanDecide),
    ("sources: [salaries]", "sources: []", BadProduct),
    ("domain: pay\n    form", "domain: hr\n    form", NotFound),
    ("    form: ask-payroll", "    form: ask-payroll\n    form_version: 7", NotFound),
    ("on: {tag: Money}", "on: {tag: Money, domain: pay}", BadPolicy),
    ("groups: [payroll]", "groups: [payroll, nobody]", NotFound),
]


@pytest.mark.parametrize(("old", "new", "refusal"), REFUSED, ids=lambda one: str(one)[:20])
def test_what_the_marketplace_refuses_is_refused_by_the_plan_with_its_place_and_nothing_is_kept(
    marketplace: Marketplace, old: str, new: str, refusal: type[PlacetError]
) -> None:
    before = trail(marketplace)
    with pytest.raises(refusal, match=r"^market\.yaml:\d+:3: \w+\.[\w-]+: "):
        plan(marketplace, changed(old, new))
    with marketplace.context.store.reading() as session:
        assert session.domains.all() == []
    assert trail(marketplace) == before


def test_a_plan_that_is_out_of_date_is_not_done(marketplace: Marketplace) -> None:
    apply(marketplace, EXAMPLE)
    files = [File("market.yaml", changed("name: Pay\n", "name: Payments\n"))]
    planned = marketplace.definitions.plan(GOVERNOR, files)
    domain = marketplace.domains.get(GOVERNOR, "pay")
    marketplace.domains.save(GOVERNOR, replace(domain, name="Wages"))
    with pytest.raises(StalePlan):
        marketplace.definitions.apply(GOVERNOR, files, planned.digest)
    assert marketplace.domains.get(GOVERNOR, "pay").name == "Wages"


def test_of_two_that_apply_the_same_plan_at_once_one_does_it(marketplace: Marketplace) -> None:
    apply(marketplace, EXAMPLE)
    files = [
        File("market.yaml", changed("state: published", "state: suspended").replace("name: Pay\n", "name: Wages\n"))
    ]
    digest = marketplace.definitions.plan(GOVERNOR, files).digest

    def outcome(_: int) -> str:
        try:
            marketplace.definitions.apply(GOVERNOR, files, digest)
        except PlacetError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(outcome, range(4)))
    assert outcomes == ["done", *["stale-plan"] * 3]
    assert kept(marketplace, "salaries") is ProductState.SUSPENDED
    assert trail(marketplace).count("data_product.suspended") == 1


def test_only_who_governs_may_and_people_are_for_those_who_manage_them(marketplace: Marketplace) -> None:
    governs = replace(GOVERNOR, permissions=frozenset({GlobalPermission.GOVERNANCE}))
    administers = replace(GOVERNOR, permissions=frozenset({GlobalPermission.USER_ADMIN}))
    files = [File("market.yaml", EXAMPLE)]
    for actor in (governs, administers, replace(GOVERNOR, active=False)):
        with pytest.raises(Forbidden):
            marketplace.definitions.plan(actor, files)
        with pytest.raises(Forbidden):
            marketplace.definitions.apply(actor, files, "")
        with pytest.raises(Forbidden):
            marketplace.definitions.export(actor, people=True)
    assert marketplace.definitions.export(governs) == "{}\n"


def test_a_change_of_a_form_waits_to_be_taken_up_by_its_version(marketplace: Marketplace) -> None:
    apply(marketplace, EXAMPLE)
    stricter = changed("{kind: group, name: payroll}", "{kind: user, name: ann}")
    assert plan(marketplace, stricter) == [("forms.ask-payroll", "change")]
    apply(marketplace, stricter)
    exported = marketplace.definitions.export(GOVERNOR, people=True)
    assert "form_version: 1" in exported
    assert plan(marketplace, exported) == []
    taken = stricter.replace("    form: ask-payroll", "    form: ask-payroll\n    form_version: 2")
    assert plan(marketplace, taken) == [("products.salaries", "change")]
    apply(marketplace, taken)
    assert "form_version" not in marketplace.definitions.export(GOVERNOR)


def test_columns_nobody_looked_at_stay_so_in_another_installation(marketplace: Marketplace) -> None:
    text = changed("id: {type: bigint}", "id: {type: bigint, confirmed: false}")
    apply(marketplace, text)
    [masked] = [one for one in marketplace.sources.get(GOVERNOR, "salaries").columns if one.name == "id"]
    assert not masked.confirmed
    assert "confirmed: false" in marketplace.definitions.export(GOVERNOR)
    apply(marketplace, EXAMPLE)
    assert plan(marketplace, text) == []


class Warehouse:
    """A platform of which only the catalog is read."""

    def read_catalog(self) -> tuple[CatalogSource, ...]:
        columns = (CatalogColumn(4, "iban", "varchar"), CatalogColumn(7, "extra", "text"))
        return (CatalogSource("pay", "salaries", columns),)


def test_on_a_connected_platform_columns_are_those_of_the_catalog(marketplace: Marketplace) -> None:
    marketplace.context.targets = {"warehouse": Warehouse()}  # type: ignore[dict-item]  # only the catalog is read
    with pytest.raises(BadSource, match=r"has no `pay\.salaries\.id`"):
        plan(marketplace, EXAMPLE)
    text = changed("      id: {type: bigint}\n", "")
    apply(marketplace, text)
    assert plan(marketplace, text) == []
    columns = marketplace.sources.get(GOVERNOR, "salaries").columns
    assert [(one.id, one.name, one.type, one.confirmed) for one in columns] == [
        (4, "iban", "varchar", True),
        (7, "extra", "text", False),
    ]


def test_which_table_a_source_is_stays(marketplace: Marketplace) -> None:
    apply(marketplace, EXAMPLE)
    with pytest.raises(BadSource, match="`schema` is another"):
        plan(marketplace, changed("schema: pay", "schema: hr"))


def test_what_was_deleted_does_not_come_back(marketplace: Marketplace) -> None:
    apply(marketplace, EXAMPLE)
    marketplace.products.delete(GOVERNOR, "salaries")
    assert "products:" not in marketplace.definitions.export(GOVERNOR)
    with pytest.raises(WasDeleted, match=r"products\.salaries: `salaries` was deleted"):
        plan(marketplace, EXAMPLE)


ACCOUNT = """people:
  ann: {name: Ann, active: %s}
  robot: {name: Robot, kind: service-account, owner: ann}
"""


def test_what_one_change_does_to_another_thing_of_the_file_is_seen(marketplace: Marketplace) -> None:
    apply(marketplace, ACCOUNT % "true")
    with pytest.raises(OwnerInactive, match=r"people\.robot: `ann`"):
        plan(marketplace, ACCOUNT % "false")


def test_what_is_there_already_is_read_together(marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "sources:\n" + "".join(f"  s{n}: {{target: t, schema: s, name: n{n}}}\n" for n in range(40))
    apply(marketplace, text)
    read: list[list[str]] = []
    once = SourceSection.standing
    monkeypatch.setattr(SourceSection, "standing", lambda *args: (read.append(args[2]), once(*args))[1])
    assert plan(marketplace, text) == []
    assert [len(ids) for ids in read] == [1, 2, 4, 8, 16, 9]
    read.clear()
    assert plan(marketplace, text.replace("name: n20", "tags: [T], name: n20")) == [("sources.s20", "change")]
    assert sum(map(len, read)) < 80


def test_of_policies_made_together_the_first_is_the_oldest(marketplace: Marketplace) -> None:
    other = changed("  hide-accounts:", "  zz: {name: Zz, mask: {kind: hash}, on: {tag: Money}}\n  hide-accounts:")
    apply(marketplace, other)
    text = marketplace.definitions.export(GOVERNOR)
    assert text.index("zz:") < text.index("hide-accounts:")


def test_a_domain_that_gets_tags_takes_its_sources_and_no_others_by_hand(marketplace: Marketplace) -> None:
    dynamic = changed("    name: Pay\n", "    name: Pay\n    tags: [Pay]\n").replace(
        "    domains: [pay]\n", "    tags: [Pay.Roll]\n"
    )
    apply(marketplace, dynamic)
    assert plan(marketplace, dynamic) == []
    assert marketplace.sources.get(GOVERNOR, "salaries").domains == {"pay"}


@pytest.mark.parametrize("state", [one for one in ProductState if one is not ProductState.DELETED])
@pytest.mark.parametrize("wanted", [one for one in ProductState if one is not ProductState.DELETED])
def test_steps_lead_from_every_state_to_every_other_but_to_a_draft(state: ProductState, wanted: ProductState) -> None:
    if wanted is ProductState.DRAFT and state is not wanted:
        with pytest.raises(WrongState):
            steps_to("P", state, wanted)
    else:
        assert len(steps_to("P", state, wanted)) <= 2
    assert steps_to("P", ProductState.UNPUBLISHED, ProductState.SUSPENDED) == [Step.PUBLISH, Step.SUSPEND]


def test_the_example_and_every_export_fit_the_schema(marketplace: Marketplace) -> None:
    apply(marketplace, EXAMPLE)
    read: Callable[[str], object] = YAML(typ="safe", pure=True).load
    for text in (EXAMPLE, marketplace.definitions.export(GOVERNOR, people=True)):
        jsonschema.validate(read(text), schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"domains": {"d": {"nmae": "D"}}}, schema())


def members(schema: object) -> Iterator[tuple[str, dict[str, object]]]:
    """Every member that a schema knows, however deep, with what it says of it."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {}).items()
        for inside in schema.values():
            yield from members(inside)


def test_the_schema_is_shipped_and_explains_every_member() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    assert [name for name, said in members(schema()) if not said.get("description")] == []
    shipped = Path(__file__).parents[3] / "web" / "static" / "definitions.schema.json"
    told = "run `placet export --schema > web/static/definitions.schema.json`"
    assert shipped.read_text() == f"{json.dumps(schema(), indent=2)}\n", told


VISIBLE = st.text(
    st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"], include_characters="\n\t"), max_size=250
)
IDS = st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"]), min_size=1, max_size=255)


@given(IDS, VISIBLE, VISIBLE)
def test_whatever_is_written_reads_the_same(id: str, name: str, description: str) -> None:
    domain = {"name": name, "description": description, "tags": []}
    [found] = read_files([File("market.yaml", written({"domains": {id: domain}}))])
    assert (found.id, found.plain) == (id, domain)


def test_a_difference_is_one_line_that_no_terminal_obeys() -> None:
    told = str(Difference("name", "a\x9b\u202e\n", ["é"]))
    assert told == 'name: "a\\x9b\\u202e\\n" -> ["é"]'
