"""Lookups and transforms; importing the package registers the built-in ones on the fields."""

from hotclub._orm.lookups.builtin import BUILTIN, Exact, In, IsNull
from hotclub._orm.lookups.core import Lookup, Transform

__all__ = ["BUILTIN", "Exact", "In", "IsNull", "Lookup", "Transform"]
