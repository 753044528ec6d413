"""Documented path of `Options`; the code is in `hotclub._orm`."""

from hotclub._orm.field_lists import (
    EMPTY_RELATION_TREE,
    IMMUTABLE_WARNING,
    ImmutableList,
    make_immutable_fields_list,
)
from hotclub._orm.options import Options, normalize_together

__all__ = [
    "EMPTY_RELATION_TREE",
    "IMMUTABLE_WARNING",
    "ImmutableList",
    "Options",
    "make_immutable_fields_list",
    "normalize_together",
]
