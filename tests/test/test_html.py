"""HTML compared by meaning."""

from __future__ import annotations

import sys

import pytest

from hotclub.test.html import HTMLParseError, parse_html


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('<input type="text" id="a">', "<input id='a' type='text' />"),
        ("<p class='b a'>x</p>", '<p class=" a  b ">x</p>'),
        ("<input checked>", '<input checked="checked">'),
        ("<div> <p>x</p>\n</div>", "<div><p>x</p></div>"),
        ("<p>a<!-- not seen -->b</p>", "<p>ab</p>"),
        ("<p>&#39;&amp;</p>", "<p>'&</p>"),
    ],
)
def test_spellings_that_mean_the_same(one: str, other: str) -> None:
    assert parse_html(one) == parse_html(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<p>a</p>", "<p>a!</p>"),
        ("<input value='a'>", "<input value='b'>"),
        ("<p>a b</p>", "<p>a&nbsp;b</p>"),
        ("<ul><li>1</li><li>2</li></ul>", "<ul><li>2</li><li>1</li></ul>"),
    ],
)
def test_texts_that_mean_something_else(one: str, other: str) -> None:
    assert parse_html(one) != parse_html(other)


def test_counting_elements_runs_of_siblings_and_texts() -> None:
    page = parse_html("<main><b>x</b><i>y</i><div><b>x</b><i>y</i></div><p>xx</p></main>")
    assert page.count(parse_html("<b>x</b>")) == 2
    assert page.count(parse_html("<b>x</b><i>y</i>")) == 2
    assert page.count("x") == 4
    assert parse_html("<u>z</u>") not in page


def test_an_end_without_a_start_is_refused_with_its_place() -> None:
    with pytest.raises(HTMLParseError, match=r"Unexpected end tag `p` \(Line 2, Column 0\)"):
        parse_html("text\n</p>")


def test_parsing_is_linear_in_the_text() -> None:
    def calls(count: int) -> int:
        """How many functions a text with so many elements costs, of Python and of C."""
        seen = 0

        def count_calls(frame: object, event: str, argument: object) -> None:
            nonlocal seen
            seen += event in {"call", "c_call"}

        text = f"<div>{'<p>x</p>' * count}</div>"
        sys.setprofile(count_calls)
        try:
            parse_html(text)
        finally:
            sys.setprofile(None)
        return seen

    small, large = calls(200), calls(1_600)
    assert large < small * 8 * 1.1
