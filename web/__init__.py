"""Templates and static files of the pages, as data."""
