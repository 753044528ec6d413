"""Statements as immutable nodes. A node holds fragments, identifiers and keywords; it knows no dialect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from hotclub._sql.identifiers import Identifier
from hotclub._sql.keywords import JoinKind, SetOperator


class Fragment(NamedTuple):
    """Text with placeholders, and its parameters."""

    sql: str
    params: Sequence[Any] = ()


class Column(NamedTuple):
    """An entry of a SELECT list."""

    value: Fragment
    name: Identifier | None = None


class TableSource(NamedTuple):
    """The first table of a FROM, or one more with a comma."""

    table: Identifier
    alias: Identifier | None = None


class DerivedSource(NamedTuple):
    """A query in the FROM."""

    query: Fragment
    alias: Identifier


class Join(NamedTuple):
    """A joined table and its condition."""

    kind: JoinKind
    table: Identifier
    alias: Identifier | None
    condition: Fragment


class Select(NamedTuple):
    """A query."""

    columns: Sequence[Column]
    sources: Sequence[TableSource | DerivedSource] = ()
    joins: Sequence[Join] = ()
    where: Fragment | None = None
    group_by: Sequence[Fragment] = ()
    having: Fragment | None = None
    order_by: Sequence[Fragment] = ()
    distinct: bool = False
    distinct_on: Sequence[Fragment] = ()
    limit: int | Fragment | None = None
    offset: int | Fragment = 0
    lock: str = ""
    prefix: str = ""


class CompoundSelect(NamedTuple):
    """Queries brought together by a set operator."""

    operator: SetOperator
    parts: Sequence[Fragment]
    order_by: Sequence[Fragment] = ()
    limit: int | Fragment | None = None
    offset: int | Fragment = 0
    prefix: str = ""


class Update(NamedTuple):
    """An UPDATE of one table."""

    table: Identifier
    assignments: Sequence[tuple[Identifier, Fragment]]
    where: Fragment | None = None


class Delete(NamedTuple):
    """A DELETE from one table."""

    table: Identifier
    where: Fragment | None = None


class Insert(NamedTuple):
    """An INSERT of rows."""

    table: Identifier
    columns: Sequence[Identifier]
    rows: Sequence[Sequence[Fragment]] = ()
    conflict: Fragment | None = None
    returning: Sequence[Identifier] = ()
    keyword: str = "INSERT INTO"


Statement = Select | CompoundSelect | Update | Delete | Insert
