"""Reading: the methods of a query set that ask the database, both halves of each over one flow."""

from __future__ import annotations

import operator
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from hotclub._flow.drivers import adrive, drive
from hotclub._flow.effects import CallUser
from hotclub._orm.aggregates import Count
from hotclub._orm.expressions import F
from hotclub._orm.flows import reading
from hotclub._orm.grouping import aggregated
from hotclub._orm.iterables import (
    BUILT_IN,
    FlatValuesListIterable,
    ModelIterable,
    NamedValuesListIterable,
    ValuesIterable,
    ValuesListIterable,
)
from hotclub._orm.prefetching import prefetch_flow
from hotclub._orm.shape import Sink, SlotMaker, describe, slotted
from hotclub._orm.tree import QueryTree
from hotclub.db import NotSupportedError, connections
from hotclub.db.ports import ASYNC, SYNC

if TYPE_CHECKING:
    from typing import Self

MAX_GET_RESULTS = 21


async def call_user(function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    return await CallUser(function, args, kwargs)


class ReadingMethods:
    """The part of `QuerySet` that reads."""

    shape_neutral = True
    model: Any
    db: Any
    ordered: bool
    _query: Any
    _result_cache: list[Any] | None
    _prefetch_done: bool
    _prefetch_related_lookups: tuple[Any, ...]
    _known_related_objects: dict[Any, dict[Any, Any]]
    _iterable_class: Any
    _fetch_mode: Any
    _fields: tuple[Any, ...] | None
    _for_write: bool

    if TYPE_CHECKING:
        # What the query set itself brings along.
        def __getattr__(self, name: str) -> Any: ...

    def _fetch_all(self) -> None:
        """Fill the result cache; subclasses may do something with it then."""
        if self._result_cache is None or (self._prefetch_related_lookups and not self._prefetch_done):
            drive(self._fill_flow(), SYNC)

    async def fetch_flow(self) -> list[Any]:
        """Fill the result cache, in a subclass's way if it has one, and return it."""
        if self.__class__._fetch_all is not ReadingMethods._fetch_all:
            await CallUser(self._fetch_all)
            return self._result_cache or []
        return await self._fill_flow()

    async def _fill_flow(self) -> list[Any]:
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
            found: list[Any] = await CallUser(lambda: list(kind(self)))
            return found
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

    def _half(self, name: str, original: Any, flow: Callable[..., Any], args: Any = (), kwargs: Any = None) -> Any:
        """Return the flow of an async half: that of the sync half, if a subclass overrode it."""
        if getattr(type(self), name) is not original:
            return call_user(getattr(self, name), args, kwargs or {})
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
        return await adrive(self._half("get", ReadingMethods.get, self.get_flow, args, kwargs), ASYNC)

    async def get_flow(self, *args: Any, **kwargs: Any) -> Any:
        if self._query.node.tree.combinator and (args or kwargs):
            raise NotSupportedError(
                f"Calling QuerySet.get(...) with filters after {self._query.combinator}() is not supported."
            )
        made = self._filter_or_exclude(False, args, kwargs) if args or kwargs else self._chain()
        made._query = made._query.with_known_limits().rebuilt(_for_get, "get")
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
        return await adrive(self._half("count", ReadingMethods.count, self.count_flow), ASYNC)

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
        return await adrive(self._half("exists", ReadingMethods.exists, self.exists_flow), ASYNC)

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
        return await adrive(self._half("contains", ReadingMethods.contains, self.contains_flow, (obj,)), ASYNC)

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
        flow = self._half("aggregate", ReadingMethods.aggregate, self.aggregate_flow, args, kwargs)
        return await adrive(flow, ASYNC)

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
        """Return the first object, or None; by key if nobody said anything of an order, in any order after `order_by()`.

        Source: docs ref/models/querysets, "first()".
        """
        return drive(self.first_flow(), SYNC)

    async def afirst(self) -> Any:
        """Async half of `first()`."""
        return await adrive(self._half("first", ReadingMethods.first, self.first_flow), ASYNC)

    async def first_flow(self) -> Any:
        if self._result_cache is not None and self.ordered:
            return self._result_cache[0] if self._result_cache else None
        source = self._ordered_by_key("first", False) if self._wants_an_order() else self
        found = await source._limited_rows(1)
        return found[0] if found else None

    def last(self) -> Any:
        """Return the last object, or None.

        Source: docs ref/models/querysets, "last()".
        """
        return drive(self.last_flow(), SYNC)

    async def alast(self) -> Any:
        """Async half of `last()`."""
        return await adrive(self._half("last", ReadingMethods.last, self.last_flow), ASYNC)

    async def last_flow(self) -> Any:
        if self.ordered:
            source = self.reverse()
        else:
            source = self._ordered_by_key("last", True) if self._wants_an_order() else self
        found = await source._limited_rows(1)
        return found[0] if found else None

    def _wants_an_order(self) -> bool:
        """Whether there is no order, and nobody asked for none by an empty `order_by()`."""
        return not self.ordered and self._query.node.tree.default_ordering

    async def _limited_rows(self, count: int) -> list[Any]:
        return await self._derived(self._query.sliced(0, count)).fetch_flow()  # type: ignore[no-any-return]

    def _ordered_by_key(self, method: str, backwards: bool) -> Self:
        group_by = self._query.group_by
        if isinstance(group_by, tuple):
            grouped = {getattr(col, "target", None) for part in group_by for col in _columns_in(part)}
            if not set(self.model._meta.pk_fields) <= grouped:
                raise TypeError(
                    f"Cannot use QuerySet.{method}() on an unordered queryset performing aggregation. Add an ordering "
                    "with order_by()."
                )
        return self.order_by("-pk" if backwards else "pk")  # type: ignore[no-any-return]

    def earliest(self, *fields: str) -> Any:
        """Return the earliest object by the given fields, or by `Meta.get_latest_by`."""
        return drive(self.earliest_flow(*fields), SYNC)

    async def aearliest(self, *fields: str) -> Any:
        """Async half of `earliest()`."""
        return await adrive(self._half("earliest", ReadingMethods.earliest, self.earliest_flow, fields), ASYNC)

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
        return await adrive(self._half("latest", ReadingMethods.latest, self.latest_flow, fields), ASYNC)

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

        made = self._derived(self._query.rebuilt(change, ("extreme", tuple(order))))
        return await made.get_flow()

    def in_bulk(self, id_list: Any = None, *, field_name: str = "pk") -> dict[Any, Any]:
        """Return the objects with the given keys, by key.

        Source: docs ref/models/querysets, "in_bulk()".
        """
        return drive(self.in_bulk_flow(id_list, field_name=field_name), SYNC)

    async def ain_bulk(self, id_list: Any = None, *, field_name: str = "pk") -> dict[Any, Any]:
        """Async half of `in_bulk()`."""
        flow = self._half("in_bulk", ReadingMethods.in_bulk, self.in_bulk_flow, (id_list,), {"field_name": field_name})
        return await adrive(flow, ASYNC)

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
                if field_name in row or key_name in row:
                    key = row[field_name] if field_name in row else row[key_name]
                else:  # a composite key stands there as its parts
                    key = tuple(row[field.attname] for field in self.model._meta.pk_fields)
                if hidden:
                    del row[field_name]
                result[key] = row
            return result
        rows = await source._with_key_first(field_name).fetch_flow()
        if kind is FlatValuesListIterable:
            return {row[0]: row[1] for row in rows}
        if kind is NamedValuesListIterable:
            names = tuple(self._query.node.tree.selected or fields)
            if field_name in names:
                made = reading.row_class(names)
                return {row[0]: made(*row[1:]) for row in rows}
            made = reading.row_class((field_name, *names))
            return {row[0]: made(*row) for row in rows}
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
        flow = self._half("explain", ReadingMethods.explain, self.explain_flow, (), {"format": format, **options})
        return await adrive(flow, ASYNC)

    async def explain_flow(self, *, format: str | None = None, **options: Any) -> str:
        for name in options:
            if not name or not all(part.isalnum() or part in "_-" for part in name) or "--" in name:
                raise ValueError(f"Invalid option name: {name!r}.")
        query = self._query.rebuilt(
            lambda tree: setattr(tree, "explain_info", (format, options)),
            ("explain", format, tuple((name, repr(value)) for name, value in options.items())),
        )
        return await reading.explain(query, self.db)


def _has_loaded(instance: Any, field: Any) -> bool:
    """Whether the columns of a relation were loaded."""
    own = getattr(field, "local_related_fields", ())
    return all(part.attname in instance.__dict__ for part in own)


def _columns_in(part: Any) -> Sequence[Any]:
    """The columns of a part of GROUP BY: several for a composite key."""
    return part.get_cols() if hasattr(part, "get_cols") else (part,)


def _for_get(tree: QueryTree) -> None:
    if tree.can_filter() and not tree.distinct_fields:
        tree.clear_ordering(force=True)
    if not tree.select_for_update:
        tree.set_limits(high=MAX_GET_RESULTS)


def _limited(queryset: Any) -> bool:
    return queryset._query.high_mark is not None
