"""The facts that rule packs may read: one table, from which questions, checks and `docs/vocabulary.md` are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from placet.domain.errors import FactError
from placet.domain.people import LONGEST_WORD, DomainPermission, GlobalPermission, SourceKind
from placet.domain.requests import Verdict
from placet.engine import Fact, Kinds, Type, typed_fact
from placet.workflow import known as of
from placet.workflow.known import Known, Rows

Told = dict[str, list[list[str | int]]]
"""Facts as they are kept: kind -> rows of values in the order of the properties, instants as UTC seconds."""

OPENING, STANDING, VERDICT = "opening", "standing", "verdict"
"""The questions: whom a new request asks, whether someone may determine it, whether it is decided."""

EVERY = frozenset({OPENING, STANDING, VERDICT})
FIRST = frozenset({OPENING})
LATER = frozenset({STANDING, VERDICT})

QUORUM: Type = ("any", "all")
VERDICTS: Type = tuple(verdict.value for verdict in Verdict)
PERMISSIONS: Type = tuple(permission.value for permission in GlobalPermission)
DOMAIN_PERMISSIONS: Type = tuple(permission.value for permission in DomainPermission)


@dataclass(frozen=True)
class Word:
    """One kind of fact: what it says, its properties, how it is found, and at which questions it is told.

    `once` says that there is never more than one of it.
    """

    about: str
    properties: Mapping[str, Type]
    rows: Callable[[Known], Rows]
    told_at: frozenset[str] = EVERY
    once: bool = False


def _if(holds: Callable[[Known], bool]) -> Callable[[Known], Rows]:
    return lambda known: [()] if holds(known) else []


PARTIES: dict[str, Word] = {
    "requester": Word("Who asks.", {"person": "person"}, lambda known: [(known.request.requester,)], once=True),
    "beneficiary": Word(
        "For which person it is asked; none where it is for a group.",
        {"person": "person"},
        lambda known: [] if known.request.whom.is_group else [(known.request.beneficiary,)],
        once=True,
    ),
    "beneficiary group": Word(
        "For which group it is asked; none where it is for a person.",
        {"group": "group"},
        lambda known: [(known.request.beneficiary,)] if known.request.whom.is_group else [],
        once=True,
    ),
    "asked": Word(
        "Whose standing is in question.",
        {"person": "person"},
        lambda known: [(one.id,) for one in known.asked],
        frozenset({STANDING}),
    ),
    "active": Word(
        "Who of these people is active.",
        {"person": "person"},
        lambda known: [(one.id,) for one in known.people if one.active],
    ),
    "member": Word(
        "The groups of these people; of the group that it is for also owners and accounts that tie one of them to it.",
        {"person": "person", "group": "group"},
        of.members,
    ),
    "attribute": Word(
        "The attributes of these people, also those they have by a group; one fact for each value.",
        {"person": "person", "key": "key", "value": "value"},
        of.attributes,
    ),
    "holds": Word(
        "The global permissions of these people.", {"person": "person", "permission": PERMISSIONS}, of.holdings
    ),
    "holds in": Word(
        "The permissions of these people in domains.",
        {"person": "person", "domain": "domain", "permission": DOMAIN_PERMISSIONS},
        of.domain_holdings,
    ),
    "owner": Word(
        "Who owns a service account among these people, or one of theirs in the group that it is for.",
        {"account": "person", "person": "person"},
        of.owners,
    ),
    "manager": Word(
        "Who manages the requester and the beneficiary, by the attribute that `PLACET_MANAGER_ATTRIBUTE` names.",
        {"person": "person", "manager": "person"},
        of.managers,
    ),
}

PERSONAL = frozenset({"member", "attribute", "holds", "holds in", "manager"})
"""What is told about what a `person` holds, which not everyone may read who reads a request."""

WANTED: dict[str, Word] = {
    "request type": Word(
        "What is asked for: membership of the product, or clear values of some columns.",
        {"type": ("data-access", "masking-exception")},
        lambda known: [(known.request.type.value,)],
        once=True,
    ),
    "product": Word(
        "The data product.", {"product": "product"}, lambda known: [(known.situation.product.id,)], once=True
    ),
    "product domain": Word(
        "The domain of the data product.",
        {"domain": "domain"},
        lambda known: [(known.situation.product.domain,)],
        once=True,
    ),
    "draws on": Word("The data sources of the product, as `schema.name`.", {"dataset": "dataset"}, of.draws_on),
    "tagged": Word("Every tag on a data source of the product or on one of its columns.", {"tag": "tag"}, of.tags),
    "source tag": Word("The tags on data sources.", {"dataset": "dataset", "tag": "tag"}, of.source_tags),
    "column tag": Word(
        "The tags on columns.", {"dataset": "dataset", "column": "column", "tag": "tag"}, of.column_tags
    ),
    "parent": Word(
        "Which of these tags lies under which: `HR.Payroll` under `HR`.", {"tag": "tag", "above": "tag"}, of.parents
    ),
    "wants column": Word(
        "The columns of which clear values are asked for; none where membership is.",
        {"dataset": "dataset", "column": "column"},
        of.wanted_columns,
    ),
}

ANSWERS: dict[str, Word] = {
    "answered": Word(
        "What was chosen, one fact for each choice, or `yes` or `no`. What someone wrote is never told.",
        {"question": "question", "choice": "choice"},
        of.choices,
    ),
    "answered number": Word(
        "Answers that are whole numbers.", {"question": "question", "number": "number"}, of.numbers
    ),
    "answered date": Word(
        "Answers that are dates, at midnight UTC.", {"question": "question", "at": "instant"}, of.dates
    ),
    "asks for": Word("For how long access is asked.", {"length": "duration"}, of.lengths),
}

FORM: dict[str, Word] = {
    "form": Word(
        "How the form finds stewards, and its quorum.",
        {"stewards": ("listed", "delegated", "automatic"), "quorum": QUORUM},
        lambda known: [(known.form.flow.kind.value, known.form.flow.quorum.value)],
        FIRST,
        once=True,
    ),
    "form source": Word(
        "The steward sources that the form lists.", {"source": "source", "stage": "number"}, of.form_sources, FIRST
    ),
    "form end": Word("When an automatic approval of the form ends.", {"at": "instant"}, of.form_end, FIRST, once=True),
    "justified": Word(
        "The form carries the justification of its automatic approval.",
        {},
        _if(lambda known: bool(known.form.flow.justification)),
        FIRST,
        once=True,
    ),
    "product source": Word(
        "The steward sources that the product lists for forms that delegate.",
        {"source": "source", "stage": "number"},
        of.product_sources,
        FIRST,
    ),
    "earlier": Word(
        "The last requests of the beneficiary for the product that were approved or denied, at most 20.",
        {"request": "request", "at": "instant", "status": ("approved", "denied")},
        of.earlier,
        FIRST,
    ),
    "pending": Word(
        "The request itself, from its submission on.",
        {"request": "request", "since": "instant"},
        lambda known: [(known.request.id, known.request.created_at)],
        FIRST,
        once=True,
    ),
}

SO_FAR: dict[str, Word] = {
    "requires": Word(
        "The steward sources that the request asks, as routing left them; lower stages first.",
        {"source": "source", "stage": "number"},
        of.required,
        LATER,
    ),
    "quorum": Word(
        "Whether one determination decides or every source has to be met.",
        {"rule": QUORUM},
        lambda known: [(known.request.quorum.value,)] if known.request.quorum else [],
        LATER,
        once=True,
    ),
    "by person": Word(
        "Who is named for a source.",
        {"source": "source", "person": "person"},
        of.asks_by(SourceKind.USER, lambda source: (source.name,)),
    ),
    "by group": Word(
        "The group whose members stand for a source.",
        {"source": "source", "group": "group"},
        of.asks_by(SourceKind.GROUP, lambda source: (source.name,)),
    ),
    "by attribute": Word(
        "The attribute that makes someone stand for a source.",
        {"source": "source", "key": "key", "value": "value"},
        of.asks_by(SourceKind.ATTRIBUTE, lambda source: (source.name, source.value)),
    ),
    "by permission": Word(
        "The global permission that makes someone stand for a source.",
        {"source": "source", "permission": PERMISSIONS},
        of.asks_by(SourceKind.GLOBAL_PERMISSION, lambda source: (source.name,)),
    ),
    "by domain": Word(
        "The permission in a domain that makes someone stand for a source.",
        {"source": "source", "domain": "domain", "permission": DOMAIN_PERMISSIONS},
        of.asks_by(SourceKind.DOMAIN_PERMISSION, lambda source: (source.value, source.name)),
    ),
    "determination": Word(
        "What stewards said so far.",
        {"steward": "person", "verdict": VERDICTS},
        lambda known: [(made.steward, made.verdict.value) for made in known.request.determinations],
        LATER,
    ),
    "stood for": Word(
        "For which sources they stood when they said it.",
        {"steward": "person", "source": "source"},
        of.stood_for,
        LATER,
    ),
    "limit": Word(
        "When access would end by each temporary approval.", {"steward": "person", "end": "instant"}, of.limits, LATER
    ),
}

TIME: dict[str, Word] = {
    "now": Word(
        "When access would begin: now, or where the grant that is renewed ends.",
        {"at": "instant"},
        lambda known: [(known.situation.start,)],
        once=True,
    ),
    "cap": Word("The longest the product allows, counted from `now`.", {"at": "instant"}, of.cap, once=True),
    "period": Word(
        "The end of the week (to Monday), month, quarter and year in UTC that `now` lies in.",
        {"length": ("week", "month", "quarter", "year"), "ends": "instant"},
        of.periods,
    ),
}

CHAPTERS: dict[str, dict[str, Word]] = {
    "People": PARTIES,
    "What is asked for": WANTED,
    "Answers": ANSWERS,
    "The form, and what was before": FORM,
    "The request so far": SO_FAR,
    "Time": TIME,
}

VOCABULARY: dict[str, Word] = {kind: word for chapter in CHAPTERS.values() for kind, word in chapter.items()}

KNOWN: Kinds = {kind: word.properties for kind, word in VOCABULARY.items()}
"""Every kind of fact that the marketplace tells, with the types of its properties."""

ONCE = frozenset(kind for kind, word in VOCABULARY.items() if word.once)
"""The kinds of which there is never more than one fact."""


def tell(known: Known, question: str, kinds: Iterable[str] = VOCABULARY) -> list[Fact]:
    """What is known, as typed facts, each once: of these kinds, as far as they are told at this question."""
    found: dict[Fact, bool] = {}
    for kind in kinds:
        word = VOCABULARY.get(kind)
        if word and question in word.told_at:
            for row in word.rows(known):
                found[_typed(kind, row, word)] = True
    return list(found)


def _typed(kind: str, row: tuple[object, ...], word: Word) -> Fact:
    """A row as a fact; a name that no rule can hold is told by its digest, which still equals itself alone."""
    try:
        return typed_fact(kind, row, word.properties)
    except FactError:
        return typed_fact(kind, [_fitting(value) for value in row], word.properties)


def _fitting(value: object) -> object:
    if not isinstance(value, str) or 0 < len(value) <= LONGEST_WORD:
        return value
    return f"%{sha256(value.encode(errors='surrogatepass')).hexdigest()}"


def kept(facts: Iterable[Fact], question: str) -> Told:
    """Typed facts as they are stored: every kind that was told at the question, also where there is none of it."""
    told: Told = {kind: [] for kind, word in VOCABULARY.items() if question in word.told_at}
    for kind, *values in facts:
        told[kind].append(values)
    return told
