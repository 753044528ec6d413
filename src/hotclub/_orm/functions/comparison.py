"""Comparison and conversion functions.

Source: docs ref/models/database-functions, "Comparison and conversion functions".
"""

from __future__ import annotations

from typing import Any

from hotclub._orm.expressions.core import SQL, Func, Value
from hotclub.core.exceptions import EmptyResultSet


class Cast(Func):
    """Forces the type of an expression."""

    shape_attributes = ("extra",)
    function = "CAST"
    template = "%(function)s(%(expressions)s AS %(db_type)s)"
    cast_numeric = False

    def __init__(self, expression: Any, output_field: Any) -> None:
        super().__init__(expression, output_field=output_field)

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> SQL:  # type: ignore[override]
        db_type = self.output_field.cast_db_type(connection)
        extra_context["db_type"] = db_type
        if connection.vendor == "sqlite":
            kind = self.output_field.db_type(connection)
            if kind in {"datetime", "time"}:
                form = "%%Y-%%m-%%d %%H:%%M:%%f" if kind == "datetime" else "%%H:%%M:%%f"
                extra_context["template"] = f"strftime('{form.replace('%', '%%')}', %(expressions)s)"
            elif kind == "date":
                extra_context["template"] = "date(%(expressions)s)"
            elif self.output_field.get_internal_type() == "DecimalField":
                sql, params = super().as_sql(
                    compiler, connection, **{**extra_context, "template": "CAST(%(expressions)s AS NUMERIC)"}
                )
                return sql, params
        elif connection.vendor == "postgresql":
            extra_context["template"] = "(%(expressions)s)::%(db_type)s"
        elif connection.vendor == "mysql":
            internal_type = self.output_field.get_internal_type()
            if internal_type == "FloatField":
                extra_context["template"] = "(%(expressions)s + 0.0)"
            elif internal_type == "JSONField" and connection.mysql_is_mariadb:
                extra_context["template"] = "JSON_EXTRACT(%(expressions)s, '$')"
        return super().as_sql(compiler, connection, **extra_context)


class Coalesce(Func):
    """The first of its expressions that is not NULL."""

    shape_attributes = ("extra",)
    function = "COALESCE"

    def __init__(self, *expressions: Any, **extra: Any) -> None:
        if len(expressions) < 2:
            raise ValueError("Coalesce must take at least two expressions")
        super().__init__(*expressions, **extra)

    @property
    def empty_result_set_value(self) -> Any:
        for part in self.get_source_expressions():
            found = part.empty_result_set_value
            if found is NotImplemented or found is not None:
                return found
        return None

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> SQL:  # type: ignore[override]
        try:
            return super().as_sql(compiler, connection, **extra_context)
        except EmptyResultSet:
            return compiler.compile(Value(self.empty_result_set_value))  # type: ignore[no-any-return]


class Collate(Func):
    """An expression under a collation."""

    shape_attributes = ("extra", "collation")
    function = "COLLATE"
    template = "%(expressions)s %(function)s %(collation)s"
    allowed_default = False

    def __init__(self, expression: Any, collation: str) -> None:
        if not (collation and all(part.isalnum() or part in "_-" for part in collation) and collation[:1] not in "-"):
            raise ValueError(f"Invalid collation name: {collation!r}.")
        self.collation = collation
        super().__init__(expression)

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> SQL:  # type: ignore[override]
        extra_context.setdefault("collation", connection.ops.quote_name(self.collation))
        return super().as_sql(compiler, connection, **extra_context)


class Greatest(Func):
    """The greatest of its expressions."""

    shape_attributes = ("extra",)
    function = "GREATEST"

    def __init__(self, *expressions: Any, **extra: Any) -> None:
        if len(expressions) < 2:
            raise ValueError("Greatest must take at least two expressions")
        super().__init__(*expressions, **extra)


class Least(Func):
    """The least of its expressions."""

    shape_attributes = ("extra",)
    function = "LEAST"

    def __init__(self, *expressions: Any, **extra: Any) -> None:
        if len(expressions) < 2:
            raise ValueError("Least must take at least two expressions")
        super().__init__(*expressions, **extra)


class NullIf(Func):
    """NULL where both expressions are equal, else the first."""

    shape_attributes = ("extra",)
    function = "NULLIF"
    arity = 2
