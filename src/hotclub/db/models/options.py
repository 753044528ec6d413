"""Documented path of `Options`; the code is in `hotclub._orm`."""

from hotclub._orm.options import (
    EMPTY_RELATION_TREE,
    IMMUTABLE_WARNING,
    ImmutableList,
    Options,
    make_immutable_fields_list,
    normalize_together,
)

__all__ = [
    "EMPTY_RELATION_TREE",
    "IMMUTABLE_WARNING",
    "ImmutableList",
    "Options",
    "make_immutable_fields_list",
    "normalize_together",
]
