"""HTML as a tree that compares by meaning: what `assertHTMLEqual` and `assertInHTML` stand on.

Attribute order, white space between and around texts, comments and spellings of boolean attributes make no difference.
Knows HTML through `html.parser`; knows nothing of test cases.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import NoReturn, TypeAlias

from hotclub.utils.html import VOID_ELEMENTS

ASCII_WHITESPACE = "\t\n\f\r "
_SPACES = re.compile(r"[\t\n\f\r ]+")

BOOLEAN_ATTRIBUTES = frozenset(
    [
        "allowfullscreen",
        "async",
        "autofocus",
        "autoplay",
        "checked",
        "controls",
        "default",
        "defer",
        "disabled",
        "formnovalidate",
        "hidden",
        "ismap",
        "itemscope",
        "loop",
        "multiple",
        "muted",
        "nomodule",
        "novalidate",
        "open",
        "playsinline",
        "readonly",
        "required",
        "reversed",
        "selected",
        "allowpaymentrequest",
        "truespeed",
    ]
)
"""Attributes whose presence is their value."""

Attribute: TypeAlias = "tuple[str, str | None]"


def normalize_whitespace(text: str) -> str:
    """Make each run of white space one blank."""
    return _SPACES.sub(" ", text)


class Element:
    """One element: a name, attributes in a fixed order, and children (elements and texts)."""

    def __init__(self, name: str | None, attributes: Sequence[Attribute]) -> None:
        self.name = name
        self.attributes = sorted(attributes, key=lambda pair: (pair[0], pair[1] or ""))
        self.children: list[Element | str] = []

    def append(self, element: Element | str) -> None:
        """Add a child; neighbouring texts become one."""
        if isinstance(element, str):
            element = normalize_whitespace(element)
            last = self.children[-1] if self.children else None
            if isinstance(last, str):
                self.children[-1] = normalize_whitespace(last + element)
            else:
                self.children.append(element)
            return
        self._close_text()
        self.children.append(element)

    def _close_text(self) -> None:
        """Strip the white space that stands between a text and an element, which does not show."""
        if self.children and isinstance(self.children[-1], str):
            text = self.children[-1].strip(ASCII_WHITESPACE)
            if text:
                self.children[-1] = text
            else:
                self.children.pop()

    def settle(self) -> None:
        """Strip the texts of the whole tree; called once it is complete."""
        kept: list[Element | str] = []
        for child in self.children:
            if isinstance(child, str):
                child = child.strip(ASCII_WHITESPACE)
            else:
                child.settle()
            if child != "":
                kept.append(child)
        self.children = kept

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Element) or self.name != other.name:
            return False
        return self.attributes == other.attributes and self.children == other.children

    def __hash__(self) -> int:
        return hash((self.name, *self.attributes))

    def __contains__(self, element: Element | str) -> bool:
        return self.count(element) > 0

    def count(self, element: Element | str) -> int:
        """Say how often an element, a sequence of siblings (a root element) or a text occurs in the tree."""
        if isinstance(element, str):
            return sum(child.count(element) for child in self.children)
        return self._count(element)

    def _count(self, element: Element) -> int:
        if self == element:
            return 1
        if isinstance(element, RootElement) and self.children == element.children:
            return 1
        found = 0
        run = element.children if isinstance(element, RootElement) else None
        skip_until = 0
        for index, child in enumerate(self.children):
            if run and index >= skip_until and self.children[index : index + len(run)] == run:
                found += 1
                skip_until = index + len(run)
            if isinstance(child, Element) and not (run and index < skip_until):
                found += child._count(element)
        return found

    def __getitem__(self, index: int) -> Element | str:
        return self.children[index]

    def _lines(self) -> Iterator[str]:
        opening = "<" + (self.name or "")
        for name, value in self.attributes:
            opening += f" {name}" if value is None else f' {name}="{value}"'
        yield f"{opening}>"
        if self.children:
            yield from (_shown(child) for child in self.children)
            yield f"</{self.name}>"

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def __repr__(self) -> str:
        return str(self)


def _shown(child: Element | str) -> str:
    return html.escape(child, quote=False) if isinstance(child, str) else str(child)


class RootElement(Element):
    """Holds what stands side by side at the top."""

    def __init__(self) -> None:
        super().__init__(None, ())

    def __str__(self) -> str:
        return "".join(_shown(child) for child in self.children)


class HTMLParseError(Exception):
    """The text is not the HTML that one would write on purpose, such as an end tag without a start."""


class Parser(HTMLParser):
    """Builds the tree."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = RootElement()
        self.open_tags: list[Element] = []

    def _refuse_end_tag(self, tag: str) -> NoReturn:
        line, column = position = self.getpos()
        raise HTMLParseError(f"Unexpected end tag `{tag}` (Line {line}, Column {column})", position)

    @property
    def current(self) -> Element:
        """The innermost open element."""
        return self.open_tags[-1] if self.open_tags else self.root

    def handle_startendtag(self, tag: str, attrs: list[Attribute]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID_ELEMENTS:
            self.handle_endtag(tag)

    def handle_starttag(self, tag: str, attrs: list[Attribute]) -> None:
        element = Element(tag, [_normalized(name, value) for name, value in attrs])
        self.current.append(element)
        if tag not in VOID_ELEMENTS:
            self.open_tags.append(element)

    def handle_endtag(self, tag: str) -> None:
        while self.open_tags:
            if self.open_tags.pop().name == tag:
                return
        self._refuse_end_tag(tag)

    def handle_data(self, data: str) -> None:
        self.current.append(data)


def _normalized(name: str, value: str | None) -> Attribute:
    if name == "class":
        return name, " ".join(sorted(filter(None, _SPACES.split(value or ""))))
    if name in BOOLEAN_ATTRIBUTES:
        return (name, value) if value and value != name else (name, None)
    return name, value or ""


def parse_html(text: str) -> Element:
    """Parse HTML into a tree that compares by meaning.

    Args:
        text: a fragment or a document.

    Returns:
        The only element at the top, or a `RootElement` over several.

    Raises:
        HTMLParseError: an end tag without its start.
    """
    parser = Parser()
    parser.feed(text)
    parser.close()
    document: Element = parser.root
    document.settle()
    if len(document.children) == 1 and isinstance(document.children[0], Element):
        document = document.children[0]
    return document
