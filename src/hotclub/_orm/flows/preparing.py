"""Values on their way to the driver: which need no preparation at all.

For a stock field class and the very type it stores, preparation is the identity; knowing that once per column saves five
calls per value. A subclass of a field, or a backend with its own adaptation, takes the documented way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hotclub._orm.fields.auto import AutoField, BigAutoField, SmallAutoField
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


def preparers(fields: Sequence[Any], connection: Any) -> tuple[tuple[type[Any] | None, Prepare], ...]:
    """Return for each field the type that needs no preparation, and what prepares the rest."""
    return tuple((exact_type(field, connection), field.get_db_prep_save) for field in fields)
