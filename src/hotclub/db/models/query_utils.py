"""Documented neighbours of queries: `Q`, `FilteredRelation`, `PathInfo`; the code is in `hotclub._orm`."""

from hotclub._orm.joins import FilteredRelation
from hotclub._orm.lookup_registry import RegisterLookupMixin
from hotclub._orm.paths import PathInfo
from hotclub._orm.q import Q
from hotclub._orm.state import DeferredAttribute

__all__ = ["DeferredAttribute", "FilteredRelation", "PathInfo", "Q", "RegisterLookupMixin"]
