"""`Lookup` and `Transform`: the documented protocol of comparisons in queries.

A lookup holds a left side (an expression) and a right side: a prepared value, an expression, or a `Slot` that stands for
a value of the query at hand. Value preparation is said once, in `prep_value`; slots use it for each later value.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any, ClassVar

from hotclub._orm import field_classes as fields
from hotclub._orm.expressions.core import (
    SQL,
    Col,
    Expression,
    ExpressionWrapper,
    Func,
    NegatedExpression,
    Value,
    rewrite,
)
from hotclub._orm.lookup_registry import RegisterLookupMixin
from hotclub._orm.q import Q
from hotclub._orm.shape import (
    Sink,
    Slot,
    SlotMaker,
    by_field,
    declares_shape,
    describe,
    frozen,
    gives_back,
    is_kept,
    slotted,
)
from hotclub.db.backends.base.operations import BaseDatabaseOperations


class Lookup(Expression):
    """A comparison: the right side of a field lookup.

    Attributes:
        lookup_name: name in queries.
        prepare_rhs: whether the left side's field prepares the value.

    Source: docs ref/models/lookups, "Lookup reference".
    """

    lhs: Any
    rhs: Any

    shape_attributes: ClassVar[tuple[str, ...]] = ()
    is_lookup: ClassVar[bool] = True
    lookup_name: str | None = None
    prepare_rhs = True
    can_use_none_as_rhs = False
    output_field = fields.BooleanField()

    def __init__(self, lhs: Any, rhs: Any) -> None:
        if getattr(rhs, "is_query", False):
            rhs = rhs.realized()  # a query given to a lookup by hand brings its values
        self.lhs, self.rhs = lhs, rhs
        self.rhs = self.get_prep_lookup()
        self.lhs = self.get_prep_lhs()
        transforms = getattr(self.lhs, "get_bilateral_transforms", list)()  # type: ignore[var-annotated]
        if transforms and hasattr(rhs, "is_query_tree"):
            raise NotImplementedError("Bilateral transformations on nested querysets are not implemented.")
        self.bilateral_transforms = transforms

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.lhs!r}, {self.rhs!r})"

    @property
    def identity(self) -> Hashable:
        rhs = self.rhs
        if isinstance(rhs, (list, set)):
            rhs = tuple(rhs)
        elif type(rhs) is Slot:
            rhs = ("slot", rhs.index)
        return (type(self), self.lhs, rhs)

    # Preparation

    def rhs_is_direct_value(self) -> bool:
        """Whether the right side is a value and no expression."""
        return not hasattr(self.rhs, "as_sql")

    @by_field
    def prep_value(self, value: Any) -> Any:
        """Prepare a value for comparing; what `get_prep_lookup` does with one."""
        field = getattr(self.lhs, "output_field", None)
        return field.get_prep_value(value) if hasattr(field, "get_prep_value") else value  # type: ignore[union-attr]

    def get_prep_lookup(self) -> Any:
        """Return the right side, prepared by the left side's field."""
        if not self.prepare_rhs or hasattr(self.rhs, "resolve_expression"):
            return self.rhs
        if not hasattr(self.lhs, "output_field"):
            return Value(self.rhs) if self.rhs_is_direct_value() else self.rhs
        return self.prep_value(self.rhs)

    def get_prep_lhs(self) -> Any:
        if hasattr(self.lhs, "resolve_expression"):
            return self.lhs
        return Value(self.lhs)

    def slot_preparer(self) -> Callable[[Any], Any] | None:
        """Return what prepares later values for this lookup's slot; None if nothing needs to be done."""
        if not self.prepare_rhs:
            return None
        if type(self).prep_value is Lookup.prep_value:
            field = getattr(self.lhs, "output_field", None)
            return getattr(field, "get_prep_value", None)
        return self.prep_value  # type: ignore[no-any-return]

    def keeps(self, kind: type) -> bool:
        """Say whether values of exactly this type need no preparation."""
        return is_kept(self, getattr(self.lhs, "output_field", None), kind)

    @gives_back()
    def db_value(self, value: Any, connection: Any) -> Any:
        """Adapt a prepared value for the database."""
        return value

    def get_db_prep_lookup(self, value: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self.db_value(value, connection)]

    # Parts

    def get_source_expressions(self) -> list[Any]:
        if self.rhs_is_direct_value():
            if isinstance(self.rhs, (list, tuple)):
                return [self.lhs, *(part for part in self.rhs if hasattr(part, "get_source_expressions"))]
            return [self.lhs]
        return [self.lhs, self.rhs]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.lhs, *rest = exprs
        if not rest:
            return
        if self.rhs_is_direct_value():
            parts = iter(rest)
            self.rhs = [next(parts) if hasattr(part, "get_source_expressions") else part for part in self.rhs]
        else:
            (self.rhs,) = rest

    def resolve_expression(
        self,
        query: Any = None,
        allow_joins: bool = True,
        reuse: Any = None,
        summarize: bool = False,
        for_save: bool = False,
    ) -> Any:
        made = self.copy()
        made.is_summary = summarize
        made.lhs = self.lhs.resolve_expression(query, allow_joins, reuse, summarize, for_save)
        if hasattr(self.rhs, "resolve_expression"):
            made.rhs = self.rhs.resolve_expression(query, allow_joins, reuse, summarize, for_save)
        return made

    def get_group_by_cols(self) -> list[Any]:
        return [col for part in self.get_source_expressions() for col in part.get_group_by_cols()]

    def relabeled_clone(self, change_map: dict[str, str]) -> Any:
        made = self.copy()
        made.set_source_expressions([part.relabeled_clone(change_map) for part in self.get_source_expressions()])
        return made

    @property
    def allowed_default(self) -> bool:  # type: ignore[override]
        return bool(self.lhs.allowed_default and (self.rhs_is_direct_value() or self.rhs.allowed_default))

    # Shape

    def may_wait(self, value: Any) -> bool:
        """Say whether the text can be written before the value is known, for prepared values like this one."""
        if value is None or hasattr(value, "as_sql"):
            return False
        # Where a condition is compared with a truth value, that decides the text; a column is compared like any other.
        return not isinstance(value, bool) or isinstance(self.lhs, Col)

    def shape(self, sink: Sink) -> Hashable:
        cls = type(self)
        if not declares_shape(cls) or not hasattr(self.lhs, "slotted"):
            sink.shapeless = True
            return None
        attributes = [frozen(self.__dict__.get(name), sink) for name in cls.shape_attributes]
        return (cls, *attributes, self.lhs.shape(sink), describe(self.rhs, sink))

    def slotted(self, maker: SlotMaker) -> Any:
        if not declares_shape(type(self)) or not hasattr(self.lhs, "slotted"):
            return self
        made = self.copy()
        made.lhs = self.lhs.slotted(maker)
        made.rhs = slotted(self.rhs, maker)
        return made

    def slots_replaced(self, replace: Callable[[Slot], Any]) -> Any:
        if type(self.rhs) is not Slot:
            return None
        made = self.copy()
        made.lhs = rewrite(self.lhs, slot_visitor(replace))
        made.rhs = replace(self.rhs)
        return made

    # Text

    def process_lhs(self, compiler: Any, connection: Any, lhs: Any = None) -> SQL:
        """Write the left side.

        Source: docs ref/models/lookups, "process_lhs".
        """
        lhs = lhs or self.lhs
        sql, params = compiler.compile(lhs)
        return _bracketed(lhs, sql), list(params)

    def rhs_value(self, compiler: Any) -> Any:
        """The right side; the real value of a slot where the compiler has one."""
        return compiler.value_of(self.rhs) if type(self.rhs) is Slot else self.rhs

    def process_rhs(self, compiler: Any, connection: Any) -> SQL:
        """Write the right side.

        Source: docs ref/models/lookups, "process_rhs".
        """
        value = self.rhs_value(compiler)
        if self.bilateral_transforms:
            if not hasattr(value, "as_sql"):
                value = Value(value, output_field=self.lhs.output_field)
            for transform in self.bilateral_transforms:
                value = transform(value)
            value = value.resolve_expression(compiler.query)
        if hasattr(value, "as_sql"):
            sql, params = compiler.compile(value)
            return _bracketed(value, sql), list(params)
        if type(value) is Slot:
            return "%s", [compiler.bind(value, self._adapter(connection))]
        sql, params = self.get_db_prep_lookup(value, connection)
        return sql, list(params)

    def adapting_field(self) -> Any:
        """The field that adapts values for the database, where a field does."""
        return self.lhs.output_field

    def _adapter(self, connection: Any) -> Callable[[Any], Any] | None:
        """Return what adapts later values of this lookup's slot; None if they pass as they are."""
        adapts = type(self).db_value
        if getattr(adapts, "leaves_to_field", False):
            adapts = type(self.adapting_field()).get_db_prep_value
        through = getattr(adapts, "gives_back_through", None)
        if through is not None and (not through or _is_plain(connection.ops, through)):
            return None
        return lambda value: self.db_value(value, connection)

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        raise NotImplementedError("Subclasses of Lookup must implement as_sql().")


def _is_plain(operations: Any, name: str) -> bool:
    """Whether a backend leaves a method as all backends begin with it."""
    return getattr(type(operations), name) is getattr(BaseDatabaseOperations, name)


def _bracketed(node: Any, sql: str) -> str:
    """Put a comparison inside a comparison into brackets: not every database reads a chain of them."""
    while type(node) is ExpressionWrapper:
        node = node.expression
    return f"({sql})" if isinstance(node, (Lookup, NegatedExpression)) else sql


def slot_visitor(replace: Callable[[Slot], Any]) -> Callable[[Any], Any]:
    """Return what `rewrite` needs to put other slots, or values, in the place of slots."""
    return partial(_with_other_slots, replace)


def _with_other_slots(replace: Callable[[Slot], Any], node: Any) -> Any:
    if isinstance(node, Q):  # one that is resolved only when the text is written: in an ORDER BY, in a join
        made = node.copy()
        made.children = [
            (child[0], _replaced(replace, child[1])) if isinstance(child, tuple) else _replaced(replace, child)
            for child in node.children
        ]
        return made
    return node.slots_replaced(replace) if hasattr(node, "slots_replaced") else None


def _replaced(replace: Callable[[Slot], Any], part: Any) -> Any:
    return replace(part) if type(part) is Slot else rewrite(part, slot_visitor(replace))


class Transform(RegisterLookupMixin, Func):
    """A function that can stand in the name of a lookup.

    Source: docs ref/models/lookups, "Transform reference".
    """

    shape_attributes: ClassVar[tuple[str, ...]] = ("extra",)
    is_transform: ClassVar[bool] = True
    is_lookup: ClassVar[bool] = False
    lookup_name: str | None = None
    bilateral = False
    arity = 1

    @property
    def lhs(self) -> Any:
        """What is transformed."""
        return self.get_source_expressions()[0]

    def get_bilateral_transforms(self) -> list[Any]:
        found = self.lhs.get_bilateral_transforms() if hasattr(self.lhs, "get_bilateral_transforms") else []
        return [*found, type(self)] if self.bilateral else found


RegisterLookupMixin.shape_neutral = True  # type: ignore[attr-defined]  # its functions write no text
for _public in (Lookup, Transform):
    _public.__module__ = "hotclub.db.models.lookups"
