"""All engines on random packs and facts: against each other, and against the definition of the language."""

from __future__ import annotations

import math
from collections import Counter
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from placet.domain.errors import PackError
from placet.engine import Evaluation, Pack, load_pack
from tests.engine.proof_check import missed, unfounded
from tests.engine.random_facts import random_facts
from tests.engine.random_packs import load, random_packs

SHIPPED = ("routing", "eligibility", "quorum", "expiry")
MOST_COMBINATIONS = 20_000  # of facts with the patterns of one rule; beyond that trying them all takes too long

slow = [HealthCheck.too_slow, HealthCheck.filter_too_much]
few = settings(max_examples=250, deadline=None, suppress_health_check=slow)


def evaluated_alike(pack: Pack, r: Random, most: int = 5) -> Evaluation:
    """An evaluation on which durable-rules, the loops and the naive evaluator agree, with the same proofs."""
    said = pack.evaluate(random_facts(r, pack, most))
    naive = pack.conclude(said.facts, "reference")
    assert list(said.steps.items()) == list(naive.steps.items())
    return said


def made_up(r: Random) -> Pack:
    try:
        return load(random_packs(r))
    except PackError:
        assume(False)
        raise


@few
@given(st.randoms(use_true_random=False))
def test_all_engines_agree_on_random_packs(r: Random) -> None:
    pack = made_up(r)
    for _ in range(3):
        said = evaluated_alike(pack, r)
        assert unfounded(pack.program, said.facts, said.steps) == ""
        if combinations(said) < MOST_COMBINATIONS:
            assert missed(pack.program, said.facts, said.steps) == ""


def combinations(said: Evaluation) -> int:
    """How many ways there are to put facts to the patterns of a rule, at most."""
    number = Counter(fact[0] for fact in (*said.facts, *said.steps))
    return max((math.prod(number[p.kind] for p in rule.when) for rule in said.pack.program.rules), default=0)


@pytest.mark.parametrize("packs", [*((name,) for name in SHIPPED), SHIPPED])
@settings(max_examples=60, deadline=None)
@given(r=st.randoms(use_true_random=False))
def test_all_engines_agree_on_the_shipped_packs(packs: tuple[str, ...], r: Random) -> None:
    pack = load_pack(*packs)
    said = evaluated_alike(pack, r, most=r.choice([5, 5, 30]))  # many facts are looked up in other ways than few
    assert unfounded(pack.program, said.facts, said.steps) == ""
