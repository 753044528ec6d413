"""Steps: the methods of a query set that give another one, each by a step added to the immutable `Query`."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from hotclub._orm.expressions import F, Window
from hotclub._orm.fetch_modes import FetchMode
from hotclub._orm.field_classes import DateField, DateTimeField
from hotclub._orm.functions.datetime import Trunc
from hotclub._orm.functions.window import RowNumber
from hotclub._orm.iterables import (
    FlatValuesListIterable,
    NamedValuesListIterable,
    ValuesIterable,
    ValuesListIterable,
)
from hotclub._orm.joins import FilteredRelation
from hotclub._orm.lookups.builtin import GreaterThan, LessThanOrEqual
from hotclub._orm.ordering import Ordering
from hotclub._orm.prefetching import Prefetch
from hotclub._orm.q import Q
from hotclub._orm.shape import Sink, SlotMaker, describe, slotted
from hotclub._orm.tree import QueryTree
from hotclub.conf import settings
from hotclub.utils import timezone
from hotclub.utils.deprecation import RemovedInDjango2028Warning

if TYPE_CHECKING:
    from typing import Self


class StepMethods:
    """The part of `QuerySet` that derives one set from another."""

    model: Any
    _query: Any
    _fields: tuple[Any, ...] | None
    _iterable_class: Any
    _sticky_filter: bool

    if TYPE_CHECKING:
        # What the query set itself brings along.
        def __getattr__(self, name: str) -> Any: ...

    # Values

    def _values(self, fields: Sequence[Any], expressions: dict[str, Any]) -> Self:
        made = self.annotate(**expressions) if expressions else self._chain()
        made._fields = tuple(fields)
        names = tuple(fields)
        made._query = made._query.rebuilt(lambda tree: tree.set_values(names), ("values", names))
        return made

    def values(self, *fields: Any, **expressions: Any) -> Self:
        """Give dictionaries instead of instances.

        Source: docs ref/models/querysets, "values()".
        """
        names, found = self._named_fields(fields, expressions)
        made = self._values(names, found)
        made._iterable_class = ValuesIterable
        return made

    def _named_fields(self, fields: Sequence[Any], expressions: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
        found = dict(expressions)
        names: list[str] = []
        taken = set(expressions) | {field for field in fields if isinstance(field, str)}
        counter = 1
        for field in fields:
            if not hasattr(field, "resolve_expression"):
                names.append(field)
                continue
            prefix = _prefix_for(field)
            name = f"{prefix}{counter}"
            while name in taken:
                counter += 1
                name = f"{prefix}{counter}"
            counter += 1
            taken.add(name)
            found[name] = field
            names.append(name)
        names.extend(name for name in expressions)
        return names, found

    def values_list(self, *fields: Any, flat: bool = False, named: bool = False) -> Self:
        """Give tuples instead of instances.

        Args:
            *fields: names or expressions.
            flat: single values instead of tuples of one.
            named: named tuples.

        Source: docs ref/models/querysets, "values_list()".
        """
        if flat and named:
            raise TypeError("'flat' and 'named' can't be used together.")
        if flat:
            if len(fields) > 1:
                raise TypeError("'flat' is not valid when values_list is called with more than one field.")
            if not fields:
                fields = (self.model._meta.concrete_fields[0].attname,)
        names, expressions = self._named_fields(fields, {})
        made = self._values(names, expressions)
        made._iterable_class = (
            NamedValuesListIterable if named else FlatValuesListIterable if flat else ValuesListIterable
        )
        return made

    def dates(self, field_name: str, kind: str, order: str = "ASC") -> Self:
        """Give the distinct dates of a field, cut to a unit.

        Source: docs ref/models/querysets, "dates()".
        """
        if kind not in ("year", "month", "week", "day"):
            raise ValueError("'kind' must be one of 'year', 'month', 'week', or 'day'.")
        return self._moments(field_name, Trunc(field_name, kind, output_field=DateField()), order)

    def datetimes(self, field_name: str, kind: str, order: str = "ASC", tzinfo: Any = None) -> Self:
        """Give the distinct moments of a field, cut to a unit.

        Source: docs ref/models/querysets, "datetimes()".
        """
        if kind not in ("year", "month", "week", "day", "hour", "minute", "second"):
            raise ValueError("'kind' must be one of 'year', 'month', 'week', 'day', 'hour', 'minute', or 'second'.")
        if settings.USE_TZ:
            tzinfo = tzinfo or timezone.get_current_timezone()
        else:
            tzinfo = None
        return self._moments(field_name, Trunc(field_name, kind, output_field=DateTimeField(), tzinfo=tzinfo), order)

    def _moments(self, field_name: str, expression: Any, order: str) -> Self:
        if order not in ("ASC", "DESC"):
            raise ValueError("'order' must be either 'ASC' or 'DESC'.")
        sign = "-" if order == "DESC" else ""
        return (
            self.annotate(datefield=expression, plain_field=F(field_name))
            .values_list("datefield", flat=True)
            .distinct()
            .filter(plain_field__isnull=False)
            .order_by(f"{sign}datefield")
        )

    # Other query sets

    def none(self) -> Self:
        """Return a query set that finds nothing and asks nobody."""
        return self._derived(self._query.rebuilt(lambda tree: tree.set_empty(), "none"))  # type: ignore[no-any-return]

    def all(self) -> Self:
        """Return a copy."""
        return self._chain()  # type: ignore[no-any-return]

    def filter(self, *args: Any, **kwargs: Any) -> Self:
        """Return the objects that match.

        Source: docs ref/models/querysets, "filter()".
        """
        if self._query.node.tree.combinator:
            self._not_support_combined_queries("filter")
        return self._filter_or_exclude(False, args, kwargs)

    def exclude(self, *args: Any, **kwargs: Any) -> Self:
        """Return the objects that do not match.

        Source: docs ref/models/querysets, "exclude()".
        """
        if self._query.node.tree.combinator:
            self._not_support_combined_queries("exclude")
        return self._filter_or_exclude(True, args, kwargs)

    def _filter_or_exclude(self, negated: bool, args: Sequence[Any], kwargs: dict[str, Any]) -> Self:
        tree = self._query.node.tree
        if (args or kwargs) and (tree.high_mark is not None or tree.low_mark):
            raise TypeError("Cannot filter a query once a slice has been taken.")
        if "_connector" in kwargs or "_negated" in kwargs:
            invalid = [name for name in ("_connector", "_negated") if name in kwargs]
            raise TypeError(f"The following kwargs are invalid: {', '.join(repr(name) for name in invalid)}")
        return self._derived(self._query.filter(negated, args, kwargs, self._sticky_filter))  # type: ignore[no-any-return]

    def complex_filter(self, filter_obj: Any) -> Self:
        """Filter by a Q object or a dictionary of lookups."""
        if isinstance(filter_obj, Q):
            return self._filter_or_exclude(False, (filter_obj,), {})
        return self._filter_or_exclude(False, (), filter_obj)

    def select_for_update(
        self, nowait: bool = False, skip_locked: bool = False, of: Sequence[str] = (), no_key: bool = False
    ) -> Self:
        """Lock the rows until the end of the transaction.

        Source: docs ref/models/querysets, "select_for_update()".
        """
        if nowait and skip_locked:
            raise ValueError("The nowait option cannot be used with skip_locked.")

        def change(tree: QueryTree) -> None:
            tree.select_for_update = True
            tree.select_for_update_nowait = nowait
            tree.select_for_update_skip_locked = skip_locked
            tree.select_for_update_of = tuple(of)
            tree.select_for_no_key_update = no_key

        made = self._derived(self._query.rebuilt(change, ("lock", nowait, skip_locked, tuple(of), no_key)))
        made._for_write = True
        return made  # type: ignore[no-any-return]

    def select_related(self, *fields: Any) -> Self:
        """Load related objects in the same query.

        Source: docs ref/models/querysets, "select_related()".
        """
        self._not_support_combined_queries("select_related")
        if self._fields is not None:
            raise TypeError("Cannot call select_related() after .values() or .values_list()")
        if fields == (None,):
            return self._derived(self._query.rebuilt(lambda tree: setattr(tree, "select_related", False), "no related"))  # type: ignore[no-any-return]
        if fields:
            return self._derived(self._query.rebuilt(lambda tree: tree.add_select_related(fields), ("related", fields)))  # type: ignore[no-any-return]
        warnings.warn(
            "Calling select_related() with no arguments is deprecated. Specify the fields to fetch instead.",
            RemovedInDjango2028Warning,
            stacklevel=2,
        )
        return self._with_all_related()

    def _with_all_related(self) -> Self:
        """Follow every relation that must have a partner."""
        return self._derived(self._query.rebuilt(lambda tree: setattr(tree, "select_related", True), "all related"))  # type: ignore[no-any-return]

    def prefetch_related(self, *lookups: Any) -> Self:
        """Load related objects with a query each.

        Source: docs ref/models/querysets, "prefetch_related()".
        """
        self._not_support_combined_queries("prefetch_related")
        made = self._chain()
        if lookups == (None,):
            made._prefetch_related_lookups = ()
            return made  # type: ignore[no-any-return]
        for lookup in lookups:
            name = lookup.prefetch_to if isinstance(lookup, Prefetch) else lookup
            head = name.split("__", 1)[0]
            if head in self._query.filtered_relations:
                raise ValueError("prefetch_related() is not supported with FilteredRelation.")
        made._prefetch_related_lookups = made._prefetch_related_lookups + lookups
        return made  # type: ignore[no-any-return]

    def annotate(self, *args: Any, **kwargs: Any) -> Self:
        """Add computed values to each object.

        Source: docs ref/models/querysets, "annotate()".
        """
        self._not_support_combined_queries("annotate")
        return self._annotate(args, kwargs, select=True)

    def alias(self, *args: Any, **kwargs: Any) -> Self:
        """Name an expression for later use without selecting it.

        Source: docs ref/models/querysets, "alias()".
        """
        self._not_support_combined_queries("alias")
        return self._annotate(args, kwargs, select=False)

    def _annotate(self, args: Sequence[Any], kwargs: dict[str, Any], select: bool) -> Self:
        self._refuse_non_expressions((*args, *kwargs.values()), "annotate")
        annotations: dict[str, Any] = {}
        for arg in args:
            try:
                name = arg.default_alias
            except (AttributeError, TypeError):
                raise TypeError("Complex annotations require an alias")
            if name in kwargs:
                raise ValueError(
                    f"The named annotation '{name}' conflicts with the default name for another annotation."
                )
            annotations[name] = arg
        annotations.update(kwargs)
        self._check_annotation_names(annotations)
        sink = Sink()
        by_values = self._fields is not None
        key = (
            "annotate",
            select,
            by_values,
            *((name, _annotation_key(part, sink)) for name, part in annotations.items()),
        )

        def apply(tree: QueryTree, maker: SlotMaker) -> None:
            for name, part in annotations.items():
                if isinstance(part, FilteredRelation):
                    tree.add_filtered_relation(part, name, maker)
                    continue
                tree.add_annotation(slotted(part, maker), name, select)
            for name in annotations:
                added = tree.annotations.get(name)
                if added is not None and added.contains_aggregate:
                    if by_values:
                        tree.set_group_by()
                    else:
                        tree.group_by = True
                    break

        return self._derived(self._query.step_with(key, sink, apply))  # type: ignore[no-any-return]

    def _check_annotation_names(self, annotations: dict[str, Any]) -> None:
        if self._fields is None:
            names: set[str] = set()
            for field in self.model._meta.get_fields():
                names.add(field.name)
                if hasattr(field, "attname"):
                    names.add(field.attname)
        else:
            names = set(self._fields) - set(self._query.annotations)
            names &= {field.name for field in self.model._meta.get_fields()} | {
                field.attname for field in self.model._meta.get_fields() if hasattr(field, "attname")
            }
        for name in annotations:
            if name in names:
                raise ValueError(f"The annotation '{name}' conflicts with a field on the model.")

    @staticmethod
    def _refuse_non_expressions(values: Sequence[Any], method: str) -> None:
        invalid = sorted(str(value) for value in values if not hasattr(value, "resolve_expression"))
        if invalid:
            raise TypeError(f"QuerySet.{method}() received non-expression(s): {', '.join(invalid)}.")

    def order_by(self, *field_names: Any) -> Self:
        """Order the results.

        Source: docs ref/models/querysets, "order_by()".
        """
        if self._query.node.tree.is_sliced:
            raise TypeError("Cannot reorder a query once a slice has been taken.")
        sink = Sink()
        key = ("order", *[name if isinstance(name, str) else _annotation_key(name, sink) for name in field_names])

        def apply(tree: QueryTree, maker: SlotMaker) -> None:
            tree.clear_ordering(force=True, clear_default=False)
            ordering = [name if isinstance(name, str) else slotted(name, maker) for name in field_names]
            if not tree.prepares_ordering(ordering, maker):
                ordering, tree.opaque = list(field_names), True
            tree.add_ordering(*ordering)

        return self._derived(self._query.step_with(key, sink, apply))  # type: ignore[no-any-return]

    def distinct(self, *field_names: str) -> Self:
        """Leave out repeated rows.

        Source: docs ref/models/querysets, "distinct()".
        """
        self._not_support_combined_queries("distinct")
        if self._query.is_sliced:
            raise TypeError("Cannot create distinct fields once a slice has been taken.")

        def change(tree: QueryTree) -> None:
            tree.distinct = True
            tree.distinct_fields = field_names

        return self._derived(self._query.rebuilt(change, ("distinct", field_names)))  # type: ignore[no-any-return]

    def extra(
        self,
        select: Any = None,
        where: Any = None,
        params: Any = None,
        tables: Any = None,
        order_by: Any = None,
        select_params: Any = None,
    ) -> Self:
        """Add raw parts of SQL; kept for code that uses it.

        Source: docs ref/models/querysets, "extra()".
        """
        self._not_support_combined_queries("extra")
        if self._query.is_sliced:
            raise TypeError("Cannot change a query once a slice has been taken.")
        key = ("extra", *(repr(part) for part in (select, where, params, tables, order_by, select_params)))
        return self._derived(  # type: ignore[no-any-return]
            self._query.rebuilt(
                lambda tree: tree.add_extra(select, select_params, where, params, tables, order_by), key
            )
        )

    def reverse(self) -> Self:
        """Turn the order round.

        Source: docs ref/models/querysets, "reverse()".
        """
        if self._query.is_sliced:
            raise TypeError("Cannot reverse a query once a slice has been taken.")

        def change(tree: QueryTree) -> None:
            tree.standard_ordering = not tree.standard_ordering

        return self._derived(self._query.rebuilt(change, "reverse"))  # type: ignore[no-any-return]

    def defer(self, *fields: Any) -> Self:
        """Do not load some fields until they are used.

        Source: docs ref/models/querysets, "defer()".
        """
        self._not_support_combined_queries("defer")
        if self._fields is not None:
            raise TypeError("Cannot call defer() after .values() or .values_list()")
        if fields == (None,):
            return self._derived(  # type: ignore[no-any-return]
                self._query.rebuilt(lambda tree: setattr(tree, "deferred_loading", (frozenset(), True)), "load all")
            )
        return self._derived(self._query.rebuilt(lambda tree: tree.add_deferred(fields), ("defer", fields)))  # type: ignore[no-any-return]

    def only(self, *fields: Any) -> Self:
        """Load some fields and leave the others until they are used.

        Source: docs ref/models/querysets, "only()".
        """
        self._not_support_combined_queries("only")
        if self._fields is not None:
            raise TypeError("Cannot call only() after .values() or .values_list()")
        if fields == (None,):
            raise TypeError("Cannot pass None as an argument to only().")
        for name in fields:
            if name.split("__", 1)[0] in self._query.filtered_relations:
                raise ValueError("only() is not supported with FilteredRelation.")
        return self._derived(self._query.rebuilt(lambda tree: tree.add_immediate(fields), ("only", fields)))  # type: ignore[no-any-return]

    def using(self, alias: str | None) -> Self:
        """Choose the database.

        Source: docs ref/models/querysets, "using()".
        """
        made = self._chain()
        made._db = alias
        return made  # type: ignore[no-any-return]

    def fetch_mode(self, fetch_mode: Any) -> Self:
        """Choose how missing values of the results are loaded.

        Raises:
            TypeError: it is no fetch mode.

        Source: docs ref/models/querysets, "fetch_mode()".
        """
        if not isinstance(fetch_mode, FetchMode):
            raise TypeError(
                f"fetch_mode() got {fetch_mode!r}. It should be models.FETCH_ONE, models.FETCH_PEERS or models.FETCH_RAISE."
            )
        made = self._chain()
        made._fetch_mode = fetch_mode
        return made  # type: ignore[no-any-return]

    # For relations and prefetching

    def _next_is_sticky(self) -> Self:
        """Let the next two filter() calls share their joins."""
        self._sticky_filter = True
        return self

    def _without_limits(self) -> Self:
        if not self._query.is_sliced:
            return self._chain()  # type: ignore[no-any-return]
        return self._derived(self._query.rebuilt(lambda tree: tree.clear_limits(), "no limits"))  # type: ignore[no-any-return]

    def _filter_prefetched(self, partition_by: str, *args: Any, **kwargs: Any) -> Self:
        """Filter for prefetching: a slice is then a slice of each object's own related objects.

        Args:
            partition_by: the field whose value tells the objects apart.
            *args: conditions, as for filter().
            **kwargs: lookups, as for filter().

        Source: docs ref/models/querysets, "Prefetch() objects" (sliced query sets).
        """
        tree = self._query.node.tree
        if not tree.is_sliced:
            return self._filter_sharing(args, kwargs)
        low, high = self._query.low_mark, self._query.high_mark
        order_by = list(Ordering(tree.clone()).entries())
        window = Window(RowNumber(), partition_by=partition_by, order_by=tuple(order_by) or None)
        made = self._without_limits()._filter_sharing(args, kwargs)
        conditions: list[Any] = [GreaterThan(window, low)]
        if high is not None:
            conditions.append(LessThanOrEqual(window, high))
        return made._filter_sharing(conditions, {})

    def _filter_sharing(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Self:
        """Filter on the joins that stand in the query already, whatever call they came from."""
        return self._derived(self._query.filter(False, args, kwargs, self._sticky_filter, share_all=True))  # type: ignore[no-any-return]


def _prefix_for(expression: Any) -> str:
    """The beginning of the name under which values() gives an expression that has none."""
    try:
        return str(expression.default_alias)
    except (AttributeError, TypeError):
        return expression.__class__.__name__.lower()  # type: ignore[no-any-return]


def _annotation_key(part: Any, sink: Sink) -> Hashable:
    if isinstance(part, FilteredRelation):
        return ("filtered", part.relation_name, describe(part.condition, sink))
    return describe(part, sink)
