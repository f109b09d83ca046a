"""The migrations, in the order of their numbers; each is frozen once it is released."""
