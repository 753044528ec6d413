"""`QuerySet`: the documented surface of queries.

Methods that give another query set add a step to the immutable `Query` (`queryset_steps`, `queryset_combining`); methods
that ask the database run a flow, by the sync or the async driver (`queryset_reading`, `queryset_writing`). A half that a
subclass overrides is what the other half runs. Here are the state of a set, its copies, and what Python asks of it.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import AsyncIterator, Callable, Hashable, Iterator
from types import FunctionType
from typing import TYPE_CHECKING, Any

import hotclub
from hotclub._flow.drivers import adrive
from hotclub._orm.alters_data import AltersData
from hotclub._orm.fetch_modes import FETCH_ONE
from hotclub._orm.iterables import ModelIterable, ValuesIterable
from hotclub._orm.query import Query
from hotclub._orm.queryset_combining import CombiningMethods, EmptyQuerySet
from hotclub._orm.queryset_reading import MAX_GET_RESULTS, ReadingMethods
from hotclub._orm.queryset_steps import StepMethods
from hotclub._orm.queryset_writing import WritingMethods
from hotclub._orm.raw import RawQuerySet
from hotclub._orm.shape import Sink, SlotMaker
from hotclub.core import exceptions
from hotclub.db import router
from hotclub.db.ports import ASYNC

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


class QuerySet(StepMethods, CombiningMethods, ReadingMethods, WritingMethods, AltersData):
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

    def _add_hints(self, **hints: Any) -> None:
        self._hints = {**self._hints, **hints}

    def _plain_set(self, model: Any, alias: str) -> QuerySet:
        """Return all rows of another model, in the same database."""
        return QuerySet(model, using=alias)

    def _has_filters(self) -> bool:
        return bool(self._query.node.tree.where)


def manager_class_for(queryset_class: Any) -> Any:
    """Return a manager class for a query set class; the manager module fills this in."""
    return _managers["make"](queryset_class)


_managers: dict[str, Any] = {}


for _part in (StepMethods, CombiningMethods, ReadingMethods, WritingMethods):
    for _name, _method in vars(_part).items():
        if isinstance(_method, FunctionType):  # an error about arguments says "QuerySet.filter()"
            _method.__module__, _method.__qualname__ = __name__, f"QuerySet.{_name}"
QuerySet.__module__ = "hotclub.db.models.query"
__all__ = ["MAX_GET_RESULTS", "REPR_OUTPUT_SIZE", "EmptyQuerySet", "QuerySet", "RawQuerySet"]
