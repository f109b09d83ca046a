"""A browser for tests: reads pages as HTML, fills in their forms as they stand there, runs no script."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

INLINE = {"a", "code", "em", "s", "span", "strong", "time"}
VOID = {"input", "meta", "link", "br", "hr", "img"}


@dataclass
class Element:
    """An HTML element with its children in order."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text inside as it is read: every run of space made one, and one around what stands apart."""
        return " ".join(self._raw().split())

    def _raw(self) -> str:
        inside = "".join(child if isinstance(child, str) else child._raw() for child in self.children)
        return inside if self.tag in INLINE else f" {inside} "

    def all(self, tag: str = "", **attributes: str) -> Iterable[Element]:
        """Every element below this one of that tag (or any) with those attributes; `class_` matches one of several."""
        for child in self.children:
            if isinstance(child, Element):
                if child._fits(tag, attributes):
                    yield child
                yield from child.all(tag, **attributes)

    def one(self, tag: str = "", **attributes: str) -> Element:
        found = list(self.all(tag, **attributes))
        assert len(found) == 1, f"{len(found)} elements {tag} {attributes}"
        return found[0]

    def _fits(self, tag: str, attributes: dict[str, str]) -> bool:
        if tag and self.tag != tag:
            return False
        for name, value in attributes.items():
            held = self.attributes.get(name.rstrip("_"))
            if held is None or (value != held and not (name == "class_" and value in held.split())):
                return False
        return True


class Reader(HTMLParser):
    """Builds the tree, and fails on tags that are not closed in order: what a browser would have to mend."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Element("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"<{tag}> has an attribute twice: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        opened = self._open.pop()
        assert opened.tag == tag, f"</{tag}> closes <{opened.tag}>"

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def read(html: str) -> Element:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader._open == [reader.root], f"never closed: {[one.tag for one in reader._open[1:]]}"
    return reader.root


@dataclass
class Form:
    """A form of a page: where it goes, and what it would send as it stands."""

    action: str
    method: str
    fields: MultiDict[str, str]
    names: frozenset[str]

    def filled(self, **values: str | list[str]) -> MultiDict[str, str]:
        """What it sends once these fields are filled; a field that it does not have can't be."""
        sent = self.fields.copy()
        for name, value in values.items():
            assert name in self.names, f"the form has no field {name}, only {sorted(self.names)}"
            sent.setlist(name, value if isinstance(value, list) else [value])
        return sent


class Page:
    """What a response shows."""

    def __init__(self, response: TestResponse) -> None:
        self.response = response
        self.status = response.status_code
        self.html = response.get_data(as_text=True)
        self.tree = read(self.html)

    @property
    def main(self) -> str:
        return self.tree.one("main").text

    def form(self, ending: str) -> Form:
        """The form that is sent to an address with this ending."""
        found = [one for one in self.tree.all("form") if urlsplit(one.attributes["action"]).path.endswith(ending)]
        assert len(found) == 1, f"{len(found)} forms to {ending}"
        return form_of(found[0])


def form_of(element: Element) -> Form:
    fields: MultiDict[str, str] = MultiDict()
    names = set()
    for one in element.all():
        name = one.attributes.get("name", "")
        if not name or one.tag not in ("input", "select", "textarea"):
            continue
        names.add(name)
        for value in values_of(one):
            fields.add(name, value)
    return Form(element.attributes["action"], element.attributes["method"], fields, frozenset(names))


def values_of(element: Element) -> list[str]:
    if element.tag == "textarea":
        text = "".join(child for child in element.children if isinstance(child, str))
        return [text.removeprefix("\n")]
    if element.tag == "select":
        options = list(element.all("option"))
        chosen = [one for one in options if "selected" in one.attributes] or options[:1]
        return [one.attributes.get("value", one.text) for one in chosen]
    if element.attributes.get("type") in ("radio", "checkbox") and "checked" not in element.attributes:
        return []
    return [element.attributes.get("value", "")]


class Browser:
    """One person's browser."""

    def __init__(self, client: FlaskClient, person: str) -> None:
        self.client = client
        self.headers = {"X-Person": person} if person else {}

    def get(self, address: str, status: int = 200) -> Page:
        response = self.client.get(address, headers=self.headers)
        assert response.status_code == status, response.get_data(as_text=True)
        return Page(response)

    def send(self, form: Form, **values: str | list[str]) -> TestResponse:
        """Fill in a form that was found on a page, and send it."""
        assert form.method == "post"
        return self.post(form.action, form.filled(**values))

    def post(self, address: str, sent: object, **headers: str) -> TestResponse:
        return self.client.post(address, data=sent, headers=self.headers | headers)

    def follow(self, response: TestResponse) -> Page:
        """The page that a form leads to."""
        assert response.status_code == 303, response.get_data(as_text=True)
        return self.get(response.headers["Location"])

    def refused(self, response: TestResponse, status: int) -> Page:
        """The page that a refused form comes back as, with a summary of what was wrong."""
        assert response.status_code == status, response.get_data(as_text=True)
        page = Page(response)
        assert page.tree.one(role="alert").text
        return page
