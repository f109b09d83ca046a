"""The second engine writes code, and nothing a pack says may become code."""

from __future__ import annotations

import re
from random import Random

from placet.domain.errors import PackError
from placet.engine import Pack, load_pack
from placet.engine.loop_writing import written
from tests.engine.random_packs import load, random_packs
from tests.engine.small import pack_of

OURS = re.compile(r"f\d+|c\d+|n|def|rule|all|find|for|in|if|not|any|and|continue|yield|safe|str|join|True")


def words(pack: Pack) -> set[str]:
    """Every name in the code of the rules of a pack."""
    return {word for rule in pack.program.rules for word in re.findall(r"[^\W\d]\w*", written(rule)[0])}


def test_no_word_of_a_pack_stands_in_the_code_of_its_rules() -> None:
    seen = words(load_pack("routing", "eligibility", "quorum", "expiry"))
    for seed in range(100):
        try:
            seen |= words(load(random_packs(Random(seed))))
        except PackError:
            continue
    assert {word for word in seen if not OURS.fullmatch(word)} == set()


def test_what_looks_like_code_is_text() -> None:
    pack = pack_of(
        """
        pack: sly
        names: [name]
        words: {sly: [exit, return]}
        reads: {n: {name, sly}}
        concludes: {so: {name}}
        rules:
          r:
            when: [n: {name, sly: exit}]
            then: [so: {name: "'+__import__('os').getcwd()+'{name}\\\\"}]
            because: "so"
        """
    )
    said = pack.evaluate({"n": [{"name": "');exit(", "sly": "exit"}]})
    assert said.of("so") == ({"name": "'+__import__('os').getcwd()+'');exit(\\"},)
