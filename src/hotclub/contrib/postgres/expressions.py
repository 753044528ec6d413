"""Expressions of PostgreSQL.

Source: docs ref/contrib/postgres/expressions.
"""

from __future__ import annotations

from typing import Any

from hotclub.contrib.postgres.fields import ArrayField
from hotclub.db.models import Subquery


class ArraySubquery(Subquery):
    """All rows of a query of one column, as an array."""

    shape_attributes = ("extra",)
    template = "ARRAY(%(subquery)s)"

    def __init__(self, queryset: Any, **kwargs: Any) -> None:
        super().__init__(queryset, **kwargs)

    @property
    def output_field(self) -> Any:
        return ArrayField(self.query.output_field)
