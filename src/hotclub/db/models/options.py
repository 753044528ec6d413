"""Documented path of `Options`; the code is in `hotclub._orm`."""

from hotclub._orm.options import ImmutableList, Options, make_immutable_fields_list, normalize_together

__all__ = [
    "ImmutableList",
    "Options",
    "make_immutable_fields_list",
    "normalize_together",
]
