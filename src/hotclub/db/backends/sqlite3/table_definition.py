"""Reading a stored CREATE TABLE text: what SQLite's pragmas do not tell (check constraints, names, collations).

A small scanner cuts the text into tokens and the body into definitions at its outer commas. Time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""
      (?P<space>\s+|--[^\n]*|/\*.*?\*/)
    | (?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
    | (?P<string>'(?:[^']|'')*')
    | (?P<word>[^\W\d]\w*)
    | (?P<other>\d[\w.]*|.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """One token; `name` is set where it can be an identifier."""

    text: str
    kind: str

    @property
    def keyword(self) -> str:
        return self.text.upper() if self.kind == "word" else ""

    @property
    def name(self) -> str | None:
        if self.kind == "word":
            return self.text
        if self.kind != "quoted":
            return None
        inner, closing = self.text[1:-1], self.text[-1]
        return inner if closing == "]" else inner.replace(closing * 2, closing)


@dataclass
class Found:
    """A unique or check constraint written in the table's text."""

    name: str | None
    columns: list[str]
    is_check: bool


@dataclass
class TableDefinition:
    """What the text of a table says beyond the pragmas."""

    constraints: list[Found] = field(default_factory=list)
    collations: dict[str, str] = field(default_factory=dict)


def tokens_of(sql: str) -> Iterator[Token]:
    """Cut a text into tokens, without space and comments."""
    for match in _TOKEN.finditer(sql):
        kind = match.lastgroup or "other"
        if kind != "space":
            yield Token(match.group(), kind)


def _definitions(sql: str) -> Iterator[list[Token]]:
    """Give the tokens of each definition in the outer parentheses."""
    depth = 0
    current: list[Token] = []
    for token in tokens_of(sql):
        if token.text == "(":
            depth += 1
            if depth == 1:
                continue
        elif token.text == ")":
            depth -= 1
            if depth == 0:
                break
        if depth == 1 and token.text == ",":
            yield current
            current = []
        elif depth >= 1:
            current.append(token)
    if current:
        yield current


def _group(tokens: list[Token], at: int) -> tuple[list[Token], int]:
    """Give the tokens inside the parenthesis that opens at or after a position, and the position after it."""
    while at < len(tokens) and tokens[at].text != "(":
        at += 1
    depth, start = 0, at + 1
    while at < len(tokens):
        depth += {"(": 1, ")": -1}.get(tokens[at].text, 0)
        at += 1
        if depth == 0:
            break
    return tokens[start : at - 1], at


def _columns_in(tokens: list[Token], by_key: dict[str, str]) -> list[str]:
    names = (by_key.get((token.name or "").lower()) for token in tokens)
    return list(dict.fromkeys(name for name in names if name is not None))


_TABLE_CONSTRAINTS = {"CONSTRAINT", "UNIQUE", "CHECK", "PRIMARY", "FOREIGN"}


def parse_table(sql: str, columns: set[str]) -> TableDefinition:
    """Read the unique and check constraints and the collations out of a CREATE TABLE text.

    Args:
        sql: the text as kept in `sqlite_master`.
        columns: the table's columns, to tell them from functions and other words in a check.
    """
    table = TableDefinition()
    by_key = {column.lower(): column for column in columns}
    for tokens in _definitions(sql):
        own_column = None if tokens[0].keyword in _TABLE_CONSTRAINTS else tokens[0].name
        _read_definition(table, tokens, own_column, by_key)
    return table


def _read_definition(
    table: TableDefinition, tokens: list[Token], own_column: str | None, by_key: dict[str, str]
) -> None:
    name: str | None = None
    at = 0 if own_column is None else 1
    while at < len(tokens):
        keyword = tokens[at].keyword
        if keyword == "CONSTRAINT" and at + 1 < len(tokens):
            name = tokens[at + 1].name
            at += 2
        elif keyword == "UNIQUE":
            if own_column is not None:
                table.constraints.append(Found(name, [own_column], is_check=False))
                at += 1
            else:
                group, at = _group(tokens, at)
                table.constraints.append(Found(name, [token.name for token in group if token.name], is_check=False))
            name = None
        elif keyword == "CHECK":
            group, at = _group(tokens, at)
            table.constraints.append(Found(name, _columns_in(group, by_key), is_check=True))
            name = None
        elif keyword == "COLLATE" and own_column is not None and at + 1 < len(tokens):
            table.collations[own_column] = tokens[at + 1].name or tokens[at + 1].text
            at += 2
        elif tokens[at].text == "(":
            _, at = _group(tokens, at)
        else:
            at += 1


def index_orders(sql: str) -> list[str]:
    """Read the direction of each column out of a CREATE INDEX text."""
    tokens = list(tokens_of(sql))
    on = next((at for at, token in enumerate(tokens) if token.keyword == "ON"), 0)
    group, _ = _group(tokens, on)
    orders, depth, descending = [], 0, False
    for token in group:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0 and token.text == ",":
            orders.append("DESC" if descending else "ASC")
            descending = False
        elif depth == 0 and token.keyword == "DESC":
            descending = True
    return [*orders, "DESC" if descending else "ASC"]
