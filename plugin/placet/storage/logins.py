"""The logins of people on data platforms."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import reduce
from operator import or_

from peewee import SQL, fn

from placet.storage.errors import one_only
from placet.storage.tables import LoginRow, MembershipRow, PersonRow
from placet.storage.transaction import Transaction, batches


@dataclass(frozen=True)
class Login:
    """Someone's login on one target; `native_id` is the platform's own number for it, which a new login of the same
    name does not inherit."""

    person: str
    target: str
    login: str
    native_id: str = ""


class Logins:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def of(self, person: str, target: str) -> Login | None:
        row = self._in.first(LoginRow.select().where(LoginRow.person == person, LoginRow.target == target))
        return _login(row) if row else None

    def on(self, target: str) -> list[Login]:
        """All logins on a target, by person."""
        query = LoginRow.select().where(LoginRow.target == target).order_by(LoginRow.person)
        return [_login(row) for row in self._in.rows(query)]

    def of_people(self, people: Collection[str]) -> list[Login]:
        """All logins of some people, by person and target."""
        found = [
            _login(row)
            for batch in batches(sorted(set(people)))
            for row in self._in.rows(LoginRow.select().where(LoginRow.person.in_(batch)))
        ]
        return sorted(found, key=lambda login: (login.person, login.target))

    def lacking(self, groups: Collection[str], targets: Collection[str]) -> dict[str, int]:
        """How many active members of each group have no login on one of the targets; a group of none is left out."""
        without = [
            ~fn.EXISTS(
                LoginRow.select(SQL("1")).where(LoginRow.person == MembershipRow.person, LoginRow.target == target)
            )
            for target in sorted(targets)
        ]
        if not without:
            return {}
        query = (
            MembershipRow.select(MembershipRow.group, fn.COUNT(SQL("*")))
            .join(PersonRow, on=(PersonRow.id == MembershipRow.person))
            .where(PersonRow.active, reduce(or_, without))
            .group_by(MembershipRow.group)
        )
        found: dict[str, int] = {}
        for batch in batches(sorted(groups)):
            found |= dict(self._in.tuples(query.where(MembershipRow.group.in_(batch))))
        return found

    def remove(self, person: str) -> list[Login]:
        """Forget the logins of someone; returns those that were there."""
        known = self.of_people([person])
        self._in.change(LoginRow.delete().where(LoginRow.person == person))
        return known

    def save(self, login: Login) -> None:
        """Keep a login in place of the person's former one on this target.

        Raises AlreadyThere where it is someone else's: whoever shares a login shares its access.
        """
        changed = {"login": login.login, "native_id": login.native_id}
        insert = LoginRow.insert(person=login.person, target=login.target, **changed)
        with one_only(f"the login `{login.login}` on `{login.target}` belongs to someone else: give each their own"):
            self._in.change(insert.on_conflict(conflict_target=[LoginRow.person, LoginRow.target], update=changed))


def _login(row: LoginRow) -> Login:
    return Login(row.person, row.target, row.login, row.native_id)
