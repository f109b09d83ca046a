"""Data policies in a file of definitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from placet.domain.conditions import from_json, to_json
from placet.domain.people import Person
from placet.domain.policies import BadPolicy, DataPolicy, InDomain, Mask, MaskKind, NamedColumns, Scope, Tagged
from placet.domain.tokens import Scope as TokenScope
from placet.service.context import Context
from placet.service.definitions.kind import AT_ONCE, SET, WORD, Kind, Plain, Standing, every
from placet.service.definitions.shapes import Free, Member, Number, Record, Word
from placet.service.policies import DataPolicies
from placet.storage import Session

MASK = Record(
    {
        "kind": Member(Word(tuple(MaskKind)), about="Each takes its own members, and no others."),
        "text": Member(WORD, None, "For `constant`: what is shown."),
        "first": Member(Number(), None, "For `partial`: how many characters are kept at the beginning."),
        "last": Member(Number(), None, "For `partial`: how many characters are kept at the end."),
        "places": Member(Number(), None, "For `rounding`: to how many places after the point."),
    }
)
SCOPE = Record(
    {
        "tag": Member(WORD, "", "Columns that carry it or one under it, and all columns of sources that do."),
        "domain": Member(WORD, "", "The id of a domain: all columns of its sources."),
        "source": Member(WORD, "", "The id of a data source, with `columns`."),
        "columns": Member(SET, [], "The names of columns of the source."),
    }
)
CONDITION = Free(lambda given: to_json(from_json(given)))


class PolicyKind(Kind):
    """Data policies. Of two that are equally near the older masks: new ones are as old as they stand in the file."""

    section = "policies"
    scope = TokenScope.GOVERN
    shape = Record(
        {
            "name": Member(WORD, about="What people call it; policies in force have different names."),
            "description": Member(WORD, "", "What it is for."),
            "mask": Member(MASK, about="What is seen in place of a value."),
            "on": Member(SCOPE, about="A `tag`, a `domain`, or a `source` with `columns`."),
            "everyone_except": Member(
                CONDITION, None, "A condition on who sees clear values although it masks for everyone."
            ),
            "for_everyone_who": Member(
                CONDITION, None, "A condition on whom alone it masks for; no approval lifts it for them."
            ),
        }
    )

    def ids(self, session: Session) -> list[str]:
        found = list(every(lambda cursor: session.policies.page(cursor=cursor, limit=AT_ONCE)))
        found.sort(key=lambda policy: policy.id, reverse=True)  # of one instant, the one with the last id is stronger
        return [policy.id for policy in sorted(found, key=lambda policy: policy.created_at)]

    def standing(self, session: Session, ids: Sequence[str]) -> dict[str, Standing]:
        return {one.id: self._standing(session, one) for one in filter(None, map(session.policies.get, ids))}

    def _standing(self, session: Session, policy: DataPolicy) -> Standing:
        plain = {
            "name": policy.name,
            "description": policy.description,
            "mask": {name: getattr(policy.mask, name) for name in ("text", "first", "last", "places")}
            | {"kind": policy.mask.kind.value},
            "on": _plain_scope(session, policy.scope),
            "everyone_except": policy.everyone_except and to_json(policy.everyone_except),
            "for_everyone_who": policy.for_everyone_who and to_json(policy.for_everyone_who),
        }
        return Standing(plain, policy, gone=not policy.active)

    def write(self, context: Context, actor: Person, id: str, wanted: Plain, standing: Standing | None) -> None:
        policies = DataPolicies(context)
        policy = DataPolicy(
            id,
            wanted["name"],
            Mask(**wanted["mask"] | {"kind": MaskKind(wanted["mask"]["kind"])}),
            _scope(policies, actor, wanted["on"]),
            _condition(wanted["everyone_except"]),
            _condition(wanted["for_everyone_who"]),
            wanted["description"],
            revision=standing.value.revision if standing else 1,
        )
        if standing:
            policies.replace(actor, policy)
        else:
            policies.create(actor, policy)


def _condition(given: Any) -> Any:
    return None if given is None else from_json(given)


def _scope(policies: DataPolicies, actor: Person, given: Plain) -> Scope:
    """What a policy is on. Raises BadPolicy unless the file says exactly one thing."""
    named = [part for part in ("tag", "domain", "source") if given[part]]
    if len(named) != 1 or bool(given["columns"]) != bool(given["source"]):
        raise BadPolicy("a policy is on one `tag`, one `domain`, or the `columns` of one `source`: write one of these")
    if given["tag"]:
        return Tagged(given["tag"])
    if given["domain"]:
        return InDomain(given["domain"])
    return policies.columns_named(actor, given["source"], given["columns"])


def _plain_scope(session: Session, scope: Scope) -> Plain:
    plain: Plain = {"tag": "", "domain": "", "source": "", "columns": []}
    match scope:
        case Tagged(tag):
            return plain | {"tag": tag}
        case InDomain(domain):
            return plain | {"domain": domain}
        case NamedColumns(id, columns):
            source = session.sources.get(id)
            names = sorted(column.name for column in source.columns if column.id in columns) if source else []
            return plain | {"source": id, "columns": names}
