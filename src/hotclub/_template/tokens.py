"""Template text to tokens, in one pass.

The scanner looks for the next opening mark and remembers where the next closing mark of each kind and the next line
end stand; all positions only move forward, so the cost is linear in the text whatever it contains.
This module knows no tags but `verbatim`, which switches tokenizing off.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from hotclub.utils.text import smart_split

FILTER_SEPARATOR = "|"
FILTER_ARGUMENT_SEPARATOR = ":"
VARIABLE_ATTRIBUTE_SEPARATOR = "."
BLOCK_TAG_START = "{%"
BLOCK_TAG_END = "%}"
VARIABLE_TAG_START = "{{"
VARIABLE_TAG_END = "}}"
COMMENT_TAG_START = "{#"
COMMENT_TAG_END = "#}"
SINGLE_BRACE_START = "{"
SINGLE_BRACE_END = "}"
TRANSLATOR_COMMENT_MARK = "Translators"

_CLOSERS = {"%": BLOCK_TAG_END, "{": VARIABLE_TAG_END, "#": COMMENT_TAG_END}


class TokenType(Enum):
    """The four kinds of token."""

    TEXT = 0
    VAR = 1
    BLOCK = 2
    COMMENT = 3


MOST_SHOWN = 200
"""How many characters of a token error messages show."""

_MARKS = {
    TokenType.BLOCK: (BLOCK_TAG_START, BLOCK_TAG_END),
    TokenType.VAR: (VARIABLE_TAG_START, VARIABLE_TAG_END),
    TokenType.COMMENT: (COMMENT_TAG_START, COMMENT_TAG_END),
}


class Token:
    """A piece of a template: text, `{{ variable }}`, `{% tag %}` or `{# comment #}`.

    Args:
        token_type: kind.
        contents: text, or what stands between the marks, stripped.
        position: start and end in the source; None where the lexer does not record it.
        lineno: line of the first character, from 1.
    """

    __slots__ = ("contents", "lineno", "position", "token_type")

    def __init__(
        self,
        token_type: TokenType,
        contents: str,
        position: tuple[int, int] | None = None,
        lineno: int | None = None,
    ) -> None:
        self.token_type = token_type
        self.contents = contents
        self.lineno = lineno
        self.position = position

    def __repr__(self) -> str:
        name = self.token_type.name.capitalize()
        start = self.contents[:20].replace("\n", "")
        return f'<{name} token: "{start}...">'

    def shown(self) -> str:
        """Return the source of the token for messages, shortened if it is long."""
        contents = self.contents if len(self.contents) <= MOST_SHOWN else f"{self.contents[:MOST_SHOWN]}..."
        mark = _MARKS.get(self.token_type)
        return contents if mark is None else f"{mark[0]} {contents} {mark[1]}"

    def split_contents(self) -> list[str]:
        """Split a tag into words, keeping quoted strings and `_("…")` whole."""
        if '"' not in self.contents and "'" not in self.contents:
            return self.contents.split()
        words: list[str] = []
        pieces = smart_split(self.contents)
        for word in pieces:
            if word.startswith(('_("', "_('")):
                closing = word[2] + ")"
                translated = [word]
                while closing not in word[3:]:
                    following = next(pieces, None)
                    if following is None:
                        break
                    word = following
                    translated.append(word)
                word = " ".join(translated)
            words.append(word)
        return words


def split_marks(source: str) -> Iterator[tuple[int, int, str]]:
    """Cut a template into pieces.

    Yields:
        Start, end and kind of each piece: "" for text, else the second character of the opening mark.
        Empty texts are left out.
    """
    find = source.find
    size = len(source)
    next_closer = dict.fromkeys(_CLOSERS, -1)
    newline = -1
    text_start = 0
    position = find("{")
    while position != -1:
        kind = source[position + 1 : position + 2]
        closer = _CLOSERS.get(kind)
        if closer is None:
            position = find("{", position + 1)
            continue
        inner = position + 2
        end = next_closer[kind]
        if end < inner:
            end = find(closer, inner)
            next_closer[kind] = end = size + 1 if end == -1 else end
        if newline < inner:
            newline = find("\n", inner)
            newline = size + 1 if newline == -1 else newline
        if end > size or newline < end:
            position = find("{", position + 1)
            continue
        if position > text_start:
            yield text_start, position, ""
        text_start = end + 2
        yield position, text_start, kind
        position = find("{", text_start)
    if text_start < size:
        yield text_start, size, ""


class Lexer:
    """Turns template text into tokens, without their positions."""

    records_positions = False

    def __init__(self, template_string: str) -> None:
        self.template_string = template_string
        self.verbatim: str | bool = False

    def __repr__(self) -> str:
        start = self.template_string[:20].replace("\n", "")
        return f'<{type(self).__qualname__} template_string="{start}...", verbatim={self.verbatim}>'

    def tokenize(self) -> list[Token]:
        """Return the tokens of the template."""
        source = str(self.template_string)
        positions, create = self.records_positions, self.create_token
        tokens: list[Token] = []
        lineno = 1
        for start, end, kind in split_marks(source):
            position = (start, end) if positions else None
            if kind:
                tokens.append(create(source[start:end], position, lineno, True))
            else:
                tokens.append(Token(TokenType.TEXT, source[start:end], position, lineno))
                lineno += source.count("\n", start, end)
        return tokens

    def create_token(self, token_string: str, position: tuple[int, int] | None, lineno: int, in_tag: bool) -> Token:
        """Make the token for one piece; inside `{% verbatim %}` everything but its end is text."""
        if in_tag:
            mark = token_string[:2]
            contents = token_string[2:-2].strip()
            if self.verbatim:
                if mark == BLOCK_TAG_START and contents == self.verbatim:
                    self.verbatim = False
                    return Token(TokenType.BLOCK, contents, position, lineno)
            elif mark == BLOCK_TAG_START:
                if contents == "verbatim" or contents.startswith("verbatim "):
                    self.verbatim = f"end{contents}"
                return Token(TokenType.BLOCK, contents, position, lineno)
            elif mark == VARIABLE_TAG_START:
                return Token(TokenType.VAR, contents, position, lineno)
            else:
                return Token(TokenType.COMMENT, contents, position, lineno)
        return Token(TokenType.TEXT, token_string, position, lineno)


class DebugLexer(Lexer):
    """A lexer whose tokens carry their position in the source."""

    records_positions = True


for _documented in (TokenType, Token, Lexer, DebugLexer):
    _documented.__module__ = "hotclub.template.base"
