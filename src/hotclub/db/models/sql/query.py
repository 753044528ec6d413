"""Path of `Query` for pickled query sets and third parties; the code is in `hotclub._orm.query`."""

from typing import Any

from hotclub._orm.query import Query
from hotclub._orm.raw import RawQuery

__all__ = ["Query", "RawQuery", "get_field_names_from_opts"]


def get_field_names_from_opts(opts: Any) -> set[str]:
    """Return the names of a model's fields, columns included."""
    if opts is None:
        return set()
    return {name for field in opts.get_fields() for name in (field.name, getattr(field, "attname", field.name))}
