"""Loading packs: by path, by name, by text; their hashes; their parts; and the order that never matters."""

from __future__ import annotations

import hashlib
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from placet.domain.errors import FactError, PackError
from placet.engine import PackSource, load_pack
from tests.engine.random_facts import random_facts
from tests.engine.random_packs import load, random_packs
from tests.engine.small import concluded, pack_of

SHIPPED = ("routing", "eligibility", "quorum", "expiry")
RULES = Path(__file__).parent.parent.parent / "rules"


def test_a_pack_is_loaded_by_name_by_path_and_by_text() -> None:
    by_name, by_path = load_pack("quorum"), load_pack(RULES / "quorum.yaml")
    by_text = load_pack(PackSource("stored", (RULES / "quorum.yaml").read_text()))
    told = {"automatic": [{"verdict": "deny"}]}
    for pack in (by_name, by_path, by_text, load_pack(str(RULES / "quorum.yaml"))):
        assert pack.hashes == by_name.hashes
        assert concluded(pack.evaluate(told), "outcome") == {("denied",)}


def test_a_pack_is_known_by_the_hash_of_its_text() -> None:
    text = (RULES / "quorum.yaml").read_text()
    pack = load_pack("quorum")
    assert pack.hashes == {"quorum": hashlib.sha256(text.encode()).hexdigest()}
    assert pack.sources[0].text == text
    changed = load_pack(PackSource("quorum", text + "\n"))
    assert changed.hashes != pack.hashes
    assert changed.hash != pack.hash


def test_the_hash_of_all_packs_does_not_depend_on_their_order() -> None:
    packs = load_pack(*SHIPPED), load_pack(*reversed(SHIPPED))
    assert packs[0].hash == packs[1].hash
    assert packs[0].hashes == packs[1].hashes
    assert [str(rule) for rule in packs[0].program.rules] == [str(rule) for rule in packs[1].program.rules]
    assert packs[0].hash != load_pack("quorum", "expiry").hash


def test_the_same_texts_give_the_same_pack() -> None:
    assert load_pack("quorum", "expiry") is load_pack("quorum", "expiry")
    assert load_pack("quorum").only("met") is load_pack("quorum").only("met")


def test_a_part_holds_the_rules_that_are_needed_and_answers_the_same() -> None:
    whole = load_pack(*SHIPPED)
    part = whole.only("outcome")
    assert {rule.pack for rule in part.program.rules} == {"routing", "quorum"}
    assert 0 < len(part.program.rules) < len(whole.program.rules) / 2
    assert part.hash == whole.hash
    r = Random(7)
    for _ in range(50):
        facts = random_facts(r, whole, 4)
        assert concluded(part.evaluate(facts), "outcome") == concluded(whole.evaluate(facts), "outcome")


ROUTED = {"form": [{"stewards": "listed", "quorum": "any"}], "form source": [{"source": "finance", "stage": 1}]}


def test_what_is_settled_is_a_fact_and_not_concluded_anew() -> None:
    whole = load_pack(*SHIPPED)
    assert concluded(whole.only("unmet").evaluate(ROUTED), "unmet") == {("finance",)}
    part = whole.only("unmet", settled=frozenset({"requires", "quorum"}))
    assert part.evaluate(ROUTED).conclusions == {}
    told = ROUTED | {"requires": [{"source": "legal", "stage": 1}]}
    assert concluded(part.evaluate(told), "unmet") == {("legal",)}
    assert part.program.rules[0].number == whole.program.rules.index(part.program.rules[0])


def test_a_rule_that_concludes_something_settled_and_something_else_can_not_be_left_out() -> None:
    with pytest.raises(PackError, match=r"rule `the form names its stewards`: concludes something of what is settled"):
        load_pack(*SHIPPED).only("outcome", settled=frozenset({"requires"}))


def test_a_part_of_a_kind_that_does_not_exist_is_refused() -> None:
    with pytest.raises(FactError, match=r"no fact is called `outcom`; did you mean `outcome`\?"):
        load_pack("quorum").only("outcom")


def test_a_part_of_what_is_only_given_concludes_nothing() -> None:
    assert load_pack("quorum").only("determination").evaluate({"automatic": [{"verdict": "deny"}]}).conclusions == {}


def test_what_was_given_is_no_conclusion() -> None:
    pack = load_pack("quorum", "routing")
    told = {"form": [{"stewards": "listed", "quorum": "any"}], "form source": [{"source": "s", "stage": 1}]}
    assert concluded(pack.evaluate(told), "requires") == {("s", 1)}
    assert pack.evaluate({**told, "requires": [{"source": "s", "stage": 1}]}).of("requires") == ()


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
@pytest.mark.requirement("N3", clause="order never matters")
def test_the_order_of_rules_and_facts_and_their_doubles_never_matter(r: Random) -> None:
    made = random_packs(r)
    try:
        pack = load(made)
    except PackError:
        assume(False)
        raise
    facts = random_facts(r, pack, 5)
    wanted = pack.evaluate(facts).steps.keys()
    for _ in range(2):
        for one in made:
            r.shuffle(one.rules)
        shuffled = {kind: r.sample(rows * 2, 2 * len(rows)) for kind, rows in r.sample(list(facts.items()), len(facts))}
        assert load(made).evaluate(shuffled).steps.keys() == wanted


def test_the_pack_given_first_owns_what_it_concludes() -> None:
    texts = [f"pack: {name}\nconcludes: {{so: {{}}}}\nreads: {{it: {{}}}}\n" for name in ("b", "a")]
    with pytest.raises(PackError, match=r"pack1.yaml:2:13: `so` is for b alone to conclude; it shares nothing"):
        pack_of(*texts)
