"""One transaction on one database, as the repositories see it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import peewee
from peewee import Model, ModelDelete, ModelInsert, ModelSelect, ModelUpdate

from placet.storage.prepared import Change, Filled, Together, insertion

Row = TypeVar("Row", bound=Model)

MOST_VALUES = 20_000
"""How many values are sent together; PostgreSQL takes 65,535."""

MANY = 400
"""How many values go into one statement; both databases have a limit."""


class Hold(Protocol):
    """Takes a lock of a name, which one transaction has alone or several share, until the transaction ends."""

    def __call__(self, name: str, shared: bool = False) -> None: ...


class Transaction:
    """Runs queries on its database; the only way by which rows are read and written.

    `hold` takes a lock that one transaction at a time can have and that ends with it. Raises RuntimeError where a query
    would write while reading, or lock rows after the trail is held: those are mistakes of the caller.
    """

    def __init__(self, database: peewee.Database, writes: bool, locks_rows: bool, hold: Hold) -> None:
        self.database = database
        self.writes = writes
        self.failed = False
        self._locks_rows = locks_rows
        self._hold = hold
        self._trail_held = False
        self._later: list[Change] = []

    def rows(self, query: ModelSelect[Row] | Filled[Row]) -> list[Row]:
        return list(self._ask(query))

    def first(self, query: ModelSelect[Row] | Filled[Row]) -> Row | None:
        return next(iter(self._ask(query.limit(1))), None)

    def tuples(self, query: peewee.SelectBase | Filled[Any]) -> list[tuple[Any, ...]]:
        """The rows of a query on several tables, as they were selected."""
        return list(self._ask(query.tuples()))

    def locked(self, query: ModelSelect[Row] | Filled[Row]) -> Row | None:
        """The first row, kept from everyone else until the transaction ends."""
        return self._first_for(query, "FOR UPDATE")

    def shared(self, query: ModelSelect[Row] | Filled[Row]) -> Row | None:
        """The first row, which no one changes until the transaction ends, though others may share it."""
        return self._first_for(query, "FOR SHARE")

    def _first_for(self, query: ModelSelect[Row] | Filled[Row], lock: str) -> Row | None:
        self._refuse_unless_writing()
        if self._trail_held:
            raise RuntimeError("rows are locked before the trail is written, or two transactions wait on each other")
        return self.first(query.for_update(lock) if self._locks_rows else query)  # type: ignore[arg-type]  # takes the clause too

    def change(self, query: ModelInsert | ModelUpdate | ModelDelete | Change) -> int:
        """Run a statement that writes; how many rows it touched."""
        self._refuse_unless_writing()
        return int(self._run(query.as_rowcount() if isinstance(query, ModelInsert) else query))

    def add(self, row: Model) -> None:
        """Insert a row."""
        self.change(insertion(type(row), [row.__data__]))

    def add_all(self, table: type[Model], rows: Iterable[Mapping[str, object]]) -> None:
        """Insert many rows, some hundred in a statement."""
        for batch in batches(list(rows)):
            self.change(insertion(table, batch))

    def change_later(self, change: Change) -> None:
        """Write together with others that are written later: before anything is read, or at the end.

        For what no other row refers to, and nothing but the change itself waits for: an error is raised only there.
        """
        self._refuse_unless_writing()
        self._later.append(change)
        if sum(len(one.values) for one in self._later) > MOST_VALUES:
            self.finish()

    def add_later(self, table: type[Model], rows: Iterable[Mapping[str, object]]) -> None:
        """Insert rows, as `change_later`."""
        for batch in batches(list(rows)):
            self.change_later(insertion(table, batch))

    def finish(self) -> None:
        """Write what was to be written later; done before the transaction ends."""
        if later := self._later:
            self._later = []
            for part in [later] if self._locks_rows else [[change] for change in later]:
                self._run(Together(part))

    def hold_trail(self, last: Filled[Row]) -> Row | None:
        """Be the only one to write the trail from now to the end of the transaction; the last row that was written."""
        self._refuse_unless_writing()
        if self._trail_held:
            return self.first(last)
        self._hold("audit")
        self._trail_held = True
        return next(iter(last.limit(1).execute(self.database)), None)

    def hold_directory(self, shared: bool = False) -> None:
        """Be the only one to change the directory until the transaction ends; or shared, see it as it stays until then.

        Taken before any row is locked.
        """
        self._refuse_unless_writing()
        self._hold("directory", shared)

    def hold_queue(self, name: str) -> None:
        """Be the only one to claim from a queue from now to the end of the transaction."""
        self._refuse_unless_writing()
        self._hold(name)

    def _ask(self, query: peewee.BaseQuery | Filled[Any]) -> Any:
        """Run a query that reads, after everything that was to be written later."""
        self.finish()
        return self._run(query)

    def _run(self, query: peewee.BaseQuery | Filled[Any] | Change | Together) -> Any:
        try:
            return query.execute(self.database)
        except peewee.PeeweeException:
            self.failed = True
            raise

    def _refuse_unless_writing(self) -> None:
        if not self.writes:
            raise RuntimeError("this session only reads: use `Store.writing()` to change something")


class Question(Transaction):
    """One statement that reads, and needs no transaction to see one state of the database.

    Raises RuntimeError for a second one: that would see another state.
    """

    _asked = False

    def _run(self, query: peewee.BaseQuery | Filled[Any] | Change | Together) -> Any:
        if self._asked:
            raise RuntimeError("a question is one statement: use `Store.reading()` for several")
        self._asked = True
        return super()._run(query)


T = TypeVar("T")


def batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in parts that fit into one statement."""
    for start in range(0, len(values), MANY):
        yield values[start : start + MANY]
