"""HTML as a stream of events, in one pass whatever the text: what a tag is, and nothing about what it means.

Rules:
    1. Positions only move forward. What is looked for ahead (the last ">", the last quote) is looked for once.
    2. A "<" that begins no tag is text of its own. A tag that never ends makes everything from it on text.
    3. A quote that is never closed is an ordinary character.

Source: WHATWG HTML 13.2.5, as far as text and tags are told apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """What an event stands for."""

    DATA = 0
    START = 1
    END = 2
    ENTITY = 3
    CHARACTER = 4
    OTHER = 5  # comments, declarations, processing instructions


class Event(NamedTuple):
    """A piece of HTML.

    Args:
        kind: what it is.
        text: the source, to the letter.
        name: of a tag in lower case, of an entity, or the number of a character as it is written.
        closes: a start tag ends with a slash of its own, that of "<b/>" and not that of "<a href=b/>".
    """

    kind: Kind
    text: str
    name: str = ""
    closes: bool = False


RAW_TEXT_ELEMENTS = frozenset({"script", "style"})
"""Elements whose content is text up to their end tag."""

_plain_re = re.compile(r"[^<&]+")
_name_re = re.compile(r"[a-zA-Z][^\s/>\x00]*")
_entity_re = re.compile(r"&([a-zA-Z][-.a-zA-Z0-9]*)(?=[^a-zA-Z0-9]|$)")
_character_re = re.compile(r"&#([0-9]+|[xX][0-9a-fA-F]+)(?=[^0-9a-fA-F]|$)")
_in_tag_re = re.compile(r"[^>\"'=]+")
_before_value_re = re.compile(r"=\s*")
_unquoted_re = re.compile(r"[^\s>]*")
_comment_end_re = re.compile(r"--!?>")
_raw_end_re = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE | re.ASCII) for name in RAW_TEXT_ELEMENTS}


class _Scanner:
    def __init__(self, source: str) -> None:
        self.source = source
        self.last_end = source.rfind(">")
        self.last_quote = {quote: source.rfind(quote) for quote in "\"'"}
        self.last_comment_end = max(source.rfind("-->"), source.rfind("--!>"))
        self.value_end = 0
        """Where the last attribute without quotes ended."""

    def tag_end(self, position: int) -> int:
        """Return the index behind the ">" of the tag whose name ends at `position`; -1 if there is none."""
        source, size = self.source, len(self.source)
        while position < size:
            char = source[position]
            if char == ">":
                return position + 1
            if char == "=":
                found = _before_value_re.match(source, position)
                position = found.end() if found else position + 1
                quote = source[position : position + 1]
                if quote in self.last_quote and self.last_quote[quote] > position:
                    position = source.index(quote, position + 1) + 1
                elif found := _unquoted_re.match(source, position):
                    position = self.value_end = found.end()
            else:
                found = _in_tag_re.match(source, position)
                position = found.end() if found else position + 1
        return -1

    def declaration_end(self, position: int) -> int:
        """Return the index behind a comment or another declaration that begins at `position`; -1 if it has no end."""
        source = self.source
        if source.startswith("<!--", position):
            if source.startswith((">", "->"), position + 4):
                return source.index(">", position) + 1
            if self.last_comment_end < position + 4:
                return -1
            found = _comment_end_re.search(source, position + 4)
            return found.end() if found else -1
        return source.index(">", position) + 1 if self.last_end > position else -1


def scan(source: str) -> Iterator[Event]:
    """Yield the events of a text; the texts of all, joined, are the text."""
    scanner = _Scanner(source)
    position, size = 0, len(source)
    while position < size:
        if found := _plain_re.match(source, position):
            yield Event(Kind.DATA, found[0])
            position = found.end()
            continue
        if source[position] == "&":
            if found := _entity_re.match(source, position):
                kind = Kind.ENTITY
            elif found := _character_re.match(source, position):
                kind = Kind.CHARACTER
            else:
                yield Event(Kind.DATA, "&")
                position += 1
                continue
            end = found.end() + source.startswith(";", found.end())
            yield Event(kind, source[position:end], found[1])
            position = end
            continue
        following = source[position + 1 : position + 2]
        if following in ("!", "?") or (following == "/" and source[position + 2 : position + 3] not in ("", ">")):
            kind = Kind.OTHER
        else:
            kind = Kind.START
        start = position + 1
        if following == "/":
            start += 1
        name = _name_re.match(source, start)
        if name is not None:
            kind = Kind.END if following == "/" else Kind.START
            end = scanner.tag_end(name.end()) if scanner.last_end >= name.end() else -1
        elif kind is Kind.OTHER:
            end = scanner.declaration_end(position)
        elif source.startswith("</>", position):
            kind, end = Kind.OTHER, position + 3
        else:
            yield Event(Kind.DATA, "<")
            position += 1
            continue
        if end == -1:
            yield Event(Kind.DATA, "<")
            yield Event(Kind.DATA, source[position + 1 :])
            return
        tag = name[0].lower() if name is not None else ""
        closes = kind is Kind.START and source[end - 2] == "/" and scanner.value_end != end - 1
        yield Event(kind, source[position:end], tag, closes)
        position = end
        if kind is Kind.START and tag in RAW_TEXT_ELEMENTS:
            found = _raw_end_re[tag].search(source, position)
            end = found.start() if found else size
            if end > position:
                # Without an end tag nobody would see it.
                yield Event(Kind.DATA if found else Kind.OTHER, source[position:end])
            position = end
