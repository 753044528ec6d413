"""Combining: a query set out of several, by `&`, `|` and `^` over conditions or by the set operators of SQL over rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotclub._orm.q import AND, OR, XOR
from hotclub._orm.query import Query
from hotclub._orm.shape import Sink, SlotMaker
from hotclub._orm.tree import QueryTree
from hotclub.db import NotSupportedError

if TYPE_CHECKING:
    from typing import Self


class CombiningMethods:
    """The part of `QuerySet` that makes one set of several."""

    model: Any
    _query: Any
    _fields: tuple[Any, ...] | None
    _prefetch_related_lookups: tuple[Any, ...]
    _known_related_objects: dict[Any, dict[Any, Any]]

    if TYPE_CHECKING:
        # What the query set itself brings along.
        def __getattr__(self, name: str) -> Any: ...

    # Conditions

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

    def _check_operator_queryset(self, other: Any, sign: str) -> None:
        if self._query.combinator or other._query.combinator:
            raise TypeError(f"Cannot use {sign} operator with combined queryset.")

    # Rows

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

    def _not_support_combined_queries(self, name: str) -> None:
        combinator = self._query.node.tree.combinator
        if combinator:
            raise NotSupportedError(f"Calling QuerySet.{name}() after {combinator}() is not supported.")


class _EmptyMeta(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, CombiningMethods) and instance._query.node.tree.is_empty()


class EmptyQuerySet(metaclass=_EmptyMeta):
    """Marks query sets made by `none()`: `isinstance(qs.none(), EmptyQuerySet)`.

    Source: docs ref/models/querysets, "none()".
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise TypeError("EmptyQuerySet can't be instantiated")


EmptyQuerySet.__module__ = "hotclub.db.models.query"
