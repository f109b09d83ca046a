"""The pages of rule packs: reading, trying, and putting in force."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from markupsafe import escape
from werkzeug.test import TestResponse

from placet.domain.clock import SetClock
from placet.domain.requests import Verdict
from tests.pages.browser import Browser, Page
from tests.pages.conftest import Browse
from tests.pages.shop import Shop
from tests.pages.test_escaping import HARM, refuse_harm
from tests.pages.test_why import section
from tests.service.test_replaying import CAREFUL
from tests.service.test_rule_packs import CASES

OTHERS = ("ann", "sam", "max", "out")
FACTS = "{quorum: any, requires: [[finance, 1]], determination: [[ann, approve]], stood for: [[ann, finance]]}"


def press(browser: Browser, page: Page, do: str, **values: str | list[str]) -> TestResponse:
    """Fill in the form and press one of its buttons, which has to be there."""
    form = page.form("/try")
    assert do in {one.attributes.get("value") for one in page.tree.all("button", name="do")}, do
    sent = form.filled(**values)
    sent["do"] = do
    return browser.post(form.action, sent)


def pressed(browser: Browser, page: Page, do: str, **values: str | list[str]) -> Page:
    response = press(browser, page, do, **values)
    assert response.status_code == 200, response.get_data(as_text=True)
    return Page(response)


def in_force(shop: Shop, name: str) -> str:
    cards = shop.marketplace.rule_packs.all(shop.person("gov"))
    return next((card.in_force.hash for card in cards if card.name == name and card.in_force), "")


@pytest.mark.parametrize("address", ["rules", "rules?begin=own", "rules/quorum", "rules/quorum/try", "rules/own/try"])
def test_rule_packs_are_for_governance(shop: Shop, browse: Browse, address: str) -> None:
    for other in OTHERS:
        assert "Not allowed" in browse(other).get(f"/placet/{address}", 403).main


@pytest.mark.parametrize("do", ["check", "compare", "replay", "simulate", "ask", "put"])
def test_who_is_not_of_governance_gets_nothing_by_a_form_of_their_own_making(
    shop: Shop, browse: Browse, do: str
) -> None:
    for other in OTHERS:
        browser = browse(other)
        sent = browser.get("/placet/products/quick/request-access").form("/request-access").fields
        sent.update({"do": do, "text": CAREFUL, "since": "2026-01-01", "facts": "{}"})
        assert browser.post("/placet/rules/careful/try", sent).status_code == 403
    assert in_force(shop, "careful") == ""


def test_the_navigation_shows_the_rules_to_those_who_may_see_them(shop: Shop, browse: Browse) -> None:
    assert "Rules" in browse("gov").get("/placet/").tree.one("nav").text
    for other in OTHERS:
        assert "Rules" not in browse(other).get("/placet/").tree.one("nav").text


def test_the_packs_are_listed_with_what_is_in_force_what_is_on_offer_and_their_forms(
    shop: Shop, browse: Browse
) -> None:
    gov = browse("gov")
    rows = {row.one("a").text: row.text for row in gov.get("/placet/rules").tree.one("tbody").all("tr")}
    assert "by placet shipped At once, Orders form, Standard form, Two have to agree" in rows["quorum"]
    assert "not in force example" in rows["two-people"]
    text = shop.marketplace.rule_packs.get(shop.person("gov"), "quorum").text
    shop.marketplace.rule_packs.put_in_force(shop.person("gov"), f"{text}# ours\n")
    rows = {row.one("a").text: row.text for row in gov.get("/placet/rules").tree.one("tbody").all("tr")}
    assert "by gov shipped another version" in rows["quorum"]


def test_a_pack_is_shown_with_its_lines_its_cases_its_versions_and_what_the_checker_says(
    shop: Shop, browse: Browse, clock: SetClock
) -> None:
    gov, before = browse("gov"), in_force(shop, "quorum")
    text = shop.marketplace.rule_packs.get(shop.person("gov"), "quorum").text
    page = gov.get("/placet/rules/quorum")
    source = section(page, "Source").one("ol")
    assert next(line.text for line in source.all("li")) == "pack: quorum"
    assert len(list(source.all("li"))) == text.count("\n") + 1
    assert "packs: [quorum]" in section(page, "Cases").text
    assert "Nothing is wrong" in section(page, "What the checker says").text
    clock.advance(hours=1)
    shop.marketplace.rule_packs.put_in_force(shop.person("gov"), f"{text}# ours\n")
    page = gov.get("/placet/rules/quorum")
    links = [one.attributes["href"] for one in section(page, "Versions").all("a")]
    assert links == [f"/placet/rules/quorum?hash={in_force(shop, 'quorum')}", f"/placet/rules/quorum?hash={before}"]
    assert "another version" in gov.get(links[1]).main
    for lost in (
        "rules/nowhere",
        "rules/quorum?hash=none",
        "rules/quorum/try?hash=none",
        "rules/quorum/try?offer=none",
    ):
        assert "Not found" in gov.get(f"/placet/{lost}", 404).main


def test_the_form_begins_with_the_pack_in_force_a_version_an_offer_or_a_new_one(shop: Shop, browse: Browse) -> None:
    gov, old = browse("gov"), in_force(shop, "quorum")
    text = shop.marketplace.rule_packs.get(shop.person("gov"), "quorum").text
    shop.marketplace.rule_packs.put_in_force(shop.person("gov"), f"{text}# ours\n")
    begun = {
        "quorum/try": f"{text}# ours\n",
        f"quorum/try?hash={old}": text,
        "quorum/try?offer=shipped": text,
    }
    for address, expected in begun.items():
        assert gov.get(f"/placet/rules/{address}").form("/try").fields["text"] == expected
    new = gov.client.get("/placet/rules?begin=own", headers=gov.headers)
    page = gov.get(new.headers["Location"])
    assert page.form("/try").fields["text"].startswith("pack: own\n")
    assert "Nothing is wrong" in pressed(gov, page, "check").main
    assert "can't be the name of a pack" in gov.get("/placet/rules?begin=no+name", 422).main


@pytest.mark.requirement("N3", clause="linter")
def test_what_is_wrong_is_shown_with_line_and_column_and_nothing_can_be_put_in_force(
    shop: Shop, browse: Browse
) -> None:
    gov = browse("gov")
    faulty = CAREFUL.replace("then: [hold: {reason: second-person}]", "then: [holds: {reason: second-person}]")
    page = pressed(gov, gov.get("/placet/rules/careful/try"), "check", text=faulty, cases=CASES)
    row = next(row for row in page.tree.one("tbody").all("tr") if "rule two" in row.text)
    assert row.text.startswith("pack.yaml, line 17, column 12 error rule two")
    assert page.form("/try").fields["text"] == faulty
    assert page.form("/try").fields["cases"] == CASES
    assert "ask" not in {one.attributes.get("value") for one in page.tree.all("button")}
    form = page.form("/try")
    sent = form.filled()
    sent["do"] = "ask"
    refused = gov.refused(gov.post(form.action, sent), 422)
    assert "pack.yaml:17:12" in refused.tree.one(id="text-wrong").text
    sent["text"], sent["cases"] = CAREFUL, CASES.replace("approvals: 2", "approvals: 3")
    refused = gov.refused(gov.post(form.action, sent), 422)
    assert "careful.cases.yaml:5" in refused.tree.one(id="cases-wrong").text
    assert in_force(shop, "careful") == ""


@pytest.mark.requirement("N2", clause="simulated before in force")
def test_a_pack_is_put_in_force_after_its_differences_and_the_replay_were_shown(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann", "both")
    for steward in ("sam", "sue"):
        shop.marketplace.requests.determine(shop.person(steward), asked, verdict=Verdict.APPROVE, reason="fine")
    gov, old = browse("gov"), in_force(shop, "quorum")
    page = gov.get("/placet/rules/quorum/try")
    three = (
        page.form("/try")
        .fields["text"]
        .replace("      - unmet\n", "      - unmet\n      - determination: {verdict: approve}\n")
    )
    page = pressed(gov, page, "check", text=three, cases="")
    assert "Nothing is wrong" in page.main
    page = pressed(gov, page, "ask")
    assert "changed rule all are needed for all" in section(page, "What it says otherwise").text
    assert "+ - determination: {verdict: approve}" in section(page, "What it says otherwise").text
    past = section(page, "What it would have made of the past")
    assert f"{asked} asked" in past.text
    assert len(list(past.all("details"))) == 2
    assert in_force(shop, "quorum") == old
    page = gov.follow(press(gov, page, "put"))
    assert "quorum in force" in page.main
    made = shop.marketplace.rule_packs.get(shop.person("gov"), "quorum")
    assert (made.text, made.card.in_force and made.card.in_force.by) == (three, "gov")
    assert made.hash != old


def test_line_ends_of_a_browser_change_nothing(shop: Shop, browse: Browse) -> None:
    gov, old = browse("gov"), in_force(shop, "quorum")
    page = gov.get("/placet/rules/quorum/try")
    sent = page.form("/try").fields["text"].replace("\n", "\r\n")
    page = pressed(gov, pressed(gov, page, "check", text=sent), "ask")
    assert "They say the same" in page.main
    gov.follow(press(gov, page, "put"))
    assert in_force(shop, "quorum") == old


def test_only_what_was_compared_is_put_in_force(shop: Shop, browse: Browse) -> None:
    gov = browse("gov")
    page = pressed(gov, gov.get("/placet/rules/careful/try"), "check", text=CAREFUL, cases=CASES)
    page = pressed(gov, page, "ask")
    refused = gov.refused(press(gov, page, "put", text=f"{CAREFUL}# more\n"), 422)
    assert "is not the one whose differences were shown" in refused.main
    shop.marketplace.rule_packs.put_in_force(shop.person("gov"), f"{CAREFUL}# faster\n")
    refused = gov.refused(press(gov, page, "put"), 409)
    assert "another pack careful is in force by now" in refused.main
    assert "put" not in {one.attributes.get("value") for one in refused.tree.all("button")}
    form = page.form("/try")
    sent = form.fields
    sent["do"], sent["confirmed"] = "put", ""
    gov.refused(gov.post(form.action, sent), 422)


def test_a_pack_is_compared_and_replayed_by_itself(shop: Shop, browse: Browse) -> None:
    shop.ask("ann", "quick")
    gov = browse("gov")
    page = gov.get("/placet/rules/careful/try")
    assert "added rule two" in pressed(gov, page, "compare", text=CAREFUL).main
    looked = pressed(gov, page, "replay", text=CAREFUL, since="2026-01-01").main
    assert "1 requests since 2026-01-01 00:00 UTC: 1 would have ended as they did, 0 differently" in looked
    refused = gov.refused(press(gov, page, "replay", text=CAREFUL, since="yesterday"), 422)
    assert "is no date" in refused.tree.one(id="since-wrong").text
    for do in ("compare", "replay", "simulate"):
        gov.refused(press(gov, page, do, text="pack: ["), 422)


def test_rules_are_tried_on_facts_that_one_writes_down(shop: Shop, browse: Browse) -> None:
    gov = browse("gov")
    page = gov.get("/placet/rules/careful/try")
    assert page.form("/try").fields.getlist("packs") == ["eligibility", "expiry", "quorum", "routing"]
    said = pressed(gov, page, "simulate", text=CAREFUL, facts=FACTS)
    result = section(said, "What follows from the facts")
    assert "hold second-person Two people are needed." in result.text
    assert "[hold second-person]" in result.one("details").text
    alone = pressed(gov, page, "simulate", text=CAREFUL, facts="{determination: [[ann, approve]]}", packs=[])
    assert "3 conclusions" not in section(alone, "What follows").text
    assert alone.form("/try").fields.getlist("packs") == []
    refused = gov.refused(press(gov, page, "simulate", text=CAREFUL, facts="{quorum: most}"), 422)
    assert "most" in refused.tree.one(id="facts-wrong").text
    assert refused.form("/try").fields["facts"] == "{quorum: most}"


def test_what_is_too_long_or_unknown_is_refused(shop: Shop, browse: Browse) -> None:
    gov = browse("gov")
    page = gov.get("/placet/rules/careful/try")
    assert "press one of the buttons" in gov.refused(gov.send(page.form("/try")), 422).main
    assert "longer than" in gov.refused(press(gov, page, "check", text="x" * (256 * 1024 + 1)), 422).main


def test_the_explanation_leads_to_the_packs_for_those_who_may_see_them(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann")
    links = list(section(browse("gov").get(f"/placet/requests/{asked}/why"), "The rules it").all("a"))
    for link in links:
        browse("gov").get(link.attributes["href"])
    assert len(links) == 4
    assert not list(section(browse("ann").get(f"/placet/requests/{asked}/why"), "The rules it").all("a"))


HOSTILE = CAREFUL.replace('"Two people are needed."', '"<script>alert(1)</script> & more."').replace(
    "Two people, always.", json.dumps(HARM)
)


def test_what_a_pack_says_is_shown_as_what_it_says(shop: Shop, browse: Browse) -> None:
    gov, evil = browse("gov"), f"{CAREFUL}\n{HARM}"
    page = gov.get("/placet/rules/careful/try")
    shop.ask("ann", "quick")
    pages = [
        pressed(gov, page, "check", text=evil, cases=HARM),
        pressed(gov, page, "check", text=HOSTILE.replace("[hold: {", "[<script>: {"), cases=CASES),
        gov.refused(press(gov, page, "compare", text=evil), 422),
        gov.refused(press(gov, page, "simulate", text=CAREFUL, facts=HARM), 422),
        pressed(gov, page, "simulate", text=HOSTILE, facts=FACTS),
        pressed(gov, page, "compare", text=HOSTILE),
    ]
    page = pressed(gov, pressed(gov, page, "check", text=HOSTILE, cases=""), "ask")
    pages += [page, gov.follow(press(gov, page, "put"))]
    for one in pages:
        refuse_harm(one)
        assert "<script>" not in one.html
    assert str(escape(HARM)) in pages[0].html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more." in pages[4].html
    assert "{{7*7}}" in pages[-1].html


@pytest.mark.parametrize(
    "address", ["rules/{}", "rules/{}/try", "rules/quorum?hash={}", "rules?begin={}", "rules/quorum/try?offer={}"]
)
def test_what_stands_in_an_address_is_shown_escaped(shop: Shop, browse: Browse, address: str) -> None:
    gov = browse("gov")
    page = Page(gov.client.get("/placet/" + address.format(quote(HARM.replace("/", ""), safe="")), headers=gov.headers))
    assert page.status in (404, 422)
    refuse_harm(page)
