"""INSERT, for one instance and for many.

The text for rows of plain values is kept per database, model and set of columns; a value that is an expression, or a
field with a placeholder of its own, makes a text of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotclub._flow.effects import Fetch, InsertOne, Run
from hotclub._orm.expressions.core import DatabaseDefault
from hotclub._orm.flows import returned
from hotclub._orm.flows.preparing import (
    PLAIN_TYPES,
    ColumnReader,
    flat,
    holds_expression,
    is_expression,
    prepared_columns,
    preparers,
)
from hotclub._orm.fragments import FragmentCompiler
from hotclub.core.exceptions import FieldError
from hotclub.db import connections


class InsertPlan:
    """Text and handling of a single-row INSERT of plain values."""

    __slots__ = ("converters", "pk_column", "preparers", "sql", "table")

    def __init__(self, connection: Any, meta: Any, fields: Sequence[Any], returning: Sequence[Any]) -> None:
        self.table = meta.db_table
        self.pk_column = meta.pk.column
        self.preparers = preparers(fields, connection)
        row = f"({', '.join(['%s'] * len(fields))})"
        self.sql = insert_text(connection, meta, fields, [row])
        self.converters: Any = None
        if returning and connection.features.can_return_columns_from_insert:
            clause, _params = connection.ops.returning_columns(returning)
            self.sql = f"{self.sql} {clause}"
            self.converters = returned.converters_of(returning, connection)


def insert_text(connection: Any, meta: Any, fields: Sequence[Any], rows: Sequence[str], on_conflict: Any = None) -> str:
    """Return `INSERT INTO … VALUES …` for rows of placeholders; without fields the key's default is written."""
    quote = connection.ops.quote_name
    start = connection.ops.insert_statement(on_conflict=on_conflict)
    if not fields:
        default = connection.ops.pk_default_value()
        rows = [f"({default})"] * len(rows)
        columns = quote(meta.pk.column)
    else:
        columns = ", ".join(quote(field.column) for field in fields)
    return f"{start} {quote(meta.db_table)} ({columns}) VALUES {', '.join(rows)}"


def array_insert_text(connection: Any, meta: Any, fields: Sequence[Any], on_conflict: Any = None) -> str:
    """Return `INSERT INTO … SELECT * FROM UNNEST(…)` for one array of values a column."""
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    arrays = ", ".join(f"(%s)::{name}" for name in connection.ops.insert_array_types(fields))
    start = connection.ops.insert_statement(on_conflict=on_conflict)
    return f"{start} {quote(meta.db_table)} ({columns}) SELECT * FROM UNNEST({arrays})"


def _arrays(connection: Any, fields: Sequence[Any], columns: Sequence[Sequence[Any]]) -> list[Any] | None:
    """Turn columns into one parameter each; None where the database wants rows.

    A text for arrays is as long for a thousand rows as for two, and so is the driver's work on it.
    """
    ops = connection.ops
    if ops.insert_array_types(fields) is None:
        return None
    for column in columns:
        kinds = set(map(type, column))
        kinds.discard(type(None))
        if len(kinds) > 1 or not kinds <= ops.array_value_types:
            return None  # a value of a kind of its own: only its field knows how it is written
    return [ops.array_parameter(list(column)) for column in columns]


def has_own_placeholder(field: Any) -> bool:
    return hasattr(field, "get_placeholder_sql")


async def insert_one(
    alias: str, model: Any, instance: Any, fields: Sequence[Any], returning: Sequence[Any], raw: bool
) -> None:
    """Insert one instance and put what the database returns into it.

    Args:
        alias: the database.
        model: the class whose table is written; a parent of the instance's class with multi-table inheritance.
        instance: gives the values.
        fields: columns to write.
        returning: fields whose value the database makes.
        raw: take attributes as they are, without `pre_save()`.
    """
    connection = connections[alias]
    meta = model._meta
    values = []
    written = []
    special = False
    for field in fields:
        value = getattr(instance, field.attname) if raw else field.pre_save(instance, True)
        if type(value) not in PLAIN_TYPES and hasattr(value, "resolve_expression"):
            if isinstance(value, DatabaseDefault):
                # A column left out gets its default on every database.
                continue
            special = True
        elif type(value) not in PLAIN_TYPES and field.remote_field and hasattr(value, "prepare_database_save"):
            value = value.prepare_database_save(field)
        values.append(value)
        written.append(field)
    if not written and meta.auto_field is None and fields:
        # No database knows a row without columns but some; one default is written out.
        field = next(each for each in fields if each.has_db_default())
        written, values, special = [field], [getattr(instance, field.attname)], True
    plans = meta.__dict__.setdefault("_save_plans", {})
    key = ("insert", alias, *[field.attname for field in written], "", *[field.attname for field in returning])
    plan = plans.get(key)
    # Fields that write their own placeholder never get a plan.
    if special or (plan is None and any(has_own_placeholder(field) for field in written)):
        computed = [field for field, value in zip(written, values, strict=True) if is_expression(value)]
        returning = [*returning, *(field for field in computed if field not in returning)]
        rows = await _insert_computed(connection, meta, written, [values], returning)
        _take(instance, rows, returning, connection, meta)
        return
    if plan is None:
        plan = plans[key] = InsertPlan(connection, meta, written, returning)
    params = [
        value if type(value) is exact else prepare(value, connection)
        for (exact, prepare), value in zip(plan.preparers, values, strict=True)
    ]
    if plan.converters is not None:
        rows = await Fetch(alias, plan.sql, params)
        returned.assign(instance, rows[0], plan.converters, connection)
    elif returning:
        key_value = await InsertOne(alias, plan.sql, params, plan.table, plan.pk_column)
        _take_key(instance, key_value, returning, connection, meta)
    else:
        await Run(alias, plan.sql, params)


def _take(instance: Any, rows: Any, returning: Sequence[Any], connection: Any, meta: Any) -> None:
    if not returning:
        return
    if isinstance(rows, list):
        returned.assign(instance, rows[0], returned.converters_of(returning, connection), connection)
    else:
        _take_key(instance, rows, returning, connection, meta)


def _take_key(instance: Any, value: Any, returning: Sequence[Any], connection: Any, meta: Any) -> None:
    """Take the last inserted id; what else the database made is loaded when looked at."""
    auto = meta.auto_field
    if auto is not None and auto in returning:
        plan = returned.converters_of([auto], connection)
        returned.assign(instance, [value], plan, connection)
    returned.forget(instance, [field for field in returning if field is not auto])


def _placeholder(field: Any, value: Any, fragments: FragmentCompiler) -> tuple[str, list[Any]]:
    """Return the text for one value and its parameters."""
    connection = fragments.connection
    if isinstance(value, DatabaseDefault):
        if connection.features.supports_default_keyword_in_bulk_insert:
            return "DEFAULT", []
        value = value.expression
    if is_expression(value):
        resolved = fragments.resolve(value, for_save=True)
        _refuse_columns(resolved, field)
        return fragments.compile(resolved)
    return own_placeholder(field, field.get_db_prep_save(value, connection), fragments)


def own_placeholder(field: Any, prepared: Any, fragments: FragmentCompiler) -> tuple[str, list[Any]]:
    """Return the text for a prepared plain value: `%s`, or what the field writes around it."""
    if hasattr(field, "get_placeholder_sql"):
        sql, params = field.get_placeholder_sql(prepared, fragments.compiler, fragments.connection)
        return sql, list(params)
    return "%s", [prepared]


def _refuse_columns(expression: Any, field: Any) -> None:
    """A row that is not there yet has no columns to refer to.

    Raises:
        ValueError: the expression names a column.
        FieldError: it aggregates, or is a window.
    """
    if expression.contains_column_references:
        raise ValueError(
            f'Failed to insert expression "{expression}" on {field}. F() expressions can only be used to update, not to '
            "insert."
        )
    if expression.contains_aggregate:
        raise FieldError(f"Aggregate functions are not allowed in this query ({field.name}={expression!r}).")
    if expression.contains_over_clause:
        raise FieldError(f"Window expressions are not allowed in this query ({field.name}={expression!r}).")


async def _insert_computed(
    connection: Any,
    meta: Any,
    fields: Sequence[Any],
    value_rows: Sequence[Sequence[Any]],
    returning: Sequence[Any],
    on_conflict: Any = None,
    suffix: str = "",
) -> Any:
    """Insert rows whose values need texts of their own; give the returned rows, or the last id."""
    alias = connection.alias
    fragments = FragmentCompiler(meta.model, connection)
    params: list[Any] = []
    texts = []
    for values in value_rows:
        parts = []
        for field, value in zip(fields, values, strict=True):
            sql, own = _placeholder(field, value, fragments)
            parts.append(sql)
            params.extend(own)
        texts.append(f"({', '.join(parts)})")
    sql = insert_text(connection, meta, fields, texts, on_conflict)
    if suffix:
        sql = f"{sql} {suffix}"
    if returning and _returns(connection, len(value_rows)):
        clause, _own = connection.ops.returning_columns(returning)
        return await Fetch(alias, f"{sql} {clause}", params)
    if returning and len(value_rows) == 1 and on_conflict is None:
        return await InsertOne(alias, sql, params, meta.db_table, meta.pk.column)
    await Run(alias, sql, params)
    return None


def _returns(connection: Any, rows: int) -> bool:
    features = connection.features
    return bool(features.can_return_columns_from_insert if rows == 1 else features.can_return_rows_from_bulk_insert)


async def insert_rows(
    alias: str,
    model: Any,
    fields: Sequence[Any],
    objs: Sequence[Any],
    *,
    returning: Sequence[Any] = (),
    raw: bool = False,
    on_conflict: Any = None,
    update_fields: Sequence[Any] | None = None,
    unique_fields: Sequence[Any] | None = None,
    batch_size: int | None = None,
) -> list[Any]:
    """Insert many instances with as few statements as the database takes.

    Args:
        alias: the database.
        model: the class whose table is written.
        fields: columns to write.
        objs: instances of it.
        returning: fields to ask back, where the database can.
        raw: take attributes as they are, without `pre_save()`.
        on_conflict: what to do with rows that are there (`OnConflict`).
        update_fields: fields to update then.
        unique_fields: fields that decide whether a row is there.
        batch_size: rows per statement, at most.

    Returns:
        The returned rows in the order of `objs`, before converters; empty if the database returns none.
    """
    connection = connections[alias]
    meta = model._meta
    ops = connection.ops
    suffix = ops.on_conflict_suffix_sql(
        fields,
        on_conflict,
        [field.column for field in update_fields or ()],
        [field.column for field in unique_fields or ()],
    )
    most = max(ops.bulk_batch_size(fields, objs), 1)
    size = min(batch_size, most) if batch_size else most
    if not connection.features.has_bulk_insert:
        size = 1
    asked = returning if on_conflict is None or unique_fields is not None else ()
    found: list[Any] = []
    reader = ColumnReader(fields, connection, raw)
    for start in range(0, len(objs), size):
        written, value_rows = reader.rows(objs[start : start + size], raw)
        rows = await _insert_batch(connection, meta, written, value_rows, asked, on_conflict, suffix)
        if isinstance(rows, list):
            found.extend(rows)
        elif rows is not None:
            found.append((rows,))
    return found


async def _insert_batch(
    connection: Any,
    meta: Any,
    fields: Sequence[Any],
    value_rows: Sequence[Sequence[Any]],
    returning: Sequence[Any],
    on_conflict: Any,
    suffix: str,
) -> Any:
    if any(has_own_placeholder(field) for field in fields) or holds_expression(value_rows):
        return await _insert_computed(connection, meta, fields, value_rows, returning, on_conflict, suffix)
    columns = prepared_columns(fields, value_rows, connection) if fields else []
    comes_back = bool(returning) and _returns(connection, len(value_rows))
    asked = returning if comes_back else ()
    arrays = _arrays(connection, fields, columns) if len(value_rows) > 1 and fields else None
    params = flat(columns) if arrays is None else arrays
    sql = _text_of_rows(connection, meta, fields, len(value_rows) if arrays is None else 0, asked, on_conflict, suffix)
    if comes_back:
        return await Fetch(connection.alias, sql, params)
    if returning and len(value_rows) == 1 and on_conflict is None:
        return await InsertOne(connection.alias, sql, params, meta.db_table, meta.pk.column)
    await Run(connection.alias, sql, params)
    return None


def _text_of_rows(
    connection: Any,
    meta: Any,
    fields: Sequence[Any],
    count: int,
    returning: Sequence[Any],
    on_conflict: Any,
    suffix: str,
) -> str:
    """Return the text of an INSERT of plain rows; the same text for the same rows is prepared once by a driver.

    A `count` of 0 means any number of rows, given as an array for each column.
    """
    texts = meta.__dict__.setdefault("_insert_texts", {})
    names = (*[field.attname for field in fields], "", *[field.attname for field in returning])
    key = (connection.alias, count, on_conflict, suffix, names)
    sql: str | None = texts.get(key)
    if sql is None:
        if count:
            row = f"({', '.join(['%s'] * len(fields))})"
            sql = insert_text(connection, meta, fields, [row] * count, on_conflict)
        else:
            sql = array_insert_text(connection, meta, fields, on_conflict)
        if suffix:
            sql = f"{sql} {suffix}"
        if returning:
            clause, _own = connection.ops.returning_columns(returning)
            sql = f"{sql} {clause}"
        if len(texts) >= MAX_TEXTS:
            texts.clear()
        texts[key] = sql
    return sql


MAX_TEXTS = 16
"""Texts kept per model: a program inserts batches of a few sizes, but the last of each may have any."""
