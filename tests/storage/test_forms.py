"""Request forms and agreements keep every version."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from placet.domain.agreements import Agreement
from placet.domain.errors import AlreadyThere, Conflict
from placet.domain.forms import Flow, FlowKind, Question, QuestionKind, Quorum, RequestForm
from placet.domain.people import SourceKind, StewardSource
from placet.domain.products import ProductState
from placet.domain.terms import Duration, Unit
from placet.storage import Store
from tests.storage.world import FORM, NOW, PRODUCT, furnish

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
    agreement=some.none()
    | some.builds(
        Agreement, some.builds(lambda: str(uuid.uuid4())), some.integers(1, 99), TEXTS, TEXTS, TEXTS, some.just(NOW)
    ),
    created_by=TEXTS,
    created_at=some.sampled_from([None, NOW]),
    builtin=some.booleans(),
    packs=some.lists(TEXTS, max_size=3).map(tuple),
)


@ON_BOTH
@given(form=FORMS)
def test_a_form_comes_back_as_it_was_kept(store: Store, form: RequestForm) -> None:
    agreement = form.agreement and replace(form.agreement, name=f"{form.agreement.name}{form.agreement.id}")
    form = replace(form, name=f"{form.name}{form.id}", agreement=agreement)  # names are unique
    with store.writing() as session:
        if form.agreement:
            session.agreements.save(form.agreement)
        session.forms.save(form)
    with store.reading() as session:
        assert session.forms.get(form.id, form.version) == form
        assert form.agreement is None or session.agreements.get(form.agreement.id) == form.agreement


def store_form(store: Store, *forms: RequestForm) -> None:
    with store.writing() as session:
        for form in forms:
            session.forms.save(form)


def test_every_version_stays_and_the_latest_counts(store: Store) -> None:
    first, second, tenth = FORM, replace(FORM, version=2, name="Two"), replace(FORM, version=10, name="Ten")
    other = replace(FORM, id="other", version=3, name="Other")
    store_form(store, first, second, tenth, other)
    with store.reading() as session:
        assert session.forms.get("form") == tenth
        assert session.forms.get("form", 2) == second
        assert session.forms.get("form", 3) is None
        assert session.forms.get("none") is None
        assert session.forms.page().items == (other, tenth)
        assert session.forms.versions("form").items == (tenth, second, first)


def test_a_version_is_kept_once(store: Store) -> None:
    furnish(store)
    with pytest.raises(AlreadyThere, match="has a version 1 already"), store.writing() as session:
        session.forms.save(replace(FORM, name="Another"))


RULES = Agreement("rules", 1, "Rules of use", "Be kind.")


def store_rules(store: Store, *agreements: Agreement) -> None:
    with store.writing() as session:
        for agreement in agreements:
            session.agreements.save(agreement)


def test_forms_and_agreements_are_listed_by_name_page_by_page_and_found_by_words(store: Store) -> None:
    names = ("alpha one", "Beta one", "beta two", "Gamma two")
    store_form(store, *(replace(FORM, id=f"{4 - number}", name=name) for number, name in enumerate(names)))
    store_rules(store, *(replace(RULES, id=f"{4 - number}", name=name) for number, name in enumerate(names)))
    with store.reading() as session:
        for kept in (session.forms, session.agreements):
            first = kept.page(limit=3)
            second = kept.page(cursor=first.next, limit=3)
            assert tuple(one.name for one in (*first.items, *second.items)) == names
            assert second.next is None
            assert [one.name for one in kept.page(search="TWO b").items] == ["beta two"]


def test_a_new_name_is_what_a_form_or_an_agreement_is_found_by(store: Store) -> None:
    store_form(store, replace(FORM, name="Old"), replace(FORM, version=2, name="New"))
    store_rules(store, replace(RULES, name="Old"), replace(RULES, version=2, name="New"))
    with store.reading() as session:
        for kept in (session.forms, session.agreements):
            assert kept.page(search="old").items == ()
            assert [one.version for one in kept.page(search="new").items] == [2]


def test_versions_come_page_by_page_the_latest_first(store: Store) -> None:
    store_form(store, *(replace(FORM, version=version) for version in range(1, 13)))
    store_rules(store, *(replace(RULES, version=version) for version in range(1, 13)))
    with store.reading() as session:
        for kept, id in ((session.forms, "form"), (session.agreements, "rules")):
            first = kept.versions(id, limit=8)
            second = kept.versions(id, cursor=first.next, limit=8)
            assert [one.version for one in (*first.items, *second.items)] == list(range(12, 0, -1))


def test_what_is_deleted_is_gone_and_what_is_retired_is_only_not_listed(store: Store) -> None:
    store_rules(store, RULES, replace(RULES, id="other", name="Other"))
    store_form(store, replace(FORM, agreement=RULES), replace(FORM, id="second", name="Second"))
    with store.writing() as session:
        session.forms.retire("form")
        session.forms.delete("second")
        session.agreements.retire("rules")
        session.agreements.delete("other")
    with store.reading() as session:
        assert (session.forms.page().items, session.agreements.page().items) == ((), ())
        assert (session.forms.get("second"), session.agreements.get("other")) == (None, None)
        assert session.forms.get("form") == replace(FORM, agreement=replace(RULES, retired=True), retired=True)


def test_what_something_refers_to_is_never_deleted(store: Store) -> None:
    furnish(store)
    store_rules(store, RULES)
    store_form(store, replace(FORM, id="agreed", name="Agreed", agreement=RULES))
    with pytest.raises(Conflict), store.writing() as session:
        session.forms.delete("form")
    with pytest.raises(Conflict), store.writing() as session:
        session.agreements.delete("rules")
    with store.reading() as session:
        assert session.forms.once_used("form")
        assert not session.forms.once_used("agreed")
        assert [product.id for product in session.products.asking_by("form")] == ["salaries"]


def test_an_agreement_is_asked_for_by_the_latest_version_of_a_form_or_by_one_that_a_product_uses(store: Store) -> None:
    store_rules(store, RULES, replace(RULES, id="old", name="Old rules"))
    furnish(store)
    first = replace(FORM, id="agreed", name="Agreed", agreement=replace(RULES, id="old", name="Old rules"))
    store_form(store, first, replace(first, version=2, agreement=RULES))
    with store.writing() as session:
        assert (session.agreements.asked_by("rules"), session.agreements.asked_by("old")) == (["Agreed"], [])
        assert session.agreements.once_asked("old")
        session.products.add(replace(PRODUCT, id="p", name="P", form="agreed", form_version=1))
        assert session.agreements.asked_by("old") == ["Agreed"]


def test_a_product_uses_the_form_by_which_its_masking_exceptions_are_asked_for_too(store: Store) -> None:
    store_rules(store, RULES)
    furnish(store)
    store_form(store, replace(FORM, id="masking", name="Masking", agreement=RULES))
    store_form(store, replace(FORM, id="masking", name="Masking", version=2))
    masked = replace(PRODUCT, id="p", name="P", masking_form="masking", masking_form_version=1)
    with store.writing() as session:
        session.products.add(masked)
        assert session.products.asking_by("masking") == [masked]
        assert [product.id for product in session.products.asking_by("form")] == ["p", "salaries"]
        assert session.agreements.asked_by("rules") == ["Masking"]
        session.products.save(replace(masked, state=ProductState.DELETED))
        assert (session.products.asking_by("masking"), session.forms.once_used("masking")) == ([], True)
