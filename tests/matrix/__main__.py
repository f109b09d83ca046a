"""Writes the tables of docs/permissions.md."""

from tests.matrix.page import PAGE, with_tables

if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text()))
