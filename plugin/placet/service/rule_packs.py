"""Rule packs as commands and views: what is offered, what is in force, what a change would do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from placet.domain.errors import Conflict, NotFound, PackError, StaleRevision
from placet.domain.events import RulePackChanged
from placet.domain.forms import STANDARD_PACKS, in_order
from placet.domain.people import GlobalPermission, Person
from placet.domain.permissions import Action, refuse_unless_may
from placet.engine import CheckReport
from placet.engine.differences import Difference, differences
from placet.service.checking import check_everywhere, check_together, refuse_faulty
from placet.service.combining import combinations, forms_naming, name_of, source_of
from placet.service.context import Context, holders_of
from placet.service.offered_packs import OfferedPack, offered
from placet.service.pack_views import PackCard, PackView
from placet.service.packs import kept
from placet.service.saving import tell
from placet.service.simulating import Simulation, simulate
from placet.storage import KeptPack, PackInForce, Session


class RulePackCommands:
    """Read, check, compare and put in force rule packs; for GOVERNANCE."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def all(self, actor: Person) -> list[PackCard]:
        """Every pack in force or on offer, by name."""
        refuse_unless_may(actor, Action.RULE_PACKS)
        offers = offered(self._context.settings.rule_packs)
        with self._context.store.reading() as session:
            in_force = {one.name: one for one in session.packs.all_in_force()}
            names = sorted({*in_force, *(offer.name for offer in offers)})
            return [self._card(session, name, in_force.get(name), offers) for name in names]

    def get(self, actor: Person, name: str, hash: str = "") -> PackView:
        """One pack: the one in force, or the one kept under `hash`, or where neither is there the one on offer.

        Raises NotFound.
        """
        refuse_unless_may(actor, Action.RULE_PACKS)
        offers = offered(self._context.settings.rule_packs)
        with self._context.store.reading() as session:
            in_force = {one.name: one for one in session.packs.all_in_force()}.get(name)
            card = self._card(session, name, in_force, offers)
            versions = tuple(session.packs.kept_as(name))
            wanted = hash or (in_force.hash if in_force else "")
            text, cases = _text_of(name, wanted, versions, card.offers)
        return PackView(card, wanted, text, cases, versions)

    def check(self, actor: Person, text: str, cases: str = "") -> CheckReport:
        """Everything that is wrong or odd about a pack, alone, with its cases, and joined with the packs of forms."""
        refuse_unless_may(actor, Action.RULE_PACKS)
        try:
            name = name_of(text)
        except PackError:
            return check_together((source_of("pack", text),), cases)
        with self._context.store.reading() as session:
            combined = combinations(session, name, text)
        return check_everywhere(combined, cases)

    def compare(self, actor: Person, name: str, text: str) -> tuple[Difference, ...]:
        """What a pack says otherwise than the one in force under its name; where none is, all of it is added."""
        refuse_unless_may(actor, Action.RULE_PACKS)
        with self._context.store.reading() as session:
            hash = session.packs.in_force().get(name)
            before = kept(session, hash) if hash else source_of(name, f"pack: {name}\n")
        return differences(before, source_of(name, text))

    def simulate(self, actor: Person, facts: str, packs: Sequence[str] = STANDARD_PACKS, text: str = "") -> Simulation:
        """What packs in force conclude from facts in YAML; `text` is tried with them, in place of one of its name.

        Raises PackError and FactError for what can't be read, NotFound for a pack that is not in force.
        """
        refuse_unless_may(actor, Action.RULE_PACKS)
        with self._context.store.reading() as session:
            in_force = session.packs.in_force()
            if lost := [name for name in packs if name not in in_force]:
                raise NotFound(f"no rule pack `{lost[0]}` is in force")
            sources = {name: kept(session, in_force[name]) for name in packs}
        if text:
            name = name_of(text)
            sources[name] = source_of(name, text)
        settings = self._context.settings
        return simulate(
            tuple(sources[name] for name in in_order(sources)), facts, settings.engine, settings.facts_limit
        )

    def put_in_force(self, actor: Person, text: str, cases: str = "", replacing: str | None = None) -> PackView:
        """Let new requests be decided by this pack; open ones keep theirs.

        `replacing` is the hash of the pack in force that was read before, empty for none. Raises PackError where the
        check finds an error or a case fails, StaleRevision where another is in force by now.
        """
        refuse_unless_may(actor, Action.RULE_PACKS)
        name = name_of(text)
        with self._context.store.reading() as session:
            combined = combinations(session, name, text)
        refuse_faulty(check_everywhere(combined, cases))
        with self._context.transaction() as transaction:
            session, now = transaction.session, self._context.clock.now()
            session.packs.hold()
            was = session.packs.lock(name)
            refuse_changed(name, was, replacing, combined == combinations(session, name, text))
            hash = session.packs.put(name, text, now, cases)
            session.packs.put_in_force(name, hash, now, actor.id)
            data = {"name": name, "by": actor.id, "from": was, "to": hash}
            told = tuple(one for one in holders_of(session, GlobalPermission.GOVERNANCE) if one != actor.id)
            tell(transaction, [RulePackChanged(actor.id, now, name, data=data, tells=told)])
        return self.get(actor, name)

    def _card(
        self, session: Session, name: str, in_force: PackInForce | None, offers: Iterable[OfferedPack]
    ) -> PackCard:
        forms = tuple(sorted({form.name for form in forms_naming(session, name)}))
        return PackCard(name, in_force, tuple(offer for offer in offers if offer.name == name), forms)


def refuse_changed(name: str, was: str, replacing: str | None, still: bool) -> None:
    """Raises StaleRevision where what was read or checked is no longer so."""
    if replacing is not None and replacing != was:
        raise StaleRevision(f"another pack `{name}` is in force by now (`{was or 'none'}`): compare with that one")
    if not still:
        raise Conflict(f"forms or packs that `{name}` is joined with changed while it was checked: try again")


def _text_of(name: str, hash: str, versions: Iterable[KeptPack], offers: Iterable[OfferedPack]) -> tuple[str, str]:
    kept = {one.hash: one for one in versions}
    if hash in kept:
        return kept[hash].text, kept[hash].cases
    if hash:
        raise NotFound(f"no rule pack `{name}` was ever in force under the hash `{hash}`")
    for offer in offers:
        return offer.text, offer.cases
    raise NotFound(f"no rule pack is called `{name}`: neither in force nor on offer")
