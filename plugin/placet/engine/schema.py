"""JSON Schemas of packs and of cases, by which editors complete, explain and check them while they are written.

They say what a file looks like; whether it has a meaning is for the checker. What the loader takes, they take.
"""

from __future__ import annotations

from typing import Any

from placet.engine.values import BUILT_IN, LONGEST_NAME

Schema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
SCALAR = ["string", "number", "boolean", "null"]

TEST = """\
What the property has to be. Left out: the variable of its name, which is bound here or has to be equal. Else a
word, name, number, instant (`2026-01-31T12:00`), duration (`7 days`) or flag (`yes`, `no`); `$variable`; a
list: one of these; or a comparison: `not`, `below`, `above`, `at least`, `at most`, and for instants `before`,
`after`, `not before`, `not after`, joined by `and`: `$end after $now and not after $now + 7 days`.""".replace(
    "\n", " "
)
RESULT = """\
What the property is concluded to be. Left out: the variable of its name. Else a word, name, number, instant,
duration or flag; `$variable`; a sum: `$since + 1 day`; a name made of variables: `owner-of-{dataset}`; or a
tally of all matches that agree in the other properties: `count $x`, `lowest $x`, `highest $x`, `earliest $x`,
`latest $x`.""".replace("\n", " ")


def pack_schema() -> Schema:
    """The schema of a rule pack, draft 2020-12."""
    rule = {"$ref": "#/$defs/rule"}
    kinds = {"$ref": "#/$defs/kinds"}
    return {
        "$schema": DRAFT,
        "title": "Placet rule pack",
        "description": "Typed facts and rules over them; the order of neither matters.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "pack": _text("The name of the pack, by which forms name it and at most one is in force."),
            "about": _text("What the pack is for, in a sentence or two."),
            "names": _words("Kinds of names: a value of one is never equal to a value of another."),
            "words": _mapping(
                _words("The words, lowest first where order matters."), "Types of words, by their names."
            ),
            "reads": kinds
            | {"description": "The kinds of fact that the rules read; `now: {at: instant}` brings `$now`."},
            "concludes": kinds | {"description": "The kinds of fact that the rules conclude."},
            "shares": _words("Of what it concludes, the kinds that other packs may conclude as well."),
            "rules": _mapping(rule, "Rules, by what people call them."),
            "could": _mapping(
                rule, "What people may still do: the first conclusion names the step that someone could take."
            ),
        },
        "$defs": {"rule": _rule(), "patterns": _patterns(), "conclusions": _conclusions(), "kinds": _kinds()},
    }


def cases_schema() -> Schema:
    """The schema of a file of cases, draft 2020-12."""
    return {
        "$schema": DRAFT,
        "title": "Cases of Placet rule packs",
        "description": "What packs have to conclude from given facts, and why.",
        "type": "object",
        "additionalProperties": False,
        "required": ["packs"],
        "properties": {
            "packs": _words("The packs that are joined; the cases are those of the last one."),
            "background": {"$ref": "#/$defs/facts", "description": "Facts that are given in every case."},
            "cases": _mapping({"$ref": "#/$defs/case"}, "Cases, by what they show."),
        },
        "$defs": {"case": _case(), "facts": _facts()},
    }


def _text(description: str) -> Schema:
    return {"type": "string", "description": description}


def _words(description: str) -> Schema:
    return {"type": ["array", "null"], "items": {"type": SCALAR}, "description": description}


def _mapping(of: Schema, description: str) -> Schema:
    return {"type": ["object", "null"], "additionalProperties": of, "description": description}


def _rule() -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["when", "then"],
        "properties": {
            "when": {"$ref": "#/$defs/patterns", "description": "Facts that have to be there, together."},
            "unless": {"$ref": "#/$defs/patterns", "description": "Facts of which none may be there, each on its own."},
            "then": {"$ref": "#/$defs/conclusions", "description": "What follows."},
            "because": _text(
                "The reason that people read; `{variable}` and `{property}`, of what is concluded, stand for values."
            ),
        },
    }


def _patterns() -> Schema:
    return _clause({"type": [*SCALAR, "array"], "items": {"type": SCALAR}, "description": TEST})


def _conclusions() -> Schema:
    return _clause({"type": SCALAR, "description": RESULT})


def _clause(value: Schema) -> Schema:
    """Kinds of fact, alone or with something about their properties: in a list, or as one mapping."""
    fact = {
        "type": ["object", "null"],
        "additionalProperties": value,
        "description": "The kind of fact, and what is asked of its properties.",
    }
    facts = {"type": "object", "additionalProperties": fact}
    alone = {"type": "string", "description": "A kind of fact, whatever its properties are."}
    return {
        "oneOf": [{"type": "array", "minItems": 1, "items": {"anyOf": [alone, facts]}}, alone, facts, {"type": "null"}]
    }


def _kinds() -> Schema:
    built_in = ", ".join(f"`{one}`" for one in BUILT_IN)
    kind = {
        "type": ["string", "array", "null"],
        "items": {"type": SCALAR},
        "maxLength": LONGEST_NAME,
        "description": f"The type: {built_in}, a kind of name or of words, a list of words. Left out: as the property.",
    }
    return _mapping({"type": ["object", "null"], "additionalProperties": kind}, "Kinds of fact with their properties.")


def _case() -> Schema:
    reasons = {"type": [*SCALAR, "array"], "items": {"type": SCALAR}, "description": "Reasons that have to be given."}
    return {
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {
            "given": {"$ref": "#/$defs/facts", "description": "The facts of this case, besides the background."},
            "expect": {
                "$ref": "#/$defs/facts",
                "description": "Of each kind exactly these are concluded, for `none` nothing; of others anything.",
            },
            "because": reasons,
        },
    }


def _facts() -> Schema:
    row = "Rows: values in the order of the properties, a mapping, or one value alone; `{}` for none."
    return {
        "type": ["object", "null"],
        "additionalProperties": {"type": [*SCALAR, "array", "object"], "description": row},
    }
