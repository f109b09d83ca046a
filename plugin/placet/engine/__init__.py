"""The rule engine: packs of rules in, conclusions with their proofs out."""

from placet.engine.evaluation import Evaluation
from placet.engine.facts import typed_fact
from placet.engine.installed import EngineMissing, missing_engine
from placet.engine.language import Fact, Kinds
from placet.engine.missing import Chance
from placet.engine.needs import Need, needs
from placet.engine.packs import Engine, Pack, PackSource, load_pack
from placet.engine.proofs import Proof
from placet.engine.values import Type

__all__ = [
    "Chance",
    "Engine",
    "EngineMissing",
    "Evaluation",
    "Fact",
    "Kinds",
    "Need",
    "Pack",
    "PackSource",
    "Proof",
    "Type",
    "load_pack",
    "missing_engine",
    "needs",
    "typed_fact",
]
