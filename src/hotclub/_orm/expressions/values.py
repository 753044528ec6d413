"""Literals, functions, raw SQL, lists and orderings: expressions that are made of other expressions."""

from __future__ import annotations

import datetime
import functools
import uuid
from collections.abc import Callable, Hashable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from hotclub._orm import field_classes as fields
from hotclub._orm.expressions.base import SQL, Expression, late
from hotclub._orm.expressions.columns import ColPairs
from hotclub._orm.expressions.references import F
from hotclub._orm.shape import Sink, Slot, SlotMaker, declares_shape, describe, field_key, slotted
from hotclub.core.exceptions import EmptyResultSet, FullResultSet

if TYPE_CHECKING:
    from typing import Self

_VALUE_TYPES: list[tuple[Any, str]] = [
    (str, "CharField"),
    (bool, "BooleanField"),
    (int, "IntegerField"),
    (float, "FloatField"),
    (datetime.datetime, "DateTimeField"),
    (datetime.date, "DateField"),
    (datetime.time, "TimeField"),
    (datetime.timedelta, "DurationField"),
    (Decimal, "DecimalField"),
    (bytes, "BinaryField"),
    (uuid.UUID, "UUIDField"),
]


class Value(Expression):
    """A literal inside an expression; it always travels as a parameter.

    Source: docs ref/models/expressions, "Value() expressions".
    """

    shape_attributes: ClassVar[tuple[str, ...]] = ("for_save",)
    cast_numeric = True
    for_save = False
    allowed_default = True
    deconstruct_path = "hotclub.db.models.Value"

    def __init__(self, value: Any, output_field: Any = None) -> None:
        super().__init__(output_field=output_field)
        self.value = value

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value!r})"

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        connection.ops.check_expression_support(self)
        value = self.value
        field = self._output_field_or_none
        is_slot = type(value) is Slot
        if field is None:
            if value is None:
                return "NULL", ()
            return "%s", (compiler.bind(value, None) if is_slot else value,)
        if value is None and field.get_internal_type() == "JSONField":
            return "%s", (field.get_db_prep_value(None, connection) or "null",)  # as documented: JSON's own null
        convert = field.get_db_prep_save if self.for_save else field.get_db_prep_value
        if hasattr(field, "get_placeholder_sql"):

            def write(given: Any) -> SQL:
                return field.get_placeholder_sql(convert(given, connection=connection), compiler, connection)  # type: ignore[no-any-return]

            return compiler.bind_written(value, write) if is_slot else write(value)
        if is_slot:
            return "%s", (compiler.bind(value, lambda given: convert(given, connection=connection)),)
        value = convert(value, connection=connection)
        if value is None:
            return "NULL", ()
        return "%s", (value,)

    def resolve_expression(
        self,
        query: Any = None,
        allow_joins: bool = True,
        reuse: Any = None,
        summarize: bool = False,
        for_save: bool = False,
    ) -> Any:
        made = super().resolve_expression(query, allow_joins, reuse, summarize, for_save)
        made.for_save = for_save
        return made

    def get_group_by_cols(self) -> list[Any]:
        return []

    def _resolve_output_field(self) -> Any:
        sample = self.value.sample if type(self.value) is Slot else self.value
        for kind, name in _VALUE_TYPES:
            if isinstance(sample, kind):
                return getattr(fields, name)()
        return None

    @property
    def empty_result_set_value(self) -> Any:
        return self.value.sample if type(self.value) is Slot else self.value

    def shape(self, sink: Sink) -> Hashable:
        cls = type(self)
        value = self.value
        if not declares_shape(cls):
            sink.shapeless = True
            return None
        own = self.__dict__.get("output_field")
        key = None if own is None else field_key(own, sink)
        if value is None or isinstance(value, bool) or _is_constant(value):
            return (cls, (value,), key)
        return (cls, describe(value, sink), key)

    def slotted(self, maker: SlotMaker) -> Any:
        value = self.value
        if not declares_shape(type(self)) or value is None or isinstance(value, bool) or _is_constant(value):
            return self
        made = self.copy()
        made.value = slotted(value, maker)
        return made

    def slots_replaced(self, replace: Callable[[Slot], Any]) -> Any:
        if type(self.value) is not Slot:
            return None
        made = self.copy()
        made.value = replace(self.value)
        return made


def _is_constant(value: Any) -> bool:
    """Whether a literal is worth a shape of its own: the empty text decides how some databases concatenate."""
    return isinstance(value, str) and value == ""


class DatabaseDefault(Expression):
    """Stands for a column's own default in an INSERT or UPDATE."""

    shape_attributes: ClassVar[tuple[str, ...]] = ()
    deconstruct_path = None

    def __init__(self, expression: Any, output_field: Any = None) -> None:
        super().__init__(output_field)
        self.expression = expression

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.expression!r})"

    def get_source_expressions(self) -> list[Any]:
        return [self.expression]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        (self.expression,) = exprs

    def resolve_expression(
        self,
        query: Any = None,
        allow_joins: bool = True,
        reuse: Any = None,
        summarize: bool = False,
        for_save: bool = False,
    ) -> Any:
        resolved = self.expression.resolve_expression(query, allow_joins, reuse, summarize, for_save)
        if not for_save or not hasattr(query, "write_defaults"):
            made = self.copy()
            made.expression = resolved
            return made
        return resolved

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if not connection.features.supports_default_keyword_in_insert:
            return compiler.compile(self.expression)  # type: ignore[no-any-return]
        return "DEFAULT", []


class RawSQL(Expression):
    """SQL written by the developer; its parameters stay parameters.

    Source: docs ref/models/expressions, "Raw SQL expressions".
    """

    shape_attributes: ClassVar[tuple[str, ...]] = ("sql", "params")
    allowed_default = True

    def __init__(self, sql: str, params: Sequence[Any], output_field: Any = None) -> None:
        super().__init__(output_field=fields.Field() if output_field is None else output_field)
        self.sql, self.params = sql, params

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.sql}, {self.params})"

    def resolve_expression(
        self,
        query: Any = None,
        allow_joins: bool = True,
        reuse: Any = None,
        summarize: bool = False,
        for_save: bool = False,
    ) -> Any:
        model = getattr(query, "model", None)
        if model is not None:
            # Columns of parent models are reached by a join, which only the text can tell that it needs.
            text = self.sql.lower()
            for parent in model._meta.all_parents:
                for field in parent._meta.local_fields:
                    if field.column and field.column.lower() in text:
                        query.resolve_ref(field.name, allow_joins, reuse, summarize)
                        break
        return super().resolve_expression(query, allow_joins, reuse, summarize, for_save)

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return f"({self.sql})", [compiler.bind(part, None) if type(part) is Slot else part for part in self.params]

    def get_group_by_cols(self) -> list[Any]:
        return [self]

    def shape(self, sink: Sink) -> Hashable:
        cls = type(self)
        own = self.__dict__.get("output_field")
        if not declares_shape(cls) or not isinstance(self.params, (list, tuple)):
            return super().shape(sink)
        key: list[Hashable] = [cls, self.sql, field_key(own, sink)]  # type: ignore[list-item]  # classes are hashable
        key.extend(describe(part, sink) for part in self.params)
        return tuple(key)

    def slotted(self, maker: SlotMaker) -> Any:
        if not declares_shape(type(self)) or not isinstance(self.params, (list, tuple)):
            return self
        made = self.copy()
        made.params = [slotted(part, maker) for part in self.params]
        return made

    def slots_replaced(self, replace: Callable[[Slot], Any]) -> Any:
        if not any(type(part) is Slot for part in self.params):
            return None
        made = self.copy()
        made.params = [replace(part) if type(part) is Slot else part for part in self.params]
        return made


class Star(Expression):
    """The `*` of COUNT(*)."""

    shape_attributes: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        return "'*'"

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return "*", []


class Func(Expression):
    """A database function.

    Source: docs ref/models/expressions, "Func() expressions".
    """

    shape_attributes: ClassVar[tuple[str, ...]] = ("extra",)
    cast_numeric = True
    function: Any = None
    template = "%(function)s(%(expressions)s)"
    arg_joiner = ", "
    arity: int | None = None

    def __init__(self, *expressions: Any, output_field: Any = None, **extra: Any) -> None:
        if self.arity is not None and len(expressions) != self.arity:
            plural = "argument" if self.arity == 1 else "arguments"
            raise TypeError(f"'{type(self).__name__}' takes exactly {self.arity} {plural} ({len(expressions)} given)")
        super().__init__(output_field=output_field)
        self.source_expressions = self._parse_expressions(*expressions)
        self.extra = extra

    def __repr__(self) -> str:
        args = self.arg_joiner.join(str(arg) for arg in self.source_expressions)
        extra = {**self.extra, **self._get_repr_options()}
        if extra:
            shown = ", ".join(f"{name}={value}" for name, value in sorted(extra.items()))
            return f"{type(self).__name__}({args}, {shown})"
        return f"{type(self).__name__}({args})"

    def _get_repr_options(self) -> dict[str, Any]:
        return {}

    def get_source_expressions(self) -> list[Any]:
        return self.source_expressions

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.source_expressions = list(exprs)

    def as_sql(
        self,
        compiler: Any,
        connection: Any,
        function: Any = None,
        template: str | None = None,
        arg_joiner: str | None = None,
        **extra_context: Any,
    ) -> SQL:
        connection.ops.check_expression_support(self)
        parts: list[str] = []
        params: list[Any] = []
        for arg in self.source_expressions:
            try:
                sql, arg_params = compiler.compile(arg)
            except EmptyResultSet:
                value = getattr(arg, "empty_result_set_value", NotImplemented)
                if value is NotImplemented:
                    raise
                sql, arg_params = compiler.compile(Value(value))
            except FullResultSet:
                sql, arg_params = compiler.compile(Value(True))
            parts.append(sql)
            params.extend(arg_params)
        data = {**self.extra, **extra_context}
        form = compiler.function_form(self) if function is None and template is None else None
        if form is not None:
            function, template, arg_joiner = form.function, form.template, arg_joiner or form.arg_joiner
        if function is not None:
            data["function"] = function
        else:
            data.setdefault("function", self.function)
        template = template or data.get("template", self.template)
        joiner = arg_joiner or data.get("arg_joiner", self.arg_joiner)
        data["expressions"] = data["field"] = joiner.join(parts)
        return template % data, params

    def copy(self) -> Self:
        made = super().copy()
        made.source_expressions = self.source_expressions[:]
        made.extra = self.extra.copy()
        return made

    @functools.cached_property
    def allowed_default(self) -> bool:  # type: ignore[override]  # a class constant elsewhere
        return all(part.allowed_default for part in self.source_expressions)


class ExpressionList(Func):
    """Several expressions with commas between them: a PARTITION BY, an index."""

    shape_attributes: ClassVar[tuple[str, ...]] = ("extra",)
    template = "%(expressions)s"
    cast_numeric = False

    def __str__(self) -> str:
        return self.arg_joiner.join(str(arg) for arg in self.source_expressions)

    @functools.cached_property
    def allowed_default(self) -> bool:  # type: ignore[override]
        return all(part.allowed_default for part in self.source_expressions)


class OrderByList(ExpressionList):
    """The ORDER BY of a window or an aggregate."""

    shape_attributes: ClassVar[tuple[str, ...]] = ("extra",)
    allowed_default = False
    template = "ORDER BY %(expressions)s"

    def __init__(self, *expressions: Any, **extra: Any) -> None:
        super().__init__(
            *(
                OrderBy(F(part[1:]), descending=True) if isinstance(part, str) and part[:1] == "-" else part
                for part in expressions
            ),
            **extra,
        )

    @classmethod
    def from_param(cls, context: str, param: Any) -> OrderByList | None:
        """Make the list of what a caller gave as `order_by`.

        Raises:
            ValueError: neither a name, an expression nor a sequence of them.
        """
        if param is None:
            return None
        if isinstance(param, (list, tuple)):
            return cls(*param) if param else None
        if isinstance(param, str) or hasattr(param, "resolve_expression"):
            return cls(param)
        raise ValueError(
            f"{context} must be either a string reference to a field, an expression, or a list or tuple of them not "
            f"{param!r}."
        )

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> SQL:  # type: ignore[override]
        if not self.source_expressions:
            return "", ()
        return super().as_sql(compiler, connection, **extra)

    def get_group_by_cols(self) -> list[Any]:
        return [col for part in self.source_expressions for col in part.get_group_by_cols()]


class ExpressionWrapper(Expression):
    """Gives an expression a type.

    Source: docs ref/models/expressions, "ExpressionWrapper".
    """

    shape_attributes: ClassVar[tuple[str, ...]] = ()
    cast_numeric = True
    deconstruct_path: ClassVar[str | None] = "hotclub.db.models.ExpressionWrapper"

    def __init__(self, expression: Any, output_field: Any) -> None:
        super().__init__(output_field=output_field)
        self.expression = expression

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.expression})"

    def get_source_expressions(self) -> list[Any]:
        return [self.expression]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.expression = exprs[0]

    def get_group_by_cols(self) -> list[Any]:
        if isinstance(self.expression, Expression):
            made = self.expression.copy()
            made.output_field = self.output_field
            return made.get_group_by_cols()
        return super().get_group_by_cols()

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return compiler.compile(self.expression)  # type: ignore[no-any-return]

    @property
    def allowed_default(self) -> bool:  # type: ignore[override]
        return bool(self.expression.allowed_default)


class NegatedExpression(ExpressionWrapper):
    """The opposite of a condition."""

    shape_attributes: ClassVar[tuple[str, ...]] = ()
    deconstruct_path = None

    def __init__(self, expression: Any) -> None:
        super().__init__(expression, output_field=fields.BooleanField())

    def __invert__(self) -> Any:
        return self.expression.copy()

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        try:
            sql, params = super().as_sql(compiler, connection)
        except EmptyResultSet:
            if not connection.features.supports_boolean_expr_in_select_clause:
                return "1=1", ()
            return compiler.compile(Value(True))  # type: ignore[no-any-return]
        return f"NOT {sql}", params

    def resolve_expression(
        self,
        query: Any = None,
        allow_joins: bool = True,
        reuse: Any = None,
        summarize: bool = False,
        for_save: bool = False,
    ) -> Any:
        resolved = super().resolve_expression(query, allow_joins, reuse, summarize, for_save)
        if not getattr(resolved.expression, "conditional", False):
            raise TypeError("Cannot negate non-conditional expressions.")
        return resolved


class OrderBy(Expression):
    """An expression with a direction and a place for NULLs.

    Source: docs ref/models/expressions, "Expression.asc()".
    """

    shape_attributes: ClassVar[tuple[str, ...]] = ("nulls_first", "nulls_last", "descending")
    template = "%(expression)s %(ordering)s"
    conditional = False
    constraint_validation_compatible = False
    allows_composite_expressions = True

    def __init__(
        self, expression: Any, descending: bool = False, nulls_first: bool | None = None, nulls_last: bool | None = None
    ) -> None:
        super().__init__()
        if nulls_first and nulls_last:
            raise ValueError("nulls_first and nulls_last are mutually exclusive")
        if nulls_first is False or nulls_last is False:
            raise ValueError("nulls_first and nulls_last values must be True or None.")
        if not hasattr(expression, "resolve_expression"):
            raise ValueError("expression must be an expression type")
        self.nulls_first, self.nulls_last, self.descending = nulls_first, nulls_last, descending
        self.expression = expression

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.expression}, descending={self.descending})"

    def get_source_expressions(self) -> list[Any]:
        return [self.expression]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.expression = exprs[0]

    def as_sql(self, compiler: Any, connection: Any, template: str | None = None, **extra_context: Any) -> SQL:
        if isinstance(self.expression, ColPairs):
            parts, all_params = [], []
            for col in self.expression.get_cols():
                made = self.copy()
                made.expression = col
                sql, params = compiler.compile(made)
                parts.append(sql)
                all_params.extend(params)
            return ", ".join(parts), all_params
        template = template or self.template
        sql, params = compiler.compile(self.expression)
        template, repeats = compiler.dialect.order_by_form(
            template, descending=self.descending, nulls_first=bool(self.nulls_first), nulls_last=bool(self.nulls_last)
        )
        data = {"expression": sql, "ordering": "DESC" if self.descending else "ASC", **extra_context}
        return (template % data).rstrip(), [*params] * repeats

    def get_group_by_cols(self) -> list[Any]:
        return [col for part in self.get_source_expressions() for col in part.get_group_by_cols()]

    def reverse_ordering(self) -> Self:
        self.descending = not self.descending
        if self.nulls_first:
            self.nulls_last, self.nulls_first = True, None
        elif self.nulls_last:
            self.nulls_first, self.nulls_last = True, None
        return self

    def asc(self, **kwargs: Any) -> Any:
        self.descending = False
        return self

    def desc(self, **kwargs: Any) -> Any:
        self.descending = True
        return self


late.value = Value
late.order_by = OrderBy
late.negated = NegatedExpression
