"""The pages of the marketplace, made on the server; they call the service and know nothing of what is below it."""

from placet.pages.blueprint import make_pages as make_pages
