"""Functions that make UUIDs.

Source: docs ref/models/database-functions, "UUID functions".
"""

from __future__ import annotations

from typing import Any

from hotclub._orm import field_classes as fields
from hotclub._orm.expressions.core import SQL, Func
from hotclub.db.utils import NotSupportedError


class UUID4(Func):
    """A random UUID."""

    shape_attributes = ("extra",)
    function = "UUIDV4"
    arity = 0
    output_field = fields.UUIDField()

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> SQL:  # type: ignore[override]
        if not connection.features.supports_uuid4_function:
            raise NotSupportedError(connection.features.uuid4_unsupported)
        return super().as_sql(compiler, connection, **extra_context)


class UUID7(Func):
    """A UUID that begins with the time."""

    shape_attributes = ("extra",)
    function = "UUIDV7"
    output_field = fields.UUIDField()

    def __init__(self, shift: Any = None, **extra: Any) -> None:
        super().__init__(*(() if shift is None else (shift,)), **extra)

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> SQL:  # type: ignore[override]
        if not connection.features.supports_uuid7_function:
            raise NotSupportedError(connection.features.uuid7_unsupported)
        if self.source_expressions and not connection.features.supports_uuid7_function_shift:
            raise NotSupportedError("The shift argument to UUID7 is not supported on this database backend.")
        return super().as_sql(compiler, connection, **extra_context)
