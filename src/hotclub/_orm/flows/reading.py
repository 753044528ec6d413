"""Flows that read: rows of a query, its aggregates, whether it finds anything.

Each makes its plan on the first use of a shape and binds it ever after.
"""

from __future__ import annotations

import weakref
from collections import namedtuple
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from typing import Any

from hotclub._flow.effects import CloseRows, Fetch, NextRows, OpenRows, Run
from hotclub._orm.compile import Compiler
from hotclub._orm.plan import Plan
from hotclub._orm.query import Query
from hotclub._orm.rows import ModelReader, values_reader
from hotclub.core.exceptions import EmptyResultSet
from hotclub.db import connections

Make = Callable[[Compiler], Plan]


@lru_cache(maxsize=512)
def row_class(names: tuple[str, ...]) -> Any:
    """Return the named tuple of `values_list(named=True)`; its rows can be pickled."""
    make: Any = namedtuple  # the names are known at run time only
    made = make("Row", names)
    made.__reduce__ = lambda row: (_row_again, (names, tuple(row)))
    return made


def _row_again(names: tuple[str, ...], values: tuple[Any, ...]) -> Any:
    return row_class(names)(*values)


def model_plan(compiler: Compiler) -> Plan:
    """Make the plan of a query that gives instances."""
    sql, params = compiler.as_sql()
    positions: dict[str, int] = {}
    position = 0
    order: dict[int, int] = {}
    for index, (expression, _name) in enumerate(compiler.select):
        order[index] = position
        position += len(expression) if hasattr(expression, "get_cols") else 1
    for name, index in {**compiler.extra_columns, **compiler.annotation_columns}.items():
        positions[name] = order[index]
    if compiler.spec is None:
        raise TypeError("The query selects no model: values() must be read as values.")
    return Plan(sql, params, ModelReader(compiler, positions))


@lru_cache(maxsize=64)
def values_plan(kind: str) -> Make:
    """Return what makes the plan of values() and its kin."""

    def make(compiler: Compiler) -> Plan:
        sql, params = compiler.as_sql()
        names = tuple(compiler.names)
        given = compiler.query.repeated
        made = row_class(given or names) if kind == "named" else None
        return Plan(sql, params, values_reader(compiler, kind, names, made, given))

    return make


async def fetch_objects(query: Query, alias: str, mode: Any) -> list[Any]:
    """Give the instances that a query finds."""
    try:
        plan, params = query.plan(alias, "model", model_plan)
    except EmptyResultSet:
        return []
    rows = await Fetch(alias, plan.sql or "", params)
    if not rows:
        return []
    objects: list[Any] = plan.read(rows, connections[alias], mode)
    if mode.track_peers:
        note_peers(objects)
    return objects


def note_peers(objects: Sequence[Any]) -> None:
    """Let instances of one query know each other, for the fetch mode that loads for all."""
    by_model: dict[type, list[Any]] = {}
    waiting = list(objects)
    seen: set[int] = set()
    while waiting:
        each = waiting.pop()
        if id(each) in seen or not hasattr(each, "_state"):
            continue
        seen.add(id(each))
        by_model.setdefault(type(each), []).append(each)
        waiting.extend(part for part in each._state.fields_cache.values() if hasattr(part, "_state"))
    for group in by_model.values():
        peers = tuple(weakref.ref(each) for each in group)
        for each in group:
            each._state.peers = peers


async def fetch_values(query: Query, alias: str, kind: str) -> list[Any]:
    """Give dictionaries, tuples, named tuples or single values ("dict", "tuple", "named", "flat")."""
    try:
        plan, params = query.plan(alias, kind, values_plan(kind))
    except EmptyResultSet:
        return []
    rows = await Fetch(alias, plan.sql or "", params)
    return plan.read(rows, connections[alias])  # type: ignore[no-any-return]


async def open_chunks(query: Query, alias: str, operation: Hashable, make: Make) -> tuple[Any, Plan] | None:
    """Run a query and keep its cursor open; None if it is known to find nothing."""
    try:
        plan, params = query.plan(alias, operation, make)
    except EmptyResultSet:
        return None
    connection = connections[alias]
    server_side = not connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS", False)
    return await OpenRows(alias, plan.sql or "", params, server_side), plan


async def next_chunk(handle: Any, size: int) -> list[Any]:
    return await NextRows(handle, size)


async def close_chunks(handle: Any) -> None:
    await CloseRows(handle)


async def fetch_row(query: Query, alias: str) -> dict[str, Any]:
    """Give the single row of an aggregating query as a dictionary; what no row counts for if it cannot find any."""
    try:
        plan, params = query.plan(alias, "aggregate", _aggregate_plan)
    except EmptyResultSet:
        known = _empty_aggregates(query)
        if known is not None:
            return known
        compiler = Compiler(query.node.tree, connections[alias], values=query.values, elide_empty=False)
        plan = _aggregate_plan(compiler)
        plan, params = plan.bind(query.values)
    rows = await Fetch(alias, plan.sql or "", params)
    found: list[dict[str, Any]] = plan.read(rows, connections[alias])
    return found[0] if found else _empty_aggregates(query) or {}


def _aggregate_plan(compiler: Compiler) -> Plan:
    sql, params = compiler.as_sql()
    return Plan(sql, params, values_reader(compiler, "dict", tuple(compiler.names)))


def _empty_aggregates(query: Query) -> dict[str, Any] | None:
    """What the aggregates are over no rows; None where only the database can say."""
    found = {}
    for name, part in query.node.tree.annotation_select.items():
        value = part.empty_result_set_value
        if hasattr(value, "sample"):
            value = value.sample
        if value is NotImplemented:
            return None
        found[name] = value
    return found


def _exists_plan(compiler: Compiler) -> Plan:
    sql, params = compiler.as_sql()
    return Plan(sql, params)


async def exists(query: Query, alias: str) -> bool:
    """Say whether an existence query finds a row."""
    try:
        plan, params = query.plan(alias, "exists", _exists_plan)
    except EmptyResultSet:
        return False
    return bool(await Fetch(alias, plan.sql or "", params))


async def explain(query: Query, alias: str) -> str:
    """Give the database's explanation of a query."""
    plan, params = query.plan(alias, "explain", _exists_plan)
    rows = await Fetch(alias, plan.sql or "", params)
    return "\n".join(
        " ".join(str(part) for part in row) if isinstance(row, (list, tuple)) else str(row) for row in rows
    )


def _delete_plan(compiler: Compiler) -> Plan:
    sql, params = compiler.delete_sql()
    return Plan(sql, params)


async def raw_delete(query: Query, alias: str) -> int:
    """Delete the rows a query finds, without looking at what hangs on them."""
    try:
        plan, params = query.plan(alias, "delete", _delete_plan)
    except EmptyResultSet:
        return 0
    return await Run(alias, plan.sql or "", params)
