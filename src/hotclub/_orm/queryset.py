"""`QuerySet`: the documented surface of queries.

Methods that give another query set add a step to the immutable `Query`; methods that ask the database run a flow, by the
sync or the async driver. A half that a subclass overrides is what the other half runs.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import AsyncIterator, Callable, Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import hotclub
from hotclub._flow.drivers import adrive
from hotclub._orm.alters_data import AltersData
from hotclub._orm.expressions import F, Window
from hotclub._orm.fetch_modes import FETCH_ONE, FetchMode
from hotclub._orm.field_classes import DateField, DateTimeField
from hotclub._orm.functions.datetime import Trunc
from hotclub._orm.functions.window import RowNumber
from hotclub._orm.iterables import (
    FlatValuesListIterable,
    ModelIterable,
    NamedValuesListIterable,
    ValuesIterable,
    ValuesListIterable,
)
from hotclub._orm.joins import FilteredRelation
from hotclub._orm.lookups.builtin import GreaterThan, LessThanOrEqual
from hotclub._orm.ordering import Ordering
from hotclub._orm.prefetching import Prefetch
from hotclub._orm.q import AND, OR, XOR, Q
from hotclub._orm.query import Query
from hotclub._orm.queryset_reading import MAX_GET_RESULTS, ReadingMethods
from hotclub._orm.queryset_writing import WritingMethods
from hotclub._orm.raw import RawQuerySet
from hotclub._orm.shape import Sink, SlotMaker, describe, slotted
from hotclub._orm.tree import QueryTree
from hotclub.conf import settings
from hotclub.core import exceptions
from hotclub.db import NotSupportedError, router
from hotclub.db.ports import ASYNC
from hotclub.utils import timezone
from hotclub.utils.deprecation import RemovedInDjango2028Warning

if TYPE_CHECKING:
    from typing import Self

REPR_OUTPUT_SIZE = 20
GET_ITERATOR_CHUNK_SIZE = 100
_VERSION_KEY = "_django_version"  # the wire name of pickled query sets


class PendingQuery:
    """Gives a set made by `twin()` its query, once somebody asks."""

    def __get__(self, queryset: Any, cls: Any = None) -> Any:
        if queryset is None:
            return self
        ask = queryset.__dict__.pop("_ask_query", None)
        if ask is None:
            raise AttributeError(f"this {cls.__name__} has no query")
        query = queryset.__dict__["_query"] = ask()._query
        return query


_STATE_SIZE = 13
"""How many attributes `QuerySet.__init__` sets: with more, somebody has set some of their own."""


def _leave_replaced_methods(cls: type, state: dict[str, Any]) -> None:
    """Take what was set on one query set in place of a method out of the attributes of its copy."""
    for name in [name for name in state if callable(getattr(cls, name, None)) and name != "_iterable_class"]:
        del state[name]


class QuerySet(ReadingMethods, WritingMethods, AltersData):
    """A lazy database lookup for a set of objects.

    Source: docs ref/models/querysets.
    """

    _iterable_class: Any
    _query: Any = PendingQuery()

    def __init__(
        self, model: Any = None, query: Any = None, using: str | None = None, hints: dict[str, Any] | None = None
    ) -> None:
        self.model = model
        self._db = using
        self._hints = hints or {}
        self._query = query or Query(model)
        self._result_cache: list[Any] | None = None
        self._sticky_filter = False
        self._for_write = False
        self._prefetch_related_lookups: tuple[Any, ...] = ()
        self._prefetch_done = False
        self._known_related_objects: dict[Any, dict[Any, Any]] = {}
        self._iterable_class = ModelIterable
        self._fetch_mode: Any = FETCH_ONE
        self._fields: tuple[Any, ...] | None = None

    def __class_getitem__(cls, *args: Any, **kwargs: Any) -> type[Self]:
        return cls

    @property
    def query(self) -> Query:
        """The query behind the set; may be replaced by one that was pickled."""
        return self._query  # type: ignore[no-any-return]

    @query.setter
    def query(self, value: Any) -> None:
        if value.values_select or value.selected is not None:
            self._iterable_class = ValuesIterable
        self._query = value

    @classmethod
    def as_manager(cls) -> Any:
        """Return a manager with the methods of this class.

        Source: docs topics/db/managers, "Creating a manager with QuerySet methods".
        """
        manager = manager_class_for(cls)()
        manager._built_with_asmanager = True
        return manager

    as_manager.queryset_only = True  # type: ignore[attr-defined]  # says that managers do not get this method

    # Python protocols

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        made = self.__class__.__new__(self.__class__)
        made._query = self._query
        for name, value in self.__dict__.items():
            made.__dict__[name] = (
                None
                if name == "_result_cache"
                else copy.deepcopy(value, memo)
                if name
                not in (
                    "model",
                    "_query",
                )
                else value
            )
        return made

    def __getstate__(self) -> dict[str, Any]:
        self._fetch_all()  # a query set is pickled with its results
        query = self._query  # asked for before the rest, if it is pending
        return {**self.__dict__, "_query": query, _VERSION_KEY: hotclub.__version__}

    def __setstate__(self, state: dict[str, Any]) -> None:
        version = state.get(_VERSION_KEY)
        if version is None:
            warnings.warn("Pickled queryset instance's Hotclub version is not specified.", RuntimeWarning, stacklevel=2)
        elif version != hotclub.__version__:
            warnings.warn(
                f"Pickled queryset instance's Hotclub version {version} does not match the current version "
                f"{hotclub.__version__}.",
                RuntimeWarning,
                stacklevel=2,
            )
        self.__dict__.update(state)

    def __repr__(self) -> str:
        shown = list(self[: REPR_OUTPUT_SIZE + 1])
        if len(shown) > REPR_OUTPUT_SIZE:
            shown[-1] = "...(remaining elements truncated)..."
        return f"<{self.__class__.__name__} {shown!r}>"

    def __len__(self) -> int:
        self._fetch_all()
        return len(self._result_cache)  # type: ignore[arg-type]  # filled by the line above

    def __iter__(self) -> Iterator[Any]:
        self._fetch_all()
        return iter(self._result_cache)  # type: ignore[arg-type]

    def __aiter__(self) -> AsyncIterator[Any]:
        async def results() -> AsyncIterator[Any]:
            if self._result_cache is None or not self._prefetch_done:
                await adrive(self.fetch_flow(), ASYNC)
            for each in self._result_cache or ():
                yield each

        return results()

    def __bool__(self) -> bool:
        self._fetch_all()
        return bool(self._result_cache)

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, (int, slice)):
            raise TypeError(f"QuerySet indices must be integers or slices, not {type(key).__name__}.")
        low, high = (key.start, key.stop) if isinstance(key, slice) else (key, None)
        if (low is not None and low < 0) or (high is not None and high < 0):
            raise ValueError("Negative indexing is not supported.")
        if self._result_cache is not None:
            return self._result_cache[key]
        if isinstance(key, slice):
            start = None if low is None else int(low)
            stop = None if high is None else int(high)
            made = self._derived(self._query.sliced(start, stop))
            return list(made)[:: key.step] if key.step else made
        made = self._derived(self._query.sliced(int(key), int(key) + 1))
        made._fetch_all()
        return made._result_cache[0]

    def __and__(self, other: Any) -> Any:
        self._check_operator_queryset(other, "&")
        self._check_mergeable(other)
        if isinstance(other, EmptyQuerySet):
            return other
        if isinstance(self, EmptyQuerySet):
            return self
        return self._merged(other, AND)

    def __or__(self, other: Any) -> Any:
        self._check_operator_queryset(other, "|")
        self._check_mergeable(other)
        if isinstance(self, EmptyQuerySet):
            return other
        if isinstance(other, EmptyQuerySet):
            return self
        base = self if self._query.can_filter() else self._by_keys()
        if not other._query.can_filter():
            other = other._by_keys()
        return base._merged(other, OR)

    def __xor__(self, other: Any) -> Any:
        self._check_operator_queryset(other, "^")
        self._check_mergeable(other)
        if isinstance(self, EmptyQuerySet):
            return other
        if isinstance(other, EmptyQuerySet):
            return self
        base = self if self._query.can_filter() else self._by_keys()
        if not other._query.can_filter():
            other = other._by_keys()
        return base._merged(other, XOR)

    def _by_keys(self) -> Any:
        return self.model._base_manager.filter(pk__in=self.values("pk"))

    def _check_mergeable(self, other: Any) -> None:
        if self._fields is None and other._fields is None:
            return
        mine, theirs = self._query.node.tree, other._query.node.tree
        same = (
            set(mine.values_select) == set(theirs.values_select)
            and set(mine.extra_select) == set(theirs.extra_select)
            and set(mine.annotation_select) == set(theirs.annotation_select)
        )
        if not same and not isinstance(other, EmptyQuerySet):
            raise TypeError("Merging 'QuerySet' classes must involve the same values in each case.")

    def _merged(self, other: Any, connector: str) -> Any:
        mine, theirs = self._query, other._query
        if mine.filtered_relations and theirs.filtered_relations:
            # Whether they are the same, values included, decides which joins are shared.
            mine, theirs = Query.of_tree(mine.realized()), Query.of_tree(theirs.realized())
        sink = Sink()
        key = ("combine", connector, theirs.shape(sink))

        def apply(tree: QueryTree, maker: SlotMaker) -> None:
            tree.combine(theirs.slotted(maker), connector)

        made = self._derived(mine.step_with(key, sink, apply))
        known = {field: dict(objects) for field, objects in self._known_related_objects.items()}
        for field, objects in other._known_related_objects.items():
            known.setdefault(field, {}).update(objects)
        made._known_related_objects = known
        return made

    # Both halves

    # Writing

    def raw(self, raw_query: str, params: Any = (), translations: Any = None, using: str | None = None) -> RawQuerySet:
        """Return instances from SQL of one's own.

        Source: docs topics/db/sql, "Performing raw queries".
        """
        made = RawQuerySet(
            raw_query,
            model=self.model,
            params=params,
            translations=translations,
            using=using or self.db,
            fetch_mode=self._fetch_mode,
        )
        made._prefetch_related_lookups = self._prefetch_related_lookups[:]
        return made

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

    def _combinator_query(self, combinator: str, *others: Any, all: bool = False) -> Self:
        sink = Sink()
        parts = (self, *others)
        key = ("combinator", combinator, all, *(part._query.shape(sink) for part in parts))

        def apply(tree: QueryTree, maker: SlotMaker) -> QueryTree:
            made = QueryTree(self.model)
            made.combined_queries = tuple(part._query.slotted(maker) for part in parts)
            made.combinator, made.combinator_all = combinator, all
            first = made.combined_queries[0]
            made.default_cols = first.default_cols
            made.selected = None
            made.annotations = dict(first.annotations)
            made.annotation_mask = first.annotation_mask
            made.extra = dict(first.extra)
            made.opaque = any(part.opaque for part in made.combined_queries)
            return made

        root = Query(self.model)
        made = self._derived(root.step_with(key, sink, apply))
        made._prefetch_related_lookups = self._prefetch_related_lookups
        return made  # type: ignore[no-any-return]

    def union(self, *other_qs: Any, all: bool = False) -> Self:
        """Return the rows of this and of other query sets.

        Source: docs ref/models/querysets, "union()".
        """
        if isinstance(self, EmptyQuerySet):
            found = [part for part in other_qs if not isinstance(part, EmptyQuerySet)]
            if not found:
                return self
            if len(found) == 1:
                return found[0]
            return found[0]._combinator_query("union", *found[1:], all=all)
        if not other_qs:
            return self._chain()  # type: ignore[no-any-return]
        return self._combinator_query("union", *other_qs, all=all)

    def intersection(self, *other_qs: Any) -> Self:
        """Return the rows that all query sets have.

        Source: docs ref/models/querysets, "intersection()".
        """
        if isinstance(self, EmptyQuerySet):
            return self
        for other in other_qs:
            if isinstance(other, EmptyQuerySet):
                return other  # type: ignore[return-value]
        return self._combinator_query("intersection", *other_qs)

    def difference(self, *other_qs: Any) -> Self:
        """Return the rows that only this query set has.

        Source: docs ref/models/querysets, "difference()".
        """
        if isinstance(self, EmptyQuerySet):
            return self
        return self._combinator_query("difference", *other_qs)

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

    # Facts

    @property
    def ordered(self) -> bool:  # type: ignore[override]
        """Whether the results have an order."""
        if isinstance(self, EmptyQuerySet):
            return True
        tree = self._query.node.tree
        if tree.extra_order_by or tree.order_by:
            return True
        return bool(tree.default_ordering and self.model._meta.ordering and not tree.group_by)

    @property
    def totally_ordered(self) -> bool:
        """Whether the order leaves no two rows undecided."""
        tree = self._query.node.tree
        meta = self.model._meta
        items = tree.order_by or (meta.ordering if tree.default_ordering else ())
        names: set[str] = set()
        for item in items:
            name = (
                item.removeprefix("-")
                if isinstance(item, str)
                else getattr(getattr(item, "expression", item), "name", None)
            )
            if not isinstance(name, str) or name == "?":
                continue
            if name == "pk":
                return True
            names.add(name)
        found: set[Any] = set()
        for name in names:
            try:
                field = meta.get_field(name)
            except exceptions.FieldDoesNotExist:
                continue
            if field.is_relation and name != getattr(field, "attname", None) and field.related_model._meta.ordering:
                continue
            if not field.concrete:
                continue
            if field.unique and not field.null:
                return True
            found.add(field)
        groups = [meta.pk_fields, *([meta.get_field(part) for part in group] for group in meta.unique_together)]
        groups += [[meta.get_field(part) for part in each.fields] for each in meta.total_unique_constraints]
        return any(set(group) <= found and not any(part.null for part in group) for group in groups if group)

    @property
    def db(self) -> str:
        """The alias of the database that would be asked."""
        if self._for_write:
            return self._db or router.db_for_write(self.model, **self._hints)
        return self._db or router.db_for_read(self.model, **self._hints)

    # In other queries

    def shape(self, sink: Sink) -> Hashable:
        if self._db is not None:
            return ("db", self._db, self._query.shape(sink))
        return self._query.shape(sink)  # type: ignore[no-any-return]

    def slotted(self, maker: SlotMaker) -> Any:
        tree = self._query.slotted(maker)
        tree.db = self._db
        return tree

    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> Any:
        tree = self._query.realized()
        tree.db = self._db
        return tree.resolve_expression(query, *args, **kwargs)

    resolve_expression.queryset_only = True  # type: ignore[attr-defined]

    # Copies

    def _derived(self, query: Query) -> Any:
        """Return a copy with another query: what each method of a set gives."""
        cls = self.__class__
        plain = cls._clone is QuerySet._clone and cls._chain is QuerySet._chain
        made = self._plain_copy() if plain else self._chain()
        made._query = query
        return made

    def _chain(self) -> Any:
        """Return a copy; subclasses may carry over attributes of their own."""
        return self._plain_copy() if self.__class__._clone is QuerySet._clone else self._clone()

    def _clone(self) -> Any:
        """Return a copy; subclasses may carry over attributes of their own."""
        return self._plain_copy()

    def _plain_copy(self) -> Any:
        made = self.__class__.__new__(self.__class__)
        data = self.__dict__.copy()
        if len(data) > _STATE_SIZE:
            _leave_replaced_methods(self.__class__, data)
        data["_result_cache"] = None
        data["_prefetch_done"] = False
        data["_sticky_filter"] = False
        made.__dict__ = data
        return made

    @property
    def copies_plainly(self) -> bool:
        """Whether a copy is a copy of the attributes: no subclass makes copies in a way of its own."""
        cls = self.__class__
        return cls._clone is QuerySet._clone and cls._chain is QuerySet._chain

    def twin(self, found: list[Any], ask: Callable[[], Any], state: dict[str, Any]) -> Any:
        """Return a set with results that differs from this one in its query.

        Args:
            found: the results.
            ask: gives a set with the same query, when it is wanted.
            state: other attributes that differ.
        """
        made = self.__class__.__new__(self.__class__)
        data = self.__dict__ | state
        data["_result_cache"] = found
        data["_prefetch_done"] = True
        data["_ask_query"] = ask
        data.pop("_query", None)
        made.__dict__ = data
        return made

    def _next_is_sticky(self) -> Self:
        """Let the next two filter() calls share their joins."""
        self._sticky_filter = True
        return self

    def _add_hints(self, **hints: Any) -> None:
        self._hints = {**self._hints, **hints}

    def _plain_set(self, model: Any, alias: str) -> QuerySet:
        """Return all rows of another model, in the same database."""
        return QuerySet(model, using=alias)

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

    def _has_filters(self) -> bool:
        return bool(self._query.node.tree.where)

    def _not_support_combined_queries(self, name: str) -> None:
        combinator = self._query.node.tree.combinator
        if combinator:
            raise NotSupportedError(f"Calling QuerySet.{name}() after {combinator}() is not supported.")

    def _check_operator_queryset(self, other: Any, sign: str) -> None:
        if self._query.combinator or other._query.combinator:
            raise TypeError(f"Cannot use {sign} operator with combined queryset.")

    @staticmethod
    def _refuse_non_expressions(values: Sequence[Any], method: str) -> None:
        invalid = sorted(str(value) for value in values if not hasattr(value, "resolve_expression"))
        if invalid:
            raise TypeError(f"QuerySet.{method}() received non-expression(s): {', '.join(invalid)}.")


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


def manager_class_for(queryset_class: Any) -> Any:
    """Return a manager class for a query set class; the manager module fills this in."""
    return _managers["make"](queryset_class)


_managers: dict[str, Any] = {}


class _EmptyMeta(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, QuerySet) and instance._query.node.tree.is_empty()


class EmptyQuerySet(metaclass=_EmptyMeta):
    """Marks query sets made by `none()`: `isinstance(qs.none(), EmptyQuerySet)`.

    Source: docs ref/models/querysets, "none()".
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise TypeError("EmptyQuerySet can't be instantiated")


for _public in (QuerySet, EmptyQuerySet):
    _public.__module__ = "hotclub.db.models.query"
__all__ = ["MAX_GET_RESULTS", "REPR_OUTPUT_SIZE", "EmptyQuerySet", "QuerySet", "RawQuerySet"]
