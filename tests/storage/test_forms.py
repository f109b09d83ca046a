"""Request forms keep every version."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from placet.domain.errors import AlreadyThere
from placet.domain.forms import Agreement, Flow, FlowKind, Question, QuestionKind, Quorum, RequestForm
from placet.domain.people import SourceKind, StewardSource
from placet.domain.terms import Duration, Unit
from placet.storage import Store
from tests.storage.world import FORM, NOW, furnish

ON_BOTH = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXTS = some.text(some.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
SOURCES = some.builds(StewardSource, some.sampled_from(SourceKind), TEXTS, TEXTS)
DURATIONS = some.builds(Duration, some.integers(1, 9999), some.sampled_from(Unit))
FORMS = some.builds(
    RequestForm,
    id=some.builds(lambda: str(uuid.uuid4())),
    version=some.integers(1, 2**31 - 1),
    name=TEXTS,
    flow=some.builds(
        Flow,
        some.sampled_from(FlowKind),
        some.sampled_from(Quorum),
        some.lists(SOURCES, max_size=3).map(tuple),
        TEXTS,
        some.none() | DURATIONS,
    ),
    questions=some.lists(
        some.builds(
            Question,
            TEXTS,
            some.sampled_from(QuestionKind),
            TEXTS,
            some.booleans(),
            TEXTS,
            some.lists(TEXTS, max_size=3).map(tuple),
            some.none() | some.tuples(TEXTS, TEXTS),
        ),
        max_size=3,
    ).map(tuple),
    agreement=some.none() | some.builds(Agreement, TEXTS, TEXTS, some.integers(1, 99)),
    created_by=TEXTS,
    created_at=some.sampled_from([None, NOW]),
    builtin=some.booleans(),
    packs=some.lists(TEXTS, max_size=3).map(tuple),
)


@ON_BOTH
@given(form=FORMS)
def test_a_form_comes_back_as_it_was_kept(store: Store, form: RequestForm) -> None:
    store_form(store, form)
    with store.reading() as session:
        assert session.forms.get(form.id, form.version) == form


def store_form(store: Store, *forms: RequestForm) -> None:
    with store.writing() as session:
        for form in forms:
            session.forms.save(form)


def test_every_version_stays_and_the_latest_counts(store: Store) -> None:
    first, second, tenth = FORM, replace(FORM, version=2, name="Two"), replace(FORM, version=10, name="Ten")
    other = replace(FORM, id="other", version=3)
    store_form(store, tenth, first, second, other)
    with store.reading() as session:
        assert session.forms.get("form") == tenth
        assert session.forms.get("form", 2) == second
        assert session.forms.get("form", 3) is None
        assert session.forms.get("none") is None
        assert session.forms.latest() == [tenth, other]


def test_a_version_is_kept_once(store: Store) -> None:
    furnish(store)
    with pytest.raises(AlreadyThere, match="has a version 1 already"), store.writing() as session:
        session.forms.save(replace(FORM, name="Another"))
