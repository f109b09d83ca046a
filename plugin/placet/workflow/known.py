"""What is known when the rules are asked, as rows of facts: ids, words, numbers and instants, never free text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

from placet.domain.forms import QuestionKind, RequestForm
from placet.domain.people import LONGEST_WORD, Person, PersonKind, SourceKind, StewardSource
from placet.domain.products import SourceTags
from placet.domain.requests import AccessRequest, RequiredSource, Verdict
from placet.domain.terms import Duration
from placet.workflow.situation import Background, Situation

Rows = Iterable[tuple[object, ...]]
Read = TypeVar("Read")

LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""The last instant of the calendar; what would end after it ends here."""


@dataclass(frozen=True)
class Known:
    """Everything the rules may be told about one request; `asked` are the people whose standing is in question.

    While it is `new`, no sources are asked yet: those stand there that the form and the product list.
    """

    request: AccessRequest
    situation: Situation
    asked: tuple[Person, ...] = ()
    new: bool = False

    @property
    def background(self) -> Background:
        """What is looked up only where it is told. Raises RuntimeError where the service did not bring it."""
        if self.situation.background is None:
            raise RuntimeError("the rules are asked of a situation that has no background")
        return self.situation.background

    @property
    def form(self) -> RequestForm:
        return self.background.form()

    @property
    def sources(self) -> tuple[RequiredSource, ...]:
        """The steward sources that are asked, or may be asked."""
        if not self.new:
            return self.request.sources
        product = self.situation.product
        listed = (*self.form.flow.sources, *product.stewards)
        return tuple(RequiredSource(source.in_domain(product.domain)) for source in listed)

    @property
    def people(self) -> tuple[Person, ...]:
        """The parties and those who are asked, each once."""
        every = (*self.situation.people, *self.asked)
        return tuple({person.id: person for person in every}.values())


def form_sources(known: Known) -> Rows:
    return ((source.in_domain(known.situation.product.domain).key, 1) for source in known.form.flow.sources)


def product_sources(known: Known) -> Rows:
    product = known.situation.product
    return ((source.in_domain(product.domain).key, 1) for source in product.stewards)


def form_end(known: Known) -> Rows:
    duration = known.form.flow.duration
    return [(duration.after(known.situation.start),)] if duration else []


def earlier(known: Known) -> Rows:
    return ((one.id, one.decided_at, one.status.value) for one in known.background.earlier())


def periods(known: Known) -> Rows:
    """The end of the week (to Monday), month, quarter and year in UTC that the start of access lies in."""
    day = known.situation.start.astimezone(UTC).date()
    if day.year == LAST.year:
        yield from ((length, LAST) for length in ("week", "month", "quarter", "year"))
        return
    month = day.replace(day=1)
    yield "week", _midnight(day + timedelta(days=7 - day.weekday()))
    yield "month", _midnight(_months_later(month, 1))
    yield "quarter", _midnight(_months_later(month, 3 - (day.month - 1) % 3))
    yield "year", _midnight(date(day.year + 1, 1, 1))


def _months_later(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def owners(known: Known) -> Rows:
    accounts = (one for one in known.people if one.kind is PersonKind.SERVICE_ACCOUNT and one.owner)
    yield from ((account.id, account.owner) for account in accounts)
    yield from sorted(_owned_members(known).items())


def members(known: Known) -> Rows:
    """The groups of the people; of others only who makes one who is asked benefit as the owner of an account."""
    yield from ((person.id, group) for person in known.people for group in sorted(person.groups))
    owning = {person.owner for person in known.asked if person.owner} & known.situation.members
    for one in sorted(owning | _owned_members(known).keys()):
        yield one, known.situation.whom.id


def _owned_members(known: Known) -> dict[str, str]:
    """The accounts in the group that benefits whose owner is asked, or owns an account that is asked."""
    standing = {person.owner or person.id for person in known.asked}
    if not standing or not known.situation.whom.is_group:
        return {}
    return {account: owner for account, owner in known.background.accounts().items() if owner in standing}


def attributes(known: Known) -> Rows:
    return (
        (person.id, key, value)
        for person in known.people
        for key, values in sorted(person.attributes.items())
        for value in sorted(values)
    )


def holdings(known: Known) -> Rows:
    return ((person.id, held.value) for person in known.people for held in sorted(person.permissions))


def domain_holdings(known: Known) -> Rows:
    return (
        (person.id, domain, held.value) for person in known.people for domain, held in sorted(person.domain_permissions)
    )


def draws_on(known: Known) -> Rows:
    return ((dataset.name,) for dataset in known.background.datasets())


def source_tags(known: Known) -> Rows:
    return ((dataset.name, tag) for dataset in known.background.datasets() for tag in sorted(dataset.tags))


def column_tags(known: Known) -> Rows:
    return (
        (dataset.name, column, tag)
        for dataset in known.background.datasets()
        for column, tags in sorted(dataset.columns.items())
        for tag in sorted(tags)
    )


def wanted_columns(known: Known) -> Rows:
    return known.background.called(known.request.columns) if known.request.columns else []


def tags(known: Known) -> Rows:
    return ((tag,) for tag in sorted(_all_tags(known.background.datasets())))


def parents(known: Known) -> Rows:
    """Which tag lies under which: `HR.Payroll.Bonus` under `HR.Payroll`, and that under `HR`."""
    above = {
        (".".join(parts[: end + 1]), ".".join(parts[:end]))
        for tag in _all_tags(known.background.datasets())
        for parts in [tag.split(".")]
        for end in range(1, len(parts))
    }
    return sorted(pair for pair in above if all(pair))


def _all_tags(datasets: Iterable[SourceTags]) -> set[str]:
    return {tag for one in datasets for tag in {*one.tags}.union(*one.columns.values())}


def choices(known: Known) -> Rows:
    """Answers that were chosen from what the form offers; a text that someone wrote is none."""
    chosen = {QuestionKind.ONE_OF: _listed, QuestionKind.SEVERAL_OF: _listed, QuestionKind.YES_NO: _yes_or_no}
    for question, answer in _answers(known, chosen):
        yield from ((question, choice) for choice in answer if len(choice) <= LONGEST_WORD)


def numbers(known: Known) -> Rows:
    """Answers that are whole numbers; others the rules can't hold."""
    found = _answers(known, {QuestionKind.NUMBER: lambda answer: answer if isinstance(answer, int) else None})
    return ((question, answer) for question, answer in found if abs(answer) < 2**53)


def dates(known: Known) -> Rows:
    return _answers(known, {QuestionKind.DATE: lambda answer: _midnight(date.fromisoformat(str(answer)))})


def lengths(known: Known) -> Rows:
    """The access durations asked for, as they would be from the start of access."""
    start = known.situation.start
    found = _answers(known, {QuestionKind.ACCESS_DURATION: lambda answer: Duration.parse(str(answer)).after(start)})
    return ((end - start,) for _, end in found)


def _answers(
    known: Known, readers: Mapping[QuestionKind, Callable[[object], Read | None]]
) -> Iterator[tuple[str, Read]]:
    """The answers to questions of some kinds, read; None is no answer that the rules can hold."""
    for question in known.form.questions:
        answer, read = known.request.answers.get(question.id), readers.get(question.kind)
        if read and answer is not None and len(question.id) <= LONGEST_WORD and (found := read(answer)) is not None:
            yield question.id, found


def _listed(answer: object) -> list[str]:
    return [str(one) for one in answer] if isinstance(answer, list) else [str(answer)]


def _yes_or_no(answer: object) -> list[str]:
    return ["yes" if answer else "no"]


def required(known: Known) -> Rows:
    return dict.fromkeys((needed.key, needed.stage) for needed in known.request.sources)


def asks_by(kind: SourceKind, row: Callable[[StewardSource], tuple[object, ...]]) -> Callable[[Known], Rows]:
    """What the steward sources of one kind ask for, each under the name that the rules know it by."""

    def rows(known: Known) -> Rows:
        sources = ((needed.key, needed.source) for needed in known.sources)
        return ((key, *row(source)) for key, source in sources if source and source.kind is kind)

    return rows


def stood_for(known: Known) -> Rows:
    return ((made.steward, key) for made in known.request.determinations for key in sorted(made.stood_for))


def limits(known: Known) -> Rows:
    """When access would end by each temporary approval if it began at `start`."""
    approvals = (made for made in known.request.determinations if made.verdict is Verdict.APPROVE)
    ends = ((made.steward, made.term.ends_at(known.situation.start)) for made in approvals)
    return ((steward, end) for steward, end in ends if end is not None)


def cap(known: Known) -> Rows:
    maximum = known.situation.product.maximum
    return [(maximum.after(known.situation.start),)] if maximum else []


def managers(known: Known) -> Rows:
    """Who manages the parties, as the directory says."""
    return (
        (person.id, manager)
        for person in {one.id: one for one in known.situation.people}.values()
        for manager in sorted(person.attributes.get(known.situation.manager_attribute, ()))
    )
