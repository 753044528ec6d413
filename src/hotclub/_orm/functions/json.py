"""Functions that make JSON.

Source: docs ref/models/database-functions, "JSON Functions".
"""

from __future__ import annotations

from typing import Any

from hotclub._orm import field_classes as fields
from hotclub._orm.expressions.core import SQL, Func, Value
from hotclub._orm.functions.comparison import Cast
from hotclub.db.utils import NotSupportedError


class JSONArray(Func):
    """An array of its expressions."""

    shape_attributes = ("extra",)
    function = "JSON_ARRAY"
    output_field = fields.JSONField()

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> SQL:  # type: ignore[override]
        if not connection.features.supports_json_field:
            raise NotSupportedError("JSONFields are not supported on this database backend.")
        if connection.vendor == "postgresql":
            made = self.copy()
            made.set_source_expressions([_texted(part) for part in made.get_source_expressions()])
            return super(JSONArray, made).as_sql(compiler, connection, **extra_context)
        return super().as_sql(compiler, connection, **extra_context)


class JSONObject(Func):
    """An object of its named expressions."""

    shape_attributes = ("extra", "_names")
    function = "JSON_OBJECT"
    output_field = fields.JSONField()

    def __init__(self, **fields: Any) -> None:
        expressions = []  # type: ignore[var-annotated]
        for name, value in fields.items():
            expressions.extend((Value(name), value))
        self._names = tuple(fields)
        super().__init__(*expressions)

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> SQL:  # type: ignore[override]
        if not connection.features.has_json_object_function:
            raise NotSupportedError("JSONObject() is not supported on this database backend.")
        if connection.vendor == "postgresql":
            made = self.copy()
            made.set_source_expressions([_texted(part) for part in made.get_source_expressions()])
            return super(JSONObject, made).as_sql(compiler, connection, **extra_context)
        return super().as_sql(compiler, connection, **extra_context)


def _texted(part: Any) -> Any:
    """Give a literal text a type: these functions take any, and PostgreSQL would have to guess."""
    is_text = isinstance(part, Value) and isinstance(part._output_field_or_none, (fields.CharField, fields.TextField))
    return Cast(part, fields.TextField()) if is_text else part
