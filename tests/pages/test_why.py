"""The page that says why."""

from __future__ import annotations

import pytest

from placet.domain.people import Person
from placet.domain.requests import Verdict, Whom
from placet.engine import Chance, Need, PackSource, Proof, load_pack
from placet.pages.proofs import DEEPEST, MOST_LINES, nested, who_could
from placet.service.people_file import PeopleFile, read_json
from tests.pages.browser import Element, Page
from tests.pages.conftest import Browse
from tests.pages.shop import Shop


def section(page: Page, title: str) -> Element:
    return next(one for one in page.tree.all("section") if one.text.startswith(title))


@pytest.mark.requirement("N1", clause="proof")
def test_each_answer_of_the_rules_is_shown_in_order_with_its_reasons_first_and_its_proof_below(
    shop: Shop, browse: Browse
) -> None:
    asked = shop.ask("ann")
    shop.marketplace.requests.determine(shop.person("sam"), asked, verdict=Verdict.APPROVE, reason="Good purpose")
    page = browse("sue").get(f"/placet/requests/{asked}/why")
    titles = [one.text for one in page.tree.all("h2")]
    assert titles == [
        "What is missing, and who could give it",
        "At submission: whom to ask",
        "May Sam Steward determine it?",
        "What follows from the determinations",
        "The rules it is decided by",
    ]
    standing = section(page, "May Sam Steward")
    reasons, proof = [one for one in standing.children if isinstance(one, Element) and one.tag in ("ul", "details")]
    assert reasons.text == "Sam Steward may determine for group finance."
    conclusion = next(iter(proof.all("li")))
    assert conclusion.text.startswith("Sam Steward is in finance, which group finance asks for.")
    assert "member Sam Steward, finance" in [one.text for one in conclusion.one("ul").all("li")]


@pytest.mark.requirement("N1", clause="what is missing and who can give it")
def test_what_is_missing_names_one_and_how_many_are_like_them(shop: Shop, browse: Browse) -> None:
    crowd = tuple(Person(f"c{number:02}", f"C {number:02}", groups=frozenset({"privacy"})) for number in range(29))
    shop.marketplace.people.load("gov", PeopleFile(crowd))
    page = browse("ann").get(f"/placet/requests/{shop.ask('ann')}/why")
    missing = section(page, "What is missing").text
    assert "all of this has to be given" in missing
    assert "one of: C 00 and 29 others like them C 00 could approve for group privacy." in missing
    assert "Sam Steward Sam Steward could approve for group finance." in missing


@pytest.mark.requirement("N1", clause="why one can't decide")
def test_who_can_not_decide_is_shown_the_proof(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann")
    why_not = section(browse("ann").get(f"/placet/requests/{asked}/why"), "Why you can't decide")
    assert "ann made this request." in why_not.text
    assert "Ann Lee made this request." in why_not.one("details").text
    assert "Why you can't decide" not in browse("sam").get(f"/placet/requests/{asked}/why").main


def test_what_no_one_can_bring_about_is_said(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann")
    shop.marketplace.people.import_people(shop.person("gov"), "id,name,active\nsue,Sue Steward,no\n")
    for address in (f"requests/{asked}", f"review/{asked}", f"requests/{asked}/why"):
        assert "An approval is out of reach" in browse("ann").get(f"/placet/{address}").main


def test_the_request_and_the_review_lead_to_it_and_others_find_nothing(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann")
    for address in (f"requests/{asked}", f"review/{asked}"):
        page = browse("ann").get(f"/placet/{address}")
        links = [one.attributes["href"] for one in page.tree.all("a") if one.text.startswith("Why?")]
        assert links == [f"/placet/requests/{asked}/why"]
    assert "Not found" in browse("anna").get(f"/placet/requests/{asked}/why", 404).main


@pytest.mark.requirement("N1", clause="what is missing and who can give it")
def test_who_a_rule_bars_is_not_named_among_those_who_could(shop: Shop, browse: Browse) -> None:
    """She is a steward of the source, and owns the account that would get the access."""
    bot = (
        '{"people": [{"id": "bot", "name": "Bot", "kind": "service-account", "owner": "sue", "groups": ["analysts"]}]}'
    )
    shop.marketplace.people.load("gov", read_json(bot))
    other = Person("una", "Una Other", groups=frozenset({"privacy"}))
    shop.marketplace.people.load("gov", PeopleFile((other,)))
    made = shop.marketplace.requests.submit(shop.person("gov"), "both", whom=Whom("bot"))
    page = browse("sam").get(f"/placet/review/{made.id}")
    missing = section(page, "What is missing").text
    assert "group privacy missing could be given by Una Other (una)" in missing
    assert "Sue" not in missing


CHAIN = """\
pack: chain
names: [person]
reads:
  first: {person}
  owner: {account: person, person}
concludes:
  reached: {person}
rules:
  begun:
    when: [first: {person}]
    then: [reached: {person}]
    because: "It begins with {person}."
  on:
    when: [reached: {person}, owner: {account, person}]
    then: [reached: {person: $account}]
    because: "{person} owns {account}."
"""


def chain(length: int) -> Proof:
    """A proof in which each conclusion rests on the one before, the last one first."""
    pack = load_pack(PackSource("chain.yaml", CHAIN))
    owners = [{"account": f"p{number + 1}", "person": f"p{number}"} for number in range(length)]
    said = pack.evaluate({"first": [{"person": "p0"}], "owner": owners}, "durable")
    return Proof(pack, said.facts, dict(reversed(said.steps.items())))


def test_a_proof_of_any_depth_and_length_is_shown_in_bounds() -> None:
    lines = nested(chain(1_500))
    assert len(lines) == MOST_LINES + 1
    assert "and more" in lines[-1].text
    open_lists = deepest = 0
    for line in lines:
        open_lists += line.opens - line.closes
        deepest = max(deepest, open_lists)
    assert (open_lists, deepest) == (0, DEEPEST)


def test_a_step_that_is_no_determination_says_what_it_is() -> None:
    told = Chance("trained", {"person": "ann", "course": "privacy"}, ())
    both = Need(1, (told, Chance("determination", {"steward": "bob", "verdict": "approve"}, ())), {"ann": ("eve",)})
    assert who_could(both, {"ann": "Ann"}) == "one of: trained Ann, privacy, bob and 1 other like them"
    assert who_could(Need(1, (told,), {}), {}) == "trained ann, privacy"
    assert (
        who_could(Need(2, (told, told), {"ann": ("eve", "uma")}), {})
        == "2 of: trained ann, privacy and 2 others like them"
    )
