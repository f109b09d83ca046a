"""The facts that the rules are told: each out of a real request, and never what someone wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.domain.errors import PackError
from placet.domain.forms import Flow, FlowKind, Question, QuestionKind, Quorum
from placet.domain.people import DomainPermission, GlobalPermission, Person, PersonKind, StewardSource
from placet.domain.products import SourceTags
from placet.domain.requests import AccessRequest, Determination, RequestStatus, RequestType, RequiredSource, Verdict
from placet.domain.terms import Duration, Term
from placet.engine import Fact, PackSource, load_pack
from placet.workflow.known import Known
from placet.workflow.rulebook import ASKED, HOOKS, SETTLED, SINGLE, Rulebook
from placet.workflow.vocabulary import KNOWN, OPENING, STANDING, VERDICT, VOCABULARY, kept, tell
from placet.workflow.vocabulary_page import vocabulary_page
from tests.workflow.world import FINANCE, LEGAL, START, World, ann, form, listed, product, rita

ROOT = Path(__file__).parent.parent.parent
LAST = START - timedelta(days=3)

ADA = replace(
    ann,
    attributes={"department": frozenset({"audit", "finance"})},
    permissions=frozenset({GlobalPermission.AUDIT}),
    domain_permissions=frozenset({("pay", DomainPermission.MANAGE_TAGS)}),
)
ROBOT = Person("robot", "Robot", kind=PersonKind.SERVICE_ACCOUNT, owner="tom", active=False)
ASKER = replace(rita, attributes={"manager": frozenset({"mia"})})
EVERY_KIND = (
    FINANCE,
    StewardSource.user("ann"),
    StewardSource.attribute("region", "emea"),
    StewardSource.permission(GlobalPermission.AUDIT),
    StewardSource.domain_permission(DomainPermission.MANAGE_TAGS, "pay"),
)
QUESTIONS = (
    Question("why", QuestionKind.SHORT_ANSWER, "Why?"),
    Question("which", QuestionKind.ONE_OF, "Which?", options=("few", "many")),
    Question("where", QuestionKind.SEVERAL_OF, "Where?", options=("here", "there")),
    Question("urgent", QuestionKind.YES_NO, "Urgent?"),
    Question("rows", QuestionKind.NUMBER, "Rows?"),
    Question("due", QuestionKind.DATE, "Due?"),
    Question("long", QuestionKind.ACCESS_DURATION, "How long do you need access?"),
)
ANSWERS: dict[str, object] = {
    "why": "for the report",
    "which": "few",
    "where": ["here", "there"],
    "urgent": True,
    "rows": 7,
    "due": "2026-02-28",
    "long": "1 month",
}


def world(flow: Flow, **changes: object) -> World:
    made = World(form(flow, questions=QUESTIONS), product(maximum=Duration.parse("90 days"), **changes))
    made.people |= {"rita": ASKER, "ann": ADA, "robot": ROBOT}
    made.datasets = [
        SourceTags("pay.salaries", frozenset({"HR.Payroll"}), {"amount": frozenset({"money"})}),
        SourceTags("pay.people", frozenset(), {}),
    ]
    return made


def request(**changes: object) -> AccessRequest:
    made = AccessRequest("r1", RequestType.DATA_ACCESS, "salaries", "rita", "robot", "form", 1, START, answers=ANSWERS)
    return replace(made, **changes)  # type: ignore[arg-type]  # names of the dataclass


def told(question: str, of: World, asked: AccessRequest, *people: Person) -> dict[str, set[tuple[object, ...]]]:
    situation = of.situation(asked.requester, asked.beneficiary)
    known = Known(asked, situation, people, new=question == OPENING)
    facts: dict[str, set[tuple[object, ...]]] = {}
    for kind, *values in tell(known, question):
        facts.setdefault(kind, set()).add(tuple(values))
    return facts


def seconds(*at: int) -> int:
    return int(datetime(*at, tzinfo=UTC).timestamp())  # type: ignore[misc,arg-type]  # year, month, day, ...


NEW = {
    "requester": {("rita",)},
    "beneficiary": {("robot",)},
    "active": {("rita",)},
    "owner": {("robot", "tom")},
    "manager": {("rita", "mia")},
    "attribute": {("rita", "manager", "mia")},
    "request type": {("data-access",)},
    "product": {("salaries",)},
    "product domain": {("pay",)},
    "draws on": {("pay.salaries",), ("pay.people",)},
    "tagged": {("HR.Payroll",), ("money",)},
    "source tag": {("pay.salaries", "HR.Payroll")},
    "column tag": {("pay.salaries", "amount", "money")},
    "parent": {("HR.Payroll", "HR")},
    "answered": {("which", "few"), ("where", "here"), ("where", "there"), ("urgent", "yes")},
    "answered number": {("rows", 7)},
    "answered date": {("due", seconds(2026, 2, 28))},
    "asks for": {(28 * 86400,)},
    "form": {("listed", "all")},
    "form source": {(source.key, 1) for source in EVERY_KIND},
    "pending": {("r1", seconds(2026, 1, 31, 12))},
    "by group": {(FINANCE.key, "finance")},
    "by person": {("user:ann", "ann")},
    "by attribute": {("attribute:region:emea", "region", "emea")},
    "by permission": {("global-permission:AUDIT", "AUDIT")},
    "by domain": {("domain-permission:manage-tags:pay", "pay", "manage-tags")},
    "now": {(seconds(2026, 1, 31, 12),)},
    "cap": {(seconds(2026, 5, 1, 12),)},
    "period": {
        ("week", seconds(2026, 2, 2)),
        ("month", seconds(2026, 2, 1)),
        ("quarter", seconds(2026, 4, 1)),
        ("year", seconds(2027, 1, 1)),
    },
}


def test_a_new_request_is_told_whole() -> None:
    assert told(OPENING, world(listed(*EVERY_KIND, quorum=Quorum.ALL)), request()) == NEW


def test_what_a_form_leaves_to_the_product_and_what_was_decided_before_is_told_of_a_new_request() -> None:
    flow = Flow(FlowKind.DELEGATED, Quorum.ALL)
    of = world(flow, stewards=(LEGAL,))
    of.earlier = [request(id="r0", status=RequestStatus.DENIED, decided_at=LAST)]
    facts = told(OPENING, of, request())
    assert (facts["product source"], facts["by group"]) == ({("group:legal", 1)}, {("group:legal", "legal")})
    assert facts["earlier"] == {("r0", int(LAST.timestamp()), "denied")}


def test_an_automatic_form_is_told_with_its_end() -> None:
    flow = Flow(FlowKind.AUTOMATIC, justification="open", duration=Duration.parse("7 days"))
    facts = told(OPENING, world(flow), request())
    assert (facts["justified"], facts["form end"]) == ({()}, {(seconds(2026, 2, 7, 12),)})


def test_a_steward_is_told_with_everything_they_hold() -> None:
    facts = told(STANDING, world(listed(FINANCE)), request(sources=(RequiredSource(FINANCE, 2),)), ADA)
    assert facts["asked"] == {("ann",)}
    assert facts["member"] == {("ann", "finance")}
    assert facts["holds"] == {("ann", "AUDIT")}
    assert facts["holds in"] == {("ann", "pay", "manage-tags")}
    assert {("ann", "department", "audit"), ("ann", "department", "finance")} <= facts["attribute"]
    assert facts["requires"] == {("group:finance", 2)}
    assert "form source" not in facts


def test_what_was_determined_is_told_with_its_ends() -> None:
    made = Determination(
        "d1", "r1", "ann", Verdict.APPROVE, "fine", START, Term(duration=Duration.parse("1 day")), frozenset({"owners"})
    )
    denial = replace(made, id="d2", steward="bob", verdict=Verdict.DENY)
    named = (
        RequiredSource(StewardSource.user("ann"), 1, "owners"),
        RequiredSource(StewardSource.user("tom"), 1, "owners"),
    )
    asked = request(sources=named, quorum=Quorum.ANY, determinations=(made, denial))
    facts = told(VERDICT, world(listed(FINANCE)), asked)
    assert facts["determination"] == {("ann", "approve"), ("bob", "deny")}
    assert facts["stood for"] == {("ann", "owners"), ("bob", "owners")}
    assert facts["limit"] == {("ann", seconds(2026, 2, 1, 12))}
    assert (facts["requires"], facts["quorum"]) == ({("owners", 1)}, {("any",)})
    assert facts["by person"] == {("owners", "ann"), ("owners", "tom")}


NOT_YET = {"beneficiary group", "wants column"}
"""Told as soon as there is something of it: groups as beneficiaries, and masking exceptions."""


def test_every_word_is_told_by_some_request_in_these_tests() -> None:
    elsewhere = {"product source", "earlier", "justified", "form end", "asked", "member", "holds", "holds in"}
    elsewhere |= {"requires", "quorum", "determination", "stood for", "limit"}
    assert NEW.keys() | elsewhere | NOT_YET == VOCABULARY.keys()


def test_what_is_kept_names_every_kind_that_was_told_also_where_there_is_none() -> None:
    facts: list[Fact] = [("now", 1), ("asked", "ann")]
    stored = kept(facts, STANDING)
    assert stored["asked"] == [["ann"]]
    assert stored["limit"] == []
    assert "form" not in stored
    assert stored.keys() == {kind for kind, word in VOCABULARY.items() if STANDING in word.told_at}


@given(text=st.text(min_size=1), number=st.floats(allow_nan=False, allow_infinity=False))
def test_what_someone_wrote_is_never_told(text: str, number: float) -> None:
    written = f"written: {text}"
    answers = {"why": written, "rows": number}
    facts = told(OPENING, world(listed(FINANCE)), request(answers=answers, justification=written))
    assert not any(written in map(str, row) for rows in facts.values() for row in rows)


@pytest.mark.parametrize(
    ("day", "week", "quarter"),
    [
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), (2027, 1, 4), (2027, 1, 1)),
        (datetime(2027, 1, 4, tzinfo=UTC), (2027, 1, 11), (2027, 4, 1)),
        (datetime(2028, 2, 29, tzinfo=UTC), (2028, 3, 6), (2028, 4, 1)),
        (datetime(2026, 9, 30, tzinfo=UTC), (2026, 10, 5), (2026, 10, 1)),
    ],
)
def test_a_period_ends_where_the_next_begins(day: datetime, week: tuple[int, ...], quarter: tuple[int, ...]) -> None:
    of = world(listed(FINANCE))
    of.now = day
    ends = told(OPENING, of, request())["period"]
    assert {("week", seconds(*week)), ("quarter", seconds(*quarter))} <= ends


@pytest.mark.parametrize("name", ["routing", "eligibility", "quorum", "expiry"])
def test_shipped_packs_read_what_is_told_with_the_types_it_is_told_with(name: str) -> None:
    pack = load_pack(name)
    every = load_pack("routing", "eligibility", "quorum", "expiry").program
    concluded = {head.kind for rule in every.rules for head in rule.then}
    for kind in pack.program.given:
        assert kind in KNOWN.keys() | concluded | HOOKS
        assert kind not in KNOWN or dict(pack.program.kinds[kind]) == dict(KNOWN[kind])
    assert not KNOWN.keys() & HOOKS
    assert ASKED | SETTLED | SINGLE.keys() <= every.kinds.keys()


def test_a_pack_that_reads_a_fact_otherwise_than_it_is_told_is_refused() -> None:
    text = "pack: odd\nnames: [tag]\nreads: {tagged: {tag, level: number}}\nconcludes: {}\nrules: {}\n"
    packs = [load_pack(name).sources[0] for name in ("routing", "eligibility", "quorum", "expiry")]
    with pytest.raises(PackError, match="`tagged` is told as"):
        Rulebook(load_pack(*packs, PackSource("odd.yaml", text)))


def test_the_page_of_the_vocabulary_is_as_the_table_has_it() -> None:
    assert (ROOT / "docs" / "vocabulary.md").read_text() == vocabulary_page()


@pytest.mark.parametrize("value", ["", "x" * 256, "\ud800" * 300])
def test_a_name_that_no_rule_can_hold_is_told_by_its_digest(value: str) -> None:
    of = world(listed(FINANCE))
    of.people["rita"] = replace(ASKER, attributes={"note": frozenset({value, "short"})})
    told_of = [row for row in told(OPENING, of, request())["attribute"] if row[0] == "rita"]
    assert ("rita", "note", "short") in told_of
    [(_, _, digest)] = [row for row in told_of if row[2] != "short"]
    assert (str(digest)[0], len(str(digest))) == ("%", 65)


def test_at_the_end_of_the_calendar_every_period_ends_with_it() -> None:
    of = world(listed(FINANCE))
    of.product = replace(of.product, maximum=None)
    of.now = datetime(9999, 12, 30, tzinfo=UTC)
    last = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())
    assert {end for _, end in told(OPENING, of, request(answers={}))["period"]} == {last}


def test_only_what_the_rules_of_a_question_look_at_counts_against_the_limit() -> None:
    crowd = frozenset(f"g{number}" for number in range(200))
    of = world(listed(FINANCE))
    of.people["rita"] = replace(ASKER, groups=crowd)
    of.rules = Rulebook(load_pack("routing", "eligibility", "quorum", "expiry"), most_facts=100)
    assert of.submit(answers=ANSWERS).status is RequestStatus.PENDING
