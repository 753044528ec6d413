"""Lookups on several columns under the path that third parties import them from; the code is in `hotclub._orm.lookups`."""

from hotclub._orm.lookups.tuples import (
    Tuple,
    TupleExact,
    TupleGreaterThan,
    TupleGreaterThanOrEqual,
    TupleIn,
    TupleIsNull,
    TupleLessThan,
    TupleLessThanOrEqual,
)

__all__ = [
    "Tuple",
    "TupleExact",
    "TupleGreaterThan",
    "TupleGreaterThanOrEqual",
    "TupleIn",
    "TupleIsNull",
    "TupleLessThan",
    "TupleLessThanOrEqual",
]
