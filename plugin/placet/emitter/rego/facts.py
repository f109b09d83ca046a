"""What the rules look up: people, products, grants and masking exceptions, as the data of a bundle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

from placet.emitter.policy import Asked, Desired, Entitlement, Login, asked_by, facts_of

Plain = dict[str, object]
Path = tuple[str, ...]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(instant: datetime) -> int:
    """Microseconds since 1970: exact in every reader of JSON until the year 2255, which nanoseconds are not."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def facts(desired: Desired, sources: frozenset[str]) -> Plain:
    """The facts about active logins that the policies on some sources (ids) ask for, and what is given to them.

    What is left out is as what was never there: an inactive login, a grant on a product that is not published.
    """
    asked = _asked(desired, sources)
    active = {name: login for name, login in sorted(desired.login_by_name.items()) if login.active}
    groups, published = {group.id for group in desired.groups}, {product.id for product in desired.products}
    known = [one for one in desired.entitlements if one.product in published]
    kept = [one for one in known if (one.login in active if one.group is None else one.group in groups)]
    given = {one.group for one in kept if one.group is not None}
    return {
        "logins": {name: _login(one, asked, _groups(desired, name) & given) for name, one in active.items()},
        "products": {id: list(products) for id, products in sorted(desired.products_of.items()) if id in sources},
        "given": _by_whom(kept, _product),
        "shown": _by_whom(kept, lambda one: _columns(one, desired, sources)),
    }


def _asked(desired: Desired, sources: frozenset[str]) -> Asked:
    asked = Asked()
    for source in desired.sources:
        if source.id in sources:
            asked |= asked_by(source)
    return asked


def _groups(desired: Desired, login: str) -> frozenset[str]:
    return desired.groups_of.get(login, frozenset())


def _login(login: Login, asked: Asked, member_of: frozenset[str]) -> Plain:
    held: Plain = {"groups": {}, "attributes": {}, "permissions": {}, "member_of": sorted(member_of)}
    for kind, key, value in sorted(facts_of(login, asked)):
        _put(held, (f"{kind}s", key, value) if kind == "attribute" else (f"{kind}s", value), True)
    return held


def _by_whom(entitlements: Iterable[Entitlement], paths: Callable[[Entitlement], Iterable[Path]]) -> Plain:
    """Entitlements to logins and to groups, each under whom it is for and the paths of what it is to."""
    found: Plain = {"logins": {}, "groups": {}}
    for one in sorted(entitlements, key=lambda one: one.grant):
        whom = ("logins", one.login) if one.group is None else ("groups", one.group)
        for path in paths(one):
            _append(found, (*whom, *path), _span(one))
    return found


def _product(one: Entitlement) -> Iterable[Path]:
    return () if one.is_exception else ((one.product,),)


def _columns(one: Entitlement, desired: Desired, sources: frozenset[str]) -> Iterable[Path]:
    return (
        (source, str(column))
        for source, column in sorted(one.columns)
        if source in sources and one.product in desired.products_of[source]
    )


def _span(one: Entitlement) -> Mapping[str, object]:
    """When it runs, start <= t < end; without an end, for good."""
    span: Plain = {"grant": one.grant, "start": microseconds(one.start)}
    return span | ({} if one.end is None else {"end": microseconds(one.end)})


def _inside(plain: Plain, path: Path) -> Plain:
    """The object at a path, which is made where there is none."""
    for key in path:
        found = plain.setdefault(key, {})
        assert isinstance(found, dict)
        plain = found
    return plain


def _put(plain: Plain, path: Path, value: object) -> None:
    _inside(plain, path[:-1])[path[-1]] = value


def _append(plain: Plain, path: Path, value: object) -> None:
    values = _inside(plain, path[:-1]).setdefault(path[-1], [])
    assert isinstance(values, list)
    values.append(value)
