"""Values on their way to the driver: which need no preparation at all.

For a stock field class and the very type it stores, preparation is the identity; knowing that once per column saves five
calls per value. A subclass of a field, or a backend with its own adaptation, takes the documented way.
"""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Callable, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

from hotclub._orm.expressions.core import DatabaseDefault
from hotclub._orm.fields.auto import AutoField, BigAutoField, SmallAutoField
from hotclub._orm.fields.field import Field
from hotclub._orm.fields.numbers import (
    BigIntegerField,
    FloatField,
    IntegerField,
    PositiveBigIntegerField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    SmallIntegerField,
)
from hotclub._orm.fields.text import CharField, EmailField, SlugField, TextField, URLField
from hotclub.db.backends.base.operations import BaseDatabaseOperations

_TEXTS = (CharField, EmailField, SlugField, TextField, URLField)
_INTEGERS = (
    BigIntegerField,
    IntegerField,
    PositiveBigIntegerField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    SmallIntegerField,
)
_KEYS = (AutoField, BigAutoField, SmallAutoField)
_EXACT: dict[type[Any], type[Any]] = {
    **dict.fromkeys(_TEXTS, str),
    **dict.fromkeys((*_INTEGERS, *_KEYS), int),
    FloatField: float,
}

Prepare = Callable[[Any, Any], Any]

PLAIN_TYPES = frozenset(
    {
        type(None), int, str, float, bool, bytes, decimal.Decimal, uuid.UUID,
        datetime.date, datetime.datetime, datetime.time, datetime.timedelta, dict, list,
    }
)  # fmt: skip
"""Types that are certainly no expressions: asking an object for a missing attribute costs ten times more."""


def is_expression(value: Any) -> bool:
    return type(value) not in PLAIN_TYPES and hasattr(value, "resolve_expression")


def exact_type(field: Any, connection: Any) -> type[Any] | None:
    """Return the type whose values the field and the backend leave as they are; None if there is none."""
    seen = 0
    # Keys store what their target stores; the class says so itself, a subclass of it does not.
    while "stores_target_value" in vars(type(field)) and seen < 10:
        field = field.target_field
        seen += 1
    kind = _EXACT.get(type(field))
    if kind is int:
        ops = type(connection.ops)
        if ops.adapt_integerfield_value is not BaseDatabaseOperations.adapt_integerfield_value:
            return None
        if type(field) in _KEYS and ops.validate_autopk_value is not BaseDatabaseOperations.validate_autopk_value:
            return None
    return kind


class ColumnReader:
    """Takes the values of many instances to the driver: column by column, where nothing needs a look at each value.

    Args:
        fields: in the order of the columns.
        connection: whose driver gets the values.
        raw: take attributes as they are, without `pre_save()`.
    """

    __slots__ = ("_connection", "_fields", "_read", "_with_defaults")

    def __init__(self, fields: Sequence[Any], connection: Any, raw: bool) -> None:
        self._fields = fields
        self._connection = connection
        plain = raw or all(type(field).pre_save is Field.pre_save for field in fields)
        self._read = attrgetter(*[field.attname for field in fields]) if plain and len(fields) > 1 else None
        self._with_defaults = any(field.has_db_default() for field in fields)

    def rows(self, objs: Sequence[Any], raw: bool) -> tuple[Sequence[Any], list[Sequence[Any]]]:
        """Return the fields to write and the values of each instance; without columns whose every value is the database's default."""
        fields = self._fields
        if self._read is not None:
            rows: list[Sequence[Any]] = list(map(self._read, objs))
        else:
            rows = [
                [getattr(each, field.attname) if raw else field.pre_save(each, True) for field in fields]
                for each in objs
            ]
        if not self._with_defaults:
            return fields, rows
        dropped = {
            index
            for index, field in enumerate(fields)
            if field.has_db_default() and all(isinstance(values[index], DatabaseDefault) for values in rows)
        }
        if not dropped:
            return fields, rows
        # No database knows a row without columns but some; one default is written out.
        keep = [index for index in range(len(fields)) if index not in dropped] or [min(dropped)]
        return [fields[index] for index in keep], [[values[index] for index in keep] for values in rows]


def holds_expression(rows: Sequence[Sequence[Any]]) -> bool:
    """Say whether any value of any row is an expression."""
    kinds = set(map(type, chain.from_iterable(rows))) - PLAIN_TYPES
    return bool(kinds) and any(is_expression(value) for values in rows for value in values)


def prepared_columns(fields: Sequence[Any], rows: Sequence[Sequence[Any]], connection: Any) -> list[Sequence[Any]]:
    """Return the values of each column as the driver takes them."""
    return [
        column
        if exact is not None and set(map(type, column)) == {exact}
        else [value if type(value) is exact else prepare(value, connection) for value in column]
        for (exact, prepare), column in zip(preparers(fields, connection), zip(*rows, strict=True), strict=True)
    ]


def flat(columns: Sequence[Sequence[Any]]) -> list[Any]:
    """Return the values of all rows, one after another."""
    return list(chain.from_iterable(zip(*columns, strict=True)))


def preparers(fields: Sequence[Any], connection: Any) -> tuple[tuple[type[Any] | None, Prepare], ...]:
    """Return for each field the type that needs no preparation, and what prepares the rest."""
    return tuple((exact_type(field, connection), field.get_db_prep_save) for field in fields)
