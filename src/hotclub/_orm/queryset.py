"""`QuerySet`: the documented surface of queries.

Methods that give another query set add a step to the immutable `Query`; methods that ask the database run a flow, by the
sync or the async driver. A half that a subclass overrides is what the other half runs.
"""

from __future__ import annotations

import copy
import operator
import warnings
from collections.abc import AsyncIterator, Callable, Hashable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import hotclub
from hotclub._flow.drivers import adrive, drive
from hotclub._flow.effects import CallUser
from hotclub._orm.aggregates import Count
from hotclub._orm.expressions import F, Window
from hotclub._orm.fetch_modes import FETCH_ONE
from hotclub._orm.field_classes import DateField, DateTimeField
from hotclub._orm.flows import bulk, reading, updating
from hotclub._orm.flows.delete import delete_queryset
from hotclub._orm.functions.datetime import Trunc
from hotclub._orm.functions.window import RowNumber
from hotclub._orm.grouping import aggregated
from hotclub._orm.iterables import (
    BUILT_IN,
    FlatValuesListIterable,
    ModelIterable,
    NamedValuesListIterable,
    ValuesIterable,
    ValuesListIterable,
)
from hotclub._orm.joins import FilteredRelation
from hotclub._orm.lookups.builtin import GreaterThan, LessThanOrEqual
from hotclub._orm.ordering import Ordering
from hotclub._orm.prefetching import Prefetch, prefetch_flow
from hotclub._orm.q import AND, OR, XOR, Q
from hotclub._orm.query import Query
from hotclub._orm.raw import RawQuerySet
from hotclub._orm.shape import Sink, SlotMaker, describe, slotted
from hotclub._orm.tree import QueryTree
from hotclub.conf import settings
from hotclub.core import exceptions
from hotclub.db import NotSupportedError, connections, router
from hotclub.db.ports import ASYNC, SYNC
from hotclub.utils import timezone

if TYPE_CHECKING:
    from typing import Self

MAX_GET_RESULTS = 21
REPR_OUTPUT_SIZE = 20
GET_ITERATOR_CHUNK_SIZE = 100
_VERSION_KEY = "_django_version"  # the wire name of pickled query sets


async def _call(function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    return await CallUser(function, args, kwargs)


class QuerySet:
    """A lazy database lookup for a set of objects.

    Source: docs ref/models/querysets.
    """

    _iterable_class: Any

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
        return self._query

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
        return {**self.__dict__, _VERSION_KEY: hotclub.__version__}

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
        bounds = (key.start, key.stop) if isinstance(key, slice) else (key,)
        if any(bound is not None and bound < 0 for bound in bounds):
            raise ValueError("Negative indexing is not supported.")
        if self._result_cache is not None:
            return self._result_cache[key]
        if isinstance(key, slice):
            start = None if key.start is None else int(key.start)
            stop = None if key.stop is None else int(key.stop)
            made = self._chain(self._sliced(start, stop))
            return list(made)[:: key.step] if key.step else made
        made = self._chain(self._sliced(key, key + 1))
        made._fetch_all()
        return made._result_cache[0]

    def _sliced(self, low: int | None, high: int | None) -> Query:
        return self._query.rebuilt(lambda tree: tree.set_limits(low, high), ("slice", low, high))

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
        sink = Sink()
        key = ("combine", connector, other._query.shape(sink))

        def apply(tree: QueryTree, maker: SlotMaker) -> None:
            tree.combine(other._query.slotted(maker), connector)

        made = self._chain(self._query.step_with(key, sink, apply))
        known = {field: dict(objects) for field, objects in self._known_related_objects.items()}
        for field, objects in other._known_related_objects.items():
            known.setdefault(field, {}).update(objects)
        made._known_related_objects = known
        return made

    # Reading

    def _fetch_all(self) -> None:
        if self._result_cache is None or (self._prefetch_related_lookups and not self._prefetch_done):
            drive(self.fetch_flow(), SYNC)

    async def fetch_flow(self) -> list[Any]:
        """Fill the result cache, related objects included, and return it."""
        if self._result_cache is None:
            self._result_cache = await self._rows_flow()
        if self._prefetch_related_lookups and not self._prefetch_done:
            await prefetch_flow(self._result_cache, self._prefetch_related_lookups)
        self._prefetch_done = True
        return self._result_cache

    async def _rows_flow(self) -> list[Any]:
        kind = self._iterable_class
        if kind not in BUILT_IN:
            return await CallUser(lambda: list(kind(self)))
        if kind is ModelIterable:
            found = await reading.fetch_objects(self._query, self.db, self._fetch_mode)
            if self._known_related_objects:
                self._attach_known(found)
            return found
        return await reading.fetch_values(self._query, self.db, kind.kind)

    def _attach_known(self, found: Sequence[Any]) -> None:
        for field, objects in self._known_related_objects.items():
            getter = operator.attrgetter(
                field.attname if not hasattr(field, "local_related_fields") else field.local_related_fields[0].attname
            )
            several = len(getattr(field, "local_related_fields", (field,))) > 1
            for each in found:
                if field.is_cached(each) or not _has_loaded(each, field):
                    continue  # loaded otherwise, or its key was not loaded
                if several:
                    key: Any = tuple(getattr(each, part.attname) for part in field.local_related_fields)
                else:
                    key = getter(each)
                if key in objects:
                    setattr(each, field.name, objects[key])

    def _rows_of_kind(self, kind: str) -> list[Any]:
        if kind == "model":
            return drive(reading.fetch_objects(self._query, self.db, self._fetch_mode), SYNC)
        return drive(reading.fetch_values(self._query, self.db, kind), SYNC)

    def _plan_maker(self) -> tuple[str, Any]:
        kind = getattr(self._iterable_class, "kind", "model")
        return kind, reading.model_plan if kind == "model" else reading.values_plan(kind)

    def _read_chunk(self, plan: Any, rows: Any) -> list[Any]:
        connection = connections[self.db]
        if getattr(self._iterable_class, "kind", "model") != "model":
            return plan.read(rows, connection)  # type: ignore[no-any-return]
        found: list[Any] = plan.read(rows, connection, self._fetch_mode)
        if self._fetch_mode.track_peers:
            reading.note_peers(found)
        if self._known_related_objects:
            self._attach_known(found)
        return found

    def _chunks(self, size: int) -> Iterator[Any]:
        opened = drive(reading.open_chunks(self._query, self.db, *self._plan_maker()), SYNC)
        if opened is None:
            return
        handle, plan = opened
        try:
            while rows := drive(reading.next_chunk(handle, size), SYNC):
                yield from self._read_chunk(plan, rows)
        finally:
            drive(reading.close_chunks(handle), SYNC)

    async def _achunks(self, size: int) -> AsyncIterator[Any]:
        opened = await adrive(reading.open_chunks(self._query, self.db, *self._plan_maker()), ASYNC)
        if opened is None:
            return
        handle, plan = opened
        try:
            while rows := await adrive(reading.next_chunk(handle, size), ASYNC):
                for each in self._read_chunk(plan, rows):
                    yield each
        finally:
            await adrive(reading.close_chunks(handle), ASYNC)

    def iterator(self, chunk_size: int | None = None) -> Iterator[Any]:
        """Give the results without keeping them.

        Args:
            chunk_size: rows fetched at a time; needed with prefetch_related().

        Source: docs ref/models/querysets, "iterator()".
        """
        size = self._checked_chunk_size(chunk_size)
        chunked = not connections[self.db].settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
        return self._iterate(size, chunked)

    def _checked_chunk_size(self, chunk_size: int | None) -> int:
        if chunk_size is None:
            if self._prefetch_related_lookups:
                raise ValueError("chunk_size must be provided when using QuerySet.iterator() after prefetch_related().")
        elif chunk_size <= 0:
            raise ValueError("Chunk size must be strictly positive.")
        return chunk_size or 2000

    def _iterate(self, size: int, chunked: bool) -> Iterator[Any]:
        if self._iterable_class in BUILT_IN:
            source: Any = self._chunks(size)
        else:
            source = self._iterable_class(self, chunked_fetch=chunked, chunk_size=size)
        if not self._prefetch_related_lookups:
            yield from source
            return
        iterator = iter(source)
        while results := list(islice(iterator, size)):
            drive(prefetch_flow(results, self._prefetch_related_lookups), SYNC)
            yield from results

    async def aiterator(self, chunk_size: int = 2000) -> AsyncIterator[Any]:
        """Give the results asynchronously, without keeping them."""
        if chunk_size <= 0:
            raise ValueError("Chunk size must be strictly positive.")
        batch: list[Any] = []
        async for each in self._achunks(chunk_size):
            if not self._prefetch_related_lookups:
                yield each
                continue
            batch.append(each)
            if len(batch) >= chunk_size:
                await adrive(prefetch_flow(batch, self._prefetch_related_lookups), ASYNC)
                for part in batch:
                    yield part
                batch = []
        if batch:
            await adrive(prefetch_flow(batch, self._prefetch_related_lookups), ASYNC)
            for part in batch:
                yield part

    # Both halves

    def _half(self, name: str, original: Any, flow: Callable[..., Any], args: Any = (), kwargs: Any = None) -> Any:
        """Return the flow of an async half: that of the sync half, if a subclass overrode it."""
        if getattr(type(self), name) is not original:
            return _call(getattr(self, name), args, kwargs or {})
        return flow(*args, **(kwargs or {}))

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """Return the one object that matches.

        Raises:
            DoesNotExist: none does.
            MultipleObjectsReturned: several do.

        Source: docs ref/models/querysets, "get()".
        """
        return drive(self.get_flow(*args, **kwargs), SYNC)

    async def aget(self, *args: Any, **kwargs: Any) -> Any:
        """Async half of `get()`."""
        return await adrive(self._half("get", QuerySet.get, self.get_flow, args, kwargs), ASYNC)

    async def get_flow(self, *args: Any, **kwargs: Any) -> Any:
        if self._query.node.tree.combinator and (args or kwargs):
            raise NotSupportedError(
                f"Calling QuerySet.get(...) with filters after {self._query.combinator}() is not supported."
            )
        made = self._filter_or_exclude(False, args, kwargs) if args or kwargs else self._chain()
        made._query = made._query.rebuilt(_for_get, "get")
        found = await made.fetch_flow()
        count = len(found)
        if count == 1:
            return found[0]
        if not count:
            raise self.model.DoesNotExist(f"{self.model._meta.object_name} matching query does not exist.")
        shown = f"more than {MAX_GET_RESULTS - 1}" if count == MAX_GET_RESULTS and _limited(made) else count
        raise self.model.MultipleObjectsReturned(
            f"get() returned more than one {self.model._meta.object_name} -- it returned {shown}!"
        )

    def count(self) -> int:
        """Return the number of rows.

        Source: docs ref/models/querysets, "count()".
        """
        if self._result_cache is not None:
            return len(self._result_cache)
        return drive(self.count_flow(), SYNC)

    async def acount(self) -> int:
        """Async half of `count()`."""
        return await adrive(self._half("count", QuerySet.count, self.count_flow), ASYNC)  # type: ignore[no-any-return]

    async def count_flow(self) -> int:
        if self._result_cache is not None:
            return len(self._result_cache)
        query = self._query.step("count", lambda tree, _maker: aggregated(tree, {"__count": Count("*")}))
        row = await reading.fetch_row(query, self.db)
        return row["__count"] or 0

    def exists(self) -> bool:
        """Say whether there is any row.

        Source: docs ref/models/querysets, "exists()".
        """
        return drive(self.exists_flow(), SYNC)

    async def aexists(self) -> bool:
        """Async half of `exists()`."""
        return await adrive(self._half("exists", QuerySet.exists, self.exists_flow), ASYNC)  # type: ignore[no-any-return]

    async def exists_flow(self) -> bool:
        if self._result_cache is not None:
            return bool(self._result_cache)
        query = self._query.step("exists", lambda tree, _maker: tree.as_existence())
        return await reading.exists(query, self.db)

    def contains(self, obj: Any) -> bool:
        """Say whether an object is among the results.

        Source: docs ref/models/querysets, "contains()".
        """
        return drive(self.contains_flow(obj), SYNC)

    async def acontains(self, obj: Any) -> bool:
        """Async half of `contains()`."""
        return await adrive(self._half("contains", QuerySet.contains, self.contains_flow, (obj,)), ASYNC)  # type: ignore[no-any-return]

    async def contains_flow(self, obj: Any) -> bool:
        self._not_support_combined_queries("contains")
        if self._fields is not None:
            raise TypeError("Cannot call QuerySet.contains() after .values() or .values_list().")
        try:
            if obj._meta.concrete_model != self.model._meta.concrete_model:
                return False
        except AttributeError:
            raise TypeError("'obj' must be a model instance.")
        if not obj._is_pk_set():
            raise ValueError("QuerySet.contains() cannot be used on unsaved objects.")
        if self._result_cache is not None:
            return obj in self._result_cache
        return await self.filter(pk=obj.pk).exists_flow()  # type: ignore[no-any-return]

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return aggregates over all rows, by name.

        Source: docs ref/models/querysets, "aggregate()".
        """
        return drive(self.aggregate_flow(*args, **kwargs), SYNC)

    async def aaggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Async half of `aggregate()`."""
        flow = self._half("aggregate", QuerySet.aggregate, self.aggregate_flow, args, kwargs)
        return await adrive(flow, ASYNC)  # type: ignore[no-any-return]

    async def aggregate_flow(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        if self._query.distinct_fields:
            raise NotImplementedError("aggregate() + distinct(fields) not implemented.")
        self._refuse_non_expressions((*args, *kwargs.values()), "aggregate")
        for arg in args:
            try:
                name = arg.default_alias
            except (AttributeError, TypeError):
                raise TypeError("Complex aggregates require an alias")
            kwargs[name] = arg
        if not kwargs:
            return {}
        sink = Sink()
        key = ("aggregate", *((name, describe(part, sink)) for name, part in kwargs.items()))

        def apply(tree: QueryTree, maker: SlotMaker) -> QueryTree:
            return aggregated(tree, {name: slotted(part, maker) for name, part in kwargs.items()})

        query = self._query.step_with(key, sink, apply)
        return await reading.fetch_row(query, self.db)

    def first(self) -> Any:
        """Return the first object, or None.

        Source: docs ref/models/querysets, "first()".
        """
        return drive(self.first_flow(), SYNC)

    async def afirst(self) -> Any:
        """Async half of `first()`."""
        return await adrive(self._half("first", QuerySet.first, self.first_flow), ASYNC)

    async def first_flow(self) -> Any:
        if self._result_cache is not None and self.ordered:
            return self._result_cache[0] if self._result_cache else None
        source = self if self.ordered else self._ordered_by_key("first", False)
        found = await source._limited_rows(1)
        return found[0] if found else None

    def last(self) -> Any:
        """Return the last object, or None.

        Source: docs ref/models/querysets, "last()".
        """
        return drive(self.last_flow(), SYNC)

    async def alast(self) -> Any:
        """Async half of `last()`."""
        return await adrive(self._half("last", QuerySet.last, self.last_flow), ASYNC)

    async def last_flow(self) -> Any:
        source = self.reverse() if self.ordered else self._ordered_by_key("last", True)
        found = await source._limited_rows(1)
        return found[0] if found else None

    async def _limited_rows(self, count: int) -> list[Any]:
        return await self._chain(self._sliced(0, count)).fetch_flow()  # type: ignore[no-any-return]

    def _ordered_by_key(self, method: str, backwards: bool) -> Self:
        group_by = self._query.group_by
        if isinstance(group_by, tuple):
            grouped = {getattr(col, "target", None) for part in group_by for col in _columns_in(part)}
            if not set(self.model._meta.pk_fields) <= grouped:
                raise TypeError(
                    f"Cannot use QuerySet.{method}() on an unordered queryset performing aggregation. Add an ordering "
                    "with order_by()."
                )
        return self.order_by("-pk" if backwards else "pk")

    def earliest(self, *fields: str) -> Any:
        """Return the earliest object by the given fields, or by `Meta.get_latest_by`."""
        return drive(self.earliest_flow(*fields), SYNC)

    async def aearliest(self, *fields: str) -> Any:
        """Async half of `earliest()`."""
        return await adrive(self._half("earliest", QuerySet.earliest, self.earliest_flow, fields), ASYNC)

    async def earliest_flow(self, *fields: str) -> Any:
        self._not_support_combined_queries("earliest")
        if self._query.is_sliced:
            raise TypeError("Cannot change a query once a slice has been taken.")
        return await self._extreme(*fields)

    def latest(self, *fields: str) -> Any:
        """Return the latest object by the given fields, or by `Meta.get_latest_by`."""
        return drive(self.latest_flow(*fields), SYNC)

    async def alatest(self, *fields: str) -> Any:
        """Async half of `latest()`."""
        return await adrive(self._half("latest", QuerySet.latest, self.latest_flow, fields), ASYNC)

    async def latest_flow(self, *fields: str) -> Any:
        self._not_support_combined_queries("latest")
        if self._query.is_sliced:
            raise TypeError("Cannot change a query once a slice has been taken.")
        return await self.reverse()._extreme(*fields)

    async def _extreme(self, *fields: str) -> Any:
        order: Any = fields or getattr(self.model._meta, "get_latest_by", None)
        if order and not isinstance(order, (tuple, list)):
            order = (order,)
        if not order:
            raise ValueError(
                "earliest() and latest() require either fields as positional arguments or 'get_latest_by' in the model's Meta."
            )

        def change(tree: QueryTree) -> None:
            tree.clear_ordering(force=True)
            tree.add_ordering(*order)
            tree.set_limits(high=1)

        made = self._chain(self._query.rebuilt(change, ("extreme", tuple(order))))
        return await made.get_flow()

    def in_bulk(self, id_list: Any = None, *, field_name: str = "pk") -> dict[Any, Any]:
        """Return the objects with the given keys, by key.

        Source: docs ref/models/querysets, "in_bulk()".
        """
        return drive(self.in_bulk_flow(id_list, field_name=field_name), SYNC)

    async def ain_bulk(self, id_list: Any = None, *, field_name: str = "pk") -> dict[Any, Any]:
        """Async half of `in_bulk()`."""
        flow = self._half("in_bulk", QuerySet.in_bulk, self.in_bulk_flow, (id_list,), {"field_name": field_name})
        return await adrive(flow, ASYNC)  # type: ignore[no-any-return]

    async def in_bulk_flow(self, id_list: Any = None, *, field_name: str = "pk") -> dict[Any, Any]:
        if self._query.is_sliced:
            raise TypeError("Cannot use 'limit' or 'offset' with in_bulk().")
        if id_list is not None and not id_list:
            return {}
        meta = self.model._meta
        unique = {constraint.fields[0] for constraint in meta.total_unique_constraints if len(constraint.fields) == 1}
        if (
            field_name != "pk"
            and not meta.get_field(field_name).unique
            and field_name not in unique
            and self._query.distinct_fields != (field_name,)
        ):
            raise ValueError(f"in_bulk()'s field_name must be a unique field but {field_name!r} isn't.")
        source: Any = self
        name = field_name
        if self._fields is not None and issubclass(
            self._iterable_class, (ValuesIterable, ValuesListIterable, FlatValuesListIterable)
        ):
            return await self._values_in_bulk(id_list, field_name)
        if id_list is not None:
            found: list[Any] = []
            for batch in self._batches(list(id_list), meta, field_name):
                part = source.filter(**{f"{field_name}__in": batch})
                found.extend(await part.fetch_flow())
        else:
            found = await source._chain().fetch_flow()
        return {getattr(each, name): each for each in found}

    async def _values_in_bulk(self, id_list: Any, field_name: str) -> dict[Any, Any]:
        kind = self._iterable_class
        fields = self._fields or ()
        source: Any = self
        if id_list is not None:
            source = source.filter(**{f"{field_name}__in": list(id_list)}).order_by()
        key_name = self.model._meta.pk.name if field_name == "pk" else field_name
        if kind is ValuesIterable:
            hidden = bool(fields) and field_name not in fields and key_name not in fields
            rows = await (source.values(*fields, field_name) if hidden else source._chain()).fetch_flow()
            result = {}
            for row in rows:
                key = row[field_name] if field_name in row else row[key_name]
                if hidden:
                    del row[field_name]
                result[key] = row
            return result
        rows = await source._with_key_first(field_name).fetch_flow()
        if kind is FlatValuesListIterable:
            return {row[0]: row[1] for row in rows}
        if kind is NamedValuesListIterable:
            made = reading.row_class(tuple(self._query.node.tree.selected or fields))
            return {row[0]: made(*row[1:]) for row in rows}
        return {row[0]: tuple(row[1:]) for row in rows}

    def _with_key_first(self, field_name: str) -> Any:
        """The rows of values_list() with the key before them, as plain tuples."""
        made = self.annotate(_bulk_key=F(field_name))

        def change(tree: QueryTree) -> None:
            tree.selected = dict.fromkeys(["_bulk_key", *(tree.selected or ())])

        made._query = made._query.rebuilt(change, "key first")
        made._iterable_class = ValuesListIterable
        return made

    def _batches(self, keys: list[Any], meta: Any, field_name: str) -> list[list[Any]]:
        field = meta.pk if field_name == "pk" else meta.get_field(field_name)
        most = connections[self.db].ops.bulk_batch_size([field], keys)
        if not most or most >= len(keys):
            return [keys]
        return [keys[start : start + most] for start in range(0, len(keys), most)]

    def explain(self, *, format: str | None = None, **options: Any) -> str:
        """Return the database's plan for the query.

        Source: docs ref/models/querysets, "explain()".
        """
        return drive(self.explain_flow(format=format, **options), SYNC)

    async def aexplain(self, *, format: str | None = None, **options: Any) -> str:
        """Async half of `explain()`."""
        flow = self._half("explain", QuerySet.explain, self.explain_flow, (), {"format": format, **options})
        return await adrive(flow, ASYNC)  # type: ignore[no-any-return]

    async def explain_flow(self, *, format: str | None = None, **options: Any) -> str:
        for name in options:
            if not name or not all(part.isalnum() or part in "_-" for part in name) or "--" in name:
                raise ValueError(f"Invalid option name: {name!r}.")
        query = self._query.rebuilt(
            lambda tree: setattr(tree, "explain_info", (format, options)),
            ("explain", format, tuple((name, repr(value)) for name, value in options.items())),
        )
        return await reading.explain(query, self.db)

    # Writing

    def _for_writing(self) -> str:
        self._for_write = True
        return self.db

    def create(self, **kwargs: Any) -> Any:
        """Make an object and save it.

        Source: docs ref/models/querysets, "create()".
        """
        return drive(self.create_flow(kwargs), SYNC)

    async def acreate(self, **kwargs: Any) -> Any:
        """Async half of `create()`."""
        if type(self).create is not QuerySet.create:
            return await adrive(_call(self.create, (), kwargs), ASYNC)
        return await adrive(self.create_flow(kwargs), ASYNC)

    async def create_flow(self, kwargs: dict[str, Any]) -> Any:
        reverse = self.model._meta._reverse_one_to_one_field_names & frozenset(kwargs)
        if reverse:
            names = "', '".join(sorted(reverse))
            raise ValueError(f"The following fields do not exist in this model: {names}")
        made = self.model(**kwargs)
        self._for_write = True
        made._state.fetch_mode = self._fetch_mode
        await self._save_flow(made, self.db, None, force_insert=True)
        return made

    async def _save_flow(self, obj: Any, alias: str, update_fields: Any, force_insert: bool = False) -> None:
        """Save by the model's own `save()`; without a thread where it was not overridden."""
        flow = getattr(obj, "_save_flow", None)
        if flow is not None and not getattr(obj, "_overrides_save", lambda: True)():
            await flow(force_insert=force_insert, using=alias, update_fields=update_fields)
            return
        kwargs: dict[str, Any] = {"using": alias}
        if force_insert:
            kwargs["force_insert"] = True
        if update_fields is not None:
            kwargs["update_fields"] = update_fields
        await CallUser(obj.save, (), kwargs)

    def get_or_create(self, defaults: dict[str, Any] | None = None, **kwargs: Any) -> tuple[Any, bool]:
        """Return the object that matches and False, or a new one and True.

        Source: docs ref/models/querysets, "get_or_create()".
        """
        return drive(self.get_or_create_flow(defaults, kwargs), SYNC)

    async def aget_or_create(self, defaults: dict[str, Any] | None = None, **kwargs: Any) -> tuple[Any, bool]:
        """Async half of `get_or_create()`."""
        if type(self).get_or_create is not QuerySet.get_or_create:
            return await adrive(_call(self.get_or_create, (defaults,), kwargs), ASYNC)  # type: ignore[no-any-return]
        return await adrive(self.get_or_create_flow(defaults, kwargs), ASYNC)

    async def get_or_create_flow(self, defaults: dict[str, Any] | None, kwargs: dict[str, Any]) -> tuple[Any, bool]:
        return await bulk.get_or_create(self, defaults, kwargs)

    def update_or_create(
        self, defaults: dict[str, Any] | None = None, create_defaults: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[Any, bool]:
        """Update the object that matches, or create one; says which in the second place.

        Source: docs ref/models/querysets, "update_or_create()".
        """
        return drive(self.update_or_create_flow(defaults, create_defaults, kwargs), SYNC)

    async def aupdate_or_create(
        self, defaults: dict[str, Any] | None = None, create_defaults: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[Any, bool]:
        """Async half of `update_or_create()`."""
        if type(self).update_or_create is not QuerySet.update_or_create:
            return await adrive(_call(self.update_or_create, (defaults, create_defaults), kwargs), ASYNC)  # type: ignore[no-any-return]
        return await adrive(self.update_or_create_flow(defaults, create_defaults, kwargs), ASYNC)

    async def update_or_create_flow(
        self, defaults: dict[str, Any] | None, create_defaults: dict[str, Any] | None, kwargs: dict[str, Any]
    ) -> tuple[Any, bool]:
        return await bulk.update_or_create(self, defaults, create_defaults, kwargs)

    def bulk_create(
        self,
        objs: Any,
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Any = None,
        unique_fields: Any = None,
    ) -> list[Any]:
        """Insert many objects with few statements.

        Source: docs ref/models/querysets, "bulk_create()".
        """
        options = (batch_size, ignore_conflicts, update_conflicts, update_fields, unique_fields)
        return drive(bulk.bulk_create(self, objs, *options), SYNC)

    async def abulk_create(
        self,
        objs: Any,
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Any = None,
        unique_fields: Any = None,
    ) -> list[Any]:
        """Async half of `bulk_create()`."""
        options = (batch_size, ignore_conflicts, update_conflicts, update_fields, unique_fields)
        flow = self._half("bulk_create", QuerySet.bulk_create, self.bulk_create_flow, (objs, *options))
        return await adrive(flow, ASYNC)  # type: ignore[no-any-return]

    async def bulk_create_flow(self, objs: Any, *args: Any, **options: Any) -> list[Any]:
        return await bulk.bulk_create(self, objs, *args, **options)

    def bulk_update(self, objs: Any, fields: Any, batch_size: int | None = None) -> int:
        """Write some fields of many objects with few statements; gives the number of rows matched.

        Source: docs ref/models/querysets, "bulk_update()".
        """
        return drive(bulk.bulk_update(self, objs, fields, batch_size), SYNC)

    bulk_update.alters_data = True  # type: ignore[attr-defined]

    async def abulk_update(self, objs: Any, fields: Any, batch_size: int | None = None) -> int:
        """Async half of `bulk_update()`."""
        flow = self._half("bulk_update", QuerySet.bulk_update, self._bulk_update_flow, (objs, fields, batch_size))
        return await adrive(flow, ASYNC)  # type: ignore[no-any-return]

    async def _bulk_update_flow(self, objs: Any, fields: Any, batch_size: int | None = None) -> int:
        return await bulk.bulk_update(self, objs, fields, batch_size)

    def update(self, **kwargs: Any) -> int:
        """Change fields of all rows; gives the number of rows matched.

        Source: docs ref/models/querysets, "update()".
        """
        return drive(self.update_flow(kwargs), SYNC)

    async def aupdate(self, **kwargs: Any) -> int:
        """Async half of `update()`."""
        if type(self).update is not QuerySet.update:
            return await adrive(_call(self.update, (), kwargs), ASYNC)  # type: ignore[no-any-return]
        return await adrive(self.update_flow(kwargs), ASYNC)

    async def update_flow(self, values: dict[str, Any]) -> int:
        self._not_support_combined_queries("update")
        if self._query.is_sliced:
            raise TypeError("Cannot update a query once a slice has been taken.")
        if self._query.distinct_fields:
            raise TypeError("Cannot call update() after .distinct(*fields).")
        alias = self._for_writing()
        query = updating.update_query(self._query, values)
        touched = await updating.update_rows(query, alias, lambda model: QuerySet(model, using=alias))
        self._result_cache = None
        return touched

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete all rows and what goes along; gives counts.

        Source: docs ref/models/querysets, "delete()".
        """
        return drive(self.delete_flow(), SYNC)

    async def adelete(self) -> tuple[int, dict[str, int]]:
        """Async half of `delete()`."""
        return await adrive(self._half("delete", QuerySet.delete, self.delete_flow), ASYNC)  # type: ignore[no-any-return]

    async def delete_flow(self) -> tuple[int, dict[str, int]]:
        self._not_support_combined_queries("delete")
        if self._query.is_sliced:
            raise TypeError("Cannot use 'limit' or 'offset' with delete().")
        if self._query.distinct_fields:
            raise TypeError("Cannot call delete() after .distinct(*fields).")
        if self._fields is not None:
            raise TypeError("Cannot call delete() after .values() or .values_list()")
        made = self._chain()
        made._for_write = True

        def change(tree: QueryTree) -> None:
            tree.select_for_update = False
            tree.select_related = False
            tree.clear_ordering(force=True)

        made._query = made._query.rebuilt(change, "for deletion")
        deleted = await delete_queryset(made, self)
        self._result_cache = None
        return deleted

    async def raw_delete_flow(self, using: str) -> int:
        return await reading.raw_delete(self._query, using)

    def _raw_delete(self, using: str) -> int:
        return drive(self.raw_delete_flow(using), SYNC)

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
        return self._chain(self._query.rebuilt(lambda tree: tree.set_empty(), "none"))

    def all(self) -> Self:
        """Return a copy."""
        return self._chain()

    def filter(self, *args: Any, **kwargs: Any) -> Self:
        """Return the objects that match.

        Source: docs ref/models/querysets, "filter()".
        """
        self._not_support_combined_queries("filter")
        return self._filter_or_exclude(False, args, kwargs)

    def exclude(self, *args: Any, **kwargs: Any) -> Self:
        """Return the objects that do not match.

        Source: docs ref/models/querysets, "exclude()".
        """
        self._not_support_combined_queries("exclude")
        return self._filter_or_exclude(True, args, kwargs)

    def _filter_or_exclude(self, negated: bool, args: Sequence[Any], kwargs: dict[str, Any]) -> Self:
        tree = self._query.node.tree
        if (args or kwargs) and (tree.high_mark is not None or tree.low_mark):
            raise TypeError("Cannot filter a query once a slice has been taken.")
        invalid = [name for name in ("_connector", "_negated") if name in kwargs]
        if invalid:
            raise TypeError(f"The following kwargs are invalid: {', '.join(repr(name) for name in invalid)}")
        sticky = self._sticky_filter
        made = self._chain(self._query.filter(negated, args, kwargs, sticky))
        return made

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
            made.default_ordering = False
            return made

        root = Query(self.model)
        made = self._chain(root.step_with(key, sink, apply))
        made._prefetch_related_lookups = self._prefetch_related_lookups
        return made

    def union(self, *other_qs: Any, all: bool = False) -> Self:
        """Return the rows of this and of other query sets.

        Source: docs ref/models/querysets, "union()".
        """
        if isinstance(self, EmptyQuerySet):
            found = [part for part in other_qs if not isinstance(part, EmptyQuerySet)]
            if not found:
                return self
            if len(found) == 1:
                return found[0]  # type: ignore[no-any-return]
            return found[0]._combinator_query("union", *found[1:], all=all)  # type: ignore[no-any-return]
        if not other_qs:
            return self._chain()
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

        made = self._chain(self._query.rebuilt(change, ("lock", nowait, skip_locked, tuple(of), no_key)))
        made._for_write = True
        return made

    def select_related(self, *fields: Any) -> Self:
        """Load related objects in the same query.

        Source: docs ref/models/querysets, "select_related()".
        """
        self._not_support_combined_queries("select_related")
        if self._fields is not None:
            raise TypeError("Cannot call select_related() after .values() or .values_list()")
        if fields == (None,):
            return self._chain(self._query.rebuilt(lambda tree: setattr(tree, "select_related", False), "no related"))
        if fields:
            return self._chain(self._query.rebuilt(lambda tree: tree.add_select_related(fields), ("related", fields)))
        return self._chain(self._query.rebuilt(lambda tree: setattr(tree, "select_related", True), "all related"))

    def prefetch_related(self, *lookups: Any) -> Self:
        """Load related objects with a query each.

        Source: docs ref/models/querysets, "prefetch_related()".
        """
        self._not_support_combined_queries("prefetch_related")
        made = self._chain()
        if lookups == (None,):
            made._prefetch_related_lookups = ()
            return made
        for lookup in lookups:
            name = lookup.prefetch_to if isinstance(lookup, Prefetch) else lookup
            head = name.split("__", 1)[0]
            if head in self._query.filtered_relations:
                raise ValueError("prefetch_related() is not supported with FilteredRelation.")
        made._prefetch_related_lookups = made._prefetch_related_lookups + lookups
        return made

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
                    tree.add_filtered_relation(part, name)
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

        return self._chain(self._query.step_with(key, sink, apply))

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
        if self._query.is_sliced:
            raise TypeError("Cannot reorder a query once a slice has been taken.")
        sink = Sink()
        key = ("order", *(name if isinstance(name, str) else _annotation_key(name, sink) for name in field_names))

        def apply(tree: QueryTree, maker: SlotMaker) -> None:
            tree.clear_ordering(force=True, clear_default=False)
            tree.add_ordering(*(name if isinstance(name, str) else slotted(name, maker) for name in field_names))

        return self._chain(self._query.step_with(key, sink, apply))

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

        return self._chain(self._query.rebuilt(change, ("distinct", field_names)))

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
        return self._chain(
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

        return self._chain(self._query.rebuilt(change, "reverse"))

    def defer(self, *fields: Any) -> Self:
        """Do not load some fields until they are used.

        Source: docs ref/models/querysets, "defer()".
        """
        self._not_support_combined_queries("defer")
        if self._fields is not None:
            raise TypeError("Cannot call defer() after .values() or .values_list()")
        if fields == (None,):
            return self._chain(
                self._query.rebuilt(lambda tree: setattr(tree, "deferred_loading", (frozenset(), True)), "load all")
            )
        self._refuse_filtered(fields)
        return self._chain(self._query.rebuilt(lambda tree: tree.add_deferred(fields), ("defer", fields)))

    def only(self, *fields: Any) -> Self:
        """Load some fields and leave the others until they are used.

        Source: docs ref/models/querysets, "only()".
        """
        self._not_support_combined_queries("only")
        if self._fields is not None:
            raise TypeError("Cannot call only() after .values() or .values_list()")
        if fields == (None,):
            raise TypeError("Cannot pass None as an argument to only().")
        self._refuse_filtered(fields)
        return self._chain(self._query.rebuilt(lambda tree: tree.add_immediate(fields), ("only", fields)))

    def _refuse_filtered(self, fields: Sequence[str]) -> None:
        for name in fields:
            if name.split("__", 1)[0] in self._query.filtered_relations:
                raise ValueError("only() is not supported with FilteredRelation.")

    def using(self, alias: str | None) -> Self:
        """Choose the database.

        Source: docs ref/models/querysets, "using()".
        """
        made = self._chain()
        made._db = alias
        return made

    def fetch_mode(self, fetch_mode: Any) -> Self:
        """Choose how missing values of the results are loaded.

        Source: docs ref/models/querysets, "fetch_mode()".
        """
        made = self._chain()
        made._fetch_mode = fetch_mode
        return made

    # Facts

    @property
    def ordered(self) -> bool:
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
        if not self.ordered:
            return False
        if isinstance(self, EmptyQuerySet):
            return True
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
            return self._db or router.db_for_write(self.model, **self._hints)  # type: ignore[no-any-return]
        return self._db or router.db_for_read(self.model, **self._hints)  # type: ignore[no-any-return]

    # In other queries

    def shape(self, sink: Sink) -> Hashable:
        if self._db is not None:
            return ("db", self._db, self._query.shape(sink))
        return self._query.shape(sink)

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

    def _chain(self, query: Query | None = None) -> Any:
        made = self._clone() if type(self)._clone is not QuerySet._clone else self._copied()
        if query is not None:
            made._query = query
        return made

    def _copied(self) -> Any:
        cls = self.__class__
        made = cls.__new__(cls)
        data = made.__dict__
        data.update(self.__dict__)
        data["_result_cache"] = None
        data["_prefetch_done"] = False
        data["_sticky_filter"] = False
        return made

    def _clone(self) -> Any:
        """Return a copy; subclasses may carry over attributes of their own."""
        return self._copied()

    def _next_is_sticky(self) -> Self:
        """Let the next two filter() calls share their joins."""
        self._sticky_filter = True
        return self

    def _add_hints(self, **hints: Any) -> None:
        self._hints = {**self._hints, **hints}

    def _without_limits(self) -> Self:
        if not self._query.is_sliced:
            return self._chain()  # type: ignore[no-any-return]
        return self._chain(self._query.rebuilt(lambda tree: tree.clear_limits(), "no limits"))  # type: ignore[no-any-return]

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
        low, high = tree.low_mark, tree.high_mark
        order_by = [entry for entry in Ordering(tree.clone()).entries()]
        window = Window(RowNumber(), partition_by=partition_by, order_by=tuple(order_by) or None)
        made = self._without_limits()._filter_sharing(args, kwargs)
        conditions: list[Any] = [GreaterThan(window, low)]
        if high is not None:
            conditions.append(LessThanOrEqual(window, high))
        return made._filter_sharing(conditions, {})

    def _filter_sharing(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Self:
        """Filter on the joins that stand in the query already, whatever call they came from."""
        return self._chain(self._query.filter(False, args, kwargs, self._sticky_filter, share_all=True))  # type: ignore[no-any-return]

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


def _has_loaded(instance: Any, field: Any) -> bool:
    """Whether the columns of a relation were loaded."""
    own = getattr(field, "local_related_fields", ())
    return all(part.attname in instance.__dict__ for part in own)


def _columns_in(part: Any) -> Sequence[Any]:
    """The columns of a part of GROUP BY: several for a composite key."""
    return part.get_cols() if hasattr(part, "get_cols") else (part,)  # type: ignore[no-any-return]


def _prefix_for(expression: Any) -> str:
    """The beginning of the name under which values() gives an expression that has none."""
    try:
        return str(expression.default_alias)
    except (AttributeError, TypeError):
        return expression.__class__.__name__.lower()


def _annotation_key(part: Any, sink: Sink) -> Hashable:
    if isinstance(part, FilteredRelation):
        inner = Sink()
        key = describe(part.condition, inner) if part.condition is not None else None
        if inner or inner.shapeless:
            sink.shapeless = True  # its values stay in the condition, which is resolved join by join
        return ("filtered", part.relation_name, key)
    return describe(part, sink)


def _for_get(tree: QueryTree) -> None:
    if tree.can_filter() and not tree.distinct_fields:
        tree.clear_ordering(force=True)
    if not tree.select_for_update:
        tree.set_limits(high=MAX_GET_RESULTS)


def _limited(queryset: Any) -> bool:
    return queryset._query.high_mark is not None


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


for _name in (
    "delete",
    "update",
    "adelete",
    "aupdate",
    "create",
    "acreate",
    "bulk_create",
    "abulk_create",
    "get_or_create",
):
    getattr(QuerySet, _name).alters_data = True
for _name in ("delete", "adelete", "_raw_delete"):
    getattr(QuerySet, _name).queryset_only = True
for _public in (QuerySet, EmptyQuerySet):
    _public.__module__ = "hotclub.db.models.query"
