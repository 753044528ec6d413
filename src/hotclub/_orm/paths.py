"""One step of a relation path, as fields and relations describe it to the query side."""

from __future__ import annotations

from typing import Any, NamedTuple


class PathInfo(NamedTuple):
    """A step from one model to another.

    Attributes:
        from_opts: `_meta` of the model the step starts at.
        to_opts: `_meta` of the model it leads to.
        target_fields: fields of the target that the step ends on.
        join_field: field or relation that gives the columns of the join.
        m2m: whether the step may give several rows for one.
        direct: whether the join field lives on the starting model.
        filtered_relation: the `FilteredRelation` that narrows the step, if any.
    """

    from_opts: Any
    to_opts: Any
    target_fields: tuple[Any, ...]
    join_field: Any
    m2m: bool
    direct: bool
    filtered_relation: Any = None
