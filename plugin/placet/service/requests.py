"""Access requests as commands: each one transaction, judged by the rules, told after it is committed."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from placet.domain.errors import AlreadyThere, EngineDisagreement
from placet.domain.events import THE_CLOCK, EnginesDisagreed, Event
from placet.domain.people import GlobalPermission, Person
from placet.domain.products import DataProduct
from placet.domain.requests import AccessRequest, ColumnRef, RequestType, Verdict, Whom
from placet.domain.terms import FOR_GOOD, Term
from placet.service.attempts import told_of_attempts
from placet.service.background import Backgrounds
from placet.service.basket_items import Item, command_for, naming, opened_meanwhile, refuse_bad_basket
from placet.service.context import (
    Context,
    Transaction,
    group_known,
    holders_of,
    known_product,
    known_request,
    new_id,
    person_known,
    steady_product_of,
)
from placet.service.product_views import in_sight
from placet.service.saving import keep, save, tell
from placet.service.situations import parties_of, situation_between
from placet.service.withholding import as_shown
from placet.storage import Session
from placet.workflow.change import Change
from placet.workflow.close import cancel, lapse
from placet.workflow.commands import CancelRequest, DetermineRequest, LapseRequest, SubmitRequest
from placet.workflow.determine import determine
from placet.workflow.refusals import ContradictoryVerdict, NotRequestable
from placet.workflow.situation import Situation
from placet.workflow.submit import submit

log = logging.getLogger("placet.service")


class RequestCommands:
    """Submit, determine, cancel and lapse access requests."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def submit(
        self,
        actor: Person,
        product: str,
        *,
        whom: Whom | None = None,
        answers: Mapping[str, object] | None = None,
        accepts_agreement: bool = False,
        type: RequestType = RequestType.DATA_ACCESS,
        columns: Iterable[ColumnRef] = (),
        read: tuple[str, int] | None = None,
    ) -> AccessRequest:
        """Ask for a product, for oneself or another; returns the request as routing left it.

        `read` says which version of which form was answered; where it is another one by now, FormChanged is raised.
        Raises NotFound also for a product that is not in the actor's sight, so that ids tell nothing. Nobody leaves
        meanwhile: whoever is deactivated at that moment has left before, or leaves after, and cancels it by that.
        """
        other = whom or Whom(actor.id)
        command = SubmitRequest(
            id=new_id(),
            grant=new_id(),
            requester=actor.id,
            beneficiary=other.id,
            beneficiary_kind=other.kind,
            product=product,
            type=type,
            columns=tuple(columns),
            answers=answers or {},
            accepts_agreement=accepts_agreement,
            read=read,
        )
        try:
            return self._submit(actor, command)
        except AlreadyThere:
            raise opened_meanwhile() from None

    def _submit(self, actor: Person, command: SubmitRequest) -> AccessRequest:
        with (
            told_of_attempts(self._context, actor, command),
            self._alarmed(command.id),
            self._context.transaction() as transaction,
        ):
            session = transaction.session
            session.directory.share()
            made = self._saved(transaction, self._asked(session, actor, command))
            return as_shown(session, made, known_product(session, made.product), actor)

    def submit_all(self, actor: Person, whom: Whom | None, items: Sequence[Item]) -> list[AccessRequest]:
        """Ask for several data products for one beneficiary: a request for each, in the order of the items, or none.

        They leave the actor's basket. Raises BadBasket where there are no items, too many, or two for one product, and
        whatever `submit` raises, with the id of the data product among the facts as `product`. Products are locked in
        the order of their ids, so that of two baskets with the same in them one is first.
        """
        refuse_bad_basket(items)
        other = whom or Whom(actor.id)
        commands = [command_for(actor, other, item) for item in sorted(items, key=lambda item: item.product)]
        with (
            told_of_attempts(self._context, actor, *commands),
            self._alarmed(commands[0].id),
            self._context.transaction() as transaction,
        ):
            made = self._all_asked(transaction, actor, commands)
            transaction.session.baskets.remove(actor.id, made)
        return [made[item.product] for item in items]

    def _all_asked(
        self, transaction: Transaction, actor: Person, commands: Sequence[SubmitRequest]
    ) -> dict[str, AccessRequest]:
        """The requests that were made, by product; the trail is written last, after all of them."""
        session, events = transaction.session, list[Event]()
        session.directory.share()
        for command in commands:
            session.products.share(command.product)
        made: dict[str, AccessRequest] = {}
        for command in commands:
            with naming(command.product):
                change = self._asked(session, actor, command)
                [made[command.product]] = keep(session, change, self._context.clock.now())
                events += change.events
        tell(transaction, events)
        products = {product.id: product for product in session.products.many(made)}
        return {id: as_shown(session, one, products[id], actor) for id, one in made.items()}

    def _asked(self, session: Session, actor: Person, command: SubmitRequest) -> Change:
        """What follows from asking; the directory stays as it is until the end of the transaction."""
        asking = person_known(session, actor.id)
        product = in_sight(session.products.share(command.product), command.product, asking)
        situation = self._opening(session, product, asking, command)
        form = asked_by(product, command.type)
        background = Backgrounds(session).of_form(form, product, situation.whom, command.type)
        rules = self._context.rulebooks.in_force(session, background.form().packs)
        return submit(command, background.form(), replace(situation, background=background), rules)

    def determine(
        self, actor: Person, request: str, *, verdict: Verdict, reason: str, term: Term = FOR_GOOD
    ) -> AccessRequest:
        """Give one's verdict; returns the request with it. Raises EngineDisagreement, and nothing has changed then."""
        command = DetermineRequest(new_id(), new_id(), request, verdict, reason, term)
        with self._alarmed(request), self._context.transaction() as transaction:
            session = transaction.session
            asked, product = self._locked(session, request)
            situation = self._situation(session, product, asked)
            situation = replace(situation, background=Backgrounds(session).of(asked, product))
            rules = self._context.rulebooks.pinned(session, asked.packs)
            steward = person_known(session, actor.id)
            return self._saved(transaction, determine(command, steward, asked, situation, rules))

    def cancel(self, actor: Person, request: str, reason: str = "") -> AccessRequest:
        """Take a pending request back."""
        with self._context.transaction() as transaction:
            asked, situation = self._under_way(transaction.session, request)
            change = cancel(CancelRequest(request, reason), actor, asked, situation)
            return self._saved(transaction, change)

    def lapse(self, request: str) -> AccessRequest:
        """End a pending request whose time has passed; for the sweep."""
        with self._context.transaction() as transaction:
            asked, situation = self._under_way(transaction.session, request)
            return self._saved(transaction, lapse(LapseRequest(request), asked, situation))

    def _under_way(self, session: Session, request: str) -> tuple[AccessRequest, Situation]:
        """A request that is there, locked, and the world around it."""
        asked, product = self._locked(session, request)
        return asked, self._situation(session, product, asked)

    def _locked(self, session: Session, request: str) -> tuple[AccessRequest, DataProduct]:
        """The request, which no one else changes until the end of the transaction, and its product, as steady."""
        product = steady_product_of(session, request)
        return session.requests.lock(request) or known_request(session, request), product

    def _opening(self, session: Session, product: DataProduct, requester: Person, command: SubmitRequest) -> Situation:
        """The world around a request that is new; what it would renew is not revoked until the transaction ends."""
        whom = Whom(command.beneficiary, command.beneficiary_kind)
        if whom.is_group:
            group_known(session, whom.id)
        parties = parties_of(session, requester.id, whom)
        wanted = product, *parties, command.type, command.columns
        open_request = session.requests.open_for(whom, product.id, command.type)
        situation = situation_between(self._context, session, *wanted)
        if situation.grants:
            for grant in situation.grants:
                session.grants.lock(grant.id)
            situation = situation_between(self._context, session, *wanted)
        if open_request is None:
            return situation
        return replace(situation, open_request=open_request.id, asked_by=open_request.requester)

    def _situation(self, session: Session, product: DataProduct, asked: AccessRequest) -> Situation:
        parties = parties_of(session, asked.requester, asked.whom)
        return situation_between(self._context, session, product, *parties, asked.type, asked.columns)

    def _saved(self, transaction: Transaction, change: Change) -> AccessRequest:
        """Keep the change; the request as it is now."""
        [changed] = save(transaction, self._context.clock.now(), change)
        return changed

    @contextmanager
    def _alarmed(self, request: str) -> Iterator[None]:
        """Where the engines give no verdict, keep an alarm with the facts; what was under way is rolled back."""
        try:
            yield
        except (EngineDisagreement, ContradictoryVerdict) as error:
            log.critical("no verdict on request %s: %s", request, error.detail)
            with self._context.transaction() as transaction:
                tell(transaction, [self._alarm(transaction.session, request, error)])
            raise

    def _alarm(
        self, session: Session, request: str, error: EngineDisagreement | ContradictoryVerdict
    ) -> EnginesDisagreed:
        data = {"request": request, "why": error.detail, **error.facts}
        told = holders_of(session, GlobalPermission.GOVERNANCE)
        return EnginesDisagreed(THE_CLOCK, self._context.clock.now(), request, data=data, tells=told)


def asked_by(product: DataProduct, type: RequestType) -> tuple[str, int]:
    """The form by which something is asked for, with its version. Raises NotRequestable where there is none."""
    if form := product.form_for(type):
        return form
    raise NotRequestable(f"nobody can ask for clear values of `{product.name}`: it has no form for masking exceptions")
