"""Documented path of query sets; the code is in `hotclub._orm`."""

from typing import TYPE_CHECKING

from hotclub._orm.iterables import (
    BaseIterable,
    FlatValuesListIterable,
    ModelIterable,
    NamedValuesListIterable,
    ValuesIterable,
    ValuesListIterable,
)
from hotclub._orm.prefetching import Prefetch, aprefetch_related_objects, prefetch_related_objects
from hotclub._orm.prefetching import find_prefetcher as get_prefetcher
from hotclub._orm.queryset import MAX_GET_RESULTS, REPR_OUTPUT_SIZE, EmptyQuerySet
from hotclub._orm.raw import RawQuerySet

if TYPE_CHECKING:
    from hotclub._orm.typed_queries import QuerySet
else:
    from hotclub._orm.queryset import QuerySet

__all__ = [
    "MAX_GET_RESULTS",
    "REPR_OUTPUT_SIZE",
    "BaseIterable",
    "EmptyQuerySet",
    "FlatValuesListIterable",
    "ModelIterable",
    "NamedValuesListIterable",
    "Prefetch",
    "QuerySet",
    "RawQuerySet",
    "ValuesIterable",
    "ValuesListIterable",
    "aprefetch_related_objects",
    "get_prefetcher",
    "prefetch_related_objects",
]
