"""Lookups whose right side is cast to the type of the left one.

PostgreSQL finds no operator between, say, `bigint[]` and `smallint[]`, and the driver picks a parameter's type from its
value. The cast says which one is meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotclub.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, In, LessThan, LessThanOrEqual

SQL = tuple[str, Sequence[Any]]


class CastRight:
    """Mixin of a lookup: casts the right side."""

    shape_neutral = True
    lhs: Any

    def right_type(self, connection: Any) -> str:
        """The type that the right side is cast to."""
        return str(self.lhs.output_field.cast_db_type(connection))

    def process_rhs(self, compiler: Any, connection: Any) -> SQL:
        sql, params = super().process_rhs(compiler, connection)  # type: ignore[misc]  # of the lookup beside it
        return f"{sql}::{self.right_type(connection)}", params


class CastExact(CastRight, Exact):
    """Equality, cast."""


class CastIn(In):
    """Membership in a list of values that are each cast."""

    shape_attributes = ()

    def part_sql(self, compiler: Any, connection: Any, part: Any) -> SQL:
        sql, params = super().part_sql(compiler, connection, part)
        if hasattr(part, "as_sql"):
            return sql, params
        return f"{sql}::{self.lhs.output_field.cast_db_type(connection)}", params


class CastGreaterThan(CastRight, GreaterThan):
    """Order, cast."""


class CastGreaterThanOrEqual(CastRight, GreaterThanOrEqual):
    """Order, cast."""


class CastLessThan(CastRight, LessThan):
    """Order, cast."""


class CastLessThanOrEqual(CastRight, LessThanOrEqual):
    """Order, cast."""


COMPARISONS = (CastExact, CastIn, CastGreaterThan, CastGreaterThanOrEqual, CastLessThan, CastLessThanOrEqual)
