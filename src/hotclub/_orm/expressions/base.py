"""What every expression does: operators, parts, resolving, type, shape.

`resolve_expression` binds names to a query and gives a copy; `as_sql` writes it. This module knows the protocol of a query
(`resolve_ref`) and of a compiler (`compile`, `bind`), not their classes. Each class declares in `shape_attributes` which
of its attributes decide its text (see `hotclub._orm.shape`).
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Hashable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from hotclub._orm import field_classes as fields
from hotclub._orm.q import Q
from hotclub._orm.shape import Sink, Slot, SlotMaker, declares_shape, field_key, frozen
from hotclub.core.exceptions import FieldError

if TYPE_CHECKING:
    from typing import Self

SQL = tuple[str, Sequence[Any]]


class OutputFieldIsNoneError(FieldError):
    """An expression has no type of its own and no part to take one from."""


class Late:
    """Classes that this module needs and that build on it; each is set when its own module is imported."""

    combined: Any
    negated: Any
    value: Any
    reference: Any
    order_by: Any
    column_pairs: Any


late = Late()


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

    def _combine(self, other: Any, connector: str, reversed: bool) -> Any:
        if not hasattr(other, "resolve_expression"):
            other = late.value(other)
        if reversed:
            return late.combined(other, connector, self)
        return late.combined(self, connector, other)

    def __neg__(self) -> Any:
        return self._combine(-1, self.MUL, False)

    def __add__(self, other: Any) -> Any:
        return self._combine(other, self.ADD, False)

    def __sub__(self, other: Any) -> Any:
        return self._combine(other, self.SUB, False)

    def __mul__(self, other: Any) -> Any:
        return self._combine(other, self.MUL, False)

    def __truediv__(self, other: Any) -> Any:
        return self._combine(other, self.DIV, False)

    def __mod__(self, other: Any) -> Any:
        return self._combine(other, self.MOD, False)

    def __pow__(self, other: Any) -> Any:
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

    def bitand(self, other: Any) -> Any:
        return self._combine(other, self.BITAND, False)

    def bitor(self, other: Any) -> Any:
        return self._combine(other, self.BITOR, False)

    def bitxor(self, other: Any) -> Any:
        return self._combine(other, self.BITXOR, False)

    def bitleftshift(self, other: Any) -> Any:
        return self._combine(other, self.BITLEFTSHIFT, False)

    def bitrightshift(self, other: Any) -> Any:
        return self._combine(other, self.BITRIGHTSHIFT, False)

    def __radd__(self, other: Any) -> Any:
        return self._combine(other, self.ADD, True)

    def __rsub__(self, other: Any) -> Any:
        return self._combine(other, self.SUB, True)

    def __rmul__(self, other: Any) -> Any:
        return self._combine(other, self.MUL, True)

    def __rtruediv__(self, other: Any) -> Any:
        return self._combine(other, self.DIV, True)

    def __rmod__(self, other: Any) -> Any:
        return self._combine(other, self.MOD, True)

    def __rpow__(self, other: Any) -> Any:
        return self._combine(other, self.POW, True)

    def _reflected(self, other: Any) -> Any:
        raise NotImplementedError("Use .bitand(), .bitor(), and .bitxor() for bitwise logical operations.")

    __rand__ = _reflected
    __ror__ = _reflected
    __rxor__ = _reflected

    def __invert__(self) -> Any:
        return late.negated(self)


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
            part
            if hasattr(part, "resolve_expression")
            else (late.reference(part) if isinstance(part, str) else late.value(part))
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
        self.refuse_composite(parts)
        made.set_source_expressions(parts)
        return made

    def refuse_composite(self, parts: Sequence[Any]) -> None:
        """Refuse parts with several columns where the expression cannot hold them.

        Raises:
            ValueError: there is one.
        """
        if not self.allows_composite_expressions and any(isinstance(part, late.column_pairs) for part in parts):
            raise ValueError(f"{type(self).__name__} expression does not support composite primary keys.")

    def copy(self) -> Self:
        made = object.__new__(type(self))
        made.__dict__.update(self.__getstate__())
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
        return rewrite(
            self, lambda node: late.reference(f"{prefix}{node.name}") if isinstance(node, late.reference) else None
        )

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
        if type(type(self).output_field) is not _InferredField:  # it gives itself where a class asks
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

    def asc(self, **kwargs: Any) -> Any:
        """Return the expression ready for ascending order."""
        return late.order_by(self, **kwargs)

    def desc(self, **kwargs: Any) -> Any:
        """Return the expression ready for descending order."""
        return late.order_by(self, descending=True, **kwargs)

    def reverse_ordering(self) -> Any:
        return self

    def select_format(self, compiler: Any, sql: str, params: Sequence[Any]) -> SQL:
        """Let the type change how a selected expression is written."""
        if hasattr(self.output_field, "select_format"):
            return self.output_field.select_format(compiler, sql, params)  # type: ignore[no-any-return]
        return sql, params

    def get_expression_for_validation(self) -> Any:
        if getattr(self, "constraint_validation_compatible", True):
            return self
        parts = self.get_source_expressions()
        if len(parts) != 1:
            raise ValueError(
                "Expressions with constraint_validation_compatible set to False must have only one source expression."
            )
        return parts[0]

    # The shape

    def shape(self, sink: Sink) -> Hashable:
        """Return what decides the text; values that do not go into the sink (see `hotclub._orm.shape`)."""
        cls = type(self)
        if not declares_shape(cls):
            sink.shapeless = True
            return None
        data = self.__dict__
        parts: list[Hashable] = [cls]  # type: ignore[list-item]
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


def slots_in(expression: Any) -> Iterator[Slot]:
    """Yield the slots in a tree: what was given to be built may be equal where the values of another query will not be."""
    for held in (
        expression.__dict__.get("value"),
        expression.__dict__.get("rhs"),
        *expression.__dict__.get("params", ()),
    ):
        if type(held) is Slot:
            yield held
    for part in expression.get_source_expressions():
        if part is not None and hasattr(part, "get_source_expressions"):
            yield from slots_in(part)


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
        return type(value)  # type: ignore[return-value]
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

    shape_attributes: ClassVar[tuple[str, ...]] = ()

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
        """A hashable picture of the class and its arguments, and of which values of the query stand in it."""
        args, kwargs = self._constructor_args
        bound = _signature(type(self)).bind_partial(self, *args, **kwargs)  # type: ignore[arg-type]
        bound.apply_defaults()
        return (
            type(self),
            *((name, _comparable(value)) for name, value in list(bound.arguments.items())[1:]),
            *slots_in(self),
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Expression):
            return NotImplemented
        return bool(other.identity == self.identity)

    def __hash__(self) -> int:
        return hash(self.identity)
