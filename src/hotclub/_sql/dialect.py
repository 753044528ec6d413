"""The base dialect: standard SQL, and the questions in which databases differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from hotclub._sql.identifiers import Identifier, quoted
from hotclub._sql.nodes import Fragment
from hotclub._sql.writer import Writer


class FunctionForm(NamedTuple):
    """How a database writes a function, where it differs from the standard.

    Attributes:
        function: name.
        template: whole text, with the places of the documented `Func.template`.
        arg_joiner: text between the arguments.
    """

    function: str | None = None
    template: str | None = None
    arg_joiner: str | None = None


class Dialect:
    """What a database writes in its own way; this class holds the common case."""

    vendor = "standard"
    quote_mark = '"'
    nulls_modifier = True
    no_limit_value: int | None = None
    numeric_cast: str | None = None
    numeric_literal_cast: str | None = None
    functions: Mapping[str, FunctionForm] = {}

    def __init__(self) -> None:
        self.writer = Writer(self)

    def quote(self, name: str) -> Identifier:
        """Quote a name; the one way to make an `Identifier`."""
        return quoted(name, self.quote_mark)

    def limit_offset(self, limit: int | Fragment | None, offset: int | Fragment) -> str:
        """Return the clause that takes `limit` rows after `offset` ones; empty if neither is asked."""
        parts = []
        if limit is not None:
            parts.append(f"LIMIT {_bound(limit)}")
        elif offset and self.no_limit_value is not None:
            parts.append(f"LIMIT {self.no_limit_value}")
        if offset:
            parts.append(f"OFFSET {_bound(offset)}")
        return " ".join(parts)

    def order_by_form(self, template: str, descending: bool, nulls_first: bool, nulls_last: bool) -> tuple[str, int]:
        """Return the template of an ORDER BY entry, and how often the expression stands in it."""
        if not (nulls_first or nulls_last):
            return template, 1
        if self.nulls_modifier:
            return f"{template} NULLS {'LAST' if nulls_last else 'FIRST'}", 1
        if nulls_last:
            return f"%(expression)s IS NULL, {template}", 2
        return f"%(expression)s IS NOT NULL, {template}", 2

    def function_form(self, name: str) -> FunctionForm | None:
        """Return how a function is written here, if not in the standard way."""
        return self.functions.get(name)


def _bound(value: int | Fragment) -> str:
    """How a number of rows is written: a literal, or where its parameter goes."""
    return value.sql if isinstance(value, Fragment) else str(int(value))
