"""Values that a database sends back from an INSERT or UPDATE, on their way into the instance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Converters = list[Callable[[Any, Any, Any], Any]]


def converters_of(fields: Sequence[Any], connection: Any) -> list[tuple[str, Any, Converters]]:
    """Return for each field its attribute name, its column expression and what turns a raw value into Python's."""
    found = []
    for field in fields:
        column = field.get_col(field.model._meta.db_table)
        converters = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
        found.append((field.attname, column, converters))
    return found


def assign(instance: Any, row: Sequence[Any], plan: list[tuple[str, Any, Converters]], connection: Any) -> None:
    """Put a returned row into the instance."""
    for value, (attname, column, converters) in zip(row, plan, strict=True):
        for convert in converters:
            value = convert(value, column, connection)
        setattr(instance, attname, value)


def assign_all(
    instances: Sequence[Any], rows: Sequence[Sequence[Any]], plan: list[tuple[str, Any, Converters]], connection: Any
) -> None:
    """Put one returned row into each instance."""
    if len(plan) == 1 and not plan[0][2]:
        attname = plan[0][0]
        for instance, row in zip(instances, rows, strict=False):
            setattr(instance, attname, row[0])
        return
    for instance, row in zip(instances, rows, strict=False):
        assign(instance, row, plan, connection)


def forget(instance: Any, fields: Sequence[Any]) -> None:
    """Make fields deferred whose new value only the database knows; they are loaded when looked at."""
    for field in fields:
        instance.__dict__.pop(field.attname, None)
