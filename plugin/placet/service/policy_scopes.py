"""What birthright policies are on: whether it is there, whose permission it takes, and which platforms enforce it."""

from __future__ import annotations

from placet.domain.errors import NotFound
from placet.domain.people import Person
from placet.domain.permissions import Action, Place, may, refuse_unless_may
from placet.domain.policies import BadPolicy
from placet.domain.products import DataSource
from placet.domain.scopes import InDomain, NamedColumns, OnSource, Scope, SourceScope, Tagged
from placet.service.context import Context, Transaction
from placet.service.saving import POLICIES, add_jobs
from placet.storage import Session


def may_make_policies(actor: Person) -> bool:
    """Whether there is anything that the actor may make a birthright policy for."""
    domains = {domain for domain, _ in actor.domain_permissions} | {""}
    return any(may(actor, Action.MANAGE_POLICIES, Place(domain=domain)) for domain in domains)


def refuse_who_makes_none(actor: Person) -> None:
    """Raises Forbidden for who may make a policy nowhere, before it is read what for."""
    if not may_make_policies(actor):
        refuse_unless_may(actor, Action.MANAGE_POLICIES)


def places_of(session: Session, scope: Scope | SourceScope) -> list[Place]:
    """Where the permission has to be held to make policies for a scope: in every one of these.

    A tag may stand in any domain, so a policy on one is for those whose permission holds everywhere.
    """
    match scope:
        case NamedColumns(id, _) | OnSource(id):
            source = session.sources.get(id)
            domains = sorted(source.domains) if source else []
            return [Place(domain=domain) for domain in domains] or [Place()]
        case InDomain(domain):
            return [Place(domain=domain)]
        case Tagged():
            return [Place()]


def may_manage(session: Session, actor: Person, scope: Scope | SourceScope) -> bool:
    """Whether the actor may make, change and retire policies for a scope."""
    return all(may(actor, Action.MANAGE_POLICIES, place) for place in places_of(session, scope))


def refuse_unless_may_manage(session: Session, actor: Person, scope: Scope | SourceScope) -> None:
    """Raises Forbidden, naming who may."""
    for place in places_of(session, scope):
        refuse_unless_may(actor, Action.MANAGE_POLICIES, place)


def refuse_unknown_scope(session: Session, actor: Person, scope: Scope | SourceScope) -> None:
    """Raises NotFound for a source or domain that is not there, or not for the actor's eyes."""
    match scope:
        case InDomain(domain) if session.domains.get(domain) is None:
            raise NotFound(f"no domain has the id `{domain}`")
        case NamedColumns(id, _) | OnSource(id):
            source = session.sources.get(id)
            if source is None or not may_see(actor, source):
                raise NotFound(f"no data source that you may see has the id `{id}`")


def refuse_unknown_columns(session: Session, scope: Scope) -> None:
    """Raises BadPolicy for a column that its data source has not."""
    if not isinstance(scope, NamedColumns):
        return
    source = session.sources.get(scope.source)
    if source and (missing := sorted(scope.columns - {column.id for column in source.columns})):
        raise BadPolicy(f"`{source.qualified_name}` has no column with the id `{missing[0]}`", about="scope")


def may_see(actor: Person, source: DataSource) -> bool:
    """Whether a data source is for the actor's eyes."""
    return may(actor, Action.SEE_SOURCE, Place(domains=source.domains))


def source_called(session: Session, actor: Person, name: str) -> DataSource:
    """The one data source of an id or name that the actor may see. Raises NotFound, also where there are several."""
    schema, _, table = name.rpartition(".")
    exact = session.sources.get(name)
    known = [exact] if exact else session.sources.named(schema, table)
    found = [source for source in known if may_see(actor, source)]
    if len(found) > 1:
        told = ", ".join(f"`{source.id}` on {source.target}" for source in found)
        raise NotFound(f"several data sources are called `{name}`: give the id of one, {told}")
    if not found:
        raise NotFound(f"no data source that you may see is called `{name}`: write its id, or `schema.table`")
    return found[0]


def in_words(session: Session, scope: Scope | SourceScope) -> str:
    """What a scope is on, by the names that people know."""
    match scope:
        case NamedColumns("", _) | OnSource(""):
            return "a data source that you may not see"
        case NamedColumns(id, _):
            source = session.sources.get(id)
            names = ", ".join(names_in(session, scope)) or "no column"
            return f"{names} of {source.qualified_name if source else id}"
        case OnSource(id):
            source = session.sources.get(id)
            return source.qualified_name if source else id
        case Tagged(tag):
            return f"columns and data sources tagged {tag}, or with a tag under it"
        case InDomain(id):
            domain = session.domains.get(id)
            return f"everything in the domain {domain.name if domain else id}"


def names_in(session: Session, scope: Scope) -> tuple[str, ...]:
    """The names of the columns that a scope names, in the order of their source; of those that are gone, none."""
    if not isinstance(scope, NamedColumns):
        return ()
    source = session.sources.get(scope.source)
    return tuple(column.name for column in source.columns if column.id in scope.columns) if source else ()


def enforce(context: Context, transaction: Transaction, *scopes: Scope | SourceScope) -> None:
    """Have the platforms with something that the scopes reach brought to what they should enforce now."""
    targets = transaction.session.policies.targets_of(*scopes)
    enforced = [target for target in targets if target in context.targets]
    add_jobs(transaction.session, POLICIES, "policies", enforced, context.clock.now())
