"""Databases for the hosts."""

from tests.databases import *  # noqa: F403 - fixtures are found by their names
from tests.hosts.shops import *  # noqa: F403 - likewise
