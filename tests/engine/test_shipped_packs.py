"""The shipped packs: their cases, and the requirements that live in them, as the workflow asks about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

import pytest

from placet.domain.people import DomainPermission, GlobalPermission
from placet.engine import Evaluation, Pack, PackSource, load_pack
from placet.engine.cases import run_cases
from tests.engine.small import concluded

SHIPPED = ("routing", "eligibility", "quorum", "expiry")
RULES = Path(__file__).parent.parent.parent / "rules"
JUNE, DECEMBER = datetime(2026, 6, 30, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)

Told = dict[str, list[dict[str, object]]]


@pytest.fixture(scope="module")
def rules() -> Pack:
    return load_pack(*SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.requirement("N3", clause="cases")
def test_every_rule_is_hit_by_a_case_that_expects_its_reason(name: str) -> None:
    report = run_cases(RULES / f"{name}.cases.yaml")
    assert report.problems == []
    assert report.missed == ()
    assert report.told == report.hit
    assert report.cases >= 7


def test_cases_ship_beside_the_packs() -> None:
    names = {one.name for one in resources.files("placet.rules").iterdir()}
    assert {f"{name}.yaml" for name in SHIPPED} | {f"{name}.cases.yaml" for name in SHIPPED} <= names


def test_the_packs_know_the_permissions_of_the_marketplace(rules: Pack) -> None:
    assert rules.program.kinds["holds"]["permission"] == tuple(GlobalPermission)
    assert rules.program.kinds["holds in"]["permission"] == tuple(DomainPermission)


# --- quorum ---


def asked(
    quorum: str, required: Iterable[str], verdicts: Mapping[str, str], stood_for: Mapping[str, Iterable[str]]
) -> Told:
    """A request as it stands: whom it asks, who determined how, and for what they stood."""
    return {
        "quorum": [{"rule": quorum}],
        "requires": [{"source": source, "stage": 1} for source in required],
        "determination": [{"steward": steward, "verdict": verdict} for steward, verdict in verdicts.items()],
        "stood for": [{"steward": one, "source": source} for one, sources in stood_for.items() for source in sources],
    }


def outcome(said: Evaluation) -> object:
    """The one outcome, or None."""
    rows = said.of("outcome")
    assert len(rows) < 2
    return rows[0]["status"] if rows else None


@pytest.mark.parametrize("verdict", ["approve", "deny"])
@pytest.mark.requirement("R4", clause="first determination decides any")
def test_under_any_the_first_determination_decides(rules: Pack, verdict: str) -> None:
    assert outcome(rules.evaluate(asked("any", ["finance", "legal"], {}, {}))) is None
    said = rules.evaluate(asked("any", ["finance", "legal"], {"ann": verdict}, {"ann": ["legal"]}))
    assert outcome(said) == {"approve": "approved", "deny": "denied"}[verdict]


@pytest.mark.requirement("R4", clause="all needs every source")
def test_under_all_a_request_waits_for_every_source(rules: Pack) -> None:
    three = ["finance", "legal", "sales"]
    approved = {"ann": "approve", "bob": "approve"}
    said = rules.evaluate(asked("all", three, approved, {"ann": ["finance"], "bob": ["legal"]}))
    assert outcome(said) is None
    assert concluded(said, "unmet") == {("sales",)}
    said = rules.evaluate(asked("all", three, approved, {"ann": ["finance"], "bob": ["legal", "sales"]}))
    assert outcome(said) == "approved"


@pytest.mark.parametrize("quorum", ["any", "all"])
@pytest.mark.parametrize("stood_for", [[], ["other"]])
@pytest.mark.requirement("R4", clause="met by its own stewards only")
def test_an_approval_meets_no_source_that_its_giver_did_not_stand_for(
    rules: Pack, quorum: str, stood_for: list[str]
) -> None:
    said = rules.evaluate(asked(quorum, ["finance"], {"ann": "approve"}, {"ann": stood_for}))
    assert outcome(said) is None
    assert concluded(said, "unmet") == {("finance",)}


@pytest.mark.requirement("R4", clause="one person meets several")
def test_one_person_may_meet_several_sources(rules: Pack) -> None:
    sources = ["finance", "legal", "sales"]
    assert outcome(rules.evaluate(asked("all", sources, {"ann": "approve"}, {"ann": sources}))) == "approved"


@pytest.mark.requirement("R4", clause="one denial denies")
def test_one_denial_denies_whatever_approvals_there_are(rules: Pack) -> None:
    sources = {"ann": ["finance"], "bob": ["legal"], "cid": ["finance", "legal"]}
    verdicts = {"ann": "approve", "bob": "approve", "cid": "deny"}
    assert outcome(rules.evaluate(asked("all", ["finance", "legal"], verdicts, sources))) == "denied"


def test_nothing_is_approved_where_no_one_is_asked(rules: Pack) -> None:
    for quorum in ("any", "all"):
        assert outcome(rules.evaluate(asked(quorum, [], {"ann": "approve"}, {"ann": ["finance"]}))) is None


# --- ends ---


def limited(*ends: datetime | None) -> Told:
    """Approvals for one source, for good or until an end."""
    told = asked(
        "any", ["s"], {f"p{n}": "approve" for n, _ in enumerate(ends)}, {f"p{n}": ["s"] for n, _ in enumerate(ends)}
    )
    told["limit"] = [{"steward": f"p{n}", "end": end} for n, end in enumerate(ends) if end]
    return told


@pytest.mark.requirement("R4", clause="permanent and temporary")
def test_an_approval_for_good_beside_a_temporary_one_is_temporary(rules: Pack) -> None:
    assert concluded(rules.evaluate(limited(None, JUNE, None)), "runs until") == {(JUNE,)}
    assert concluded(rules.evaluate(limited(None, None)), "runs until") == set()


@pytest.mark.requirement("R4", clause="shortest end wins")
def test_the_shortest_end_wins(rules: Pack) -> None:
    second = timedelta(seconds=1)
    assert concluded(rules.evaluate(limited(DECEMBER, JUNE + second, JUNE)), "runs until") == {(JUNE,)}


@pytest.mark.requirement("R7", clause="no end means the maximum")
def test_an_approval_without_an_end_runs_until_the_maximum_of_the_product(rules: Pack) -> None:
    told = {**limited(None), "cap": [{"at": JUNE}], "now": [{"at": START}]}
    said = rules.evaluate(told)
    assert concluded(said, "runs until") == {(JUNE,)}
    assert said.because("bound") == ["The product allows no longer than 2026-06-30."]


def test_reminders_stand_seven_days_and_one_day_before_the_end(rules: Pack) -> None:
    said = rules.evaluate({**limited(JUNE), "now": [{"at": START}]})
    assert concluded(said, "remind") == {("week", JUNE - timedelta(days=7)), ("day", JUNE - timedelta(days=1))}


def test_stewards_are_reminded_daily(rules: Pack) -> None:
    day = timedelta(days=1)
    said = rules.evaluate({"pending": [{"request": "r", "since": START}]})
    assert said.of("nudge") == ({"request": "r", "from": START + day, "every": day},)


@pytest.mark.requirement("R11", clause="never by default")
def test_no_request_lapses_unless_another_pack_says_so(rules: Pack) -> None:
    assert rules.evaluate({"pending": [{"request": "r", "since": START}]}).of("lapses") == ()


@pytest.mark.requirement("R11", clause="lapse after a time")
def test_an_added_pack_sets_the_time_after_which_requests_lapse() -> None:
    added = """
pack: lapse
names: [request]
reads: {pending: {request, since: instant}}
concludes: {lapse after: {wait: duration}}
rules:
  a month:
    when: [pending]
    then: [lapse after: {wait: 30 days}]
    because: "Requests wait a month."
"""
    said = load_pack("expiry", PackSource("lapse", added)).evaluate({"pending": [{"request": "r", "since": START}]})
    assert said.of("lapses") == ({"request": "r", "at": START + timedelta(days=30)},)
    assert said.because("lapses") == ["Requests lapse after 30 days, this one at 2026-01-31."]


# --- who may determine ---


def steward(**more: list[dict[str, object]]) -> Told:
    """Ann, active, a steward by name of the one source that a request asks."""
    told: Told = {
        "asked": [{"person": "ann"}],
        "active": [{"person": "ann"}],
        "requires": [{"source": "s", "stage": 1}],
        "by person": [{"source": "s", "person": "ann"}],
        "requester": [{"person": "rita"}],
        "beneficiary": [{"person": "rita"}],
    }
    return {**told, **{kind.replace("_", " "): rows for kind, rows in more.items()}}


BARS = [
    pytest.param(
        {"requester": [{"person": "ann"}]},
        "ann made this request.",
        marks=pytest.mark.requirement("R5", clause="not the requester"),
        id="requester",
    ),
    pytest.param(
        {"beneficiary": [{"person": "ann"}]},
        "The request is for ann.",
        marks=pytest.mark.requirement("R5", clause="not the beneficiary"),
        id="beneficiary",
    ),
    pytest.param(
        {"beneficiary_group": [{"group": "g"}], "member": [{"person": "ann", "group": "g"}]},
        "The request is for g, and ann is in it.",
        marks=pytest.mark.requirement("R5", clause="not a member of the group"),
        id="member",
    ),
    pytest.param(
        {"beneficiary": [{"person": "etl"}], "owner": [{"account": "etl", "person": "ann"}]},
        "The request is for etl, which ann owns.",
        marks=pytest.mark.requirement("R5", clause="not the owner of the account"),
        id="owner",
    ),
    pytest.param(
        {"determination": [{"steward": "ann", "verdict": "approve"}]},
        "ann has determined this request already.",
        marks=pytest.mark.requirement("R5", clause="one determination each"),
        id="twice",
    ),
    pytest.param({"active": []}, "ann is not active.", id="inactive"),
    pytest.param({"barred": [{"person": "ann", "reason": "same-team"}]}, "ann is barred: same-team.", id="barred"),
    pytest.param({"by_person": []}, "Nothing makes ann a steward of this request.", id="no steward"),
    pytest.param(
        {"requires": [{"source": "first", "stage": 1}, {"source": "s", "stage": 2}]},
        "Others are asked before ann.",
        marks=pytest.mark.requirement("R13", clause="stages open in order"),
        id="not yet",
    ),
]


@pytest.mark.parametrize(("more", "reason"), BARS)
def test_who_may_not_determine_is_told_why(rules: Pack, more: dict[str, list[dict[str, object]]], reason: str) -> None:
    assert rules.evaluate(steward()).of("may determine") == ({"person": "ann", "source": "s"},)
    said = rules.evaluate(steward(**more))
    assert said.of("may determine") == ()
    assert said.because("may not", person="ann") == [reason]


@pytest.mark.requirement("R5", clause="a rule says so")
def test_a_rule_author_may_take_a_bar_away() -> None:
    text = (RULES / "eligibility.yaml").read_text()
    start = text.index("  not for a request of one's own:")
    without = PackSource("eligibility", text[:start] + text[text.index("  not for one's own benefit:") :])
    told = steward(requester=[{"person": "ann"}])
    assert load_pack("quorum", without).evaluate(told).holds("may determine", person="ann")
    assert not load_pack("quorum", "eligibility").evaluate(told).holds("may determine")


def test_the_sources_someone_may_determine_for_are_the_open_ones_they_stand_for(rules: Pack) -> None:
    told = steward(
        requires=[{"source": source, "stage": stage} for source, stage in (("s", 1), ("g", 1), ("late", 2), ("x", 1))],
        by_person=[{"source": "s", "person": "ann"}, {"source": "late", "person": "ann"}],
        by_group=[{"source": "g", "group": "g"}],
        member=[{"person": "ann", "group": "g"}],
    )
    said = rules.evaluate(told)
    assert concluded(said, "may determine") == {("ann", "s"), ("ann", "g")}
    assert concluded(said, "stands for") == {("ann", "s"), ("ann", "g"), ("ann", "late")}


KINDS = {
    "user": ({"by person": [{"source": "s", "person": "ann"}]}, {}),
    "group": ({"by group": [{"source": "s", "group": "g"}]}, {"member": [{"person": "ann", "group": "g"}]}),
    "attribute": (
        {"by attribute": [{"source": "s", "key": "region", "value": "emea"}]},
        {"attribute": [{"person": "ann", "key": "region", "value": "emea"}]},
    ),
    "global permission": (
        {"by permission": [{"source": "s", "permission": "AUDIT"}]},
        {"holds": [{"person": "ann", "permission": "AUDIT"}]},
    ),
    "domain permission": (
        {"by domain": [{"source": "s", "domain": "sales", "permission": "manage-identifiers"}]},
        {"holds in": [{"person": "ann", "domain": "sales", "permission": "manage-identifiers"}]},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.requirement("F2", clause="every kind of steward source")
def test_every_kind_of_source_makes_its_holders_stewards_and_no_one_else(rules: Pack, kind: str) -> None:
    source, held = KINDS[kind]
    told = {**steward(by_person=[]), **source}
    said = rules.evaluate({**told, **held})
    assert said.of("may determine") == ({"person": "ann", "source": "s"},)
    others = {name: [{**row, "person": "bob"} for row in rows] for name, rows in (held or source).items()}
    assert rules.evaluate({**told, **others}).of("may determine") == ()


# --- routing and automatic decisions ---


def form(kind: str, **more: list[dict[str, object]]) -> Told:
    told: Told = {
        "form": [{"stewards": kind, "quorum": "all"}],
        "form source": [{"source": "f", "stage": 1}],
        "product source": [{"source": "p", "stage": 1}],
    }
    return {**told, **{name.replace("_", " "): rows for name, rows in more.items()}}


@pytest.mark.requirement("F2", clause="exactly one flow")
def test_a_form_asks_its_own_sources_or_those_of_the_product_or_no_one(rules: Pack) -> None:
    assert concluded(rules.evaluate(form("listed")), "requires") == {("f", 1)}
    assert concluded(rules.evaluate(form("delegated")), "requires") == {("p", 1)}
    assert concluded(rules.evaluate(form("automatic", justified=[{}])), "requires") == set()


@pytest.mark.requirement("F2", clause="automatic")
def test_automatic_approval_needs_a_justification_and_may_have_an_end(rules: Pack) -> None:
    said = rules.evaluate(form("automatic", justified=[{}], form_end=[{"at": JUNE}]))
    assert outcome(said) == "approved"
    assert concluded(said, "runs until") == {(JUNE,)}
    assert outcome(rules.evaluate(form("automatic"))) == "denied"


@pytest.mark.requirement("F4", clause="never approved by default")
def test_a_request_that_asks_no_one_is_flagged_and_not_approved(rules: Pack) -> None:
    said = rules.evaluate(form("delegated", product_source=[]))
    assert said.holds("unroutable")
    assert outcome(said) is None


@pytest.mark.requirement("R13", clause="denial beats approval")
def test_an_automatic_denial_beats_an_automatic_approval(rules: Pack) -> None:
    both = rules.evaluate({"automatic": [{"verdict": "approve"}, {"verdict": "deny"}]})
    assert outcome(both) == "denied"
    assert outcome(rules.evaluate({"automatic": [{"verdict": "approve"}]})) == "approved"


def staged(**verdicts: str) -> Told:
    told = asked("all", [], verdicts, {"ann": ["early"], "bob": ["late"], "cid": ["early", "late"]})
    told["requires"] = [{"source": "early", "stage": 1}, {"source": "late", "stage": 2}]
    return told


@pytest.mark.requirement("R13", clause="stages open in order")
def test_a_later_stage_opens_when_the_earlier_is_met(rules: Pack) -> None:
    assert concluded(rules.evaluate(staged()), "open") == {("early",)}
    assert concluded(rules.evaluate(staged(ann="approve")), "open") == {("early",), ("late",)}


@pytest.mark.requirement("R13", clause="counts in every stage")
def test_a_determination_counts_in_every_stage(rules: Pack) -> None:
    assert outcome(rules.evaluate(staged(cid="approve"))) == "approved"


@pytest.mark.requirement("R13", clause="a denial is final in any stage")
@pytest.mark.parametrize("steward", ["ann", "bob"])
def test_a_denial_in_any_stage_is_final(rules: Pack, steward: str) -> None:
    assert outcome(rules.evaluate(staged(**{steward: "deny", "cid": "approve"}))) == "denied"
