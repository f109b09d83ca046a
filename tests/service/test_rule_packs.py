"""Rule packs: what is in force and on offer, what a check finds, and putting one in force."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from placet.domain.errors import Conflict, FactError, Forbidden, NotFound, PackError, StaleRevision
from placet.domain.forms import STANDARD_PACKS, BadForm, RequestForm
from placet.domain.requests import RequestStatus
from placet.service.rule_packs import RulePackCommands
from tests.service.office import ANY, Office
from tests.service.test_replaying import CAREFUL

CASES = """\
packs: [careful]
cases:
  two:
    given: {determination: [[ann, approve], [bob, approve]]}
    expect: {hold: none, approvals: 2}
    because: [ann and bob approved.]
  one:
    given: {determination: [[ann, approve]]}
    expect: {hold: second-person}
    because: [Two people are needed.]
"""


def packs(office: Office) -> RulePackCommands:
    return office.marketplace.rule_packs


def careful_form(office: Office) -> RequestForm:
    gus, names = office.person("gus"), (*STANDARD_PACKS, "careful")
    return office.marketplace.forms.create(gus, RequestForm("", 1, "Careful", ANY, packs=names))


def test_the_shipped_packs_are_in_force_from_the_beginning_and_the_examples_on_offer(office: Office) -> None:
    cards = {card.name: card for card in packs(office).all(office.person("gus"))}
    assert all(cards[name].in_force for name in STANDARD_PACKS)
    quorum = cards["quorum"]
    assert quorum.in_force
    assert quorum.in_force.by == "placet"
    assert [offer.origin for offer in quorum.offers] == ["shipped"]
    assert quorum.forms == ("Form 1", "Standard form")


def test_a_pack_that_is_put_in_force_decides_new_requests_of_forms_that_name_it_and_open_ones_keep_theirs(
    office: Office,
) -> None:
    gus = office.person("gus")
    open_request = office.ask("tom")
    made = packs(office).put_in_force(gus, CAREFUL, CASES)
    assert (made.card.in_force and made.card.in_force.by, made.cases) == ("gus", CASES)
    form = careful_form(office)
    product = office.publish("Careful", ANY, form=form.id, form_version=form.version)
    request = office.ask(product=product)
    assert request.packs["careful"] == made.hash
    assert office.say("ann", request).status is RequestStatus.PENDING
    assert office.say("bob", request).status is RequestStatus.APPROVED
    assert "careful" not in open_request.packs


@pytest.mark.requirement("N2", clause="simulated before in force")
def test_putting_in_force_is_an_act_that_is_audited_and_told(office: Office) -> None:
    office.change_person("mia", permissions=office.person("gus").permissions)
    before = office.pack("quorum")
    changed = before.replace("{steward} denied the request.", "{steward} said no.")
    old = packs(office).get(office.person("gus"), "quorum").hash
    made = packs(office).put_in_force(office.person("gus"), changed)
    with office.marketplace.context.store.reading() as session:
        *_, entry = session.audit.entries()
    assert (entry.type, entry.actor, entry.subject) == ("rule_pack.changed", "gus", "quorum")
    assert json.loads(entry.data) == {"name": "quorum", "by": "gus", "from": old, "to": made.hash}
    told = office.marketplace.notifications.mine(office.person("mia")).items
    assert "rule_pack.changed" in [one.type for one in told]
    assert [one.text for one in made.versions] == [changed, before]
    assert packs(office).get(office.person("gus"), "quorum", old).text == before


Act = Callable[[RulePackCommands, Office], object]
ACTS: dict[str, Act] = {
    "all": lambda one, office: one.all(office.person("mia")),
    "get": lambda one, office: one.get(office.person("mia"), "quorum"),
    "check": lambda one, office: one.check(office.person("mia"), CAREFUL),
    "compare": lambda one, office: one.compare(office.person("mia"), "quorum", CAREFUL),
    "simulate": lambda one, office: one.simulate(office.person("mia"), "{}"),
    "put in force": lambda one, office: one.put_in_force(office.person("mia"), CAREFUL),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_rule_packs_are_for_governance(office: Office, act: Act) -> None:
    before = office.trail()
    with pytest.raises(Forbidden, match="rule packs: check, simulate, replay, put in force"):
        act(packs(office), office)
    assert office.trail() == before


FAULTY = {
    "no YAML": ("pack: [", "", "careful"),
    "unknown fact": (CAREFUL.replace("determination:", "determinations:"), "", "determinations"),
    "other types": (CAREFUL.replace("[approve, deny]", "[approve, deny, wait]"), "", "determination"),
    "a case that fails": (CAREFUL, CASES.replace("approvals: 2", "approvals: 3"), "approvals"),
    "torn": (
        CAREFUL.replace("- hold: {reason: second-person}", "x")
        .replace("then: [hold: {reason: second-person}]", "then: [hold: {reason: x}, automatic: {verdict: deny}]")
        .replace("  hold: {reason}", "  hold: {reason}\n  automatic: {verdict: [approve, deny]}"),
        "",
        "make it two rules",
    ),
}


@pytest.mark.parametrize(("text", "cases", "told"), FAULTY.values(), ids=FAULTY)
def test_a_faulty_pack_does_not_come_into_force(office: Office, text: str, cases: str, told: str) -> None:
    before = office.trail()
    with pytest.raises(PackError) as refused:
        packs(office).put_in_force(office.person("gus"), text, cases)
    assert any(told in problem or told == "careful" for problem in refused.value.problems)
    assert office.trail() == before
    assert "careful" not in {card.name for card in packs(office).all(office.person("gus")) if card.in_force}


def test_a_pack_is_checked_with_the_packs_of_every_form_that_names_it(office: Office) -> None:
    """One that only a form joins with the standard packs can be what makes a change impossible."""
    gus = office.person("gus")
    packs(office).put_in_force(gus, CAREFUL)
    careful_form(office)
    other = office.pack("quorum").replace("hold:           {reason}", "hold:           {reason, since: instant}")
    report = packs(office).check(gus, other)
    assert not report.ok
    assert any("`hold`" in str(finding) for finding in report.errors)


def test_a_form_can_not_name_packs_that_can_not_decide_together(office: Office) -> None:
    other = CAREFUL.replace("pack: careful", "pack: other").replace("{number: number}", "{number: number, of: person}")
    other = other.replace("{number: count $steward}", "{number: count $steward, of: $steward}")
    office.force("careful", CAREFUL)
    office.force("other", other)
    with pytest.raises(BadForm, match="can't decide together"):
        office.marketplace.forms.create(
            office.person("gus"), RequestForm("", 1, "Torn", ANY, packs=(*STANDARD_PACKS, "careful", "other"))
        )


def test_who_compared_with_another_pack_than_is_in_force_is_told(office: Office) -> None:
    gus = office.person("gus")
    with pytest.raises(StaleRevision, match="another pack `careful` is in force"):
        packs(office).put_in_force(gus, CAREFUL, replacing="0" * 64)
    made = packs(office).put_in_force(gus, CAREFUL, replacing="")
    with pytest.raises(StaleRevision):
        packs(office).put_in_force(gus, CAREFUL + "# later\n", replacing="")
    packs(office).put_in_force(gus, CAREFUL + "# later\n", replacing=made.hash)


def test_of_two_who_replace_the_same_pack_one_is_told(office: Office) -> None:
    gus = office.person("gus")
    first = packs(office).put_in_force(gus, CAREFUL)

    def replace(number: int) -> object:
        try:
            return packs(office).put_in_force(gus, f"{CAREFUL}# {number}\n", replacing=first.hash).hash
        except (StaleRevision, Conflict) as late:
            return type(late)

    with ThreadPoolExecutor(2) as both:
        results = list(both.map(replace, (1, 2)))
    assert len([one for one in results if isinstance(one, str)]) == 1


def test_what_a_pack_says_otherwise_is_told_rule_by_rule(office: Office) -> None:
    text = office.pack("quorum").replace("earliest $end", "latest $end")
    assert [(one.name, one.how) for one in packs(office).compare(office.person("gus"), "quorum", text)] == [
        ("the shortest approval ends it", "changed")
    ]


def test_rules_are_tried_on_facts_that_someone_writes_down(office: Office) -> None:
    gus = office.person("gus")
    facts = "{quorum: any, requires: [[finance, 1]], determination: [[ann, approve]], stood for: [[ann, finance]]}"
    concluded = {one.kind: one.because for one in packs(office).simulate(gus, facts).concluded}
    assert concluded["outcome"] == "Enough have approved, no one denied, nothing holds it."
    held = packs(office).simulate(gus, facts, text=CAREFUL).concluded
    assert [one.fact for one in held if one.kind in ("hold", "outcome")] == ["hold second-person"]
    for wrong, error in (("{quorum: most}", FactError), ("[", FactError), ("{outcome: approved}", FactError)):
        with pytest.raises(error):
            packs(office).simulate(gus, wrong)
    with pytest.raises(NotFound, match="no rule pack `careful` is in force"):
        packs(office).simulate(gus, facts, packs=("careful",))


def test_a_simulation_joins_packs_as_requests_do_however_they_are_listed(office: Office) -> None:
    adding = "pack: adding\nreads: {quorum: {rule: [any, all]}}\nconcludes: {enough: {}}\n"
    office.force("adding", adding + "rules: {r: {when: [quorum: {rule: any}], then: [enough], because: It is any.}}\n")
    for listed in (("adding", *STANDARD_PACKS), (*STANDARD_PACKS, "adding")):
        said = packs(office).simulate(office.person("gus"), "{quorum: any}", packs=listed)
        assert "outcome approved" in [one.fact for one in said.concluded]


def test_a_pack_that_is_nowhere_is_not_found(office: Office) -> None:
    gus = office.person("gus")
    with pytest.raises(NotFound, match="no rule pack is called `nowhere`"):
        packs(office).get(gus, "nowhere")
    with pytest.raises(NotFound, match="under the hash"):
        packs(office).get(gus, "quorum", "0" * 64)


BAD_NAMES = ("..", "packs/careful", "two words", '"two\\nlines"', "careful.cases", "<b>", "c" * 101)


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_pack_has_a_name_that_addresses_and_lines_can_hold(office: Office, name: str) -> None:
    gus, text = office.person("gus"), CAREFUL.replace("pack: careful", f"pack: {name}")
    assert [one.code for one in packs(office).check(gus, text).errors] == ["wrong-shape"]
    with pytest.raises(PackError, match="a pack is called by up to 100 letters"):
        packs(office).put_in_force(gus, text)


def test_a_pack_without_a_name_is_not_called_by_that_of_a_file(office: Office) -> None:
    gus, text = office.person("gus"), CAREFUL.replace("pack: careful\n", "")
    with pytest.raises(PackError, match="a pack is called by up to 100 letters"):
        packs(office).put_in_force(gus, text)
    assert "pack.yaml" not in {card.name for card in packs(office).all(gus)}


def test_forms_and_packs_that_decide_together_are_changed_one_at_a_time(office: Office) -> None:
    """Each would be checked with what the other is about to replace."""
    gus, again = office.person("gus"), office.pack("quorum") + "# again\n"
    with ThreadPoolExecutor(1) as other:
        with office.marketplace.context.store.writing() as session:
            session.packs.hold()
            late = other.submit(packs(office).put_in_force, gus, again)
            with pytest.raises(TimeoutError):
                late.result(timeout=3)
        late.result()
        with office.marketplace.context.store.writing() as session:
            session.packs.hold()
            late_form = other.submit(office.form, ANY)
            with pytest.raises(TimeoutError):
                late_form.result(timeout=1)
        late_form.result()


def test_a_simulation_that_would_take_minutes_is_refused(office: Office) -> None:
    patterns = "".join(f"      - determination: {{steward: $p{n}}}\n" for n in range(4))
    text = CAREFUL.replace("    when: [determination]\n", f"    when:\n{patterns}")
    facts = "determination: [" + ", ".join(f"[p{n}, approve]" for n in range(100)) + "]"
    with pytest.raises(FactError, match="too many ways to meet the patterns of a rule"):
        packs(office).simulate(office.person("gus"), facts, text=text)
