from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.pages.markdown import ATTRIBUTES, TAGS, as_html
from tests.pages.browser import read

HARM = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![a](javascript:alert(1))",
    "![a](https://evil.example/spy.png)",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](vbscript:x)",
    "<javascript:alert(1)>",
    "[a]: javascript:alert(1)\n\n[a]",
    '[a](https://e.example "onmouseover=\\"alert(1)")',
    "<svg/onload=alert(1)>",
    "<style>@import 'https://evil.example'</style>",
    "<form action=https://evil.example><input name=password></form>",
    "```html\n<script>alert(1)</script>\n```",
    "`<script>alert(1)</script>`",
    "# <iframe src=//evil.example>",
    "| <script> | b |\n|---|---|\n| <b onclick=x> | c |",
]


def refuse_harm(text: str) -> None:
    for element in read(str(as_html(text))).all():
        assert element.tag in TAGS
        allowed = ATTRIBUTES.get(element.tag, set()) | ({"rel"} if element.tag == "a" else set())
        assert set(element.attributes) <= allowed
        assert element.attributes.get("href", "https:").startswith(("https:", "http:", "mailto:"))


@pytest.mark.parametrize("text", HARM)
def test_nothing_harmful_gets_through(text: str) -> None:
    refuse_harm(text)


@given(st.lists(st.one_of(st.sampled_from(HARM), st.text(max_size=30)), max_size=4).map(" ".join))
def test_nothing_harmful_gets_through_in_any_mixture(text: str) -> None:
    refuse_harm(text)


def test_what_people_write_in_agreements_is_shown() -> None:
    html = as_html("Do **not** ~~ever~~ *pass* it on.\n\n1. one\n2. two\n\n| a | b |\n|---|---|\n| c | d |")
    for part in (
        "<strong>not</strong>",
        "<s>ever</s>",
        "<em>pass</em>",
        "<ol>",
        "<li>one</li>",
        "<th>a</th>",
        "<td>c</td>",
    ):
        assert part in html


def test_headings_stand_below_those_of_the_page() -> None:
    html = as_html("# one\n\n## two\n\n###### six")
    assert "<h3>one</h3>" in html
    assert "<h4>two</h4>" in html
    assert "<h6>six</h6>" in html


def test_links_lead_out_without_telling_from_where() -> None:
    link = read(str(as_html("[policy](https://example.org/policy)"))).one("a")
    assert link.attributes == {"href": "https://example.org/policy", "rel": "noopener noreferrer nofollow"}


def test_raw_html_is_shown_as_what_was_written() -> None:
    assert as_html("<em>a</em>") == "<p>&lt;em&gt;a&lt;/em&gt;</p>\n"
    assert as_html("<table><td>a</table>") == "<p>&lt;table&gt;&lt;td&gt;a&lt;/table&gt;</p>\n"
