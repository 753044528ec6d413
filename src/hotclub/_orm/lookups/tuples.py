"""Lookups that compare several columns at once: composite keys and multi-column relations.

Row values are written out as conditions on their columns, which every database understands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hotclub._orm import field_classes as fields
from hotclub._orm.conditions import AND, OR, Conditions
from hotclub._orm.expressions.core import SQL, ColPairs, F, Func, OuterRef, ResolvedOuterRef, Value
from hotclub._orm.expressions.subqueries import Subquery
from hotclub._orm.lookups.builtin import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    IsNull,
    LessThan,
    LessThanOrEqual,
)
from hotclub._orm.lookups.core import Lookup
from hotclub._orm.plan import bind, has_holes
from hotclub._orm.shape import NeedsText, Slot
from hotclub.core.exceptions import EmptyResultSet
from hotclub.db.utils import NotSupportedError


class Tuple(Func):
    """A row value: `(a, b)`."""

    shape_attributes = ("extra",)
    allows_composite_expressions = True
    function = ""
    output_field = fields.Field()
    cast_numeric = False

    def __len__(self) -> int:
        return len(self.source_expressions)

    def __iter__(self) -> Any:
        return iter(self.source_expressions)


def _columns(lhs: Any) -> list[Any]:
    return list(lhs.get_cols() if isinstance(lhs, ColPairs) else lhs.get_source_expressions())


def is_plain_row(value: Any) -> bool:
    """Say whether each part of a row is written alike, whatever it is."""
    return isinstance(value, (list, tuple)) and not any(part is None or hasattr(part, "as_sql") for part in value)


class TupleLookup(Lookup):
    """What tuple lookups share: checks of the right side."""

    shape_attributes = ()
    allows_composite_expressions = True

    def __init__(self, lhs: Any, rhs: Any) -> None:
        super().__init__(Tuple(*lhs) if isinstance(lhs, (tuple, list)) else lhs, rhs)

    def get_prep_lookup(self) -> Any:
        if type(self.rhs) is Slot:
            return self.rhs
        if isinstance(self.rhs, Subquery):
            self.rhs = self.rhs.query
        if getattr(self.rhs, "is_query_tree", False):
            return self.prep_query(self.rhs)
        if hasattr(self.rhs, "resolve_expression"):
            self.refuse_unless_tuple(self.rhs)
            return self.rhs
        return self.prep_value(self.rhs)

    def prep_query(self, query: Any) -> Any:
        if not query.has_selected_fields():
            query = query.clone()
            query.clear_select()
            query.add_fields(["pk"])
        wanted, got = len(_columns(self.lhs)), query.select_count()
        if wanted != got:
            raise ValueError(
                f"The QuerySet value for the {self.lookup_name} lookup must have {wanted} selected fields (received {got})"
            )
        if not query.has_limit_one():
            raise ValueError(
                f"The QuerySet value for the {self.lookup_name!r} lookup must be limited to one result using slicing."
            )
        return query

    def refuse_unless_tuple(self, value: Any) -> None:
        if not isinstance(value, (Tuple, ColPairs, ResolvedOuterRef, OuterRef)):
            raise ValueError(
                f"{self.lookup_name!r} subquery lookup of {self._lhs_text()} only supports OuterRef and QuerySet "
                f"objects (received {type(value).__name__!r})"
            )

    def _lhs_text(self) -> str:
        if isinstance(self.lhs, ColPairs):
            return repr(self.lhs.field.name)
        if isinstance(self.lhs, F):
            # A name that is not resolved yet answers every index (it can be sliced): walking over it would never end.
            return repr(self.lhs.name)
        names = ", ".join(repr(getattr(part, "name", str(part))) for part in self.lhs)
        return f"({names})"

    def prep_value(self, value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            raise ValueError(f"{self.lookup_name!r} lookup of {self._lhs_text()} must be a tuple or a list")
        columns = _columns(self.lhs)
        if len(value) != len(columns):
            raise ValueError(f"{self.lookup_name!r} lookup of {self._lhs_text()} must have {len(columns)} elements")
        return tuple(value)

    def slot_preparer(self) -> Callable[[Any], Any] | None:
        return self.prep_value

    def may_wait(self, value: Any) -> bool:
        return is_plain_row(value)

    def right_parts(self, compiler: Any) -> list[Any]:
        """The right side, one expression a column."""
        value = self.rhs_value(compiler)
        columns = _columns(self.lhs)
        if type(value) is Slot:
            if len(value.sample) != len(columns):
                raise NeedsText
            value = value.parts(len(columns))
        if isinstance(value, (Tuple, ColPairs)):
            return list(value)
        if isinstance(value, ResolvedOuterRef):
            compiler.compile(value)  # says that the query may only stand in another one
        if hasattr(value, "resolve_expression"):
            raise ValueError("Composite field lookups only work with composite expressions.")
        return [
            part if hasattr(part, "as_sql") else Value(part, output_field=col.output_field)
            for col, part in zip(columns, value, strict=True)
        ]

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if getattr(self.rhs, "is_query_tree", False):
            return self._against_query(compiler, connection)
        return compiler.compile(self.fallback(compiler))  # type: ignore[no-any-return]

    def _against_query(self, compiler: Any, connection: Any) -> SQL:
        features = connection.features
        if not isinstance(self, TupleExact) and not features.supports_tuple_comparison_against_subquery:
            raise NotSupportedError(
                f'"{self.lookup_name}" cannot be used to target composite fields through subqueries on this backend'
            )
        left, params = compiler.compile(self.lhs)
        right, right_params = compiler.compile(self.rhs)
        left = left if left.startswith("(") else f"({left})"
        operator = connection.operators[self.lookup_name] % right
        return f"{left} {operator}", [*params, *right_params]

    def fallback(self, compiler: Any) -> Any:
        """The same comparison as conditions on single columns."""
        raise NotImplementedError


class TupleExact(TupleLookup, Exact):
    shape_attributes = ()

    def get_prep_lookup(self) -> Any:
        return TupleLookup.get_prep_lookup(self)

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return TupleLookup.as_sql(self, compiler, connection)

    def fallback(self, compiler: Any) -> Any:
        pairs = zip(_columns(self.lhs), self.right_parts(compiler), strict=True)
        return Conditions([Exact(left, right) for left, right in pairs], AND)


class TupleIsNull(TupleLookup, IsNull):
    shape_attributes = ()
    prepare_rhs = False

    def get_prep_lookup(self) -> Any:
        rhs = self.rhs
        if getattr(rhs, "is_query_tree", False):
            raise ValueError("'isnull' doesn't support multi-column subqueries.")
        if isinstance(rhs, (tuple, list)) and len(rhs) == 1:
            rhs = rhs[0]
        if isinstance(rhs, bool):
            return rhs
        raise ValueError("The QuerySet value for an isnull lookup must be True or False.")

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        rhs = self.rhs[0] if isinstance(self.rhs, tuple) else self.rhs
        connector = OR if rhs else AND
        return compiler.compile(Conditions([IsNull(col, rhs) for col in _columns(self.lhs)], connector))  # type: ignore[no-any-return]


class _Lexicographic(TupleLookup):
    """`(a, b) < (x, y)` as `a < x OR (a = x AND b < y)`."""

    shape_attributes = ()
    strict: Any = None
    last: Any = None

    def get_prep_lookup(self) -> Any:
        return TupleLookup.get_prep_lookup(self)

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return TupleLookup.as_sql(self, compiler, connection)

    def fallback(self, compiler: Any) -> Any:
        pairs = list(zip(_columns(self.lhs), self.right_parts(compiler), strict=True))
        alternatives: list[Any] = []
        for position, (left, right) in enumerate(pairs):
            kind = self.last if position == len(pairs) - 1 else self.strict
            equal = [Exact(*pair) for pair in pairs[:position]]
            alternatives.append(Conditions([*equal, kind(left, right)], AND))
        return Conditions(alternatives, OR)


class TupleGreaterThan(_Lexicographic, GreaterThan):
    shape_attributes = ()
    strict, last = GreaterThan, GreaterThan


class TupleGreaterThanOrEqual(_Lexicographic, GreaterThanOrEqual):
    shape_attributes = ()
    strict, last = GreaterThan, GreaterThanOrEqual


class TupleLessThan(_Lexicographic, LessThan):
    shape_attributes = ()
    strict, last = LessThan, LessThan


class TupleLessThanOrEqual(_Lexicographic, LessThanOrEqual):
    shape_attributes = ()
    strict, last = LessThan, LessThanOrEqual


class TupleIn(TupleLookup, In):
    shape_attributes = ()

    def get_prep_lookup(self) -> Any:
        return TupleLookup.get_prep_lookup(self)

    def refuse_unless_tuple(self, value: Any) -> None:
        if isinstance(value, (ResolvedOuterRef, OuterRef)):
            return
        raise ValueError(
            f"{self.lookup_name!r} subquery lookup of {self._lhs_text()} must be a Query object "
            f"(received {type(value).__name__!r})"
        )

    def prep_query(self, query: Any) -> Any:
        query = query.ordered_only_if_sliced()
        wanted = len(_columns(self.lhs))
        if not query.has_selected_fields():
            query = query.with_key_selected(self.lhs)
        got = query.select_count()
        if wanted != got:
            raise ValueError(
                f"The QuerySet value for the 'in' lookup must have {wanted} selected fields (received {got})"
            )
        return query

    def prep_value(self, value: Any) -> Any:
        if isinstance(value, (str, bytes, dict)) or not hasattr(value, "__iter__"):
            raise ValueError(f"{self.lookup_name!r} lookup of {self._lhs_text()} must be a tuple or a list")
        rows = list(value)
        columns = _columns(self.lhs)
        if not all(isinstance(row, (tuple, list)) for row in rows):
            raise ValueError(
                f"{self.lookup_name!r} lookup of {self._lhs_text()} must be a collection of tuples or lists"
            )
        if not all(len(row) == len(columns) for row in rows):
            raise ValueError(
                f"{self.lookup_name!r} lookup of {self._lhs_text()} must have {len(columns)} elements each"
            )
        return [tuple(row) for row in rows]

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if getattr(self.rhs, "is_query_tree", False):
            left, params = compiler.compile(self.lhs)
            right, right_params = compiler.compile(self.rhs)
            left = left if left.startswith("(") else f"({left})"
            return f"{left} IN {right}", [*params, *right_params]
        value = self.rhs_value(compiler)
        if type(value) is Slot:
            return self._elastic(compiler, connection, value)
        rows = [row for row in value if not any(part is None for part in row)]
        if not rows:
            raise EmptyResultSet
        columns = _columns(self.lhs)
        alternatives = [
            Conditions(
                [
                    Exact(col, part if hasattr(part, "as_sql") else Value(part, output_field=col.output_field))
                    for col, part in zip(columns, row, strict=True)
                ],
                AND,
            )
            for row in rows
        ]
        return compiler.compile(Conditions(alternatives, OR))  # type: ignore[no-any-return]

    def may_wait(self, value: Any) -> bool:
        return isinstance(value, (list, tuple)) and all(map(is_plain_row, value))

    def _elastic(self, compiler: Any, connection: Any, slot: Slot) -> SQL:
        """Write rows that are not known yet: each as the first one."""
        if not slot.sample:
            raise EmptyResultSet
        columns = _columns(self.lhs)
        width = len(columns)
        if len(slot.sample[0]) != width or any(has_holes(compiler.compile(column)[1]) for column in columns):
            raise NeedsText
        row = Slot(0, slot.sample[0])
        pairs = zip(columns, row.parts(width), strict=True)
        one, params = compiler.compile(
            Conditions([Exact(column, Value(part, output_field=column.output_field)) for column, part in pairs], AND)
        )
        size = len(params)

        def adapted(values: Any) -> Sequence[Any]:
            if not all(len(each) == width for each in values):
                raise NeedsText
            return [param for each in values for param in bind(params, (each,))]

        def text(count: int) -> str:
            alternatives = [one] * (count // size)
            return f"({' OR '.join(alternatives)})" if len(alternatives) > 1 else one

        return compiler.bind_list(slot, adapted, text)  # type: ignore[no-any-return]


TUPLE_LOOKUPS = [
    TupleExact,
    TupleGreaterThan,
    TupleGreaterThanOrEqual,
    TupleLessThan,
    TupleLessThanOrEqual,
    TupleIn,
    TupleIsNull,
]
for _public in (Tuple, *TUPLE_LOOKUPS):
    _public.__module__ = "hotclub.db.models.fields.tuple_lookups"
