"""The built-in lookups of plain fields; importing this module registers them.

Operators, LIKE patterns and casts come from the connection; a lookup says only which sides are compared how.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from hotclub._orm import field_classes as fields
from hotclub._orm.expressions.conditional import Case
from hotclub._orm.expressions.core import SQL, Col, ExpressionWrapper, Value
from hotclub._orm.lookups.core import Lookup
from hotclub._orm.shape import NeedsText, Slot, by_field
from hotclub.core.exceptions import EmptyResultSet, FullResultSet

Field = fields.Field


class DbPrepared:
    """Adapts the value through the field on the left."""

    shape_neutral = True
    lhs: Any

    def adapting_field(self) -> Any:
        field = self.lhs.output_field
        # A relation is compared by the field it points to.
        target = getattr(field, "target_field", None) if getattr(field, "is_relation", False) else None
        return target or field

    @by_field
    def db_value(self, value: Any, connection: Any) -> Any:
        return self.adapting_field().get_db_prep_value(value, connection, prepared=True)


class BuiltinLookup(Lookup):
    """A lookup whose operator the connection knows by name."""

    shape_attributes = ()

    def process_lhs(self, compiler: Any, connection: Any, lhs: Any = None) -> SQL:
        sql, params = super().process_lhs(compiler, connection, lhs)
        internal_type = self.lhs.output_field.get_internal_type()
        return connection.ops.lookup_cast(self.lookup_name, internal_type) % sql, list(params)

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        left, params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} {self.get_rhs_op(connection, right)}", [*params, *right_params]

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        return connection.operators[self.lookup_name] % rhs  # type: ignore[no-any-return]


def _unchanged(values: Any) -> Any:
    return values


class IterableLookup(DbPrepared):
    """The right side holds several values, any of which may be an expression."""

    shape_neutral = True
    lhs: Any
    rhs: Any
    prepare_rhs: bool
    _adapter: Callable[[Any], Callable[[Any], Any] | None]

    def prep_value(self, value: Any) -> Any:
        field = getattr(self.lhs, "output_field", None)
        if not self.prepare_rhs or not hasattr(field, "get_prep_value"):
            return list(value)
        prepare = field.get_prep_value  # type: ignore[union-attr]
        return [part if hasattr(part, "resolve_expression") else prepare(part) for part in value]

    def get_prep_lookup(self) -> Any:
        if hasattr(self.rhs, "resolve_expression"):
            return self.rhs
        return self.prep_value(self.rhs)

    def slot_preparer(self) -> Callable[[Any], Any] | None:
        return self.prep_value

    def parts_adapter(self, connection: Any) -> Callable[[Any], Sequence[Any]]:
        """Return what adapts later lists for this lookup's slot."""
        adapt = self._adapter(connection)
        return _unchanged if adapt is None else lambda values: [adapt(value) for value in values]

    def part_sql(self, compiler: Any, connection: Any, part: Any) -> SQL:
        if hasattr(part, "as_sql"):
            return compiler.compile(part)  # type: ignore[no-any-return]
        return "%s", [self.db_value(part, connection)]

    def process_parts(self, compiler: Any, connection: Any, values: Sequence[Any]) -> tuple[list[str], list[Any]]:
        texts: list[str] = []
        params: list[Any] = []
        for value in values:
            sql, part_params = self.part_sql(compiler, connection, value)
            texts.append(sql)
            params.extend(part_params)
        return texts, params

    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> Any:
        made = super().resolve_expression(query, *args, **kwargs)  # type: ignore[misc]  # Lookup stands beside in the MRO
        if isinstance(made.rhs, list):
            made.rhs = [
                part.resolve_expression(query, *args, **kwargs) if hasattr(part, "resolve_expression") else part
                for part in made.rhs
            ]
        return made

    # Expressions among the values are parts of the tree like any other.

    def _expressions(self) -> list[Any]:
        return [part for part in self.rhs if hasattr(part, "as_sql")] if isinstance(self.rhs, list) else []

    def _with_expressions(self, expressions: Iterable[Any]) -> list[Any]:
        replacements = iter(expressions)
        return [next(replacements) if hasattr(part, "as_sql") else part for part in self.rhs]

    def get_source_expressions(self) -> list[Any]:
        return [*super().get_source_expressions(), *self._expressions()]  # type: ignore[misc]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        if not self._expressions():
            super().set_source_expressions(exprs)  # type: ignore[misc]
            return
        self.lhs = exprs[0]
        self.rhs = self._with_expressions(exprs[1:])

    def get_group_by_cols(self) -> list[Any]:
        own = [column for part in self._expressions() for column in part.get_group_by_cols()]
        return [*super().get_group_by_cols(), *own]  # type: ignore[misc]

    def relabeled_clone(self, change_map: dict[str, str]) -> Any:
        made = super().relabeled_clone(change_map)  # type: ignore[misc]
        if self._expressions():
            made.rhs = self._with_expressions(part.relabeled_clone(change_map) for part in self._expressions())
        return made


def with_one_column(query: Any, lookup_name: Any) -> Any:
    """Return a query that stands on the right of a lookup, checked.

    Raises:
        ValueError: it gives more than one column.
    """
    count = query.select_count()
    if count != 1 and not query.combinator:
        raise ValueError(
            f"The QuerySet value for the {lookup_name} lookup must have 1 selected fields (received {count})"
        )
    return query


@Field.register_lookup
class Exact(DbPrepared, BuiltinLookup):
    """Equality; with a query on the right, equality with its single row."""

    shape_attributes = ()
    lookup_name = "exact"

    def get_prep_lookup(self) -> Any:
        if getattr(self.rhs, "is_query_tree", False):
            if not self.rhs.has_limit_one():
                raise ValueError("The QuerySet value for an exact lookup must be limited to one result using slicing.")
            self.rhs = with_one_column(self.rhs.with_key_selected(self.lhs), self.lookup_name)
        return super().get_prep_lookup()

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if (
            isinstance(self.rhs, bool)
            and getattr(self.lhs, "conditional", False)
            and not _is_stored(self.lhs)
            and connection.ops.conditional_expression_supported_in_where_clause(self.lhs)
        ):
            left, params = self.process_lhs(compiler, connection)
            return (left if self.rhs else f"NOT {left}"), params
        return super().as_sql(compiler, connection)


def _is_stored(expression: Any) -> bool:
    """Whether a condition is a value and no comparison: compared with a literal, so that an index on it is used."""
    while isinstance(expression, ExpressionWrapper):
        expression = expression.expression
    return isinstance(expression, (Col, Case))


@Field.register_lookup
class IExact(BuiltinLookup):
    shape_attributes = ()
    lookup_name = "iexact"
    prepare_rhs = False

    def process_rhs(self, compiler: Any, connection: Any) -> SQL:
        sql, params = super().process_rhs(compiler, connection)
        if params and self.rhs_is_direct_value() and not self.bilateral_transforms:
            params = [compiler.adapt(params[0], connection.ops.prep_for_iexact_query)]
        return sql, params


class _Ordered(DbPrepared, BuiltinLookup):
    shape_attributes = ()


@Field.register_lookup
class GreaterThan(_Ordered):
    shape_attributes = ()
    lookup_name = "gt"


@Field.register_lookup
class GreaterThanOrEqual(_Ordered):
    shape_attributes = ()
    lookup_name = "gte"


@Field.register_lookup
class LessThan(_Ordered):
    shape_attributes = ()
    lookup_name = "lt"


@Field.register_lookup
class LessThanOrEqual(_Ordered):
    shape_attributes = ()
    lookup_name = "lte"


class RangeChecked(_Ordered):
    """Comparing a whole number with one the column cannot hold has a known answer; no database is asked."""

    shape_attributes = ()
    overflow_exception: type[Exception] = EmptyResultSet
    underflow_exception: type[Exception] = EmptyResultSet

    def _bounds(self, connection: Any) -> tuple[Any, Any]:
        return connection.ops.integer_field_range(self.lhs.output_field.get_internal_type())  # type: ignore[no-any-return]

    def process_rhs(self, compiler: Any, connection: Any) -> SQL:
        value = self.rhs_value(compiler)
        if type(value) is not Slot and isinstance(value, int):
            low, high = self._bounds(connection)
            if high is not None and value > high:
                raise self.overflow_exception
            if low is not None and value < low:
                raise self.underflow_exception
        return super().process_rhs(compiler, connection)

    def _adapter(self, connection: Any) -> Callable[[Any], Any]:
        check = _range_check(*self._bounds(connection))
        adapt = super()._adapter(connection)
        return check if adapt is None else lambda value: adapt(check(value))


@lru_cache(maxsize=64)
def _range_check(low: int | None, high: int | None) -> Callable[[Any], Any]:
    """Return what lets values through that a column can hold, the same for all columns with these bounds."""
    least = -math.inf if low is None else low
    most = math.inf if high is None else high

    def check(value: Any) -> Any:
        if isinstance(value, int) and not least <= value <= most:
            raise NeedsText
        return value

    return check


class _WholeNumber(RangeChecked):
    """Whole numbers compared by order: a fraction is rounded so that the answer stays the same."""

    shape_attributes = ()


def _ceil(value: Any) -> Any:
    return math.ceil(value) if isinstance(value, float) else value


@fields.IntegerField.register_lookup
class IntegerFieldExact(RangeChecked, Exact):
    shape_attributes = ()


@fields.IntegerField.register_lookup
class IntegerGreaterThan(_WholeNumber, GreaterThan):
    shape_attributes = ()
    underflow_exception = FullResultSet


@fields.IntegerField.register_lookup
class IntegerGreaterThanOrEqual(_WholeNumber, GreaterThanOrEqual):
    shape_attributes = ()
    underflow_exception = FullResultSet

    @by_field
    def prep_value(self, value: Any) -> Any:
        return super().prep_value(_ceil(value))


@fields.IntegerField.register_lookup
class IntegerLessThan(_WholeNumber, LessThan):
    shape_attributes = ()
    overflow_exception = FullResultSet

    @by_field
    def prep_value(self, value: Any) -> Any:
        return super().prep_value(_ceil(value))


@fields.IntegerField.register_lookup
class IntegerLessThanOrEqual(_WholeNumber, LessThanOrEqual):
    shape_attributes = ()
    overflow_exception = FullResultSet


@Field.register_lookup
class In(IterableLookup, BuiltinLookup):
    """Membership in a list of values or in the rows of a query."""

    shape_attributes = ()
    lookup_name = "in"

    def get_prep_lookup(self) -> Any:
        if getattr(self.rhs, "is_query_tree", False):
            chosen = self.rhs.ordered_only_if_sliced().with_key_selected(self.lhs)
            self.rhs = with_one_column(chosen, f"'{self.lookup_name}'")
        return super().get_prep_lookup()

    def process_rhs(self, compiler: Any, connection: Any) -> SQL:
        compiler.check_alias(getattr(self.rhs, "db", None))
        if not self.rhs_is_direct_value():
            sql, params = compiler.compile(self.rhs)
            return (sql if sql.startswith("(") else f"({sql})"), list(params)
        values = self.rhs_value(compiler)
        if type(values) is Slot:
            if not values.sample:
                raise EmptyResultSet
            return self._elastic(compiler, connection, values)
        values = [part for part in values if part is not None]
        if not values:
            raise EmptyResultSet
        texts, params = self._parts(compiler, connection, values)
        return f"({', '.join(texts)})", params

    def may_wait(self, value: Any) -> bool:
        # That nothing but None is in a list is a known answer, which lists with something more do not share.
        return super().may_wait(value) and (not value or any(part is not None for part in value))

    def _elastic(self, compiler: Any, connection: Any, slot: Slot) -> SQL:
        """Write a list that is not known yet: all its parts are written like those of the sample."""
        cls = type(self)
        plain = cls.process_parts is IterableLookup.process_parts and cls.part_sql is IterableLookup.part_sql
        if plain and not self.bilateral_transforms:
            part, adapt = "%s", self.parts_adapter(connection)

            def adapted(values: Any) -> Sequence[Any]:
                found = [value for value in values if value is not None]
                if not found:
                    raise NeedsText
                return adapt(found)
        else:
            sample, _params = self._parts(compiler, connection, [each for each in slot.sample if each is not None])
            part = sample[0]
            if part.replace("%%", "").count("%s") != 1:
                raise NeedsText

            def adapted(values: Any) -> Sequence[Any]:
                texts, params = self._parts(compiler, connection, [value for value in values if value is not None])
                if len(params) != len(texts) or set(texts) != {part}:
                    raise NeedsText
                return params

            adapted(slot.sample)
        return compiler.bind_list(slot, adapted, lambda count: f"({', '.join([part] * count)})")  # type: ignore[no-any-return]

    def _parts(self, compiler: Any, connection: Any, values: Sequence[Any]) -> tuple[list[str], list[Any]]:
        if not self.bilateral_transforms:
            return self.process_parts(compiler, connection, values)
        texts: list[str] = []
        params: list[Any] = []
        for value in values:
            wrapped: Any = Value(value, output_field=self.lhs.output_field)
            for transform in self.bilateral_transforms:
                wrapped = transform(wrapped)
            sql, part_params = compiler.compile(wrapped.resolve_expression(compiler.query))
            texts.append(sql)
            params.extend(part_params)
        return texts, params

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        return f"IN {rhs}"


class PatternLookup(BuiltinLookup):
    """A LIKE: the value is escaped and put into a pattern."""

    shape_attributes = ()
    param_pattern = "%%%s%%"
    prepare_rhs = False

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        if not self.rhs_is_direct_value() or self.bilateral_transforms:
            pattern = connection.pattern_ops[self.lookup_name].format(connection.pattern_esc)
            return pattern.format(rhs)  # type: ignore[no-any-return]
        return super().get_rhs_op(connection, rhs)

    def process_rhs(self, compiler: Any, connection: Any) -> SQL:
        sql, params = super().process_rhs(compiler, connection)
        if self.rhs_is_direct_value() and params and not self.bilateral_transforms:
            pattern, escape = self.param_pattern, connection.ops.prep_for_like_query
            params = [compiler.adapt(params[0], lambda value: pattern % escape(value)), *params[1:]]
        return sql, params


@Field.register_lookup
class Contains(PatternLookup):
    shape_attributes = ()
    lookup_name = "contains"


@Field.register_lookup
class IContains(Contains):
    shape_attributes = ()
    lookup_name = "icontains"


@Field.register_lookup
class StartsWith(PatternLookup):
    shape_attributes = ()
    lookup_name = "startswith"
    param_pattern = "%s%%"


@Field.register_lookup
class IStartsWith(StartsWith):
    shape_attributes = ()
    lookup_name = "istartswith"


@Field.register_lookup
class EndsWith(PatternLookup):
    shape_attributes = ()
    lookup_name = "endswith"
    param_pattern = "%%%s"


@Field.register_lookup
class IEndsWith(EndsWith):
    shape_attributes = ()
    lookup_name = "iendswith"


@Field.register_lookup
class Range(IterableLookup, BuiltinLookup):
    """Between two values, both included."""

    shape_attributes = ()
    lookup_name = "range"

    def process_rhs(self, compiler: Any, connection: Any) -> SQL:
        if not self.rhs_is_direct_value():
            sql, params = compiler.compile(self.rhs)
            return sql, list(params)
        values = self.rhs_value(compiler)
        if type(values) is Slot:
            texts, params = self.process_parts(compiler, connection, values.sample)
            if texts != ["%s", "%s"] or len(params) != 2:
                raise NeedsText
            bound = compiler.bind_many(values, self.parts_adapter(connection), 2)
            return "%s AND %s", [bound]
        texts, params = self.process_parts(compiler, connection, values)
        return " AND ".join(texts), params

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        return f"BETWEEN {rhs}"


@Field.register_lookup
class IsNull(BuiltinLookup):
    shape_attributes = ()
    lookup_name = "isnull"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if not isinstance(self.rhs, bool):
            raise ValueError("The QuerySet value for an isnull lookup must be True or False.")
        if isinstance(self.lhs, Value):
            value = self.lhs.value
            if value is None or (value == "" and connection.features.interprets_empty_strings_as_nulls):
                raise FullResultSet if self.rhs else EmptyResultSet
            raise EmptyResultSet if self.rhs else FullResultSet
        sql, params = self.process_lhs(compiler, connection)
        return f"{sql} IS NULL" if self.rhs else f"{sql} IS NOT NULL", params


@Field.register_lookup
class Regex(BuiltinLookup):
    shape_attributes = ()
    lookup_name = "regex"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if self.lookup_name in connection.operators:
            return super().as_sql(compiler, connection)
        left, params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return connection.ops.regex_lookup(self.lookup_name) % (left, right), [*params, *right_params]


@Field.register_lookup
class IRegex(Regex):
    shape_attributes = ()
    lookup_name = "iregex"


def _without_hyphens(value: Any) -> Any:
    return value.replace("-", "") if isinstance(value, str) else value


class _UUIDText(BuiltinLookup):
    """Text lookups on a UUID: where it is stored as 32 digits, hyphens in the value do not count."""

    shape_attributes = ()

    def process_rhs(self, compiler: Any, connection: Any) -> SQL:
        sql, params = super().process_rhs(compiler, connection)
        if not connection.features.has_native_uuid_field:
            if self.rhs_is_direct_value():
                params = [compiler.adapt(params[0], _without_hyphens), *params[1:]]
            else:
                sql = f"REPLACE({sql}, '-', '')"
        return sql, params


@fields.UUIDField.register_lookup
class UUIDIExact(_UUIDText, IExact):
    shape_attributes = ()


@fields.UUIDField.register_lookup
class UUIDContains(_UUIDText, Contains):
    shape_attributes = ()


@fields.UUIDField.register_lookup
class UUIDIContains(_UUIDText, IContains):
    shape_attributes = ()


@fields.UUIDField.register_lookup
class UUIDStartsWith(_UUIDText, StartsWith):
    shape_attributes = ()


@fields.UUIDField.register_lookup
class UUIDIStartsWith(_UUIDText, IStartsWith):
    shape_attributes = ()


@fields.UUIDField.register_lookup
class UUIDEndsWith(_UUIDText, EndsWith):
    shape_attributes = ()


@fields.UUIDField.register_lookup
class UUIDIEndsWith(_UUIDText, IEndsWith):
    shape_attributes = ()


BUILTIN = (
    BuiltinLookup,
    Exact,
    IExact,
    GreaterThan,
    GreaterThanOrEqual,
    LessThan,
    LessThanOrEqual,
    IntegerFieldExact,
    IntegerGreaterThan,
    IntegerGreaterThanOrEqual,
    IntegerLessThan,
    IntegerLessThanOrEqual,
    In,
    PatternLookup,
    Contains,
    IContains,
    StartsWith,
    IStartsWith,
    EndsWith,
    IEndsWith,
    Range,
    IsNull,
    Regex,
    IRegex,
    UUIDIExact,
    UUIDContains,
    UUIDIContains,
    UUIDStartsWith,
    UUIDIStartsWith,
    UUIDEndsWith,
    UUIDIEndsWith,
)
for _public in BUILTIN:
    _public.__module__ = "hotclub.db.models.lookups"
