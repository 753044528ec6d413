"""The documented expression protocol and the expressions everything else is built from.

An expression is a small tree. `resolve_expression` binds its names to a query and gives a copy; `as_sql` writes it.
This module knows the protocol of a query (`resolve_ref`) and of a compiler (`compile`, `bind`), not their classes.
Each class declares in `shape_attributes` which of its attributes decide its text (see `hotclub._orm.shape`).
"""

from __future__ import annotations

import copy
import datetime
import functools
import inspect
import uuid
from collections.abc import Callable, Hashable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from hotclub._orm import field_classes as fields
from hotclub._orm.q import Q
from hotclub._orm.shape import Sink, Slot, SlotMaker, declares_shape, field_key, frozen
from hotclub.core.exceptions import EmptyResultSet, FieldError, FullResultSet
from hotclub.db.utils import DatabaseError, NotSupportedError

if TYPE_CHECKING:
    from typing import Self

SQL = tuple[str, Sequence[Any]]


class OutputFieldIsNoneError(FieldError):
    """An expression has no type of its own and no part to take one from."""


class Combinable:
    """Gives the operators that build bigger expressions out of two."""

    shape_neutral = True

    ADD = "+"
    SUB = "-"
    MUL = "*"
    DIV = "/"
    POW = "^"
    MOD = "%%"
    BITAND = "&"
    BITOR = "|"
    BITLEFTSHIFT = "<<"
    BITRIGHTSHIFT = ">>"
    BITXOR = "#"

    def _combine(self, other: Any, connector: str, reversed: bool) -> CombinedExpression:
        if not hasattr(other, "resolve_expression"):
            other = Value(other)
        if reversed:
            return CombinedExpression(other, connector, self)
        return CombinedExpression(self, connector, other)

    def __neg__(self) -> CombinedExpression:
        return self._combine(-1, self.MUL, False)

    def __add__(self, other: Any) -> CombinedExpression:
        return self._combine(other, self.ADD, False)

    def __sub__(self, other: Any) -> CombinedExpression:
        return self._combine(other, self.SUB, False)

    def __mul__(self, other: Any) -> CombinedExpression:
        return self._combine(other, self.MUL, False)

    def __truediv__(self, other: Any) -> CombinedExpression:
        return self._combine(other, self.DIV, False)

    def __mod__(self, other: Any) -> CombinedExpression:
        return self._combine(other, self.MOD, False)

    def __pow__(self, other: Any) -> CombinedExpression:
        return self._combine(other, self.POW, False)

    def _logical(self, other: Any, operator: str) -> Any:
        if getattr(self, "conditional", False) and getattr(other, "conditional", False):
            return {"&": Q.__and__, "|": Q.__or__, "^": Q.__xor__}[operator](Q(self), Q(other))
        raise NotImplementedError("Use .bitand(), .bitor(), and .bitxor() for bitwise logical operations.")

    def __and__(self, other: Any) -> Any:
        return self._logical(other, "&")

    def __or__(self, other: Any) -> Any:
        return self._logical(other, "|")

    def __xor__(self, other: Any) -> Any:
        return self._logical(other, "^")

    def bitand(self, other: Any) -> CombinedExpression:
        return self._combine(other, self.BITAND, False)

    def bitor(self, other: Any) -> CombinedExpression:
        return self._combine(other, self.BITOR, False)

    def bitxor(self, other: Any) -> CombinedExpression:
        return self._combine(other, self.BITXOR, False)

    def bitleftshift(self, other: Any) -> CombinedExpression:
        return self._combine(other, self.BITLEFTSHIFT, False)

    def bitrightshift(self, other: Any) -> CombinedExpression:
        return self._combine(other, self.BITRIGHTSHIFT, False)

    def __radd__(self, other: Any) -> CombinedExpression:
        return self._combine(other, self.ADD, True)

    def __rsub__(self, other: Any) -> CombinedExpression:
        return self._combine(other, self.SUB, True)

    def __rmul__(self, other: Any) -> CombinedExpression:
        return self._combine(other, self.MUL, True)

    def __rtruediv__(self, other: Any) -> CombinedExpression:
        return self._combine(other, self.DIV, True)

    def __rmod__(self, other: Any) -> CombinedExpression:
        return self._combine(other, self.MOD, True)

    def __rpow__(self, other: Any) -> CombinedExpression:
        return self._combine(other, self.POW, True)

    def _reflected(self, other: Any) -> Any:
        raise NotImplementedError("Use .bitand(), .bitor(), and .bitxor() for bitwise logical operations.")

    __rand__ = _reflected
    __ror__ = _reflected
    __rxor__ = _reflected

    def __invert__(self) -> NegatedExpression:
        return NegatedExpression(self)


class _InferredField:
    """Non-data descriptor: the type of an expression, found from its parts unless set on the instance or the class."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        found = instance._output_field_or_none
        if found is None:
            raise OutputFieldIsNoneError("Cannot resolve expression type, unknown output_field")
        return found


class _InAnyPart:
    """Non-data descriptor: whether a fact holds for any part of an expression, unless the instance says it itself."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        return any(part and getattr(part, self.name) for part in instance.get_source_expressions())


def _as_float(value: Any, expression: Any, connection: Any) -> Any:
    return None if value is None else float(value)


def _as_int(value: Any, expression: Any, connection: Any) -> Any:
    return None if value is None else int(value)


def _as_decimal(value: Any, expression: Any, connection: Any) -> Any:
    return None if value is None else Decimal(value)


class BaseExpression:
    """What every expression does: parts, resolving, type, shape.

    Source: docs ref/models/expressions, "Expression API".
    """

    shape_attributes: ClassVar[tuple[str, ...]] = ()

    is_summary = False
    empty_result_set_value: Any = NotImplemented
    filterable = True
    window_compatible = False
    allowed_default = False
    constraint_validation_compatible = True
    set_returning = False
    allows_composite_expressions = False
    cast_numeric = False
    output_field: Any = _InferredField()

    def __init__(self, output_field: Any = None) -> None:
        if output_field is not None:
            self.output_field = output_field

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        state.pop("convert_value", None)
        state.pop("_inferred", None)
        return state

    def get_db_converters(self, connection: Any) -> list[Callable[..., Any]]:
        """Return the functions that turn a database value of this expression into a Python value, in order."""
        own = self.convert_value
        converters: list[Callable[..., Any]] = [] if own is None else [own]
        return converters + list(self.output_field.get_db_converters(connection))

    def get_source_expressions(self) -> list[Any]:
        """Return the parts of this expression.

        Source: docs ref/models/expressions, "get_source_expressions".
        """
        return []

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        """Take other parts, in the order of `get_source_expressions()`."""
        if exprs:
            raise ValueError(f"{type(self).__name__} has no source expressions to replace; got {len(exprs)}.")

    def _parse_expressions(self, *expressions: Any) -> list[Any]:
        return [
            part if hasattr(part, "resolve_expression") else (F(part) if isinstance(part, str) else Value(part))
            for part in expressions
        ]

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        """Write the expression: SQL text and its parameters.

        Source: docs ref/models/expressions, "as_sql".
        """
        raise NotImplementedError("Subclasses must implement as_sql()")

    # The tree

    contains_aggregate: Any = _InAnyPart("contains_aggregate")
    contains_over_clause: Any = _InAnyPart("contains_over_clause")
    contains_column_references: Any = _InAnyPart("contains_column_references")

    @property
    def contains_set_returning(self) -> bool:
        return self.set_returning or any(
            part and getattr(part, "contains_set_returning", False) for part in self.get_source_expressions()
        )

    def resolve_expression(
        self,
        query: Any = None,
        allow_joins: bool = True,
        reuse: Any = None,
        summarize: bool = False,
        for_save: bool = False,
    ) -> Any:
        """Return a copy that is bound to a query: names became columns.

        Source: docs ref/models/expressions, "resolve_expression".
        """
        made = self.copy()
        made.is_summary = summarize
        parts = [
            None if part is None else part.resolve_expression(query, allow_joins, reuse, summarize, for_save)
            for part in made.get_source_expressions()
        ]
        if not self.allows_composite_expressions and any(isinstance(part, ColPairs) for part in parts):
            raise ValueError(f"{type(self).__name__} expression does not support composite primary keys.")
        made.set_source_expressions(parts)
        return made

    def copy(self) -> Self:
        made = copy.copy(self)
        made.__dict__.pop("_inferred", None)
        return made

    def replace_expressions(self, replacements: dict[Any, Any]) -> Any:
        if not replacements:
            return self
        if (found := replacements.get(self)) is not None:
            return found
        parts = self.get_source_expressions()
        if not parts:
            return self
        made = self.copy()
        made.set_source_expressions([part and part.replace_expressions(replacements) for part in parts])
        return made

    def relabeled_clone(self, change_map: dict[str, str]) -> Any:
        """Return a copy in which table aliases have been exchanged.

        Source: docs ref/models/expressions, "relabeled_clone".
        """
        return rewrite(self, lambda node: node.relabeled_leaf(change_map) if hasattr(node, "relabeled_leaf") else None)

    def get_refs(self) -> set[str]:
        """The names of the annotations that the tree refers to."""
        found: set[str] = set()
        for part in self.get_source_expressions():
            if part:
                found |= part.get_refs()
        return found

    def flatten(self) -> Iterator[Any]:
        """Yield this expression and everything below it."""
        yield self
        for part in self.get_source_expressions():
            if part:
                if hasattr(part, "flatten"):
                    yield from part.flatten()
                else:
                    yield part

    def prefix_references(self, prefix: str) -> Any:
        return rewrite(self, lambda node: F(f"{prefix}{node.name}") if isinstance(node, F) else None)

    def get_group_by_cols(self) -> list[Any]:
        """Return the columns that a grouped query must group by for this expression.

        Source: docs ref/models/expressions, "get_group_by_cols".
        """
        if not self.contains_aggregate:
            return [self]
        found: list[Any] = []
        for part in self.get_source_expressions():
            if part:
                found.extend(part.get_group_by_cols())
        return found

    # The type

    @property
    def conditional(self) -> bool:
        return isinstance(self._output_field_or_none, fields.BooleanField)

    @property
    def field(self) -> Any:
        return self.output_field

    @property
    def _output_field_or_none(self) -> Any:
        found = self.__dict__.get("output_field")
        if found is not None:
            return found
        declared = inspect.getattr_static(type(self), "output_field")
        if not isinstance(declared, _InferredField):
            try:
                return self.output_field
            except OutputFieldIsNoneError:
                return None
        if "_inferred" not in self.__dict__:
            self.__dict__["_inferred"] = self._resolve_output_field()
        return self.__dict__["_inferred"]

    def _resolve_output_field(self) -> Any:
        found: Any = None
        for source in self.get_source_fields():
            if source is None:
                continue
            if found is None:
                found = source
            elif not isinstance(found, source.__class__):
                raise FieldError(
                    f"Expression contains mixed types: {found.__class__.__name__}, {source.__class__.__name__}. "
                    "You must set output_field."
                )
        return found

    def get_source_fields(self) -> list[Any]:
        """Return the types of the parts; None where a part has no type."""
        return [part._output_field_or_none for part in self.get_source_expressions() if part is not None]

    @functools.cached_property
    def convert_value(self) -> Callable[[Any, Any, Any], Any] | None:
        """The conversion that every database needs for this type, or None.

        Source: docs ref/models/expressions, "convert_value".
        """
        field = self.output_field
        internal_type = field.get_internal_type()
        if internal_type == "FloatField":
            return _as_float
        if internal_type.endswith("IntegerField"):
            return _as_int
        if internal_type == "DecimalField":
            return _as_decimal
        return None

    def get_lookup(self, lookup: str) -> Any:
        return self.output_field.get_lookup(lookup)

    def get_transform(self, name: str) -> Any:
        return self.output_field.get_transform(name)

    def asc(self, **kwargs: Any) -> OrderBy:
        """Return the expression ready for ascending order."""
        return OrderBy(self, **kwargs)

    def desc(self, **kwargs: Any) -> OrderBy:
        """Return the expression ready for descending order."""
        return OrderBy(self, descending=True, **kwargs)

    def reverse_ordering(self) -> Any:
        return self

    def select_format(self, compiler: Any, sql: str, params: Sequence[Any]) -> SQL:
        """Let the type change how a selected expression is written."""
        if hasattr(self.output_field, "select_format"):
            return self.output_field.select_format(compiler, sql, params)  # type: ignore[no-any-return]
        return sql, params

    def get_expression_for_validation(self) -> Any:
        parts = self.get_source_expressions()
        if not getattr(self, "constraint_validation_compatible", True) and len(parts) == 1:
            return parts[0]
        return self

    # The shape

    def shape(self, sink: Sink) -> Hashable:
        """Return what decides the text; values that do not go into the sink (see `hotclub._orm.shape`)."""
        cls = type(self)
        if not declares_shape(cls):
            sink.shapeless = True
            return None
        data = self.__dict__
        parts: list[Hashable] = [cls]
        for name in cls.shape_attributes:
            parts.append(frozen(data.get(name), sink))
        own_field = data.get("output_field")
        if own_field is not None:
            parts.append(field_key(own_field, sink))
        for part in self.get_source_expressions():
            parts.append(None if part is None else shape_of(part, sink))
        return tuple(parts)

    def slotted(self, maker: SlotMaker) -> Any:
        """Return the expression with slots in place of the values that `shape` put into the sink."""
        if not declares_shape(type(self)):
            return self
        parts = self.get_source_expressions()
        if not parts:
            return self
        made = self.copy()
        made.set_source_expressions([None if part is None else slotted_part(part, maker) for part in parts])
        return made


def shape_of(part: Any, sink: Sink) -> Hashable:
    """The shape of a part of an expression, which may be a user's own class."""
    if hasattr(part, "slotted"):
        return part.shape(sink)  # type: ignore[no-any-return]
    sink.shapeless = True
    return None


def slotted_part(part: Any, maker: SlotMaker) -> Any:
    """The counterpart of `shape_of`."""
    return part.slotted(maker) if hasattr(part, "slotted") else part


def rewrite(node: Any, visit: Callable[[Any], Any]) -> Any:
    """Rebuild a tree: `visit` gives a replacement for a node, or None to look below it."""
    found = visit(node)
    if found is not None:
        return found
    if hasattr(node, "rewritten"):
        return node.rewritten(visit)  # a query inside
    if not hasattr(node, "get_source_expressions"):
        return node
    parts = node.get_source_expressions()
    if not parts:
        return node
    rebuilt = [None if part is None else rewrite(part, visit) for part in parts]
    if all(new is old for new, old in zip(rebuilt, parts, strict=True)):
        return node
    made = node.copy()
    made.set_source_expressions(rebuilt)
    return made


def _comparable(value: Any) -> Hashable:
    if isinstance(value, fields.Field):
        if value.name and getattr(value, "model", None) is not None:
            return (value.model._meta.label, value.name)
        return type(value)
    if isinstance(value, (list, tuple)):
        return tuple(_comparable(part) for part in value)
    if isinstance(value, dict):
        return tuple((name, _comparable(part)) for name, part in value.items())
    if isinstance(value, set):
        return frozenset(value)
    return value  # type: ignore[no-any-return]


@functools.lru_cache(maxsize=512)
def _signature(cls: type) -> inspect.Signature:
    return inspect.signature(cls.__init__)  # type: ignore[misc]  # read, never called


class Expression(BaseExpression, Combinable):
    """An expression that can be combined with others and compared by its arguments."""

    shape_attributes = ()

    _constructor_args: tuple[tuple[Any, ...], dict[str, Any]]
    deconstruct_path: ClassVar[str | None] = None

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        made = super().__new__(cls)
        made._constructor_args = (args, kwargs)
        return made

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Return the path and the arguments that build an equal expression, for migrations."""
        cls = type(self)
        path = cls.__dict__.get("deconstruct_path") or f"{cls.__module__}.{cls.__qualname__}"
        args, kwargs = self._constructor_args
        return path, args, kwargs

    @property
    def identity(self) -> Hashable:
        """A hashable picture of the class and its arguments."""
        args, kwargs = self._constructor_args
        bound = _signature(type(self)).bind_partial(self, *args, **kwargs)
        bound.apply_defaults()
        return (
            type(self),
            *((name, _comparable(value)) for name, value in list(bound.arguments.items())[1:]),
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Expression):
            return NotImplemented
        return bool(other.identity == self.identity)

    def __hash__(self) -> int:
        return hash(self.identity)


def _numbers(*pairs: tuple[Any, Any, Any]) -> dict[tuple[type, type], type]:
    return {(left, right): result for left, right, result in pairs}


_ARITHMETIC = (Combinable.ADD, Combinable.SUB, Combinable.MUL, Combinable.DIV, Combinable.MOD, Combinable.POW)
_BITWISE = (
    Combinable.BITAND,
    Combinable.BITOR,
    Combinable.BITLEFTSHIFT,
    Combinable.BITRIGHTSHIFT,
    Combinable.BITXOR,
)


def _combination_rules() -> list[tuple[str, Any, Any, Any]]:
    """Which type comes of which operator on which types; the first rule that fits decides."""
    integer, real, decimal_ = fields.IntegerField, fields.FloatField, fields.DecimalField
    date, moment, time, span = fields.DateField, fields.DateTimeField, fields.TimeField, fields.DurationField
    rules: list[tuple[str, Any, Any, Any]] = []
    positive = fields.PositiveIntegerField
    rules += [(operator, positive, positive, positive) for operator in _ARITHMETIC if operator != Combinable.SUB]
    for operator in _BITWISE:
        rules.append((operator, integer, integer, integer))
    for operator in _ARITHMETIC:
        rules += [(operator, kind, kind, kind) for kind in (integer, real, decimal_)]
        rules += [
            (operator, integer, decimal_, decimal_),
            (operator, decimal_, integer, decimal_),
            (operator, integer, real, real),
            (operator, real, integer, real),
        ]
        for kind in (integer, real, decimal_):
            rules += [(operator, kind, type(None), kind), (operator, type(None), kind, kind)]
    for point in (date, moment):
        rules += [
            (Combinable.ADD, point, span, moment),
            (Combinable.ADD, span, point, moment),
            (Combinable.SUB, point, span, moment),
            (Combinable.SUB, point, point, span),
        ]
    rules += [
        (Combinable.ADD, span, span, span),
        (Combinable.SUB, span, span, span),
        (Combinable.ADD, time, span, time),
        (Combinable.ADD, span, time, time),
        (Combinable.SUB, time, span, time),
        (Combinable.SUB, time, time, span),
    ]
    return rules


_rules: list[tuple[str, Any, Any, Any]] = []


@functools.lru_cache(maxsize=512)
def _combined_type(connector: str, left: type, right: type) -> Any:
    if not _rules:
        _rules.extend(_combination_rules())
    for operator, wanted_left, wanted_right, result in _rules:
        if operator == connector and issubclass(left, wanted_left) and issubclass(right, wanted_right):
            return result
    return None


def register_combinable_fields(lhs: Any, connector: str, rhs: Any, result: Any) -> None:
    """Say which type comes of an operator on two types."""
    if not _rules:
        _rules.extend(_combination_rules())
    _rules.append((connector, lhs, rhs, result))
    _combined_type.cache_clear()


class CombinedExpression(Expression):
    """Two expressions joined by an operator."""

    shape_attributes = ("connector",)
    cast_numeric = True

    def __init__(self, lhs: Any, connector: str, rhs: Any, output_field: Any = None) -> None:
        super().__init__(output_field=output_field)
        self.connector = connector
        self.lhs = lhs
        self.rhs = rhs

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}>"

    def __str__(self) -> str:
        return f"{self.lhs} {self.connector} {self.rhs}"

    def get_source_expressions(self) -> list[Any]:
        return [self.lhs, self.rhs]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.lhs, self.rhs = exprs

    def _resolve_output_field(self) -> Any:
        left, right = self.lhs._output_field_or_none, self.rhs._output_field_or_none
        found = _combined_type(self.connector, type(left), type(right))
        if found is None:
            raise FieldError(
                f"Cannot infer type of {self.connector!r} expression involving these types: "
                f"{left.__class__.__name__}, {right.__class__.__name__}. You must set output_field."
            )
        return found()

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        left, left_params = compiler.compile(self.lhs)
        right, right_params = compiler.compile(self.rhs)
        sql = connection.ops.combine_expression(self.connector, [left, right])
        return f"({sql})", (*left_params, *right_params)

    def resolve_expression(
        self,
        query: Any = None,
        allow_joins: bool = True,
        reuse: Any = None,
        summarize: bool = False,
        for_save: bool = False,
    ) -> Any:
        resolved = super().resolve_expression(query, allow_joins, reuse, summarize, for_save)
        if isinstance(self, (DurationExpression, TemporalSubtraction)):
            return resolved
        left_type = _internal_type(resolved.lhs)
        right_type = _internal_type(resolved.rhs)
        own = self.__dict__.get("output_field")
        points = {"DateField", "DateTimeField", "TimeField"}
        if "DurationField" in {left_type, right_type} and left_type != right_type:
            made: Any = DurationExpression(resolved.lhs, resolved.connector, resolved.rhs, output_field=own)
        elif self.connector == self.SUB and left_type in points and left_type == right_type:
            made = TemporalSubtraction(resolved.lhs, resolved.rhs)
        else:
            return resolved
        made.is_summary = summarize
        return made

    @functools.cached_property
    def allowed_default(self) -> bool:  # type: ignore[override]  # a class constant elsewhere
        return bool(self.lhs.allowed_default and self.rhs.allowed_default)


def _internal_type(expression: Any) -> str | None:
    try:
        found = expression.output_field
    except (FieldError, AttributeError):
        return None  # what stands for a name of an outer query has no type yet
    return None if found is None else found.get_internal_type()  # type: ignore[no-any-return]


class DurationExpression(CombinedExpression):
    """Arithmetic in which one side is a span of time."""

    shape_attributes = ("connector",)

    def _part(self, side: Any, compiler: Any, connection: Any) -> SQL:
        sql, params = compiler.compile(side)
        if _internal_type(side) == "DurationField":
            return connection.ops.format_for_duration_arithmetic(sql), params
        return sql, params

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if connection.features.has_native_duration_field:
            return super().as_sql(compiler, connection)
        if connection.vendor == "sqlite" and self.connector in {self.MUL, self.DIV}:
            allowed = {"DecimalField", "DurationField", "FloatField", "IntegerField"}
            if {_internal_type(self.lhs), _internal_type(self.rhs)} - allowed:
                raise DatabaseError(f"Invalid arguments for operator {self.connector}.")
        left, left_params = self._part(self.lhs, compiler, connection)
        right, right_params = self._part(self.rhs, compiler, connection)
        sql = connection.ops.combine_duration_expression(self.connector, [left, right])
        return f"({sql})", (*left_params, *right_params)


class TemporalSubtraction(CombinedExpression):
    """The span between two moments."""

    shape_attributes = ("connector",)

    def __init__(self, lhs: Any, rhs: Any) -> None:
        super().__init__(lhs, self.SUB, rhs, output_field=fields.DurationField())

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        left = compiler.compile(self.lhs)
        right = compiler.compile(self.rhs)
        return connection.ops.subtract_temporals(self.lhs.output_field.get_internal_type(), left, right)  # type: ignore[no-any-return]


class F(Combinable):
    """A reference to a field or an annotation, by name.

    Source: docs ref/models/expressions, "F() expressions".
    """

    shape_neutral = True
    allowed_default = False
    conditional = False  # what it refers to is not known before it is resolved
    deconstruct_path: ClassVar[str | None] = "hotclub.db.models.F"

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name})"

    def __getitem__(self, subscript: Any) -> Sliced:
        return Sliced(self, subscript)

    def __contains__(self, other: Any) -> bool:
        # Without this, `in` would fall back to __getitem__ and never end.
        raise TypeError(f"argument of type '{type(self).__name__}' is not iterable")

    def resolve_expression(
        self,
        query: Any = None,
        allow_joins: bool = True,
        reuse: Any = None,
        summarize: bool = False,
        for_save: bool = False,
    ) -> Any:
        return query.resolve_ref(self.name, allow_joins, reuse, summarize)

    def replace_expressions(self, replacements: dict[Any, Any]) -> Any:
        found = replacements.get(self)
        if found is not None:
            return found
        head, *rest = self.name.split("__")
        if rest and (base := replacements.get(F(head))) is not None:
            for name in rest:
                try:
                    transform = base.get_transform(name)
                except FieldError:
                    return self
                if transform is None:
                    return self
                base = transform(base)
            return base
        return self

    def copy(self) -> F:
        return copy.copy(self)

    def get_refs(self) -> set[str]:
        return {self.name}

    def flatten(self) -> Iterator[Any]:
        yield self

    def asc(self, **kwargs: Any) -> OrderBy:
        return OrderBy(self, **kwargs)

    def desc(self, **kwargs: Any) -> OrderBy:
        return OrderBy(self, descending=True, **kwargs)

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        cls = type(self)
        return cls.__dict__.get("deconstruct_path") or f"{cls.__module__}.{cls.__qualname__}", (self.name,), {}

    def __eq__(self, other: object) -> bool:
        return self.__class__ == other.__class__ and self.name == other.name  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash((type(self), self.name))

    def shape(self, sink: Sink) -> Hashable:
        if not declares_shape(type(self)):
            sink.shapeless = True
            return None
        return (type(self), self.name)

    def slotted(self, maker: SlotMaker) -> Any:
        return self


class ResolvedOuterRef(F):
    """A name that waits for the query around the subquery it stands in."""

    shape_neutral = True
    contains_aggregate = False
    contains_over_clause = False
    contains_column_references = True
    contains_set_returning = False
    deconstruct_path = None
    _output_field_or_none = None

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        raise ValueError("This queryset contains a reference to an outer query and may only be used in a subquery.")

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        made = super().resolve_expression(*args, **kwargs)
        if made.contains_over_clause:
            raise NotSupportedError(f"Referencing outer query window expression is not supported: {self.name}.")
        if getattr(made, "is_multi_valued", False) or "__" in self.name:
            made = made.copy() if hasattr(made, "copy") else made
            made.possibly_multivalued = "__" in self.name
        return made

    def relabeled_clone(self, change_map: dict[str, str]) -> Any:
        return self

    def get_group_by_cols(self) -> list[Any]:
        return []

    def get_source_expressions(self) -> list[Any]:
        return []


class OuterRef(F):
    """A reference from within a subquery to a field of the query around it.

    Source: docs ref/models/expressions, "Referencing columns from the outer queryset".
    """

    shape_neutral = True
    contains_aggregate = False
    contains_over_clause = False
    contains_column_references = True
    contains_set_returning = False
    _output_field_or_none = None
    deconstruct_path = "hotclub.db.models.OuterRef"

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        raise ValueError("This queryset contains a reference to an outer query and may only be used in a subquery.")

    def get_source_expressions(self) -> list[Any]:
        return []

    def get_group_by_cols(self) -> list[Any]:
        return []

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        if isinstance(self.name, F):
            return self.name
        return ResolvedOuterRef(self.name)

    def relabeled_clone(self, change_map: dict[str, str]) -> Any:
        return self

    def shape(self, sink: Sink) -> Hashable:
        inner = self.name.shape(sink) if isinstance(self.name, F) else self.name
        return (type(self), inner)


class Sliced(F):
    """`F("name")[a:b]`: part of a text or an array.

    Source: docs ref/models/expressions, "Slicing F() expressions".
    """

    shape_neutral = True
    deconstruct_path = None

    def __init__(self, obj: Any, subscript: int | slice) -> None:
        super().__init__(obj.name)
        self.obj = obj
        if isinstance(subscript, int):
            if subscript < 0:
                raise ValueError("Negative indexing is not supported.")
            self.start, self.length = subscript + 1, 1
        elif isinstance(subscript, slice):
            self.start, self.length = _slice_bounds(subscript)
        else:
            raise TypeError("Argument to slice must be either int or slice instance.")

    def __repr__(self) -> str:
        start, stop = self.start - 1, None if self.length is None else self.start - 1 + self.length
        shown = "" if start == 0 else str(start)
        return f"{type(self).__name__}({self.obj!r}, slice({start if shown else 0}, {stop}, None))"

    def resolve_expression(
        self,
        query: Any = None,
        allow_joins: bool = True,
        reuse: Any = None,
        summarize: bool = False,
        for_save: bool = False,
    ) -> Any:
        resolved = query.resolve_ref(self.name, allow_joins, reuse, summarize)
        if isinstance(self.obj, (OuterRef, Sliced)):
            resolved = self.obj.resolve_expression(query, allow_joins, reuse, summarize, for_save)
        slicer = getattr(resolved.output_field, "slice_expression", None)
        if slicer is None and isinstance(resolved.output_field, (fields.CharField, fields.TextField)):
            slicer = text_slicer.make
        if slicer is None:
            raise NotSupportedError("This field does not support slicing.")
        return slicer(resolved, self.start, self.length)

    def shape(self, sink: Sink) -> Hashable:
        return (type(self), self.obj.shape(sink), self.start, self.length)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sliced) and (self.obj, self.start, self.length) == (
            other.obj,
            other.start,
            other.length,
        )

    def __hash__(self) -> int:
        return hash((Sliced, self.obj, self.start, self.length))


def _slice_bounds(subscript: slice) -> tuple[int, int | None]:
    start, stop = subscript.start, subscript.stop
    if (start is not None and start < 0) or (stop is not None and stop < 0):
        raise ValueError("Negative indexing is not supported.")
    if subscript.step is not None:
        raise ValueError("Step argument is not supported.")
    first = 1 if start is None else start + 1
    if stop is None:
        return first, None
    if start is not None and stop < start:
        raise ValueError("Slice stop must be greater than slice start.")
    return first, stop - (start or 0)


class _TextSlicer:
    """Set by the functions package, which stands above this module."""

    make: Callable[..., Any] | None = None


text_slicer = _TextSlicer()


class Func(Expression):
    """A database function.

    Source: docs ref/models/expressions, "Func() expressions".
    """

    shape_attributes = ("extra",)
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

    shape_attributes = ("for_save",)
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
                return "NULL", []
            return "%s", [compiler.bind(value, None) if is_slot else value]
        convert = field.get_db_prep_save if self.for_save else field.get_db_prep_value
        sample = value.sample if is_slot else value
        if hasattr(field, "get_placeholder_sql"):
            return field.get_placeholder_sql(sample, compiler, connection)  # type: ignore[no-any-return]
        placeholder = "%s"
        if hasattr(field, "get_placeholder"):
            placeholder = field.get_placeholder(sample, compiler, connection)
        if is_slot:
            return placeholder, [compiler.bind(value, lambda given: convert(given, connection=connection))]
        value = convert(value, connection=connection)
        if value is None:
            return "NULL", []
        return placeholder, [value]

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
    def empty_result_set_value(self) -> Any:  # type: ignore[override]
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
        sink.append(value)
        if isinstance(value, (list, tuple, dict, set)):
            sink.shapeless = True
        return (cls, type(value), key)

    def slotted(self, maker: SlotMaker) -> Any:
        value = self.value
        if not declares_shape(type(self)) or value is None or isinstance(value, bool) or _is_constant(value):
            return self
        made = self.copy()
        made.value = maker.slot(value)
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

    shape_attributes = ()
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

    shape_attributes = ("sql", "params")
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
        return f"({self.sql})", self.params

    def get_group_by_cols(self) -> list[Any]:
        return [self]


class Star(Expression):
    """The `*` of COUNT(*)."""

    shape_attributes = ()

    def __repr__(self) -> str:
        return "'*'"

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return "*", []


class Col(Expression):
    """A column of a table in the query.

    Args:
        alias: name under which the table stands in the query.
        target: the field.
        output_field: type to read it as, if not the field itself.
    """

    shape_attributes = ("alias", "target")
    contains_column_references = True
    possibly_multivalued = False

    def __init__(self, alias: str | None, target: Any, output_field: Any = None) -> None:
        super().__init__(output_field=target if output_field is None else output_field)
        self.alias, self.target = alias, target

    def __repr__(self) -> str:
        parts = [str(self.target)] if self.alias is None else [self.alias, str(self.target)]
        return f"{type(self).__name__}({', '.join(parts)})"

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        column = connection.ops.quote_name(self.target.column)
        if self.alias is None:
            return column, []
        return f"{compiler.quote_name_unless_alias(self.alias)}.{column}", []

    def relabeled_leaf(self, relabels: dict[str, str]) -> Any:
        if self.alias is None or self.alias not in relabels:
            return self
        made = self.copy()
        made.alias = relabels[self.alias]
        return made

    def get_group_by_cols(self) -> list[Any]:
        return [self]

    def get_db_converters(self, connection: Any) -> list[Callable[..., Any]]:
        if self.target == self.output_field:
            return list(self.output_field.get_db_converters(connection))
        return [*self.output_field.get_db_converters(connection), *self.target.get_db_converters(connection)]

    @property
    def identity(self) -> Hashable:
        return (type(self), self.alias, self.target)

    def shape(self, sink: Sink) -> Hashable:
        return (type(self), self.alias, self.target)


class ColPairs(Expression):
    """The columns of a composite key, side by side."""

    shape_attributes = ("alias",)
    allows_composite_expressions = True
    contains_column_references = True

    def __init__(self, alias: str | None, targets: Sequence[Any], sources: Sequence[Any], output_field: Any) -> None:
        super().__init__(output_field=output_field)
        self.alias, self.targets, self.sources = alias, targets, sources

    def __len__(self) -> int:
        return len(self.targets)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.get_cols())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.alias!r}, {self.targets!r}, {self.sources!r}, {self.output_field!r})"

    def get_cols(self) -> list[Col]:
        return [Col(self.alias, target, source) for target, source in zip(self.targets, self.sources, strict=True)]

    def get_source_expressions(self) -> list[Any]:
        return list(self.get_cols())

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.alias = exprs[0].alias
        self.targets = [col.target for col in exprs]
        self.sources = [col.field for col in exprs]

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        parts, params = [], []
        for col in self.get_cols():
            sql, col_params = compiler.compile(col)
            parts.append(sql)
            params.extend(col_params)
        return ", ".join(parts), params

    def relabeled_leaf(self, relabels: dict[str, str]) -> Any:
        return type(self)(relabels.get(self.alias or "", self.alias), self.targets, self.sources, self.output_field)

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        return self

    def get_group_by_cols(self) -> list[Any]:
        return self.get_cols()

    def select_format(self, compiler: Any, sql: str, params: Sequence[Any]) -> SQL:
        return sql, params

    @property
    def identity(self) -> Hashable:
        return (type(self), self.alias, tuple(self.targets))


class Ref(Expression):
    """The name of a selected annotation, where SQL allows to say it instead of repeating the expression."""

    shape_attributes = ("refs",)

    def __init__(self, refs: str, source: Any) -> None:
        super().__init__()
        self.refs, self.source = refs, source

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.refs}, {self.source})"

    def get_source_expressions(self) -> list[Any]:
        return [self.source]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        (self.source,) = exprs

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        return self  # the source has been resolved already

    def get_refs(self) -> set[str]:
        return {self.refs}

    def relabeled_leaf(self, relabels: dict[str, str]) -> Any:
        return self  # names of selected columns are not table aliases

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return connection.ops.quote_name(self.refs), []

    def get_group_by_cols(self) -> list[Any]:
        return [self]


class ExpressionList(Func):
    """Several expressions with commas between them: a PARTITION BY, an index."""

    shape_attributes = ("extra",)
    template = "%(expressions)s"
    cast_numeric = False

    def __str__(self) -> str:
        return self.arg_joiner.join(str(arg) for arg in self.source_expressions)

    @functools.cached_property
    def allowed_default(self) -> bool:  # type: ignore[override]
        return all(part.allowed_default for part in self.source_expressions)


class OrderByList(ExpressionList):
    """The ORDER BY of a window or an aggregate."""

    shape_attributes = ("extra",)
    allowed_default = False  # type: ignore[assignment]
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

    shape_attributes = ()
    deconstruct_path = "hotclub.db.models.ExpressionWrapper"

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

    shape_attributes = ()
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

    shape_attributes = ("nulls_first", "nulls_last", "descending")
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


for _public in (
    Combinable,
    BaseExpression,
    Expression,
    CombinedExpression,
    F,
    OuterRef,
    ResolvedOuterRef,
    Func,
    Value,
    RawSQL,
    Star,
    Col,
    ColPairs,
    Ref,
    ExpressionList,
    OrderByList,
    ExpressionWrapper,
    NegatedExpression,
    OrderBy,
    DatabaseDefault,
    DurationExpression,
    TemporalSubtraction,
    Sliced,
):
    _public.__module__ = "hotclub.db.models.expressions"
Func.deconstruct_path = "hotclub.db.models.Func"
OrderBy.deconstruct_path = "hotclub.db.models.OrderBy"
