"""The rule engine: packs of rules in, conclusions with their proofs out."""

from placet.engine.cases import CaseReport, run_cases
from placet.engine.checker import CheckReport, check_packs
from placet.engine.contradictions import Contradiction
from placet.engine.evaluation import Evaluation
from placet.engine.facts import typed_fact
from placet.engine.findings import Finding
from placet.engine.given import given_facts
from placet.engine.installed import EngineMissing, missing_engine
from placet.engine.language import Fact, Kinds
from placet.engine.missing import Chance
from placet.engine.needs import Need, could_come, needs
from placet.engine.packs import Engine, Pack, PackSource, load_pack
from placet.engine.proofs import Proof
from placet.engine.reasons import NO_NAMES
from placet.engine.schema import cases_schema, pack_schema
from placet.engine.values import Type

__all__ = [
    "NO_NAMES",
    "CaseReport",
    "Chance",
    "CheckReport",
    "Contradiction",
    "Engine",
    "EngineMissing",
    "Evaluation",
    "Fact",
    "Finding",
    "Kinds",
    "Need",
    "Pack",
    "PackSource",
    "Proof",
    "Type",
    "cases_schema",
    "check_packs",
    "could_come",
    "given_facts",
    "load_pack",
    "missing_engine",
    "needs",
    "pack_schema",
    "run_cases",
    "typed_fact",
]
