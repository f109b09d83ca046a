"""What is measured: each module with a `table()` makes one table of docs/performance.md."""
