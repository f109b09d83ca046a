"""What is the same for all rows of a query: computed once, before the first row."""

from __future__ import annotations

from psycopg import sql

MOST_APART = 10
"""So many conditions stand in the columns and filters that ask for them; more are computed together, each once."""


class Once:
    """Collects what a view computes once for a query; `shared` puts each expression into one context of the view.

    What looks at the clock stands there in any case: the server computes a column that does so for every row, also for
    queries that don't ask for the column.
    """

    def __init__(self, shared: bool = False) -> None:
        self._shared = shared
        self._names: dict[str, sql.Identifier] = {}
        self._expressions: list[sql.Composable] = []
        self.times = 0

    def __call__(self, expression: sql.Composable, *, timed: bool = False) -> sql.Composed:
        """What stands for the expression in a column or a filter; it is `timed` where it looks at the clock."""
        self.times += not timed
        if not (self._shared or timed):
            return sql.SQL("(SELECT {})").format(expression)
        text = expression.as_string()
        if text not in self._names:
            self._names[text] = sql.Identifier(f"c{len(self._names) + 1}")
            self._expressions.append(sql.SQL("{} AS {}").format(expression, self._names[text]))
        return sql.SQL("(SELECT o.{} FROM context o)").format(self._names[text])

    @property
    def context(self) -> sql.Composable:
        """What the view begins with."""
        if not self._expressions:
            return sql.SQL("")
        return sql.SQL("WITH context AS MATERIALIZED (SELECT {}) ").format(sql.SQL(", ").join(self._expressions))
