"""Lookups on relations: instances on the right side become the values they are known by.

The relation fields register `RELATED_LOOKUPS` themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hotclub._orm.expressions.core import SQL, ColPairs
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
from hotclub._orm.lookups.tuples import (
    TupleExact,
    TupleGreaterThan,
    TupleGreaterThanOrEqual,
    TupleIn,
    TupleIsNull,
    TupleLessThan,
    TupleLessThanOrEqual,
    is_plain_row,
)
from hotclub._orm.shape import by_field, is_kept


def _is_instance(value: Any) -> bool:
    return hasattr(value, "_meta") and not isinstance(value, type)


def normalized(value: Any, lhs: Any) -> tuple[Any, ...]:
    """Return the key values of an instance, or the value itself as a tuple.

    Raises:
        ValueError: the instance was never saved.
    """
    if _is_instance(value):
        if not value._is_pk_set():
            raise ValueError("Model instances passed to related filters must be saved.")
        found = []
        sources = lhs.output_field.path_infos[-1].target_fields
        for source in sources:
            while not isinstance(value, source.model) and source.remote_field:
                source = source.remote_field.model._meta.get_field(source.remote_field.field_name)
            try:
                given = getattr(value, source.attname)
                if hasattr(source, "fields") and not source.column:
                    found.extend(given)
                else:
                    found.append(given)
            except AttributeError:
                # An instance of another model, allowed where the relation is to any model.
                return (value.pk,)
        return tuple(found)
    return value if isinstance(value, tuple) else (value,)


def _target(lhs: Any) -> Any:
    path = getattr(lhs.output_field, "path_infos", None)
    return path[-1].target_fields[-1] if path else lhs.output_field


class RelatedLookup(Lookup):
    """What the lookups on relations share."""

    shape_attributes = ()
    tuple_lookup: Any = None

    def __init__(self, lhs: Any, rhs: Any) -> None:
        if isinstance(lhs, ColPairs) and getattr(rhs, "is_query_tree", False) and self.tuple_lookup is not TupleExact:
            raise ValueError(f"{self.lookup_name!r} doesn't support multi-column subqueries.")
        super().__init__(lhs, rhs)

    def keeps(self, kind: type) -> bool:
        return not isinstance(self.lhs, ColPairs) and is_kept(self, _target(self.lhs), kind)

    def may_wait(self, value: Any) -> bool:
        if isinstance(self.lhs, ColPairs) and self.tuple_lookup is not None:
            return is_plain_row(value)
        return super().may_wait(value)

    @by_field
    def prep_value(self, value: Any) -> Any:
        if isinstance(self.lhs, ColPairs):
            return normalized(value, self.lhs)
        value = normalized(value, self.lhs)[0]
        return _target(self.lhs).get_prep_value(value) if self.prepare_rhs else value

    def get_prep_lookup(self) -> Any:
        if hasattr(self.rhs, "resolve_expression") or isinstance(self.lhs, ColPairs):
            if isinstance(self.lhs, ColPairs) and not hasattr(self.rhs, "resolve_expression"):
                return normalized(self.rhs, self.lhs)
            return super().get_prep_lookup()
        return self.prep_value(self.rhs)

    def adapting_field(self) -> Any:
        return _target(self.lhs)

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if isinstance(self.lhs, ColPairs) and self.tuple_lookup is not None:
            return compiler.compile(self.tuple_lookup(self.lhs, self.rhs_value(compiler)))  # type: ignore[no-any-return]
        return super().as_sql(compiler, connection)


class RelatedIn(In):
    shape_attributes = ()

    def prep_value(self, value: Any) -> Any:
        if isinstance(self.lhs, ColPairs):
            return [normalized(part, self.lhs) for part in value]
        target = _target(self.lhs)
        prepared: Sequence[Any] = [
            part if hasattr(part, "resolve_expression") else normalized(part, self.lhs)[0] for part in value
        ]
        if not self.prepare_rhs:
            return list(prepared)
        return [part if hasattr(part, "resolve_expression") else target.get_prep_value(part) for part in prepared]

    def get_prep_lookup(self) -> Any:
        if getattr(self.rhs, "is_query_tree", False):
            return self.rhs.ordered_only_if_sliced().with_key_selected(self.lhs)
        if hasattr(self.rhs, "resolve_expression"):
            return self.rhs
        return self.prep_value(self.rhs)

    def slot_preparer(self) -> Callable[[Any], Any] | None:
        return self.prep_value

    def may_wait(self, value: Any) -> bool:
        return all(map(is_plain_row, value)) if isinstance(self.lhs, ColPairs) else super().may_wait(value)

    def adapting_field(self) -> Any:
        return _target(self.lhs)

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if isinstance(self.lhs, ColPairs):
            return compiler.compile(TupleIn(self.lhs, self.rhs_value(compiler)))  # type: ignore[no-any-return]
        return super().as_sql(compiler, connection)


class RelatedExact(RelatedLookup, Exact):
    shape_attributes = ()
    tuple_lookup = TupleExact

    def get_prep_lookup(self) -> Any:
        if getattr(self.rhs, "is_query_tree", False):
            if isinstance(self.lhs, ColPairs):
                return TupleExact(self.lhs, self.rhs).rhs
            return Exact.get_prep_lookup(self)
        return super().get_prep_lookup()


class RelatedLessThan(RelatedLookup, LessThan):
    shape_attributes = ()
    tuple_lookup = TupleLessThan


class RelatedGreaterThan(RelatedLookup, GreaterThan):
    shape_attributes = ()
    tuple_lookup = TupleGreaterThan


class RelatedGreaterThanOrEqual(RelatedLookup, GreaterThanOrEqual):
    shape_attributes = ()
    tuple_lookup = TupleGreaterThanOrEqual


class RelatedLessThanOrEqual(RelatedLookup, LessThanOrEqual):
    shape_attributes = ()
    tuple_lookup = TupleLessThanOrEqual


class RelatedIsNull(RelatedLookup, IsNull):
    shape_attributes = ()
    tuple_lookup = TupleIsNull
    prepare_rhs = False

    def prep_value(self, value: Any) -> Any:
        return value

    def get_prep_lookup(self) -> Any:
        return self.rhs


RELATED_LOOKUPS = [
    RelatedIn,
    RelatedExact,
    RelatedLessThan,
    RelatedGreaterThan,
    RelatedGreaterThanOrEqual,
    RelatedLessThanOrEqual,
    RelatedIsNull,
]
for _public in RELATED_LOOKUPS:
    _public.__module__ = "hotclub.db.models.fields.related_lookups"
