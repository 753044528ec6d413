"""A lookup that is one operator of PostgreSQL between its two sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from hotclub.db.models import Lookup


class OperatorLookup(Lookup):
    """Base of the lookups that differ in their operator.

    Attributes:
        operator: as written in SQL, a percent sign doubled.
    """

    shape_attributes: ClassVar[tuple[str, ...]] = ()
    operator: str

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Sequence[Any]]:
        left, params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} {self.operator} {right}", [*params, *right_params]

    def db_value(self, value: Any, connection: Any) -> Any:
        return self.lhs.output_field.get_db_prep_value(value, connection, prepared=True)
