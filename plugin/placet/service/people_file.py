"""Files of people: a CSV with one person a line, or JSON with groups and logins as well."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar

from placet.domain.errors import Invalid
from placet.domain.people import DomainPermission, GlobalPermission, Group, Person, PersonKind

COLUMNS = (
    "id",
    "name",
    "email",
    "groups",
    "attributes",
    "permissions",
    "domain_permissions",
    "kind",
    "owner",
    "active",
)

GROUP_COLUMNS = ("id", "name", "attributes", "permissions", "domain_permissions")

LOGIN_MEMBERS = ("person", "target", "login")

Word = TypeVar("Word", bound=StrEnum)
Read = TypeVar("Read")

LONGEST = 255
"""Characters of an id and of everything that rules read about people: with longer ones no rule can be asked."""


class BadImport(Invalid):
    """A file that can't be imported; nothing of it was."""

    code = "bad-import"
    title = "The file can't be imported"

    @property
    def problems(self) -> tuple[str, ...]:
        """Each thing that is wrong, with its line."""
        return tuple(self.facts.get("problems", (self.detail,)))  # type: ignore[arg-type]  # facts are anything


class BadColumn(ValueError):
    """One value of a row that can't be read, by the name of its column."""

    def __init__(self, column: str, told: str) -> None:
        super().__init__(f"{column}: {told}")
        self.column = column


MOST_TOLD = 100
"""How many problems of a file are told at once."""


@dataclass(frozen=True)
class PlatformLogin:
    """The login a person has on a data platform."""

    person: str
    target: str
    login: str


GroupHeld = tuple[
    Group, Mapping[str, Iterable[str]], Iterable[GlobalPermission], Iterable[tuple[str, DomainPermission]]
]
"""A group with the attributes and permissions its members hold through it."""


@dataclass(frozen=True)
class PeopleFile:
    """People, groups and logins as a file gives them; of people it says what `columns` name, and nothing else."""

    people: tuple[Person, ...]
    groups: tuple[GroupHeld, ...] = ()
    logins: tuple[PlatformLogin, ...] = field(default=())
    columns: tuple[str, ...] = COLUMNS

    def named_groups(self) -> list[str]:
        """The ids of groups that are only named, as someone's group; the file does not say what they hold."""
        described = {group[0].id for group in self.groups}
        return sorted({group for person in self.people for group in person.groups} - described)

    def with_known(self, known: Mapping[str, Person]) -> PeopleFile:
        """The same, where those who are known stay as they are in what the file has no column for."""
        return replace(self, people=tuple(self._onto(known.get(person.id), person) for person in self.people))

    def _onto(self, before: Person | None, person: Person) -> Person:
        told: dict[str, Any] = {name: getattr(person, name) for name in self.columns}
        return replace(before, **told) if before else person

    def in_order(self) -> list[Person]:
        """The people, owners before the service accounts they own."""
        return sorted(self.people, key=lambda person: person.kind is PersonKind.SERVICE_ACCOUNT)


def read_csv(text: str) -> PeopleFile:
    """People from a CSV whose columns may hold several values, parted by `;`. Raises BadImport.

    Those who are known keep what there is no column for. Attributes are written `key=value;key=other`, domain
    permissions `domain/manage-data-products`.
    """
    reader = csv_rows(text)
    _refuse_columns(reader.fieldnames or ())
    rows = []
    for row in reader:
        whole = None not in row and None not in row.values()
        split = {name: _split(name, value) for name, value in row.items()} if whole else None
        rows.append((f"line {reader.line_num}", split))
    return replace(_directory(_people(rows), [], []), columns=tuple(reader.fieldnames or ()))


def csv_rows(text: str) -> csv.DictReader[str]:
    """The rows of a CSV by its first line. Raises BadImport for what Python's reader gives up on, as a long value."""
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    try:
        for _ in lines:
            pass
    except csv.Error as error:
        raise BadImport(f"line {lines.line_num}: this is no CSV: {error}") from None
    return csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))


def _refuse_columns(names: Iterable[str]) -> None:
    names = list(names)
    if "id" not in names or (unknown := [name for name in names if name not in COLUMNS]):
        wrong = "is no column `id`" if "id" not in names else f"is an unknown column `{unknown[0]}`"
        raise BadImport(f"there {wrong}: the first line names some of `{','.join(COLUMNS)}`")


def _split(name: str, value: str) -> object:
    parts = [part.strip() for part in value.split(";") if part.strip()]
    if name == "attributes":
        pairs = [part.partition("=")[::2] for part in parts]
        return {key: [v for k, v in pairs if k == key] for key, _ in pairs}
    if name in ("groups", "permissions", "domain_permissions"):
        return parts
    return value


def read_json(text: str) -> PeopleFile:
    """People from `{"people": [...], "groups": [...], "logins": [...]}`. Raises BadImport."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadImport(f"this is no JSON: {error}") from None
    if not isinstance(data, dict) or not isinstance(data.get("people"), list):
        raise BadImport("the file has to be an object with a list `people`, and may have `groups` and `logins`")
    people = _people((f"person {number}", row) for number, row in enumerate(data["people"], 1))
    groups, logins = data.get("groups", []), data.get("logins", [])
    if not isinstance(groups, list) or not isinstance(logins, list):
        raise BadImport("`groups` and `logins` are lists")
    return _directory(people, groups, logins)


def _people(rows: Iterable[tuple[str, Any]]) -> list[Person]:
    """The person of each row, which is known by where it stands. Raises BadImport with everything that is wrong."""
    people, problems = [], []
    for where, row in rows:
        try:
            people.append(read_person(where, row))
        except BadImport as error:
            problems.append(error.detail)
    if problems:
        more = f"; and {len(problems) - 1} more" if len(problems) > 1 else ""
        raise BadImport(f"{problems[0]}{more}", problems=problems[:MOST_TOLD])
    return people


def read_person(where: str, row: Any) -> Person:
    """The person of one row, by the names of the columns; `where` it stands is told. Raises BadImport."""
    if row is None:
        raise BadImport(f"{where}: there are more or fewer values than columns")
    return _read(where, row, _person)


def _read(where: str, row: Any, reader: Callable[[Any], Read]) -> Read:
    """What one row describes. Raises BadImport with where it stands, and the column in its facts."""
    try:
        return reader(row)
    except BadColumn as error:
        raise BadImport(f"{where}: {error}", column=error.column) from None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BadImport(f"{where}: this is written as nothing that is described here: compare docs/people.md") from None


def _person(row: Mapping[str, Any]) -> Person:
    _refuse_unknown(row, COLUMNS)
    kind, owner = _word("kind", PersonKind, row.get("kind") or "person"), _text(row, "owner") or None
    if (kind is PersonKind.SERVICE_ACCOUNT) != bool(owner):
        raise BadColumn("owner", "a service account has one, and nobody else")
    return Person(
        id=_name(row, "id"),
        name=_text(row, "name") or row["id"],
        email=_text(row, "email"),
        kind=kind,
        owner=owner,
        groups=frozenset(_words(row, "groups")),
        attributes=_attributes(row),
        permissions=frozenset(_permissions(row)),
        domain_permissions=frozenset(map(_in_domain, _words(row, "domain_permissions"))),
        active=_yes(row.get("active", True)),
    )


def _refuse_unknown(row: Mapping[str, Any], known: Iterable[str]) -> None:
    if unknown := sorted(set(row) - set(known)):
        raise BadColumn(unknown[0], f"this is unknown here: there are {', '.join(known)}")


def _name(row: Mapping[str, Any], name: str) -> str:
    """What someone or something is called by; it can't be left out."""
    value = row.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST:
        raise BadColumn(name, f"1 to {LONGEST} characters are needed")
    return value


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name) or ""
    if not isinstance(value, str):
        raise BadColumn(name, "text is needed")
    return value


def _words(row: Mapping[str, Any], name: str) -> list[str]:
    words = row.get(name) or []
    if not isinstance(words, list) or any(not isinstance(word, str) or not 1 <= len(word) <= LONGEST for word in words):
        raise BadColumn(name, f"a list of words of 1 to {LONGEST} characters is needed")
    return words


def _attributes(row: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    attributes = row.get("attributes") or {}
    if any(not 1 <= len(key) <= LONGEST for key in attributes):
        raise BadColumn("attributes", f"a key of 1 to {LONGEST} characters is needed")
    several = {key: frozenset(_words(attributes, key)) for key in attributes}
    return {key: values for key, values in several.items() if values}


def _in_domain(text: str) -> tuple[str, DomainPermission]:
    domain, _, permission = text.rpartition("/")
    if not domain:
        raise BadColumn("domain_permissions", f"`{text}` names no domain: write `domain/permission`")
    return domain, _word("domain_permissions", DomainPermission, permission)


def _permissions(row: Mapping[str, Any]) -> Iterable[GlobalPermission]:
    return (_word("permissions", GlobalPermission, word) for word in _words(row, "permissions"))


def _word(column: str, words: type[Word], word: object) -> Word:
    if word not in list(words):
        raise BadColumn(column, f"there is no `{word}`: use one of {', '.join(words)}")
    return words(str(word))


def _yes(value: object) -> bool:
    words = {"": True, "yes": True, "true": True, "no": False, "false": False}
    if isinstance(value, bool):
        return value
    if str(value).lower() not in words:
        raise BadColumn("active", f"`{value}` is neither yes nor no")
    return words[str(value).lower()]


def _directory(people: list[Person], groups: list[Any], logins: list[Any]) -> PeopleFile:
    counts = Counter(person.id for person in people)
    if twice := sorted(id for id, count in counts.items() if count > 1):
        raise BadImport(f"the person `{twice[0]}` stands in the file twice")
    return PeopleFile(
        people=tuple(people),
        groups=tuple(_read(f"group {number}", row, _group) for number, row in enumerate(groups, 1)),
        logins=tuple(_read(f"login {number}", row, _login) for number, row in enumerate(logins, 1)),
    )


def _login(row: Mapping[str, Any]) -> PlatformLogin:
    _refuse_unknown(row, LOGIN_MEMBERS)
    return PlatformLogin(*(_name(row, member) for member in LOGIN_MEMBERS))


def _group(row: Mapping[str, Any]) -> GroupHeld:
    _refuse_unknown(row, GROUP_COLUMNS)
    return (
        Group(_name(row, "id"), _text(row, "name") or row["id"]),
        _attributes(row),
        list(_permissions(row)),
        [_in_domain(permission) for permission in _words(row, "domain_permissions")],
    )
