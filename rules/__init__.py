"""The shipped rule packs, as data."""
