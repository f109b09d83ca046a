"""The rule engine: packs of rules in, conclusions with their proofs out."""

from placet.engine.evaluation import Evaluation
from placet.engine.installed import EngineMissing, missing_engine
from placet.engine.missing import Chance
from placet.engine.packs import Engine, Pack, PackSource, load_pack
from placet.engine.proofs import Proof

__all__ = [
    "Chance",
    "Engine",
    "EngineMissing",
    "Evaluation",
    "Pack",
    "PackSource",
    "Proof",
    "load_pack",
    "missing_engine",
]
